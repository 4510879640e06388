//! `--log-driver` and `--log-opt`: from what was typed to what the monitor writes.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::container::quantity;
use crate::error::{Context, Error, Kind, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogDriver {
    /// Docker's: a JSON object a line.
    JsonFile,
    /// Docker's: framed records, older files compressed.
    Local,
    /// The journal of systemd.
    Journald,
    /// No log: the program has the starter's own standard streams.
    Passthrough,
    None,
}

impl LogDriver {
    const ALL: [Self; 5] = [Self::JsonFile, Self::Local, Self::Journald, Self::Passthrough, Self::None];

    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonFile => "json-file",
            Self::Local => "local",
            Self::Journald => "journald",
            Self::Passthrough => "passthrough",
            Self::None => "none",
        }
    }

    /// Whether it keeps files of its own, which can be read back.
    pub fn has_files(self) -> bool {
        matches!(self, Self::JsonFile | Self::Local)
    }

    /// The options that it takes.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::JsonFile => {
                &["max-size", "max-file", "compress", "labels", "env", "tag", "mode", "max-buffer-size"]
            }
            // Its records have no room for more.
            Self::Local => &["max-size", "max-file", "compress", "mode", "max-buffer-size"],
            Self::Journald => &["labels", "env", "tag", "mode", "max-buffer-size"],
            Self::Passthrough | Self::None => &[],
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|driver| driver.name() == name)
    }
}

impl FromStr for LogDriver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::named(text).with_context(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Kind::Invalid.error(format!(
                "error looking up logging plugin {text}: plugin {text:?} not found (there are {known})"
            ))
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogConfig {
    pub driver: LogDriver,
    /// Bytes after which the log is rotated.
    pub max_size: u64,
    /// How many files there are at most.
    pub max_file: u32,
    /// Compress all but the newest.
    #[serde(default)]
    pub compress: bool,
    /// Bytes that may wait for a journal that is slow, the rest is lost; none: the container waits.
    #[serde(default)]
    pub buffer: Option<usize>,
    /// What goes with every entry: the tag, labels and variables that were asked for.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The options as they were given.
    #[serde(default)]
    pub given: BTreeMap<String, String>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self::new(LogDriver::JsonFile)
    }
}

/// What the options may take from the container.
#[derive(Debug)]
pub struct Subject<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub image: &'a str,
    pub image_id: &'a str,
    pub labels: &'a BTreeMap<String, String>,
    /// `NAME=VALUE`
    pub env: &'a [String],
}

impl LogConfig {
    fn new(driver: LogDriver) -> Self {
        // Docker's `local` keeps more, as it compresses.
        let (mib, max_file, compress) =
            if driver == LogDriver::Local { (20, 5, true) } else { (10, 3, false) };
        Self {
            driver,
            max_size: mib * 1024 * 1024,
            max_file,
            compress,
            buffer: None,
            attributes: BTreeMap::new(),
            given: BTreeMap::new(),
        }
    }

    /// Checks the options; what they take from the container comes with [`Self::complete`].
    pub fn parse(driver: LogDriver, given: BTreeMap<String, String>) -> Result<Self> {
        let mut config = Self::new(driver);
        for (key, value) in &given {
            if !driver.options().contains(&key.as_str()) {
                let known = match driver.options() {
                    [] => "it takes none".to_string(),
                    known => known.join(", "),
                };
                return Kind::Invalid
                    .err(format!("unknown log opt {key:?} for {} log driver ({known})", driver.name()));
            }
            config.set(key, value)?;
        }
        let blocking = given.get("mode").is_none_or(|mode| mode != "non-blocking");
        if blocking && config.buffer.is_some() && given.contains_key("max-buffer-size") {
            return Kind::Invalid
                .err("logger: 'max-buffer-size' option is only supported with 'mode=non-blocking'");
        }
        if config.compress && config.max_file <= 1 {
            if given.contains_key("compress") {
                return Kind::Invalid
                    .err("invalid log opt: compress=true cannot be set when max-file is less than 2");
            }
            config.compress = false;
        }
        config.given = given;
        Ok(config)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let invalid = |why: &str| Kind::Invalid.error(format!("invalid log opt: {key}={value}: {why}"));
        match key {
            "max-size" => {
                self.max_size = quantity::size(value)?;
                if self.max_size == 0 {
                    return Err(invalid("must be more than 0"));
                }
            }
            "max-file" => match value.parse() {
                Ok(n) if (1..=1000).contains(&n) => self.max_file = n,
                _ => return Err(invalid("not a number from 1 to 1000")),
            },
            "compress" => self.compress = value.parse().map_err(|_| invalid("want true or false"))?,
            "mode" => match value {
                "blocking" => {}
                "non-blocking" => self.buffer = self.buffer.or(Some(1 << 20)),
                _ => return Kind::Invalid.err(format!("logger: logging mode not supported: {value}")),
            },
            "max-buffer-size" => self.buffer = Some(quantity::size(value)? as usize),
            // Known by the list of the driver; needs the container.
            _ => {}
        }
        Ok(())
    }

    /// Takes from the container what the options name of it.
    pub fn complete(&mut self, of: &Subject<'_>) -> Result<()> {
        let names = |option: &str| {
            let list = self.given.get(option).map(String::as_str).unwrap_or_default();
            list.split(',').map(str::trim).filter(|n| !n.is_empty()).map(String::from).collect::<Vec<_>>()
        };
        let mut attributes = BTreeMap::new();
        for label in names("labels") {
            if let Some(value) = of.labels.get(&label) {
                attributes.insert(label, value.clone());
            }
        }
        for variable in names("env") {
            let value = of.env.iter().rev().find_map(|e| e.strip_prefix(&variable)?.strip_prefix('='));
            if let Some(value) = value {
                attributes.insert(variable, value.into());
            }
        }
        if let Some(template) = self.given.get("tag") {
            attributes.insert("tag".into(), tag(template, of)?);
        }
        self.attributes = attributes;
        Ok(())
    }
}

/// The fields of docker's log tags, `{{.Name}}`, replaced by their values.
fn tag(template: &str, of: &Subject<'_>) -> Result<String> {
    let short = |id: &str| id.trim_start_matches("sha256:").chars().take(12).collect::<String>();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((field, after)) = after.split_once("}}") else {
            return Kind::Invalid.err(format!("invalid log opt: tag={template}: {{{{ without }}}}"));
        };
        text += before;
        text += &match field.trim() {
            ".ID" => short(of.id),
            ".FullID" => of.id.into(),
            ".Name" => of.name.into(),
            ".ImageName" => of.image.into(),
            ".ImageID" => short(of.image_id),
            ".ImageFullID" => of.image_id.into(),
            ".DaemonName" => "dhow".into(),
            other => {
                return Kind::Invalid.err(format!(
                    "invalid log opt: tag: no field {other}: there are .ID, .FullID, .Name, .ImageName, .ImageID, .ImageFullID, .DaemonName"
                ));
            }
        };
        rest = after;
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(options: &[(&str, &str)]) -> BTreeMap<String, String> {
        options.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    fn parse(driver: &str, options: &[(&str, &str)]) -> Result<LogConfig> {
        LogConfig::parse(driver.parse()?, given(options))
    }

    #[test]
    fn each_driver_has_its_options_and_defaults() {
        let local = parse("local", &[]).unwrap();
        assert_eq!((local.max_size, local.max_file, local.compress), (20 << 20, 5, true));
        let one = parse("local", &[("max-file", "1")]).unwrap();
        assert!(!one.compress, "there is nothing to compress");
        assert_eq!(parse("json-file", &[("max-size", "1k")]).unwrap().max_size, 1024);
        assert_eq!(parse("journald", &[("mode", "non-blocking")]).unwrap().buffer, Some(1 << 20));
        for (driver, option) in [
            ("none", ("max-size", "1m")),
            ("journald", ("max-size", "1m")),
            ("passthrough", ("tag", "x")),
            ("local", ("tag", "x")),
            ("json-file", ("max-size", "0")),
            ("json-file", ("max-file", "0")),
            ("json-file", ("compress", "maybe")),
            ("json-file", ("mode", "sometimes")),
            ("json-file", ("max-buffer-size", "1m")),
            ("json-file", ("nonsense", "1")),
            ("syslog", ("tag", "x")),
        ] {
            assert!(parse(driver, &[option]).is_err(), "{driver} {option:?}");
        }
        assert!(parse("json-file", &[("compress", "true"), ("max-file", "1")]).is_err());
    }

    #[test]
    fn attributes_come_from_the_container() {
        let mut config = parse(
            "json-file",
            &[("labels", "a,none"), ("env", "B"), ("tag", "{{.ImageName}}/{{ .Name }}/{{.ID}}")],
        )
        .unwrap();
        let labels = given(&[("a", "1"), ("b", "2")]);
        let id = "0123456789abcdef";
        let of = Subject {
            id,
            name: "web",
            image: "busybox",
            image_id: "",
            labels: &labels,
            env: &["B=x=y".into()],
        };
        config.complete(&of).unwrap();
        assert_eq!(
            config.attributes,
            given(&[("a", "1"), ("B", "x=y"), ("tag", "busybox/web/0123456789ab")])
        );
        assert!(tag("{{.Name", &of).is_err() && tag("{{.Nope}}", &of).is_err());
    }
}

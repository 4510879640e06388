//! `--mount KEY=VALUE,…`, with docker's keys and those that podman has beside them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::driver::{DriverOptions, bytes};
use super::flag;
use super::point::{
    Given, MountPoint, MountSource, OverlayDirs, Readonly, Recursion, container_path, subpath,
};
use super::store::check_name;
use super::tmpfs::check_option;
use crate::error::{Context, Kind, Result};

/// What was typed, before it is known whether it goes together.
#[derive(Default)]
struct Typed {
    kind: String,
    source: Option<String>,
    destination: Option<String>,
    subpath: Option<String>,
    labels: BTreeMap<String, String>,
    driver: Option<String>,
    driver_options: Vec<String>,
    nocopy: bool,
    recursive: Option<String>,
    tmpfs: Vec<String>,
    writable: bool,
    /// Keys that only one type has, as they were typed.
    special: Vec<String>,
    /// Options that `--volume` has, too.
    plain: Vec<String>,
}

/// Reads one `--mount`.
pub fn parse(text: &str) -> Result<MountPoint> {
    let typed =
        Typed::read(text).with_context(|| format!("invalid argument {text:?} for \"--mount\" flag"))?;
    typed.check_mixed().with_context(|| format!("invalid argument {text:?} for \"--mount\" flag"))?;
    let kind = typed.kind.clone();
    typed.point().with_context(|| format!("invalid mount config for type {kind:?}"))
}

/// The fields of one line of comma-separated values, in which quotes keep commas (RFC 4180), as docker reads it.
fn fields(text: &str) -> Result<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let field = fields.last_mut().expect("never empty");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            '"' => return Kind::Invalid.err("bare \" in non-quoted-field"),
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    if quoted { Kind::Invalid.err("extraneous or missing \" in quoted-field") } else { Ok(fields) }
}

impl Typed {
    fn read(text: &str) -> Result<Self> {
        let mut typed = Self { kind: "volume".into(), ..Self::default() };
        for field in fields(text)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(value.to_string())),
                None => (field.to_lowercase(), None),
            };
            typed.add(&key, value, &field)?;
        }
        if typed.destination.is_none() && typed.kind != "devpts" {
            return Kind::Invalid.err("target is required");
        }
        Ok(typed)
    }

    fn add(&mut self, key: &str, value: Option<String>, field: &str) -> Result<()> {
        let truth = |value: &Option<String>| match value.as_deref() {
            None | Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Kind::Invalid.err(format!("invalid value for {key}: {other}")),
        };
        let special = ["volume-", "bind-", "tmpfs-", "image-"].iter().any(|p| key.starts_with(p));
        if special || key == "subpath" {
            self.special.push(key.to_string());
        }
        match (key, &value) {
            ("readonly" | "ro", _) => self.access(truth(&value)?),
            ("rw", _) => self.access(!truth(&value)?),
            ("volume-nocopy", _) => self.nocopy = truth(&value)?,
            ("bind-nonrecursive", _) => self.recursive = truth(&value)?.then(|| "disabled".into()),
            ("chown" | "u", _) => self.switch(truth(&value)?, "U"),
            ("relabel", Some(how)) => self.plain.push(relabel(how)?.into()),
            ("z", None) => self.plain.push(field.into()),
            ("idmap", None) => self.plain.push("idmap".into()),
            ("exec" | "noexec" | "dev" | "nodev" | "suid" | "nosuid", _) if truth(&value)? => {
                self.plain.push(key.into());
            }
            ("copy", None) => self.nocopy = false,
            ("nocopy", None) => self.nocopy = true,
            ("tmpcopyup" | "notmpcopyup", None) => {
                self.special.push("tmpfs-copyup".into());
                self.tmpfs.push(key.into());
            }
            (_, None) => {
                return Kind::Invalid.err(format!("invalid field '{field}' must be a key=value pair"));
            }
            (_, Some(value)) => self.set(key, value.clone(), field)?,
        }
        Ok(())
    }

    fn access(&mut self, readonly: bool) {
        self.writable = !readonly;
        self.plain.retain(|o| o != "ro" && o != "rw");
        self.plain.push(if readonly { "ro" } else { "rw" }.into());
    }

    fn switch(&mut self, on: bool, option: &str) {
        self.plain.retain(|o| o != option);
        if on {
            self.plain.push(option.into());
        }
    }

    fn set(&mut self, key: &str, value: String, field: &str) -> Result<()> {
        let invalid =
            |key: &str, value: &str| Kind::Invalid.error(format!("invalid value for {key}: {value}"));
        match key {
            "type" => self.kind = value.to_lowercase(),
            "source" | "src" => self.source = Some(value),
            "destination" | "dst" | "target" => self.destination = Some(value),
            "volume-subpath" | "image-subpath" | "subpath" => self.subpath = Some(value),
            "volume-label" => {
                let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                self.labels.insert(key.into(), value.into());
            }
            "volume-driver" => self.driver = Some(value),
            "volume-opt" => self.driver_options.push(value),
            "bind-propagation" if flag::is_propagation(&value) => self.plain.push(value),
            "bind-propagation" => return Kind::Invalid.err(format!("invalid propagation mode: {value}")),
            "bind-recursive" => self.recursive = Some(value),
            "consistency" => match value.as_str() {
                "default" => {}
                "consistent" | "cached" | "delegated" => self.plain.push(value),
                other => return Kind::Invalid.err(format!("invalid value for consistency: {other}")),
            },
            "tmpfs-size" => {
                let size = bytes(&value).ok_or_else(|| invalid(key, &value))?;
                self.tmpfs.push(format!("size={size}"));
            }
            "tmpfs-mode" => {
                u32::from_str_radix(&value, 8).map_err(|_| invalid(key, &value))?;
                self.tmpfs.push(format!("mode={value}"));
            }
            "uid" | "gid" | "mode" | "max" | "size" => self.tmpfs.push(format!("{key}={value}")),
            "idmap" => self.plain.push(field.into()),
            _ => return Kind::Invalid.err(format!("unexpected key '{key}' in '{field}'")),
        }
        Ok(())
    }

    /// docker's own check, and its words.
    fn check_mixed(&self) -> Result<()> {
        let fits = |prefix: &str| match self.kind.as_str() {
            "glob" => prefix == "bind",
            "ramfs" => prefix == "tmpfs",
            kind => kind == prefix,
        };
        let foreign = self.special.iter().find_map(|key| {
            let (prefix, _) = key.split_once('-')?;
            (!fits(prefix)).then_some(prefix)
        });
        match foreign {
            Some(prefix) => {
                Kind::Invalid.err(format!("cannot mix '{prefix}-*' options with mount type '{}'", self.kind))
            }
            None => Ok(()),
        }
    }

    fn point(mut self) -> Result<MountPoint> {
        let destination = container_path(self.destination.as_deref().unwrap_or("/dev/pts"))?;
        let source = self.source()?;
        let mut point = MountPoint::new(destination, source, Given::Mount);
        point.copy = !self.nocopy;
        for option in std::mem::take(&mut self.plain) {
            flag::apply(&mut point, &option)?;
        }
        self.recursion(&mut point)?;
        match point.source {
            MountSource::Image { .. } => {
                if self.writable {
                    point.overlay = Some(OverlayDirs::default());
                } else {
                    point.readonly = Readonly::Yes;
                }
                Ok(point)
            }
            MountSource::Bind { .. } | MountSource::Volume { .. } => {
                flag::finish(&mut point)?;
                Ok(point)
            }
            _ if point.relabel.is_some() || point.idmap || !point.propagation.is_empty() => {
                Kind::Invalid.err("relabel, idmap and propagation are for files of the host")
            }
            _ => Ok(point),
        }
    }

    fn recursion(&self, point: &mut MountPoint) -> Result<()> {
        point.recursion = match self.recursive.as_deref() {
            None | Some("enabled") => return Ok(()),
            Some("disabled") => Recursion::Disabled,
            Some("writable") => Recursion::Writable,
            Some("readonly") => Recursion::Readonly,
            Some(other) => {
                return Kind::Invalid.err(format!(
                    "invalid value for bind-recursive: {other} (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
                ));
            }
        };
        let needs = |what: &str| {
            let how = self.recursive.as_deref().unwrap_or_default();
            Kind::Invalid.err(format!(
                "option 'bind-recursive={how}' requires '{what}' to be specified in conjunction"
            ))
        };
        if matches!(point.recursion, Recursion::Readonly | Recursion::Writable) && !point.readonly.is_set() {
            return needs("readonly");
        }
        if point.recursion == Recursion::Readonly && point.propagation != "rprivate" {
            return needs("bind-propagation=rprivate");
        }
        Ok(())
    }

    fn source(&mut self) -> Result<MountSource> {
        let given = self.source.take().filter(|s| !s.is_empty());
        let below = subpath(self.subpath.as_deref().unwrap_or_default())?;
        let options = std::mem::take(&mut self.tmpfs);
        let kind = self.kind.clone();
        if !options.is_empty() && !matches!(kind.as_str(), "tmpfs" | "ramfs" | "devpts") {
            return Kind::Invalid.err(format!("the option {:?} is not one of this type", options[0]));
        }
        if given.is_some() && matches!(kind.as_str(), "tmpfs" | "ramfs" | "devpts") {
            return Kind::Invalid.err("field Source must not be specified");
        }
        let required = || Kind::Invalid.error("field Source must not be empty");
        Ok(match kind.as_str() {
            "bind" => MountSource::Bind { path: host_path(&given.ok_or_else(required)?)?, create: false },
            "volume" => {
                given.as_deref().map_or(Ok(()), check_name)?;
                MountSource::Volume {
                    anonymous: given.is_none(),
                    name: given.unwrap_or_default(),
                    subpath: below,
                    labels: std::mem::take(&mut self.labels),
                    driver: DriverOptions::parse(self.driver.as_deref(), &self.driver_options)?,
                }
            }
            "tmpfs" | "ramfs" => {
                options.iter().try_for_each(|o| check_option(o))?;
                if kind == "tmpfs" { MountSource::Tmpfs { options } } else { MountSource::Ramfs { options } }
            }
            "devpts" => MountSource::Devpts { options },
            "image" => MountSource::Image {
                image: given.ok_or_else(required)?,
                id: None,
                layers: Vec::new(),
                subpath: below,
            },
            "npipe" | "cluster" | "glob" => {
                return Kind::Unsupported.err("dhow has none: bind, volume, tmpfs, image, ramfs, devpts");
            }
            _ => return Kind::Invalid.err("mount type unknown"),
        })
    }
}

fn relabel(how: &str) -> Result<&'static str> {
    match how {
        "shared" => Ok("z"),
        "private" => Ok("Z"),
        other => Kind::Invalid.err(format!("invalid value for relabel: {other} (shared or private)")),
    }
}

/// As docker has it, absolute; as with `--volume` a path after `.` is completed.
fn host_path(text: &str) -> Result<PathBuf> {
    if text.starts_with('/') {
        return Ok(text.into());
    }
    if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
        return Ok(super::point::plain(&std::path::absolute(text)?));
    }
    Kind::Invalid.err(format!("invalid mount path: '{text}' mount path must be absolute"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> MountPoint {
        parse(text).unwrap_or_else(|e| panic!("{text}: {e:#}"))
    }

    #[test]
    fn every_type_with_its_own_keys() {
        let m = ok(
            "type=bind,src=/a,dst=/b,ro,bind-propagation=rprivate,bind-recursive=readonly,relabel=private,chown,noexec",
        );
        assert_eq!(m.source, MountSource::Bind { path: "/a".into(), create: false });
        assert!(
            m.readonly.is_set() && m.chown && m.recursion == Recursion::Readonly && m.flags == ["noexec"]
        );
        let m = ok(
            "src=v1,target=/b,readonly=false,volume-nocopy=1,volume-subpath=a/b,volume-label=k=v,\"volume-opt=o=size=1m,mode=700\",volume-opt=type=tmpfs,volume-opt=device=tmpfs,consistency=cached",
        );
        let MountSource::Volume { name, subpath, labels, driver, .. } = &m.source else { panic!("{m:?}") };
        assert_eq!((name.as_str(), subpath.as_deref()), ("v1", Some("a/b".as_ref())));
        assert_eq!((labels["k"].as_str(), driver.option("o")), ("v", Some("size=1m,mode=700")));
        assert!(!m.copy && !m.readonly.is_set() && m.consistency.as_deref() == Some("cached"));
        assert_eq!(ok("type=volume,dst=/x").anonymous_volume(), Some(""));
        let m = ok("type=tmpfs,destination=/t,tmpfs-size=64k,tmpfs-mode=1770,notmpcopyup");
        assert_eq!(
            m.source,
            MountSource::Tmpfs {
                options: vec!["size=65536".into(), "mode=1770".into(), "notmpcopyup".into()]
            }
        );
        let m = ok("type=image,src=busybox,dst=/i,image-subpath=bin");
        assert!(m.readonly.is_set() && m.subpath() == Some("bin".as_ref()));
        assert!(ok("type=image,src=busybox,dst=/i,rw=true").overlay.is_some());
        assert_eq!(ok("type=devpts").destination, PathBuf::from("/dev/pts"));
        assert_eq!(ok("type=bind,src=/a,dst=/b,bind-nonrecursive").recursion, Recursion::Disabled);
    }

    #[test]
    fn mistakes_are_told_in_dockers_words() {
        for (text, says) in [
            ("bar", "invalid field 'bar' must be a key=value pair"),
            ("type=volume,foo=bar,dst=/x", "unexpected key 'foo' in 'foo=bar'"),
            ("type=bind,src=/tmp", "target is required"),
            ("type=bind,dst=/x", "invalid mount config for type \"bind\": field Source must not be empty"),
            ("type=tmpfs,src=/x,dst=/y", "field Source must not be specified"),
            ("type=foo,dst=/x", "invalid mount config for type \"foo\": mount type unknown"),
            ("type=volume,dst=/x,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'volume'"),
            (
                "type=bind,src=/tmp,dst=/x,volume-nocopy",
                "cannot mix 'volume-*' options with mount type 'bind'",
            ),
            ("type=bind,src=rel,dst=/x", "invalid mount path: 'rel' mount path must be absolute"),
            ("type=bind,src=/tmp,dst=/x,readonly=maybe", "invalid value for readonly: maybe"),
            ("type=bind,src=/tmp,dst=/x,bind-propagation=zz", "invalid propagation mode: zz"),
            ("type=tmpfs,dst=/x,tmpfs-size=zz", "invalid value for tmpfs-size: zz"),
            ("type=tmpfs,dst=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"),
            ("dst=/x,src=/tmp", "If you intended to pass a host directory, use absolute path"),
            ("type=bind,src=/a,dst=/b,bind-recursive=readonly", "requires 'readonly' to be specified"),
            ("type=bind,src=/a,dst=/b,ro,bind-recursive=readonly", "requires 'bind-propagation=rprivate'"),
            ("type=bind,src=/a,dst=/b,bind-recursive=zz", "invalid value for bind-recursive: zz"),
            ("src=v1,dst=/b,volume-subpath=../x", "subpath must be a relative path within the volume"),
            ("type=volume,dst=/b,\"x", "quoted-field"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}

//! Dockerfile instructions that change an image's configuration: `--change` of `commit` and `import`.
//!
//! Pure. Semantics are those of docker's dispatchers, the words of the errors too.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::{Error, Kind, Result};
use crate::image::words::{self, words};
use crate::netns::exposed;

/// The instructions that change a configuration.
const KNOWN: [&str; 11] = [
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "ONBUILD",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The `config` of an image, changed by each instruction in turn. Together the changes are a Dockerfile.
pub fn apply(config: &mut Map<String, Value>, changes: &[String]) -> Result<()> {
    let instructions = words::instructions(&changes.join("\n"));
    if instructions.is_empty() && !changes.is_empty() {
        return Kind::Invalid.err("file with no instructions");
    }
    let mut command_set = false;
    for instruction in &instructions {
        change(config, instruction, &mut command_set)?;
    }
    Ok(())
}

/// One instruction. `command_set`: whether one before has set the command.
fn change(config: &mut Map<String, Value>, change: &str, command_set: &mut bool) -> Result<()> {
    let (instruction, rest) = change.trim().split_once(char::is_whitespace).unwrap_or((change.trim(), ""));
    let (name, rest) = (instruction.to_ascii_uppercase(), rest.trim());
    if rest.is_empty() && KNOWN.contains(&name.as_str()) {
        return Kind::Invalid.err(format!("{name} requires at least one argument"));
    }
    // As it was before the instruction.
    let expand = expansion(config);
    match name.as_str() {
        "CMD" => {
            *command_set = true;
            config.insert("Cmd".into(), command(config, rest));
        }
        "ENTRYPOINT" => {
            config.insert("Entrypoint".into(), command(config, rest));
            if !*command_set {
                // The old command was meant for the old entry point.
                config.remove("Cmd");
            }
        }
        "USER" => drop(config.insert("User".into(), expand(rest)?.into())),
        "WORKDIR" => {
            let before = config.get("WorkingDir").and_then(Value::as_str).unwrap_or("/").to_string();
            config.insert("WorkingDir".into(), working_dir(&before, &expand(rest)?).into());
        }
        "STOPSIGNAL" => {
            let signal = expand(rest)?;
            crate::engine::containers::parse_signal(&signal)?;
            config.insert("StopSignal".into(), signal.into());
        }
        "ENV" => environment(config, &pairs(&name, rest, &expand)?),
        "LABEL" => {
            for (key, value) in pairs(&name, rest, &expand)? {
                member(config, "Labels", &key, value.into());
            }
        }
        "EXPOSE" => {
            let expanded = rest.split_whitespace().map(&expand).collect::<Result<Vec<_>>>()?;
            // A variable may hold several.
            for port in expanded.iter().flat_map(|text| text.split_whitespace()) {
                ports(port)?.iter().for_each(|p| member(config, "ExposedPorts", p, json!({})));
            }
        }
        "VOLUME" => {
            for volume in volumes(rest) {
                let volume = expand(&volume)?;
                if volume.is_empty() {
                    return Kind::Invalid.err("VOLUME specified can not be an empty string");
                }
                member(config, "Volumes", &volume, json!({}));
            }
        }
        "ONBUILD" => on_build(config, rest)?,
        "HEALTHCHECK" => drop(config.insert("Healthcheck".into(), health_check(rest)?)),
        other => {
            return Kind::Invalid.err(format!("{} is not a valid change command", other.to_lowercase()));
        }
    }
    Ok(())
}

fn member(config: &mut Map<String, Value>, key: &str, name: &str, value: Value) {
    let map = config.entry(key).or_insert_with(|| json!({}));
    if !map.is_object() {
        *map = json!({});
    }
    map[name] = value;
}

/// `PORT[-PORT][/PROTOCOL]`, each port by itself.
fn ports(text: &str) -> Result<Vec<String>> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |port: &str| {
        exposed(&format!("{port}/{protocol}"))
            .map_err(|_| Kind::Invalid.error(format!("Invalid containerPort: {text}")))
    };
    let ((first, protocol), (last, _)) = (number(first)?, number(last)?);
    if first > last {
        return Kind::Invalid.err(format!("Invalid range format for containerPort: {text}"));
    }
    Ok((first..=last).map(|port| format!("{port}/{}", protocol.name())).collect())
}

fn list<'a>(config: &'a mut Map<String, Value>, key: &str) -> &'a mut Vec<Value> {
    let list = config.entry(key).or_insert_with(|| json!([]));
    if !list.is_array() {
        *list = json!([]);
    }
    list.as_array_mut().expect("made so")
}

fn environment(config: &mut Map<String, Value>, pairs: &[(String, String)]) {
    let env = list(config, "Env");
    for (key, value) in pairs {
        let entry: Value = format!("{key}={value}").into();
        let same = |e: &Value| e.as_str().and_then(|e| e.split('=').next()) == Some(key);
        match env.iter().position(same) {
            Some(at) => env[at] = entry,
            None => env.push(entry),
        }
    }
}

/// A relative one starts from the one before.
fn working_dir(before: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_string() } else { format!("/{before}/{path}") };
    let cleaned = crate::engine::files::names::clean(joined.as_bytes());
    String::from_utf8_lossy(&cleaned).into_owned()
}

fn volumes(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| text.split_whitespace().map(str::to_string).collect())
}

fn on_build(config: &mut Map<String, Value>, trigger: &str) -> Result<()> {
    match trigger.split_whitespace().next().unwrap_or_default().to_ascii_uppercase().as_str() {
        "ONBUILD" => return Kind::Invalid.err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
        name @ ("MAINTAINER" | "FROM") => {
            return Kind::Invalid.err(format!("{name} isn't allowed as an ONBUILD trigger"));
        }
        _ => {}
    }
    list(config, "OnBuild").push(trigger.into());
    Ok(())
}

/// `NONE`, or `[--interval=D --timeout=D --start-period=D --start-interval=D --retries=N] CMD …`.
fn health_check(text: &str) -> Result<Value> {
    let mut check = Map::new();
    let mut rest = text;
    while let Some(option) = rest.strip_prefix("--") {
        let (option, after) = option.split_once(char::is_whitespace).unwrap_or((option, ""));
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let bad = |_| Kind::Invalid.error(format!("HEALTHCHECK: invalid value {value:?} of --{name}"));
        let nanos = || -> Result<Value> { Ok(json!(duration(value).map_err(bad)?.as_nanos() as u64)) };
        match name {
            "interval" => check.insert("Interval".into(), nanos()?),
            "timeout" => check.insert("Timeout".into(), nanos()?),
            "start-period" => check.insert("StartPeriod".into(), nanos()?),
            "start-interval" => check.insert("StartInterval".into(), nanos()?),
            "retries" => {
                let retries = u32::from_str(value).map_err(|e| bad(e.into()))?;
                check.insert("Retries".into(), retries.into())
            }
            other => return Kind::Invalid.err(format!("Unknown flag: {other}")),
        };
        rest = after.trim_start();
    }
    let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = command.trim();
    let test = match (kind.to_ascii_uppercase().as_str(), command) {
        ("NONE", "") => json!(["NONE"]),
        ("NONE", _) => return Kind::Invalid.err("HEALTHCHECK NONE takes no arguments"),
        ("CMD", "") => return Kind::Invalid.err("Missing command after HEALTHCHECK CMD"),
        ("CMD", command) => match exec_form(command) {
            Some(list) => json!([vec!["CMD".to_string()], list].concat()),
            None => json!(["CMD-SHELL", command]),
        },
        _ => return Kind::Invalid.err(format!("Unknown type in HEALTHCHECK (try CMD): {kind:?}")),
    };
    check.insert("Test".into(), test);
    Ok(check.into())
}

/// A time as Go writes it: `1m30s`.
fn duration(text: &str) -> std::result::Result<Duration, Error> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let scale = match &rest[digits..unit] {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Kind::Invalid.err("no duration"),
        };
        total += rest[..digits].parse::<f64>()? * scale;
        rest = &rest[unit..];
    }
    if text.is_empty() { Kind::Invalid.err("no duration") } else { Ok(Duration::try_from_secs_f64(total)?) }
}

fn exec_form(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') { serde_json::from_str(text).ok() } else { None }
}

/// A command in exec form, or in shell form with the configuration's shell.
fn command(config: &Map<String, Value>, text: &str) -> Value {
    if let Some(list) = exec_form(text) {
        return json!(list);
    }
    let shell = config.get("Shell").and_then(Value::as_array).filter(|shell| !shell.is_empty());
    let mut command = shell.cloned().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
    command.push(text.into());
    command.into()
}

/// What a word stands for with the variables that a configuration has now.
fn expansion(config: &Map<String, Value>) -> impl Fn(&str) -> Result<String> + use<> {
    let list = config.get("Env").and_then(Value::as_array);
    let variables = list.into_iter().flatten().filter_map(|e| e.as_str()?.split_once('='));
    let env: BTreeMap<String, String> = variables.map(|(k, v)| (k.into(), v.into())).collect();
    move |word: &str| words::expand(word, &|name| env.get(name).cloned())
}

/// `key=value …`, or the old form `key value`.
fn pairs(
    instruction: &str,
    text: &str,
    expand: &dyn Fn(&str) -> Result<String>,
) -> Result<Vec<(String, String)>> {
    let words = words(text);
    let is_old = words.first().is_some_and(|word| !word.contains('='));
    let pairs: Vec<(&str, &str)> = if is_old {
        let Some((key, value)) = text.split_once(char::is_whitespace) else {
            return Kind::Invalid.err(format!("{instruction} must have two arguments"));
        };
        vec![(key, value.trim())]
    } else {
        let split = |word: &'_ String| match word.find('=') {
            Some(at) => Ok(at),
            None => Kind::Invalid
                .err(format!("Syntax error - can't find = in {word:?}. Must be of the form: name=value")),
        };
        words
            .iter()
            .map(|word| split(word).map(|at| (&word[..at], &word[at + 1..])))
            .collect::<Result<_>>()?
    };
    let expanded = |(key, value): (&str, &str)| {
        let key = expand(key)?;
        if key.is_empty() {
            return Kind::Invalid.err(format!("{instruction} names can not be blank"));
        }
        Ok((key, expand(value)?))
    };
    pairs.into_iter().map(expanded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_make_a_configuration() {
        let changes = [
            "CMD [\"/bin/x\", \"-y\"]",
            "entrypoint /bin/sh -l",
            "ENV A=1 B=\"two words\" C=\\ c",
            "ENV OLD form of it",
            "LABEL a=b",
            "EXPOSE 80 53/udp",
            "VOLUME [\"/data\"]",
            "USER 1:2",
            "WORKDIR /w",
        ];
        let mut config = Map::new();
        apply(&mut config, &changes.map(String::from)).unwrap();
        assert_eq!(
            Value::from(config),
            json!({"Cmd": ["/bin/x", "-y"], "Entrypoint": ["/bin/sh", "-c", "/bin/sh -l"],
                "Env": ["A=1", "B=two words", "C= c", "OLD=form of it"], "Labels": {"a": "b"},
                "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "Volumes": {"/data": {}}, "User": "1:2", "WorkingDir": "/w"})
        );
    }

    #[test]
    fn changes_are_on_top_of_what_is_there() {
        let Value::Object(mut config) =
            json!({"Cmd": ["old"], "Env": ["A=1", "B=2"], "WorkingDir": "/w", "Labels": null})
        else {
            unreachable!()
        };
        let changes = [
            "ENTRYPOINT [\"/e\"]",
            "ENV B=3 C=4",
            "WORKDIR ../x",
            "LABEL a=b",
            "ONBUILD RUN a",
            "HEALTHCHECK --interval=1m30s --retries=4 CMD [\"/check\", \"-q\"]",
            "EXPOSE 8000-8002",
        ];
        apply(&mut config, &changes.map(String::from)).unwrap();
        assert_eq!(
            Value::from(config),
            json!({"Env": ["A=1", "B=3", "C=4"], "WorkingDir": "/x", "Labels": {"a": "b"}, "Entrypoint": ["/e"],
                "OnBuild": ["RUN a"],
                "Healthcheck": {"Interval": 90_000_000_000u64, "Retries": 4, "Test": ["CMD", "/check", "-q"]},
                "ExposedPorts": {"8000/tcp": {}, "8001/tcp": {}, "8002/tcp": {}}})
        );
        let mut config = Map::new();
        apply(&mut config, &["HEALTHCHECK NONE".into(), "healthcheck CMD a b".into()]).unwrap();
        assert_eq!(config["Healthcheck"], json!({"Test": ["CMD-SHELL", "a b"]}));
    }

    #[test]
    fn variables_are_those_that_were_set_before() {
        let Value::Object(mut config) =
            json!({"Env": ["PATH=/bin", "A=1"], "WorkingDir": "/w", "Shell": ["/bin/ash", "-c"]})
        else {
            unreachable!()
        };
        let changes = [
            "ENV PATH=/x:$PATH A=2 B=${A}b 'C'='$A' D=\\$A E=\"${NO:-none} \\$A\"",
            "ENV OLD $A and \"quoted\"",
            "WORKDIR $A",
            "WORKDIR ${B:+sub}",
            "USER u$A",
            "LABEL l$A=\"$A $B\"",
            "VOLUME /v$A [x",
            "ENV PORTS=\"81 82/udp\"",
            "EXPOSE 8${A} $PORTS",
            "STOPSIGNAL ${NO:-SIGINT}",
            "CMD echo $A",
            "ONBUILD RUN echo $A",
        ];
        apply(&mut config, &changes.map(String::from)).unwrap();
        assert_eq!(
            Value::from(config),
            json!({"Env": ["PATH=/x:/bin", "A=2", "B=1b", "C=$A", "D=$A", "E=none $A", "OLD=2 and quoted", "PORTS=81 82/udp"],
                "WorkingDir": "/w/2/sub", "User": "u2", "Labels": {"l2": "2 1b"}, "Volumes": {"/v2": {}, "[x": {}},
                "ExposedPorts": {"82/tcp": {}, "81/tcp": {}, "82/udp": {}}, "StopSignal": "SIGINT", "Shell": ["/bin/ash", "-c"],
                "Cmd": ["/bin/ash", "-c", "echo $A"], "OnBuild": ["RUN echo $A"]})
        );
    }

    #[test]
    fn what_is_no_instruction_is_refused() {
        for (bad, why) in [
            ("BOGUS", "bogus is not a valid change command"),
            ("RUN x", "run is not a valid change command"),
            ("SHELL [\"x\"]", "shell is not a valid change command"),
            ("", "file with no instructions"),
            ("CMD", "CMD requires at least one argument"),
            ("ENV A", "ENV must have two arguments"),
            ("ENV A=b c", "can't find = in \"c\""),
            ("ENV =b", "ENV names can not be blank"),
            ("LABEL \"a=b", "matching double-quote"),
            ("VOLUME $NO", "VOLUME specified can not be an empty string"),
            ("ENV A=${NO:?needed}", "NO: needed"),
            ("EXPOSE 99999", "99999"),
            ("ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"),
            ("ONBUILD ONBUILD x", "Chaining ONBUILD"),
            ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"),
            ("HEALTHCHECK --interval=5 CMD x", "--interval"),
            ("HEALTHCHECK x", "try CMD"),
            ("STOPSIGNAL SIGNOPE", "Invalid signal"),
        ] {
            let error = apply(&mut Map::new(), &[bad.to_string()]).unwrap_err();
            assert!(crate::error::one_line(&error).contains(why), "{bad}: {error:#}");
        }
    }
}

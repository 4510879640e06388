//! Where errors go: standard error, or the file of `--log` in the form that containerd, dockerd and podman read, and then standard error too.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(Debug)]
pub(super) struct Log {
    pub file: Option<PathBuf>,
    pub format: Format,
}

impl Log {
    /// Tells of a failure. Whoever can't be told has no remedy.
    pub fn error(&self, message: &str) {
        let line = self.line("error", message);
        let Some(file) = &self.file else {
            let _ = std::io::stderr().write_all(line.as_bytes());
            return;
        };
        let _ = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        let _ = writeln!(std::io::stderr(), "{message}");
    }

    fn line(&self, level: &str, message: &str) -> String {
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        match self.format {
            Format::Json => {
                format!("{}\n", json!({"level": level, "msg": message, "time": time.to_string()}))
            }
            Format::Text => format!("time=\"{time}\" level={level} msg={message:?}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_those_that_callers_read() {
        let line = |format| Log { file: None, format }.line("error", "no \"x\"");
        let json: serde_json::Value = serde_json::from_str(&line(Format::Json)).unwrap();
        assert_eq!((json["level"].as_str(), json["msg"].as_str()), (Some("error"), Some("no \"x\"")));
        assert!(line(Format::Text).ends_with(" level=error msg=\"no \\\"x\\\"\"\n"));
    }
}

//! `dhow version`, `dhow info`, `dhow doctor`.

use clap::Args;

use super::{App, Verb, format, output, units};
use crate::engine::doctor::{Finding, Level};
use crate::engine::info;
use crate::error::Result;

/// Print the version
#[derive(Debug, Args)]
pub(crate) struct Version {
    /// json, or a Go template
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Version {
    const NAME: &'static str = "version";
    const ABOUT: &'static str = "Print the version";

    fn run(self, _app: &App) -> Result<u8> {
        let version = info::version();
        if let Some(template) = self.format {
            format::print_one(&template, &version)?;
            return Ok(0);
        }
        let get = |key: &str| version["Client"][key].as_str().unwrap_or_default().to_string();
        output::write(&format!(
            "Client:\n Version:  {}\n OS/Arch:  {}/{}\n",
            get("Version"),
            get("Os"),
            get("Arch")
        ))?;
        Ok(0)
    }
}

/// Show what is there and what it runs on
#[derive(Debug, Args)]
pub(crate) struct Info {
    /// json, or a Go template
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Info {
    const NAME: &'static str = "info";
    const ABOUT: &'static str = "Show what is there and what it runs on";

    fn run(self, app: &App) -> Result<u8> {
        let info = app.engine()?.info()?;
        if let Some(template) = self.format {
            format::print_one(&template, &info)?;
            return Ok(0);
        }
        let mut text = String::new();
        for (label, key) in LINES {
            let value = match (&info[*key], *key) {
                (value, "MemTotal") => units::binary_size(value.as_u64().unwrap_or(0)),
                (serde_json::Value::String(s), _) => s.clone(),
                (serde_json::Value::Array(list), _) => {
                    list.iter().filter_map(|v| v.as_str()).collect::<Vec<_>>().join(", ")
                }
                (value, _) => value.to_string(),
            };
            text += &format!("{label}: {value}\n");
        }
        let configuration = &info["Configuration"];
        for file in configuration["Files"].as_array().into_iter().flatten() {
            text += &format!("Configuration: {}\n", file.as_str().unwrap_or_default());
        }
        for (key, set) in configuration["Keys"].as_object().into_iter().flatten() {
            text += &format!(" {key}: {} ({})\n", set["Value"], set["Origin"].as_str().unwrap_or_default());
        }
        output::write(&text)?;
        Ok(0)
    }
}

const LINES: &[(&str, &str)] = &[
    ("Containers", "Containers"),
    (" Running", "ContainersRunning"),
    (" Stopped", "ContainersStopped"),
    ("Images", "Images"),
    ("Version", "ServerVersion"),
    ("Storage Driver", "Driver"),
    ("Logging Driver", "LoggingDriver"),
    ("Cgroup Version", "CgroupVersion"),
    ("Security Options", "SecurityOptions"),
    ("Kernel Version", "KernelVersion"),
    ("Operating System", "OperatingSystem"),
    ("Architecture", "Architecture"),
    ("CPUs", "NCPU"),
    ("Total Memory", "MemTotal"),
    ("Name", "Name"),
    ("Root Dir", "DhowRootDir"),
    ("Run-time Root Dir", "DhowRunRootDir"),
];

/// Say what this host lacks for containers, and how to fix it
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

impl Verb for Doctor {
    const NAME: &'static str = "doctor";
    const ABOUT: &'static str = "Say what this host lacks for containers, and how to fix it";

    fn run(self, app: &App) -> Result<u8> {
        let findings = app.engine()?.doctor()?;
        output::write(&findings.iter().map(line).collect::<String>())?;
        Ok(u8::from(findings.iter().any(|f| f.level == Level::Bad)))
    }
}

fn line(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Good => "ok  ",
        Level::Limited => "less",
        Level::Bad => "BAD ",
    };
    let remedy = finding.remedy.as_ref().map(|r| format!("      fix: {r}\n")).unwrap_or_default();
    format!("{mark}  {:<16} {}\n{remedy}", finding.what, finding.state)
}

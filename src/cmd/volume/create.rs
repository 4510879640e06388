//! `dhow volume create`.

use std::collections::BTreeMap;

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::volumes::VolumeCreateRequest;
use crate::error::{Kind, Result};

/// Make a volume
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[arg(value_name = "VOLUME")]
    name: Option<String>,
    /// Name of the volume [default: a random one]
    #[arg(long = "name", value_name = "VOLUME", hide = true)]
    name_option: Option<String>,
    /// Who makes it: local is the only one
    #[arg(short, long, value_name = "DRIVER", default_value = "local")]
    driver: String,
    /// type, device and o, as mount(8) has them: what containers mount as the volume; size=SIZE: how much it may hold
    #[arg(short, long, value_name = "KEY=VALUE")]
    opt: Vec<String>,
    /// Set a label
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// No error if there is one of this name, whatever its options
    #[arg(long)]
    ignore: bool,
}

/// `KEY[=VALUE]` each.
pub(super) fn labels(given: &[String]) -> BTreeMap<String, String> {
    let pair = |label: &String| {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        (key.to_string(), value.to_string())
    };
    given.iter().map(pair).collect()
}

impl Verb for Create {
    const NAME: &'static str = "create";
    const ABOUT: &'static str = "Make a volume";

    fn run(self, app: &App) -> Result<u8> {
        let name = match (self.name, self.name_option) {
            (Some(_), Some(_)) => {
                return Kind::Invalid
                    .err("conflicting options: either specify --name or provide positional arg, not both");
            }
            (name, option) => name.or(option),
        };
        let engine = app.engine()?;
        if let Some(name) = name.as_ref().filter(|_| self.ignore)
            && engine.volume_exists(name)?
        {
            println!("{name}");
            return Ok(0);
        }
        let request = VolumeCreateRequest {
            name,
            driver: Some(self.driver),
            options: self.opt,
            labels: labels(&self.label),
        };
        println!("{}", engine.create_volume(request)?.volume.name);
        Ok(0)
    }
}

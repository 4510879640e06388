//! `dhow volume update`.

use clap::Args;

use super::create::labels;
use crate::cmd::{App, Verb};
use crate::engine::volumes::VolumeUpdateRequest;
use crate::error::{Kind, Result};

/// Change the labels of a volume
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Set a label
    #[arg(long, value_name = "KEY[=VALUE]")]
    label_add: Vec<String>,
    /// Take a label away
    #[arg(long, value_name = "KEY")]
    label_rm: Vec<String>,
    /// For volumes of a cluster, of which there are none here
    #[arg(long, value_name = "STATE", hide = true)]
    availability: Option<String>,
    #[arg(value_name = "VOLUME")]
    volume: String,
}

impl Verb for Update {
    const NAME: &'static str = "update";
    const ABOUT: &'static str = "Change the labels of a volume";

    fn run(self, app: &App) -> Result<u8> {
        if self.availability.is_some() {
            return Kind::Unsupported
                .err("--availability is for volumes of a swarm: dhow has volumes of this host only");
        }
        if self.label_add.is_empty() && self.label_rm.is_empty() {
            return Kind::Invalid.err("nothing to change: give --label-add or --label-rm");
        }
        let request =
            VolumeUpdateRequest { add_labels: labels(&self.label_add), remove_labels: self.label_rm };
        app.engine()?.update_volume(&self.volume, &request)?;
        println!("{}", self.volume);
        Ok(0)
    }
}

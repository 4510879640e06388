//! `dhow boot`.

use clap::Args;

use super::{App, Verb};
use crate::error::{Result, one_line};

/// Start the containers whose restart policy wants them to run, after the machine was started
#[derive(Debug, Args)]
pub(crate) struct Boot {
    /// Write a unit of systemd that does so at each start of the machine (as an ordinary user: of the user's own systemd)
    #[arg(long, conflicts_with = "shutdown")]
    install: bool,
    /// Stop all containers instead; those with a restart policy run again after the next boot
    #[arg(long)]
    shutdown: bool,
}

impl Verb for Boot {
    const NAME: &'static str = "boot";
    const ABOUT: &'static str = "Start the containers that must run, after the machine was started";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if self.install {
            let installed = engine.install_boot()?;
            println!("{}\n{}", installed.unit.display(), installed.link.display());
            if engine.is_rootless() {
                eprintln!("To have it started without a login: loginctl enable-linger");
            }
            return Ok(0);
        }
        let outcomes = if self.shutdown { engine.shutdown()? } else { engine.boot()? };
        let mut code = 0;
        for (name, error) in outcomes {
            match error {
                None => println!("{name}"),
                Some(error) => {
                    eprintln!("dhow: {name}: {}", one_line(&error));
                    code = 1;
                }
            }
        }
        Ok(code)
    }
}

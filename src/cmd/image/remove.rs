//! `dhow rmi`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::images::{RemoveRequest, Removed};
use crate::error::{self, Kind, Result};

/// Remove images
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Remove an image with several names, or one that stopped containers use
    #[arg(short, long)]
    force: bool,
    /// Keep layers that nothing needs any more
    #[arg(long)]
    no_prune: bool,
}

impl Verb for Remove {
    const NAME: &'static str = "rmi";
    const ABOUT: &'static str = "Remove images";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let mut failed = false;
        for image in self.images {
            let request = RemoveRequest { image, force: self.force, no_prune: self.no_prune };
            match engine.remove_image(&request) {
                Ok(removed) => print(&removed),
                // Forced, and it isn't there: what was wanted.
                Err(e) if self.force && error::is(&e, Kind::NotFound) => {
                    eprintln!("dhow: {}", error::one_line(&e));
                }
                Err(e) => {
                    // The others are removed all the same.
                    eprintln!("dhow: {}", error::one_line(&e));
                    failed = true;
                }
            }
        }
        Ok(u8::from(failed))
    }
}

/// Docker's lines.
fn print(removed: &Removed) {
    lines(removed, ["Untagged", "Deleted"]).for_each(|line| println!("{line}"));
}

/// Docker's lines of what a prune removed, which are in small letters.
pub(crate) fn pruned(removed: &[Removed]) -> Vec<String> {
    removed.iter().flat_map(|one| lines(one, ["untagged", "deleted"])).collect()
}

fn lines<'a>(removed: &'a Removed, [untagged, deleted]: [&'a str; 2]) -> impl Iterator<Item = String> + 'a {
    let names = removed.untagged.iter().map(move |name| format!("{untagged}: {name}"));
    names.chain(removed.deleted.iter().chain(&removed.layers).map(move |id| format!("{deleted}: {id}")))
}

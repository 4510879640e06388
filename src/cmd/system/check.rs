//! `dhow system check`, `system migrate` and `system reset`.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cmd::{App, Verb, agreed, output};
use crate::engine::system::{CheckReport, CheckRequest, Finding};
use crate::error::Result;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Check that everything that is kept is whole, and mend it
///
/// Every blob is read and compared with its digest, every layer is unpacked once more and compared with what is there, and whatever is
/// referred to is looked for. The exit code is 1 if something is wrong that isn't mended.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Mend what can be mended: unpack layers anew, remove damaged blobs and what killed processes left
    #[arg(short, long)]
    repair: bool,
    /// Look only whether everything is there: read no content of layers
    #[arg(short, long)]
    quick: bool,
    /// text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text", hide_possible_values = true)]
    format: Form,
}

impl Verb for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str = "Check that everything that is kept is whole, and mend it";

    fn run(self, app: &App) -> Result<u8> {
        let report = app.engine()?.check(CheckRequest { repair: self.repair, quick: self.quick })?;
        let text = match self.format {
            Form::Json => format!("{}\n", json!(report)),
            Form::Text => shown(&report),
        };
        output::write(&text)?;
        Ok(u8::from(!report.is_sound()))
    }
}

fn shown(report: &CheckReport) -> String {
    let line = |f: &Finding| format!("{}: {}; {}\n", f.object, f.problem, f.remedy);
    let mut text: String = report.findings.iter().map(line).collect();
    let wrong = report.findings.iter().filter(|f| f.damage && !f.repaired).count();
    let verdict = match (wrong, report.findings.len()) {
        (0, 0) => "nothing is wrong".to_string(),
        (0, _) => "nothing is damaged".to_string(),
        (n, _) => format!("{n} damaged or missing"),
    };
    text += &format!(
        "Checked {} images, {} blobs, {} layers, {} containers, {} volumes: {verdict}.\n",
        report.images, report.blobs, report.layers, report.containers, report.volumes
    );
    text
}

/// Bring what an older dhow has written to the form of this one
#[derive(Debug, Args)]
pub(crate) struct Migrate {}

impl Verb for Migrate {
    const NAME: &'static str = "migrate";
    const ABOUT: &'static str = "Bring what an older dhow has written to the form of this one";

    fn run(self, app: &App) -> Result<u8> {
        let changed = app.engine_of_any_version()?.migrate()?;
        println!("Migrated: {changed} containers changed.");
        Ok(0)
    }
}

/// Remove everything: containers, images, networks and volumes
#[derive(Debug, Args)]
pub(crate) struct Reset {
    /// Don't ask
    #[arg(short, long)]
    force: bool,
}

impl Verb for Reset {
    const NAME: &'static str = "reset";
    const ABOUT: &'static str = "Remove everything: containers, images, networks and volumes";

    fn run(self, app: &App) -> Result<u8> {
        let warning = "WARNING! This will remove:\n  - all containers, running ones too\n  - all images\n  - all networks\n  - all volumes\n\n";
        if self.force || agreed(warning)? {
            app.engine()?.reset()?;
        }
        Ok(0)
    }
}

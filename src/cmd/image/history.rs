//! `dhow history`.

use clap::{ArgAction, Args};
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::{App, Verb, units};
use crate::engine::images::{HistoryStep, Platform};
use crate::error::Result;

/// Show how an image came to be
#[derive(Debug, Args)]
pub(crate) struct History {
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Print sizes and times for people
    #[arg(short = 'H', long, default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    human: bool,
    /// Print everything whole
    #[arg(long)]
    no_trunc: bool,
    /// Print IDs only
    #[arg(short, long)]
    quiet: bool,
    /// Fail if the image is for another platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

const TITLES: &[(&str, &str)] = &[
    ("ID", "IMAGE"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedBy", "CREATED BY"),
    ("Size", "SIZE"),
    ("Comment", "COMMENT"),
];

/// A row, with docker's field names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "ID")]
    id: String,
    created_since: String,
    created_at: String,
    created_by: String,
    size: String,
    comment: String,
}

impl Verb for History {
    const NAME: &'static str = "history";
    const ABOUT: &'static str = "Show how an image came to be";

    fn run(self, app: &App) -> Result<u8> {
        let table = if self.human {
            "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
        } else {
            "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
        };
        let columns = Columns { titles: TITLES, table, quiet: "{{.ID}}" };
        let listing = Listing::new(self.format.as_deref(), self.quiet, columns)?;
        let steps = app.engine()?.image_history(&self.image, self.platform.as_ref())?;
        listing.print(steps.iter().map(|step| self.row(step)))?;
        Ok(0)
    }
}

impl History {
    fn row(&self, step: &HistoryStep) -> Row {
        let id = match step.id.strip_prefix("sha256:") {
            Some(hex) if !self.no_trunc => hex[..12].to_string(),
            _ => step.id.clone(),
        };
        // A table has one line for a row.
        let created_by = step.created_by.replace(['\t', '\n'], " ");
        Row {
            id,
            created_since: if step.created == 0 { "N/A".into() } else { units::since(step.created) },
            created_at: jiff::Timestamp::from_second(step.created).unwrap_or_default().to_string(),
            created_by: if self.no_trunc { created_by } else { units::ellipsis(&created_by, 45) },
            size: if self.human { units::size(step.size) } else { step.size.to_string() },
            comment: if self.no_trunc { step.comment.clone() } else { units::ellipsis(&step.comment, 45) },
        }
    }
}

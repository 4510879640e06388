//! `dhow history`.

use clap::{ArgAction, Args};
use serde::Serialize;

use crate::cmd::{App, Verb, output, units};
use crate::engine::images::HistoryStep;
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
}

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
        let steps = app.engine()?.image_history(&self.image)?;
        let rows: Vec<Row> = steps.iter().map(|step| self.row(step)).collect();
        output::write(&self.render(&rows))?;
        Ok(0)
    }
}

impl History {
    fn render(&self, rows: &[Row]) -> String {
        if self.quiet {
            return rows.iter().flat_map(|row| [row.id.as_str(), "\n"]).collect();
        }
        let created = if self.human { "CREATED" } else { "CREATED AT" };
        let header = ["IMAGE", created, "CREATED BY", "SIZE", "COMMENT"].map(String::from).to_vec();
        let cells = rows.iter().map(|row| {
            let created = if self.human { &row.created_since } else { &row.created_at };
            [&row.id, created, &row.created_by, &row.size, &row.comment].map(Clone::clone).to_vec()
        });
        output::columns(&std::iter::once(header).chain(cells).collect::<Vec<_>>())
    }

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
            created_by: if self.no_trunc { created_by } else { ellipsis(&created_by, 45) },
            size: if self.human { units::size(step.size) } else { step.size.to_string() },
            comment: if self.no_trunc { step.comment.clone() } else { ellipsis(&step.comment, 45) },
        }
    }
}

/// At most so many characters, the last one saying that there were more.
fn ellipsis(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_string();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}

//! `dhow top` and `dhow port`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::{Kind, Result};

/// Show the processes of a container
#[derive(Debug, Args)]
pub(crate) struct Top {
    container: String,
    /// Columns, by the names of `ps -o`
    #[arg(value_name = "COLUMN", trailing_var_arg = true, allow_hyphen_values = true)]
    columns: Vec<String>,
}

impl Verb for Top {
    const NAME: &'static str = "top";
    const ABOUT: &'static str = "Show the processes of a container";

    fn run(self, app: &App) -> Result<u8> {
        // `-o a,b`, `-oa,b` and plain names all mean columns; other options of ps don't apply, as no ps is run.
        let mut columns = Vec::new();
        for word in &self.columns {
            let word = word.strip_prefix("-o").unwrap_or(word);
            if word.starts_with('-') {
                return Kind::Unsupported.err(format!(
                    "top: the ps option {word:?} is not supported: give column names, such as pid,comm"
                ));
            }
            columns.extend(word.split(',').filter(|c| !c.is_empty()).map(String::from));
        }
        let table = app.engine()?.top(&self.container, &columns)?;
        let mut text = table.titles.join("\t") + "\n";
        for row in &table.rows {
            text += &(row.join("\t") + "\n");
        }
        crate::cmd::output::write(&crate::cmd::format::align(&text)?)?;
        Ok(0)
    }
}

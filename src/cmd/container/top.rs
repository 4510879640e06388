//! `dhow top` and `dhow port`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::containers::process_table;
use crate::error::Result;

/// Show the processes of a container
#[derive(Debug, Args)]
pub(crate) struct Top {
    container: String,
    /// Options of ps(1), as -ef, aux or -o COLUMN,..., or names of columns alone
    #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
    columns: Vec<String>,
}

impl Verb for Top {
    const NAME: &'static str = "top";
    const ABOUT: &'static str = "Show the processes of a container";

    fn run(self, app: &App) -> Result<u8> {
        let columns = process_table::columns(&self.columns)?;
        let table = app.engine()?.top(&self.container, &columns)?;
        let mut text = table.titles.join("\t") + "\n";
        for row in &table.rows {
            text += &(row.join("\t") + "\n");
        }
        crate::cmd::output::write(&crate::cmd::format::align(&text)?)?;
        Ok(0)
    }
}

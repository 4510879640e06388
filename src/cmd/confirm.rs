//! The question before many objects are removed at once.

use std::io::{BufRead, Write};

use crate::error::Result;

/// Whether whoever answers wants `what` to be removed. As docker has it, the answer may come from a pipe, and none is a no.
pub(crate) fn confirmed(what: &str) -> Result<bool> {
    agreed(&format!("WARNING! This will remove {what}.\n"))
}

/// The same with a warning in other words.
pub(crate) fn agreed(warning: &str) -> Result<bool> {
    print!("{warning}Are you sure you want to continue? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

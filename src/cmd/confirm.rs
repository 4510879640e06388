//! The question before many objects are removed at once.

use std::io::{BufRead, IsTerminal, Write};

use crate::error::{Kind, Result};

/// Whether the person at the terminal wants `what` to be removed, which are `objects`.
pub(crate) fn confirmed(objects: &str, what: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Kind::Invalid
            .err(format!("nobody can be asked: use --force to remove {objects} without a question"));
    }
    print!("WARNING! This will remove {what}.\nAre you sure you want to continue? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y"))
}

//! What a prune has removed, in docker's words.

use super::units;

/// A list with its title and a blank line below, if there is anything in it.
pub(crate) fn print_deleted(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("Deleted {title}:\n{}\n", lines.join("\n"));
    }
}

pub(crate) fn print_reclaimed(bytes: u64) {
    println!("Total reclaimed space: {}", units::size4(bytes));
}

//! Results on standard output.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write};

use crate::error::{Context, Kind, Result};

/// Writes the result of a command. A reader that has gone away (`head`) ends the command quietly.
pub(crate) fn write(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Kind::Exit(0).err("nobody reads it"),
        written => written.context("writing the result"),
    }
}

/// Rows in columns, as docker prints them: three blanks between.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string can't fail.
            let _ = write!(line, "{cell:width$}   ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["A", "B"], ["aaa", ""], ["ü", "b"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(super::columns(&rows), "A     B\naaa\nü     b\n");
    }
}

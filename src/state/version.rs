//! Which form a root's files have: ROOT/version, written with the first directory.
//!
//! Every command reads it before anything else. A dhow that finds a larger number than its own knows nothing of what it would read and
//! refuses; one that finds none looks whether there is something that an older dhow wrote in another form (see `engine::system::migrate`).

use std::path::PathBuf;

use super::Roots;
use super::file::{self, Durability};
use crate::error::{Kind, Result};

/// The form that this dhow writes.
pub const VERSION: u32 = 1;

fn path(roots: &Roots) -> PathBuf {
    roots.root.join("version")
}

/// The version of a root, `None` if none was written; one that this dhow doesn't know is an error.
pub fn read(roots: &Roots) -> Result<Option<u32>> {
    let Some(text) = file::read_opt(&path(roots))? else { return Ok(None) };
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse::<u32>().ok());
    match number {
        Some(number) if number <= VERSION => Ok(Some(number)),
        Some(number) => Kind::Unsupported.err(format!(
            "{} was written by a newer dhow (its version is {number}, this dhow knows {VERSION}): use that one, or another directory with --root",
            roots.root.display()
        )),
        None => Kind::Corrupt.err(format!(
            "{} is damaged: it must hold a number, for this dhow {VERSION}",
            path(roots).display()
        )),
    }
}

/// Notes that everything has this dhow's form.
pub fn write(roots: &Roots) -> Result<()> {
    file::write_mode(&path(roots), format!("{VERSION}\n").as_bytes(), 0o644, Durability::Durable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_version_and_a_damaged_one_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let roots = Roots { root: dir.path().into(), runroot: dir.path().into(), rootless: false };
        assert_eq!(read(&roots).unwrap(), None);
        write(&roots).unwrap();
        assert_eq!(read(&roots).unwrap(), Some(VERSION));
        for (text, says) in [("2\n", "written by a newer dhow (its version is 2"), ("x", "is damaged")] {
            file::write(&path(&roots), text.as_bytes(), Durability::Ephemeral).unwrap();
            let error = read(&roots).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}

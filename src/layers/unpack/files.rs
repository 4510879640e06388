//! What differs where an archive isn't a layer but files that are put among others.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde::{Deserialize, Serialize};

use super::Unpacker;
use crate::error::{Kind, Result};
use crate::layers::entries::printable;

/// An archive of files that are put among others, with docker's rules for that: nothing in it means a deleted file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// No directory becomes something else, and nothing else becomes a directory.
    pub keep_kinds: bool,
    /// Who everything is to belong to, whatever the archive says.
    pub owner: Option<(u32, u32)>,
    /// The first component that names have in the archive, and the one that they get.
    pub rename: Option<(Vec<u8>, Vec<u8>)>,
    /// The directory's path, for messages.
    pub shown: Vec<u8>,
}

impl Files {
    /// Where the archive's name leads.
    fn placed(&self, path: Vec<u8>) -> Vec<u8> {
        let Some((from, to)) = &self.rename else { return path };
        match path.strip_prefix(from.as_slice()) {
            Some([]) => to.clone(),
            Some(rest) if from.is_empty() => [to, b"/".as_slice(), rest].concat(),
            Some(rest) if rest.starts_with(b"/") => [to.as_slice(), rest].concat(),
            _ => path,
        }
    }
}

impl Unpacker<'_> {
    /// Where the archive's name leads.
    pub(super) fn placed(&self, path: Vec<u8>) -> Vec<u8> {
        match &self.options.files {
            Some(files) => files.placed(path),
            None => path,
        }
    }

    /// Refuses to make a directory of something else, or the other way round. Asked only where something stands in the way, so that new files
    /// cost no look.
    pub(super) fn check_kind(&self, path: &[u8], is_directory: bool, becomes_directory: bool) -> Result<()> {
        let Some(files) = self.options.files.as_ref().filter(|files| files.keep_kinds) else { return Ok(()) };
        let slash: &[u8] = if files.shown.ends_with(b"/") { b"" } else { b"/" };
        let name = [files.shown.as_slice(), slash, path].concat();
        let (name, top) = (printable(OsStr::from_bytes(&name)), printable(OsStr::from_bytes(&files.shown)));
        match (is_directory, becomes_directory) {
            (true, false) => {
                Kind::Invalid.err(format!("cannot overwrite directory {name} with non-directory {top}"))
            }
            (false, true) => {
                Kind::Invalid.err(format!("cannot overwrite non-directory {name} with directory {top}"))
            }
            _ => Ok(()),
        }
    }
}

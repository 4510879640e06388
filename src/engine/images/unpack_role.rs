//! The roles that need mapped ids: unpacking a layer and removing trees with files of other ids.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufReader, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Stdio;

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::{self, Context, Kind, Result};
use crate::layers::apply::Ownership;
use crate::layers::owners::OwnerMap;
use crate::layers::remove;
use crate::layers::unpack::{self, Options, Summary};
use crate::namespaces::mapped;
use crate::sys::credentials::FileIds;

/// `unpack DIR [OWNERS]`: the tar stream on standard input; the answer, as JSON, on standard output.
pub(crate) const UNPACK: &str = "unpack";
/// `remove PATH…`.
pub(crate) const REMOVE: &str = "remove";

/// What the role `unpack` answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Done(Summary),
    /// The layer's fault.
    Corrupt(String),
    Failed(String),
}

/// How this process may unpack, by the ids that are mapped into its user namespace (user_namespaces(7), "uid_map").
pub(crate) fn options() -> Options {
    // Without /proc nothing works; the usual case is as good a guess as any.
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let counts: Vec<u64> = map.lines().filter_map(|l| l.split_whitespace().nth(2)?.parse().ok()).collect();
    let whole = counts.is_empty() || counts == [u64::from(u32::MAX)];
    let single = counts == [1];
    let ownership = if single { Ownership::Flattened } else { Ownership::Kept };
    Options::layer(ownership, !whole)
}

/// The role `unpack`.
pub(crate) fn unpack(args: &[OsString]) -> Result<u8> {
    let [dir, owners @ ..] = args else { return Kind::Invalid.err("unpack DIR [OWNERS]") };
    let owners: Option<OwnerMap> = match owners {
        [] => None,
        [text, ..] => Some(serde_json::from_slice(text.as_encoded_bytes()).context("the owners")?),
    };
    // What is made without a word about its owner belongs to the container's root, too.
    let ids = owners.as_ref().map(|o| FileIds::take(o.uid(0), o.gid(0)));
    let _ids = ids.transpose().context("changing the file system ids")?;
    let stdin = BufReader::with_capacity(256 << 10, std::io::stdin().lock());
    let root = File::open(dir).with_context(|| format!("opening {}", dir.display()));
    let unpacked = root.and_then(|root| unpack::unpack(stdin, root.as_fd(), Options { owners, ..options() }));
    let answer = match unpacked {
        Ok(summary) => Answer::Done(summary),
        Err(e) if error::is(&e, Kind::Corrupt) => Answer::Corrupt(error::one_line(&e)),
        Err(e) => Answer::Failed(error::one_line(&e)),
    };
    std::io::stdout().write_all(&serde_json::to_vec(&answer)?).context("answering")?;
    Ok(u8::from(!matches!(answer, Answer::Done(_))))
}

/// The role `remove`.
pub(crate) fn remove(args: &[OsString]) -> Result<u8> {
    for path in args {
        remove::tree(Path::new(path))?;
    }
    Ok(0)
}

impl Engine {
    /// Removes trees that may hold files of mapped ids.
    pub(crate) fn remover(&self) -> impl Fn(&Path) -> Result<()> + Sync + use<> {
        let rootless = self.roots.rootless;
        move |path: &Path| {
            if !rootless {
                return remove::tree(path);
            }
            let role = mapped::spawn(REMOVE, &[path.as_os_str()], |command| {
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            })?;
            let output = role.child.wait_with_output().context("waiting for the removal")?;
            if output.status.success() {
                return Ok(());
            }
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_string();
            Err(anyhow::anyhow!(reason)).with_context(|| format!("removing {}", path.display()))
        }
    }
}

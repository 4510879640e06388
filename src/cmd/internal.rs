//! The hidden roles of the binary, chosen by `argv[0]` before clap sees anything: `dhow-role NAME CONTROL-FD ARGS…`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::container::log;
use crate::engine::files::role as files_role;
use crate::engine::images::unpack_role;
use crate::engine::system;
use crate::engine::unshare;
use crate::engine::volumes;
use crate::error::{self, Context, Kind, Result};
use crate::namespaces::mapped;
use crate::{logging, monitor, netns, runtime};

/// A role: gets its arguments, answers with the exit code.
type Role = fn(&[OsString]) -> Result<u8>;

const ROLES: &[(&str, Role)] = &[
    ("container", runtime::init::role),
    ("init", runtime::reaper::role),
    (unpack_role::UNPACK, unpack_role::unpack),
    (unpack_role::REMOVE, unpack_role::remove),
    (volumes::FILL, volumes::fill_role),
    (files_role::FILES, files_role::role),
    (system::COMPARE, system::compare_role),
    (system::SIZES, system::sizes_role),
    (unshare::UNSHARE, unshare::role),
    ("monitor", monitor::role),
    ("join", runtime::join::role),
    ("network", netns::private::role),
    (netns::private::STEPS, netns::private::steps_role),
    (log::COMPRESS_ROLE, log::compress_role),
];

/// Runs the role that this process was re-executed as, if it was.
pub(super) fn run() -> Option<u8> {
    let mut args = std::env::args_os();
    // Another runtime executes it by its path.
    if Path::new(&args.next()?).file_name()?.as_bytes() != mapped::ROLE.as_bytes() {
        return None;
    }
    logging::init(::log::LevelFilter::Warn);
    Some(match role(args.collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", error::one_line(&error));
            1
        }
    })
}

fn role(args: Vec<OsString>) -> Result<u8> {
    let [name, control, rest @ ..] = args.as_slice() else { return Kind::Invalid.err("a role needs a name") };
    let (_, role) =
        ROLES.iter().find(|(n, _)| name == *n).with_context(|| format!("no role {}", name.display()))?;
    mapped::enter(control.to_str().context("the control descriptor")?)?;
    role(rest)
}

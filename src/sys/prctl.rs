//! prctl(2), seccomp(2), capset(2) and keyctl(2) on the calling thread.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

fn prctl(option: libc::c_int, a: u64, b: u64) -> nix::Result<libc::c_int> {
    // SAFETY: only used with options whose arguments are integers.
    Errno::result(unsafe { libc::prctl(option, a, b, 0u64, 0u64) })
}

/// Dies with its parent. Cleared by the kernel at every change of credentials: set it last.
pub fn die_with_parent() -> nix::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64, 0).map(drop)
}

/// Takes [`die_with_parent`] back.
pub fn outlive_parent() -> nix::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, 0, 0).map(drop)
}

/// Execs give no new privileges from here on, and filters may be installed without any.
pub fn no_new_privileges() -> nix::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0).map(drop)
}

/// Keeps the permitted capabilities over a change of the user id.
pub fn keep_capabilities(keep: bool) -> nix::Result<()> {
    prctl(libc::PR_SET_KEEPCAPS, u64::from(keep), 0).map(drop)
}

/// Whether other processes of the same user may look into this one (/proc/PID/{exe,fd,mem,…}).
pub fn set_dumpable(dumpable: bool) -> nix::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, u64::from(dumpable), 0).map(drop)
}

/// The name that ps(1) shows, at most 15 bytes.
pub fn set_name(name: &std::ffi::CStr) -> nix::Result<()> {
    prctl(libc::PR_SET_NAME, name.as_ptr() as u64, 0).map(drop)
}

/// Takes a capability out of the bounding set.
pub fn drop_bounding(capability: u8) -> nix::Result<()> {
    prctl(libc::PR_CAPBSET_DROP, u64::from(capability), 0).map(drop)
}

/// Adds a capability to the ambient set.
pub fn raise_ambient(capability: u8) -> nix::Result<()> {
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as u64, u64::from(capability)).map(drop)
}

/// Empties the ambient set.
pub fn clear_ambient() -> nix::Result<()> {
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as u64, 0).map(drop)
}

/// The capabilities that this thread may have in effect, a bit each.
pub fn permitted_capabilities() -> nix::Result<u64> {
    let header = Header { version: VERSION_3, pid: 0 };
    let mut data = [Data::default(), Data::default()];
    // SAFETY: header and data have the layout of version 3 and live during the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capget, &raw const header, data.as_mut_ptr()) })?;
    Ok(u64::from(data[0].permitted) | u64::from(data[1].permitted) << 32)
}

/// The capabilities that this thread can gain by executing programs, at most, a bit each.
pub fn bounding_capabilities() -> nix::Result<u64> {
    let mut set = 0;
    for capability in 0..64u64 {
        match prctl(libc::PR_CAPBSET_READ, capability, 0) {
            Ok(present) => set |= u64::from(present == 1) << capability,
            // Of no use to this kernel, nor are those after it.
            Err(Errno::EINVAL) => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(set)
}

#[repr(C)]
#[derive(Debug)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Debug, Default)]
struct Data {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Of linux/capability.h: 64 capabilities in two halves.
const VERSION_3: u32 = 0x2008_0522;

/// What capset(2) is told: effective, permitted and inheritable capabilities.
#[derive(Debug)]
pub struct Capabilities {
    header: Header,
    data: [Data; 2],
}

impl Capabilities {
    /// A bit each (capabilities(7)).
    pub fn new(effective: u64, permitted: u64, inheritable: u64) -> Self {
        let half = |shift: u32| Data {
            effective: (effective >> shift) as u32,
            permitted: (permitted >> shift) as u32,
            inheritable: (inheritable >> shift) as u32,
        };
        Self { header: Header { version: VERSION_3, pid: 0 }, data: [half(0), half(32)] }
    }

    /// Header and data.
    pub(super) fn arguments(&self) -> (*const libc::c_void, *const libc::c_void) {
        ((&raw const self.header).cast(), self.data.as_ptr().cast())
    }

    /// Makes them those of this thread, in one call.
    pub fn set(&self) -> nix::Result<()> {
        let (header, data) = self.arguments();
        // SAFETY: header and data have the layout of version 3 and live during the call.
        Errno::result(unsafe { libc::syscall(libc::SYS_capset, header, data) }).map(drop)
    }
}

/// A seccomp filter instruction (`struct sock_filter`).
pub use libc::sock_filter as BpfInstruction;

/// Installs a seccomp filter for this thread. Needs no_new_privs or CAP_SYS_ADMIN. With the flag SECCOMP_FILTER_FLAG_NEW_LISTENER it
/// answers a descriptor for the notifications.
pub fn install_seccomp(program: &[BpfInstruction], flags: u64) -> nix::Result<Option<OwnedFd>> {
    let listens = flags & libc::SECCOMP_FILTER_FLAG_NEW_LISTENER != 0;
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    // SAFETY: the kernel only reads `len` instructions from the live slice.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    let fd = Errno::result(result)?;
    // SAFETY: with that flag the result is a new descriptor, close-on-exec, that nobody else owns.
    Ok(listens.then(|| unsafe { OwnedFd::from_raw_fd(fd as RawFd) }))
}

/// Joins a new, empty session keyring, so that the keys of the caller's session stay out of reach.
pub fn new_session_keyring(name: &std::ffi::CStr) -> nix::Result<()> {
    const KEYCTL_JOIN_SESSION_KEYRING: u64 = 1;
    // SAFETY: the name is NUL-terminated and lives during the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.as_ptr()) })
        .map(drop)
}

//! bpf(2), as far as the device controller of cgroup 2 needs it: load a program, put it on a cgroup in the place of those there.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

const PROG_LOAD: i32 = 5;
const PROG_ATTACH: i32 = 8;
const PROG_DETACH: i32 = 9;
const PROG_GET_FD_BY_ID: i32 = 13;
const PROG_QUERY: i32 = 16;

const TYPE_CGROUP_DEVICE: u32 = 15;
const ATTACH_CGROUP_DEVICE: u32 = 6;
/// Programs of cgroups above and below count too: all must allow.
const ALLOW_MULTI: u32 = 2;

#[repr(C)]
#[derive(Default)]
struct Load {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
}

#[repr(C)]
#[derive(Default)]
struct Attach {
    target_fd: u32,
    attach_bpf_fd: u32,
    attach_type: u32,
    attach_flags: u32,
    replace_bpf_fd: u32,
}

#[repr(C)]
#[derive(Default)]
struct Query {
    target_fd: u32,
    attach_type: u32,
    query_flags: u32,
    attach_flags: u32,
    prog_ids: u64,
    prog_cnt: u32,
    pad: u32,
}

/// Makes the call with an attribute structure; what the command leaves out of it is zero.
fn bpf<T>(command: i32, attributes: &mut T) -> nix::Result<i32> {
    // SAFETY: `attributes` is a live, fully initialised structure of the size given, laid out as the command's part of union bpf_attr;
    // the pointers in it are to buffers that their owners keep alive until the call returns.
    let result =
        unsafe { libc::syscall(libc::SYS_bpf, command, std::ptr::from_mut(attributes), size_of::<T>()) };
    Errno::result(result).map(|n| n as i32)
}

/// Loads a program of the type `BPF_PROG_TYPE_CGROUP_DEVICE`. `instructions` are 8 bytes each.
pub fn load_device_program(instructions: &[[u8; 8]]) -> nix::Result<OwnedFd> {
    let mut attributes = Load {
        prog_type: TYPE_CGROUP_DEVICE,
        insn_cnt: instructions.len() as u32,
        insns: instructions.as_ptr() as u64,
        license: c"Apache".as_ptr() as u64,
        ..Load::default()
    };
    let fd = bpf(PROG_LOAD, &mut attributes)?;
    // SAFETY: a new descriptor that nobody else owns; the kernel makes it close-on-exec.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Puts the program on a cgroup, then takes those away that were on it before: at no moment is there none.
pub fn attach_device_program(cgroup: BorrowedFd<'_>, program: &OwnedFd) -> nix::Result<()> {
    let before = attached(cgroup)?;
    let attach = |fd: RawFd| Attach {
        target_fd: cgroup.as_raw_fd() as u32,
        attach_bpf_fd: fd as u32,
        attach_type: ATTACH_CGROUP_DEVICE,
        ..Attach::default()
    };
    bpf(PROG_ATTACH, &mut Attach { attach_flags: ALLOW_MULTI, ..attach(program.as_raw_fd()) })?;
    for id in before {
        #[repr(C)]
        struct GetFd {
            id: u32,
            next_id: u32,
            open_flags: u32,
        }
        let fd = bpf(PROG_GET_FD_BY_ID, &mut GetFd { id, next_id: 0, open_flags: 0 })?;
        // SAFETY: a new descriptor that nobody else owns.
        let old = unsafe { OwnedFd::from_raw_fd(fd as RawFd) };
        bpf(PROG_DETACH, &mut attach(old.as_fd().as_raw_fd()))?;
    }
    Ok(())
}

/// The ids of the device programs on a cgroup itself.
pub fn attached(cgroup: BorrowedFd<'_>) -> nix::Result<Vec<u32>> {
    let mut ids = vec![0u32; 64];
    let mut query = Query {
        target_fd: cgroup.as_raw_fd() as u32,
        attach_type: ATTACH_CGROUP_DEVICE,
        prog_ids: ids.as_mut_ptr() as u64,
        prog_cnt: ids.len() as u32,
        ..Query::default()
    };
    bpf(PROG_QUERY, &mut query)?;
    ids.truncate(query.prog_cnt as usize);
    Ok(ids)
}

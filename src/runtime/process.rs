//! The last steps of a process on its way into a program: identity, limits, capabilities, filter, streams. The same for a
//! container's first process and for one that joins it.
//!
//! The order is forced by the kernel: each comment says by which rule.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
use nix::sys::stat::{Mode, SFlag};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};
use nix::unistd::{AccessFlags, Gid, Uid, faccessat, setgroups, setresgid, setresuid};

use super::plan::{CapabilitySets, PlannedProcess, Rlimit};
use super::root::Root;
use super::shortcut::Known;
use super::{identity, identity::Identity, seal, sync};
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, ExecStrings};
use crate::sys::prctl::Capabilities;
use crate::sys::{fd, prctl, pty, rlimit};

/// The program, found and ready to be executed.
#[derive(Debug)]
pub struct Ready {
    path: CString,
    args: ExecStrings,
    env: ExecStrings,
    /// dhow's own binary to execute instead, with the program as its argument.
    init: Option<std::os::fd::OwnedFd>,
}

/// Takes on identity and limits and finds the program. `/` is the container's root.
pub fn prepare(
    process: &PlannedProcess,
    init: Option<std::os::fd::OwnedFd>,
    socket: BorrowedFd<'_>,
) -> Result<Ready> {
    let root = nix::fcntl::open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening /")?;
    let root = Root::new(root);
    let files = process.tells_user.then(Known::files).flatten();
    let identity = match &process.lookup {
        Some(lookup) => lookup.resolve(&root)?,
        None => Identity {
            uid: process.uid,
            gid: process.gid,
            additional_gids: process.additional_gids.clone(),
            home: if has_home(&process.env) { String::new() } else { identity::home_of(process.uid, &root)? },
        },
    };
    if let Some(files) = files {
        sync::known(socket, &Known { identity: identity.clone(), files })?;
    }
    let env = process.environment(&identity);
    enter_cwd(&root, process, &identity)?;
    if let Some((soft, _)) = rlimit::descriptors_before() {
        rlimit::lower_descriptors(soft).context("setting the limit on descriptors")?;
    }
    process.rlimits.iter().try_for_each(|limit| set_rlimit(*limit, socket))?;
    if let Some(umask) = process.umask {
        nix::sys::stat::umask(Mode::from_bits_truncate(umask));
    }
    process.treatment.apply()?;
    if process.no_new_privileges {
        prctl::no_new_privileges().context("setting no_new_privs")?;
    } else {
        // Without no_new_privs only CAP_SYS_ADMIN may install a filter, and it goes away below.
        install_seccomp(process, socket)?;
    }
    own_pipes(&identity)?;
    become_user(
        &identity,
        process.keep_groups,
        &process.capabilities.limited_to(prctl::permitted_capabilities().context("reading capabilities")?),
    )?;
    let path = find_program(&process.args[0], &env)?;
    let init = init.map(|init| process.above_passed(init)).transpose()?;
    Ready::new(path, process, &env, init)
}

const HOME: &str = "HOME=";

/// An empty one is none, as runc has it: engines leave it to the runtime to look it up.
fn has_home(env: &[String]) -> bool {
    env.iter().any(|e| e.len() > HOME.len() && e.starts_with(HOME))
}

impl PlannedProcess {
    /// With the user's home directory, if nothing else was given.
    pub fn environment(&self, identity: &Identity) -> Vec<String> {
        let mut env = self.env.clone();
        if !has_home(&env) {
            env.retain(|e| !e.starts_with(HOME));
            env.push(format!("{HOME}{}", identity.home));
        }
        env
    }

    /// The descriptor at a number where none is placed that the program gets.
    pub fn above_passed(&self, fd: OwnedFd) -> Result<OwnedFd> {
        if self.passed.is_empty() {
            return Ok(fd);
        }
        fd::above(fd.as_fd(), 3 + self.preserve_fds as i32).context("duplicating a descriptor")
    }
}

impl Ready {
    fn new(
        path: CString,
        process: &PlannedProcess,
        env: &[String],
        init: Option<std::os::fd::OwnedFd>,
    ) -> Result<Self> {
        let args = match init {
            Some(_) => {
                let program = path.to_bytes().to_vec();
                let head = [seal::ROLE].into_iter().chain(super::reaper::head());
                ExecStrings::new(
                    head.map(|word| word.as_bytes().to_vec())
                        .chain([program])
                        .chain(process.args.iter().map(|a| a.clone().into_bytes())),
                )
            }
            None => ExecStrings::new(&process.args),
        };
        let args = args.context("an argument has a NUL byte in it")?;
        let env = ExecStrings::new(env).context("an environment variable has a NUL byte in it")?;
        Ok(Self { path, args, env, init })
    }

    /// The descriptor that it needs to stay open.
    pub fn init(&self) -> Option<BorrowedFd<'_>> {
        self.init.as_ref().map(AsFd::as_fd)
    }

    /// Executes the program. Returns only if that fails.
    pub fn exec(&self, process: &PlannedProcess, socket: BorrowedFd<'_>) -> Result<std::convert::Infallible> {
        fd::place_in_child(&process.passed, 3).context("placing the descriptors that the program gets")?;
        // CVE-2024-21626: whatever else is open stays out of the program.
        fd::close_on_exec_from(3 + process.preserve_fds as i32).context("closing descriptors")?;
        crate::sys::signal::reset_all().context("resetting signals")?;
        if process.dies_with_parent {
            // The kernel clears it at each change of credentials, so it comes after the last.
            prctl::die_with_parent().context("tying the process to its monitor")?;
        } else {
            prctl::outlive_parent().context("letting the process outlive its creator")?;
        }
        if process.no_new_privileges {
            install_seccomp(process, socket)?;
        }
        let failed = match &self.init {
            Some(init) => clone::exec_fd(init.as_fd(), &self.args, &self.env),
            None => clone::exec(&self.path, &self.args, &self.env),
        };
        let Err(errno) = failed;
        let code = if errno == Errno::ENOENT { 127 } else { 126 };
        Kind::CannotStart(code).err(format!("exec {}: {}", self.path.to_string_lossy(), lower(errno)))
    }
}

fn lower(errno: Errno) -> String {
    errno.desc().to_lowercase()
}

fn install_seccomp(process: &PlannedProcess, socket: BorrowedFd<'_>) -> Result<()> {
    let Some(program) = &process.seccomp else { return Ok(()) };
    let listener = prctl::install_seccomp(&program.instructions(), program.flags)
        .context("installing the seccomp filter")?;
    // From here on the calls that it is about wait for whoever listens.
    listener.map_or(Ok(()), |listener| sync::listener(socket, listener.as_fd()))
}

fn enter_cwd(root: &Root, process: &PlannedProcess, identity: &Identity) -> Result<()> {
    let cwd = &process.cwd;
    if !cwd.is_absolute() {
        return Kind::Invalid.err(format!(
            "the working directory {:?} is invalid, it needs to be an absolute path",
            cwd.display()
        ));
    }
    if process.make_cwd && matches!(root.open(cwd, OFlag::O_PATH), Err(Errno::ENOENT)) {
        let made = root.make_dirs(cwd, 0o755)?;
        // As docker has it, the directory belongs to the user that the container runs as.
        let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
        nix::unistd::fchownat(&made, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)
            .context("giving the working directory to its user")?;
    }
    nix::unistd::chdir(cwd).map_err(|errno| {
        Kind::CannotStart(126).error(format!("chdir to cwd ({:?}): {}", cwd.display(), lower(errno)))
    })?;
    // CVE-2024-21626: a descriptor of the host's tree that leaked in must not become the working directory.
    match nix::unistd::getcwd() {
        Ok(path) if path.is_absolute() => Ok(()),
        _ => Kind::Forbidden
            .err(format!("the working directory {} is outside of the container's root", cwd.display())),
    }
}

fn set_rlimit(limit: Rlimit, socket: BorrowedFd<'_>) -> Result<()> {
    match rlimit::set(limit.resource, limit.soft, limit.hard) {
        Ok(()) => Ok(()),
        // Raising a hard limit takes CAP_SYS_RESOURCE: without it the container gets what we have.
        Err(Errno::EPERM) => {
            sync::warn(
                socket,
                &format!(
                    "resource limit {} can't be raised to {} on this host: left as it is",
                    limit.resource, limit.hard
                ),
            );
            Ok(())
        }
        Err(e) => Err(e).with_context(|| format!("setting resource limit {}", limit.resource)),
    }
}

/// Gives pipes that are standard streams to the user, who may want to open them again as /dev/stdout.
fn own_pipes(identity: &Identity) -> Result<()> {
    if identity.uid == 0 {
        return Ok(());
    }
    for stream in [std::io::stdin().as_fd(), std::io::stdout().as_fd(), std::io::stderr().as_fd()] {
        let stat = nix::sys::stat::fstat(stream).context("looking at a standard stream")?;
        if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFIFO {
            match nix::unistd::fchown(stream, Some(Uid::from_raw(identity.uid)), None) {
                // A pipe of somebody outside of the user namespace stays his.
                Ok(()) | Err(Errno::EPERM | Errno::EINVAL) => {}
                Err(e) => return Err(e).context("giving a standard stream to the container's user"),
            }
        }
    }
    Ok(())
}

/// Changes user and groups and cuts the capabilities down.
fn become_user(identity: &Identity, keep_groups: bool, sets: &CapabilitySets) -> Result<()> {
    // Dropping from the bounding set takes CAP_SETPCAP, so it comes while we are still root.
    for capability in 0..=last_capability() {
        if sets.bounding & (1 << capability) == 0 {
            match prctl::drop_bounding(capability) {
                Ok(()) | Err(Errno::EINVAL) => {}
                Err(e) => return Err(e).context("dropping capabilities from the bounding set"),
            }
        }
    }
    // A change from root to another user would empty the permitted set.
    prctl::keep_capabilities(true).context("keeping capabilities")?;
    let groups: Vec<Gid> = identity.additional_gids.iter().map(|g| Gid::from_raw(*g)).collect();
    let set = if keep_groups { Ok(()) } else { setgroups(&groups) };
    match set {
        // With a single mapped id the kernel forbids it, and there is no other group to be in.
        Err(Errno::EPERM) if *GROUPS_ARE_DENIED.get_or_init(groups_are_denied) => {}
        other => other.context("setting the supplementary groups")?,
    }
    let explain = |errno: Errno, what: &str, id: u32| {
        match errno {
        Errno::EINVAL => Kind::Invalid.error(format!(
            "the container's user namespace has no {what} {id}: use another user (--user 0), or get more subordinate ids (`dhow doctor` says how)"
        )),
        other => anyhow::Error::new(other).context(format!("becoming {what} {id}")),
    }
    };
    let gid = Gid::from_raw(identity.gid);
    setresgid(gid, gid, gid).map_err(|errno| explain(errno, "group", identity.gid))?;
    let uid = Uid::from_raw(identity.uid);
    setresuid(uid, uid, uid).map_err(|errno| explain(errno, "user", identity.uid))?;
    prctl::keep_capabilities(false).context("keeping capabilities")?;
    sets.of_user(identity.uid).set().context("setting capabilities")?;
    prctl::clear_ambient().context("clearing ambient capabilities")?;
    for capability in 0..=63u8 {
        if sets.ambient & (1 << capability) != 0 {
            prctl::raise_ambient(capability).context("raising an ambient capability")?;
        }
    }
    Ok(())
}

impl CapabilitySets {
    /// What a process of this user has of them right before it executes its program.
    pub fn of_user(&self, uid: u32) -> Capabilities {
        // An ordinary user has no use of capabilities that its programs can't inherit (execve(2)): docker leaves it none.
        let (effective, permitted) =
            if uid == 0 { (self.effective, self.permitted) } else { (self.ambient, self.ambient) };
        // CVE-2022-27649: the inheritable set stays what the Spec says, which is nothing by default.
        Capabilities::new(effective, permitted | self.ambient, self.inheritable | self.ambient)
    }
}

/// The highest capability that any kernel has; those this one lacks are answered with EINVAL.
fn last_capability() -> u8 {
    caps::all().iter().map(caps::Capability::index).max().unwrap_or(40)
}

/// The capabilities that are known, by their names in a Spec.
pub fn capability_names() -> Vec<String> {
    let mut all: Vec<_> = caps::all().into_iter().collect();
    all.sort_by_key(caps::Capability::index);
    all.iter().map(ToString::to_string).collect()
}

static GROUPS_ARE_DENIED: OnceLock<bool> = OnceLock::new();

/// Finds out whether this process's user namespace forbids setgroups(2), as one does that maps a single id. For later, when /proc may be
/// the image's.
pub fn look_at_groups() {
    GROUPS_ARE_DENIED.get_or_init(groups_are_denied);
}

/// (user_namespaces(7)) An image's own file proves nothing: then it isn't so, and the failure is told.
fn groups_are_denied() -> bool {
    let says_so = || -> Option<bool> {
        let file = File::open("/proc/self/setgroups").ok()?;
        let is_kernels = fstatfs(&file).ok()?.filesystem_type() == PROC_SUPER_MAGIC;
        Some(is_kernels && std::io::read_to_string(file).ok()?.trim() == "deny")
    };
    says_so().unwrap_or(false)
}

/// Finds the program as execvp(3) does, with the exit codes of a shell: 127 not found, 126 not executable.
fn find_program(name: &str, env: &[String]) -> Result<CString> {
    let c_path = |path: &Path| {
        CString::new(path.as_os_str().as_bytes()).context("the program's name has a NUL byte in it")
    };
    if name.contains('/') {
        return match executable(Path::new(name)) {
            Ok(()) => c_path(Path::new(name)),
            Err(Errno::EISDIR) => {
                Kind::CannotStart(126).err(format!("exec: {name:?}: is a directory: permission denied"))
            }
            Err(errno) => {
                let code = if matches!(errno, Errno::ENOENT | Errno::ENOTDIR) { 127 } else { 126 };
                Kind::CannotStart(code).err(format!("exec: {name:?}: stat {name}: {}", lower(errno)))
            }
        };
    }
    let mut denied = false;
    for candidate in candidates(name, env) {
        match executable(&candidate) {
            Ok(()) => return c_path(&candidate),
            Err(Errno::EACCES) => denied = true,
            Err(_) => {}
        }
    }
    if denied {
        return Kind::CannotStart(126).err(format!("exec: {name:?}: permission denied"));
    }
    Kind::CannotStart(127).err(format!("exec: {name:?}: executable file not found in $PATH"))
}

/// Where a program of that name may be, in this order.
pub fn candidates(name: &str, env: &[String]) -> impl Iterator<Item = PathBuf> {
    let path = env
        .iter()
        .rev()
        .find_map(|e| e.strip_prefix("PATH="))
        .unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    // A name with a slash in it is not looked for.
    let dirs = if name.contains('/') { "" } else { path };
    dirs.split(':').map(move |dir| match dir {
        "" if name.contains('/') => PathBuf::from(name),
        "" => PathBuf::from(".").join(name),
        dir => Path::new(dir).join(name),
    })
}

fn executable(path: &Path) -> nix::Result<()> {
    let stat = nix::sys::stat::stat(path)?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR {
        return Err(Errno::EISDIR);
    }
    faccessat(AT_FDCWD, path, AccessFlags::X_OK, AtFlags::AT_EACCESS)
}

/// Puts the three streams in place, as the controlling terminal if they are one.
pub fn set_stdio(streams: [BorrowedFd<'_>; 3], terminal: bool) -> Result<()> {
    // Staged above the standard numbers first: one of the sources may sit on another's place.
    let staged = streams
        .map(|s| nix::fcntl::fcntl(s, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(10)))
        .into_iter()
        .collect::<nix::Result<Vec<_>>>()
        .context("duplicating standard streams")?;
    for (target, number) in staged.iter().enumerate() {
        let source = fd::adopt(*number).context("duplicating standard streams")?;
        fd::place(source.as_fd(), target as i32).context("placing standard streams")?;
        debug_assert!(source.as_raw_fd() > 2);
    }
    if terminal {
        pty::make_controlling(std::io::stdin().as_fd()).context("taking the terminal")?;
    }
    Ok(())
}

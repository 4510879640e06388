//! Carries out the mounts of a plan, in the container's own mount namespace, by descriptor: a mount is made detached, gets its
//! attributes, and is then put on a place that was opened inside the root.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::mount::MsFlags;
use nix::sys::stat::{SFlag, fstat};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};

use super::mount_options::MountOptions;
use super::network::Ahead;
use super::plan::{MountKind, PlannedMount, Rootfs};
use super::root::Root;
use super::sources::Sources;
use super::{cgroup_mounts, copy_up, device, file_systems, foreign, plan::Plan, rootfs, subpath};
use crate::cgroups::Saved;
use crate::error::{Context, Kind, Result};
use crate::sys::mount as m;

/// Puts the root file system in place and mounts everything of the plan into it.
pub fn build(
    plan: &Plan,
    mut sources: Sources,
    cgroups: Option<&Saved>,
    network: &mut Ahead<'_>,
) -> Result<Root> {
    cut_propagation(plan.rootfs.propagation)?;
    if plan.rootfs.propagation == libc::MS_SHARED {
        part_from(&plan.rootfs.path)?;
    }
    let root = match sources.take_root() {
        Some(mounted) => rootfs::given_root(mounted)?,
        None => rootfs::root_mount(&plan.rootfs)?,
    };
    for mount in &plan.mounts {
        network.before(mount)?;
        add(&root, mount, sources.take_for(mount), cgroups)
            .with_context(|| format!("mounting {}", mount.destination.display()))?;
    }
    Ok(root)
}

/// Makes it `/` of this process.
pub fn chroot(root: &Root) -> Result<()> {
    nix::unistd::fchdir(root).context("entering the root")?;
    nix::unistd::chroot(".").context("changing the root (chroot)")?;
    nix::unistd::chdir("/").context("entering the new root")
}

/// Nothing that is mounted from here on may show on the host, unless just that is wanted. Slave, not private, where the container may
/// see the host's later mounts.
pub fn cut_propagation(wanted: u64) -> Result<()> {
    let kind = match wanted {
        libc::MS_SHARED => return Ok(()),
        libc::MS_PRIVATE => MsFlags::MS_PRIVATE,
        _ => MsFlags::MS_SLAVE,
    };
    nix::mount::mount(None::<&str>, "/", None::<&str>, kind | MsFlags::MS_REC, None::<&str>)
        .context("cutting the container's mounts off from the host's")
}

/// Makes the mount private that a path is on: what is put there stays here, and pivot_root(2) wants it so.
fn part_from(path: &Path) -> Result<()> {
    for place in path.ancestors() {
        match nix::mount::mount(None::<&str>, place, None::<&str>, MsFlags::MS_PRIVATE, None::<&str>) {
            Ok(()) => return Ok(()),
            // Not the root of a mount: that is further up.
            Err(Errno::EINVAL) => {}
            Err(e) => {
                return Err(e).with_context(|| format!("making the mount of {} private", path.display()));
            }
        }
    }
    Ok(())
}

pub fn open_path(path: &Path) -> Result<OwnedFd> {
    nix::fcntl::open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())
        .with_context(|| format!("opening {}", path.display()))
}

fn add(root: &Root, planned: &PlannedMount, given: Option<OwnedFd>, cgroups: Option<&Saved>) -> Result<()> {
    let with_mode = keep_mode(root, planned)?;
    let planned = with_mode.as_ref().unwrap_or(planned);
    let mounted = match given {
        Some(mounted) => mounted,
        None if planned.mapping.is_some() || planned.options.idmap.is_some() => {
            return Kind::Unsupported.err("only root on the host can map the ids of a mount");
        }
        None if planned.kind == MountKind::Cgroup => cgroup_mounts::make(cgroups)?,
        None => subpath::narrow(make_anywhere(planned)?, planned)?,
    };
    let directory = fstat(&mounted).map(|s| is_dir(s.st_mode)).context("looking at the mount")?;
    let place = root.mount_point(&planned.destination, directory)?;
    let place_is_dir = fstat(&place).map(|s| is_dir(s.st_mode)).context("looking at the mount point")?;
    if directory != place_is_dir {
        let word = |d: bool| if d { "a directory" } else { "a file" };
        return Kind::Invalid.err(format!(
            "the source is {}, the destination is {}",
            word(directory),
            word(place_is_dir)
        ));
    }
    keep_proc_whole(&planned.destination, mounted.as_fd(), place.as_fd())?;
    if planned.options.copy_up {
        copy_up::copy(root, &planned.destination, mounted.as_fd(), false)?;
    }
    if planned.kind == MountKind::Cgroup
        && let Some(own) = cgroups.filter(|own| cgroup_mounts::is_filled(Some(own)))
    {
        m::attach(mounted.as_fd(), place.as_fd()).context("attaching")?;
        cgroup_mounts::fill(root, planned, own)?;
        return set(mounted.as_fd(), &planned.options);
    }
    set(mounted.as_fd(), &planned.options)?;
    m::attach(mounted.as_fd(), place.as_fd()).context("attaching")
}

/// A file system in memory without a mode of its own has that of the directory that it covers, as with runc: /run or /etc must not become
/// writable for everybody by that.
fn keep_mode(root: &Root, planned: &PlannedMount) -> Result<Option<PlannedMount>> {
    let in_memory = matches!(&planned.kind, MountKind::FileSystem { kind, .. } if kind == "tmpfs");
    if !in_memory || planned.options.data.iter().any(|option| option.starts_with("mode=")) {
        return Ok(None);
    }
    let Ok(covered) = root.open(&planned.destination, OFlag::O_PATH | OFlag::O_DIRECTORY) else {
        return Ok(None);
    };
    let mode = fstat(&covered).context("looking at the mount point")?.st_mode & 0o7777;
    let mut planned = planned.clone();
    planned.options.data.push(format!("mode={mode:o}"));
    Ok(Some(planned))
}

/// Whoever covers /proc or parts of it could defeat the masks and fake what later steps read there (CVE-2019-16884). The exceptions are
/// files about the machine as a whole, which lxcfs serves (the list is runc's). Judged by descriptor, so that no symlink leads around it.
fn keep_proc_whole(destination: &Path, mounted: BorrowedFd<'_>, place: BorrowedFd<'_>) -> Result<()> {
    const HARMLESS: [&str; 9] = [
        "/proc/cpuinfo",
        "/proc/diskstats",
        "/proc/loadavg",
        "/proc/meminfo",
        "/proc/slabinfo",
        "/proc/stat",
        "/proc/swaps",
        "/proc/sys/kernel/ns_last_pid",
        "/proc/uptime",
    ];
    let is_proc = |fd: BorrowedFd<'_>| {
        fstatfs(fd).map(|s| s.filesystem_type() == PROC_SUPER_MAGIC).context("looking at the mount point")
    };
    if destination == Path::new("/proc") && !is_proc(mounted)? {
        return Kind::Forbidden.err("/proc cannot be mounted because it is not of type proc");
    }
    if is_proc(place)? && !HARMLESS.iter().any(|h| destination == Path::new(h)) {
        return Kind::Forbidden
            .err(format!("{} cannot be mounted because it is inside /proc", destination.display()));
    }
    Ok(())
}

/// The mount, also an overlay of a kernel that must have it attached to be made; there is a place for that in this process's own mounts.
fn make_anywhere(planned: &PlannedMount) -> Result<OwnedFd> {
    match &planned.kind {
        MountKind::FileSystem { kind, source } if kind == "overlay" && planned.outside => {
            super::overlay::prepare_upper(&planned.options.data)?;
            super::sources::overlay_here(Path::new("/proc"), source, &planned.options.data)
        }
        _ => make(planned),
    }
}

/// Makes a mount of the plan and puts it on a place of the host, in this process's own mount namespace, which is made for it.
/// `made`: it was made elsewhere already.
pub fn stage(planned: &PlannedMount, made: Option<OwnedFd>, place: &Path) -> Result<()> {
    let made = made.map_or_else(|| make_anywhere(planned), Ok)?;
    let mounted = subpath::narrow(made, planned)?;
    let directory = fstat(&mounted).map(|s| is_dir(s.st_mode)).context("looking at the mount")?;
    let parent = place.parent().unwrap_or(Path::new("/"));
    crate::state::file::make_dirs(if directory { place } else { parent }, 0o700)?;
    if !directory {
        std::fs::File::create(place).with_context(|| format!("making {}", place.display()))?;
    }
    m::attach(mounted.as_fd(), open_path(place)?.as_fd())
        .with_context(|| format!("mounting {}", planned.destination.display()))
}

/// The mount, detached, not yet with its attributes.
pub fn make(planned: &PlannedMount) -> Result<OwnedFd> {
    match &planned.kind {
        MountKind::Bind { source, recursive } => {
            m::clone_path(source, *recursive).map_err(|errno| match errno {
                Errno::ENOENT => {
                    Kind::Invalid.error(format!("the bind source {} does not exist", source.display()))
                }
                other => anyhow::anyhow!("opening the bind source {}: {}", source.display(), other.desc()),
            })
        }
        MountKind::FileSystem { kind, source } => match &planned.device {
            Some(device) => device::make(device, &planned.options.data),
            None => file_systems::make(kind, source, &planned.options.data),
        },
        MountKind::Cgroup => cgroup_mounts::make(None),
        MountKind::Foreign { namespace, path } => foreign::copy(namespace, path),
    }
}

/// Gives a mount its attributes and propagation.
pub fn set(mounted: BorrowedFd<'_>, options: &MountOptions) -> Result<()> {
    if options.set_recursive | options.clear_recursive != 0 {
        m::set_attributes(mounted, options.set_recursive, options.clear_recursive, 0, true)
            .context("setting mount attributes")?;
    }
    if options.set | options.clear != 0 {
        m::set_attributes(mounted, options.set, options.clear, 0, false)
            .context("setting mount attributes")?;
    }
    if options.propagation != 0 {
        m::set_attributes(mounted, 0, 0, options.propagation, options.propagation_recursive)
            .context("setting propagation")?;
    }
    Ok(())
}

/// Hides paths: a directory behind an empty read-only one, a file behind /dev/null. What doesn't exist needs no hiding.
pub fn mask(root: &Root, paths: &[PathBuf]) -> Result<()> {
    let mut null = None;
    let mut empty = None;
    for path in paths {
        let Some((place, directory)) = open_existing(root, path)? else { continue };
        let copy = if directory {
            if empty.is_none() {
                empty = Some(Lender::new(empty_directory()?));
            }
            let lender = empty.as_mut().expect("made above");
            let whole = lender.mount.try_clone().context("duplicating a descriptor")?;
            lender.copy(whole.as_fd()).context("copying a mask")?
        } else {
            if null.is_none() {
                null = Some(null_device(root)?);
            }
            let null = null.as_ref().expect("made above").as_fd();
            m::clone_fd(null, false).context("taking /dev/null as a mask")?
        };
        m::attach(copy.as_fd(), place.as_fd()).with_context(|| format!("masking {}", path.display()))?;
    }
    empty.map_or(Ok(()), Lender::finish)
}

/// A mount of which parts are copied and that is seen nowhere itself. Before Linux 6.15 only attached mounts can be copied: then it is put
/// over our present root, where no path leads to it, until [`Lender::finish`].
pub struct Lender {
    pub mount: OwnedFd,
    attached: bool,
}

impl Lender {
    pub fn new(mount: OwnedFd) -> Self {
        Self { mount, attached: false }
    }

    /// A copy of a file or directory in it.
    pub fn copy(&mut self, file: BorrowedFd<'_>) -> Result<OwnedFd> {
        match m::clone_fd(file, false) {
            Err(nix::errno::Errno::EINVAL) if !self.attached => {
                let place = open_path(Path::new("/"))?;
                m::attach(self.mount.as_fd(), place.as_fd()).context("attaching it to be copied")?;
                self.attached = true;
                Ok(m::clone_fd(file, false)?)
            }
            other => Ok(other?),
        }
    }

    /// Must be called before the pivot, which lets go of the topmost mount over the old root only: the old root must be that.
    pub fn finish(self) -> Result<()> {
        use std::os::fd::AsRawFd;
        if self.attached {
            let path = format!("/proc/self/fd/{}", self.mount.as_raw_fd());
            nix::mount::umount2(path.as_str(), nix::mount::MntFlags::MNT_DETACH)
                .context("letting go of a mount that was copied from")?;
        }
        Ok(())
    }
}

fn empty_directory() -> Result<OwnedFd> {
    let mounted = file_systems::make("tmpfs", "tmpfs", &["size=0k".into()])?;
    let attributes = m::ATTR_RDONLY | m::ATTR_NOSUID | m::ATTR_NODEV | m::ATTR_NOEXEC;
    m::set_attributes(mounted.as_fd(), attributes, 0, 0, false).context("making a mask read-only")?;
    Ok(mounted)
}

/// The container's /dev/null, once it is sure that it is the null device and nothing the image put there (CVE-2025-31133).
fn null_device(root: &Root) -> Result<OwnedFd> {
    let fd = root.open(Path::new("/dev/null"), OFlag::O_PATH).context("opening the container's /dev/null")?;
    let stat = fstat(&fd).context("looking at the container's /dev/null")?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT != SFlag::S_IFCHR
        || stat.st_rdev != libc::makedev(1, 3)
    {
        return Kind::Forbidden.err("the container's /dev/null is not the null device");
    }
    Ok(fd)
}

/// Makes paths read-only.
pub fn make_readonly(root: &Root, paths: &[PathBuf]) -> Result<()> {
    for path in paths {
        let Some((place, _)) = open_existing(root, path)? else { continue };
        let copy = m::clone_fd(place.as_fd(), true)
            .with_context(|| format!("copying the mount of {}", path.display()))?;
        m::set_attributes(copy.as_fd(), m::ATTR_RDONLY, 0, 0, true)
            .with_context(|| format!("making {} read-only", path.display()))?;
        m::attach(copy.as_fd(), place.as_fd())
            .with_context(|| format!("making {} read-only", path.display()))?;
    }
    Ok(())
}

fn open_existing(root: &Root, path: &Path) -> Result<Option<(OwnedFd, bool)>> {
    match root.open(path, OFlag::O_PATH) {
        Ok(fd) => {
            let directory = fstat(&fd)
                .map(|s| is_dir(s.st_mode))
                .with_context(|| format!("looking at {}", path.display()))?;
            Ok(Some((fd, directory)))
        }
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(e) => Err(e).with_context(|| format!("opening {} in the container", path.display())),
    }
}

/// Makes the root `/` of this process, and lets go of the host's.
pub fn pivot(root: &Root, rootfs: &Rootfs, no_pivot: bool) -> Result<()> {
    nix::unistd::fchdir(root).context("entering the root")?;
    if no_pivot {
        move_over_root()?;
    } else {
        change_root(rootfs.propagation == libc::MS_SHARED)?;
    }
    nix::unistd::chdir("/").context("entering the new root")?;
    let propagation = if rootfs.propagation == libc::MS_PRIVATE { 0 } else { rootfs.propagation };
    let readonly = if rootfs.readonly { m::ATTR_RDONLY } else { 0 };
    if propagation | readonly != 0 {
        let top = open_path(Path::new("/"))?;
        m::set_attributes(top.as_fd(), readonly, 0, propagation, false)
            .context("setting the root's attributes")?;
    }
    Ok(())
}

/// The working directory, a mount, covers `/` and becomes the root. What was there stays, below it and out of reach.
fn move_over_root() -> Result<()> {
    nix::mount::mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>)
        .context("moving the root over /")?;
    nix::unistd::chroot(".").context("changing the root (chroot)")
}

fn change_root(shared: bool) -> Result<()> {
    let old = if shared { Some(open_path(Path::new("/"))?) } else { None };
    // The old root ends up stacked on the new one at "/", where "." still means the new one's parent: nothing needs a name.
    nix::unistd::pivot_root(".", ".").context("changing the root (pivot_root)")?;
    if let Some(old) = old {
        // Or the host would let go of its mounts with us.
        nix::unistd::fchdir(old).context("entering the old root")?;
        let slave = MsFlags::MS_SLAVE | MsFlags::MS_REC;
        nix::mount::mount(None::<&str>, ".", None::<&str>, slave, None::<&str>)
            .context("cutting the host's mounts off")?;
    }
    nix::mount::umount2(".", nix::mount::MntFlags::MNT_DETACH)
        .context("letting go of the host's file systems")
}

fn is_dir(mode: u32) -> bool {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT == SFlag::S_IFDIR
}

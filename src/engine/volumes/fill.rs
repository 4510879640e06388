//! What becomes of volumes and other sources when a container is made: an empty volume gets what the image has at its place, files get
//! the container's user as their owner (`U`), or an SELinux label (`z`, `Z`). A role of the binary does it, with mapped ids.
//!
//! A copy is made beside the volume's directory and renamed over it when it is whole: a copier that is killed leaves a temporary name,
//! which the next one deletes, and the volume as it was, empty.

use std::ffi::{CString, OsString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::owners;
use crate::container::config::ContainerConfig;
use crate::container::owners::layers;
use crate::container::servers;
use crate::engine::Engine;
use crate::engine::containers::ClaimedVolumes;
use crate::error::{Context, Kind, Result};
use crate::layers::walk;
use crate::namespaces::{Mapping, mapped};
use crate::runtime::root::Root;
use crate::runtime::{UserSpec, copy_up, device, handover, has_selinux, mounts, overlay, subpath};
use crate::state::Lock;
use crate::state::file::{self, Durability};
use crate::sys::{self, quota};
use crate::volumes::driver::DeviceMount;
use crate::volumes::{MountPoint, MountSource, Relabel};

/// `fill-volumes REQUEST`, the number of a descriptor
pub(crate) const FILL: &str = "fill-volumes";

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The image's layers, bottom first, or a directory instead of them.
    layers: Vec<PathBuf>,
    directory: Option<PathBuf>,
    /// An empty directory.
    empty: PathBuf,
    user_namespace: bool,
    user: UserSpec,
    copies: Vec<Copy>,
    owned: Vec<Owned>,
    durable: bool,
}

/// A directory to be filled, if it is empty.
#[derive(Debug, Serialize, Deserialize)]
struct Copy {
    target: PathBuf,
    /// What of it is mounted, if that is not all.
    below: Option<PathBuf>,
    /// In the image.
    source: PathBuf,
    /// Others may have it open, or it is no directory of the store's.
    in_place: bool,
    /// If the image has nothing there, it is given to the container's user, whose ids these are.
    own: Option<Mapping>,
    /// What has to be mounted for it, in the place of `target`.
    device: Option<DeviceMount>,
}

impl Copy {
    /// For the file system of a disk or a server, whose directory only its mount shows.
    fn mounted(device: DeviceMount, point: &MountPoint) -> Self {
        let source = point.destination.clone();
        let below = point.subpath().map(Into::into);
        Self { target: PathBuf::new(), below, source, in_place: true, own: None, device: Some(device) }
    }
}

/// A tree to be given to the container's user.
#[derive(Debug, Serialize, Deserialize)]
struct Owned {
    path: PathBuf,
    subpath: Option<PathBuf>,
    /// The container's ids, where they are not this process's.
    mapping: Option<Mapping>,
    chown: bool,
    label: Option<String>,
}

impl Engine {
    /// Does what the container's mounts need once, when it is made. Its volumes are locked.
    pub(in crate::engine) fn fill_volumes(
        &self,
        config: &ContainerConfig,
        claimed: &ClaimedVolumes,
        durability: Durability,
    ) -> Result<()> {
        let store = layers(&self.roots, config);
        let mut request = Request {
            layers: config.layers.iter().map(|l| store.fs_dir(l)).collect(),
            directory: config.rootfs.clone(),
            empty: self.roots.volumes().join(".empty"),
            user_namespace: self.roots.rootless,
            user: UserSpec { user: config.process.user.clone(), groups: Vec::new() },
            copies: Vec::new(),
            owned: Vec::new(),
            durable: durability == Durability::Durable,
        };
        for point in &config.mounts {
            if let Some(copy) = self.copy_for(point, config, claimed, &request)? {
                request.copies.push(copy);
            }
            request.owned.extend(self.owned_by(point, config)?);
        }
        if request.copies.is_empty() && request.owned.is_empty() {
            return Ok(());
        }
        file::make_dirs(&request.empty, 0o700)?;
        // Not as an argument, which everybody can read: a file system's options may have a password.
        let plan = handover::pack(&request)?;
        let role = mapped::spawn(FILL, &[plan.as_raw_fd().to_string()], |command| {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            sys::fd::inherit(command, plan.into());
        })?;
        let output = role.child.wait_with_output().context("waiting for the copy into volumes")?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
        Err(anyhow::anyhow!(
            "{}",
            if said.is_empty() { "copying into the volume failed".into() } else { said }
        ))
    }

    /// The copy that a volume needs, as far as can be seen without a mount.
    fn copy_for(
        &self,
        point: &MountPoint,
        config: &ContainerConfig,
        claimed: &ClaimedVolumes,
        request: &Request,
    ) -> Result<Option<Copy>> {
        let MountSource::Volume { name, driver, .. } = &point.source else { return Ok(None) };
        let device = driver.device();
        let roots = || request.layers.iter().chain(&request.directory);
        let has = || point.copy && roots().any(|root| may_have(root, &point.destination));
        let target = match &device {
            None => self.volumes().data(name),
            Some(device) if device.is_bind() => device.device.clone().into(),
            // It is gone with the container.
            Some(device) if device.is_passing() => return Ok(None),
            Some(device) if has() => {
                return Ok(Some(Copy::mounted(device.clone().with_address(servers::address)?, point)));
            }
            Some(_) => return Ok(None),
        };
        if device.is_none() {
            sweep(&self.volumes().path(name))?;
        }
        if let Some(below) = point.subpath().filter(|_| has()) {
            let (below, source) = (Some(below.into()), point.destination.clone());
            return Ok(Some(Copy { target, below, source, in_place: true, own: None, device: None }));
        }
        if point.subpath().is_some() || !is_empty(&target)? {
            return Ok(None);
        }
        let nested = config.id_mapping.clone().filter(|_| self.roots.rootless);
        let own = nested.filter(|_| claimed.is_new(name) && device.is_none());
        if !has() && own.is_none() {
            return Ok(None);
        }
        let in_place = device.is_some() || self.is_mounted(name, config)?;
        let source = if point.copy { point.destination.clone() } else { PathBuf::new() };
        Ok(Some(Copy { target, below: None, source, in_place, own, device: None }))
    }

    /// Whether another container runs that has the volume.
    fn is_mounted(&self, name: &str, config: &ContainerConfig) -> Result<bool> {
        let users = crate::container::volumes::users(&self.roots)?.remove(name).unwrap_or_default();
        let store = self.containers();
        for user in users.iter().filter(|u| u.id != config.id) {
            if Lock::is_held(&store.dir(&user.id).lock_path())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn owned_by(&self, point: &MountPoint, config: &ContainerConfig) -> Result<Option<Owned>> {
        let label = point.relabel.filter(|_| has_selinux()).map(|how| label(how, config));
        if !point.chown && label.is_none() {
            return Ok(None);
        }
        let (path, is_own) = match &point.source {
            MountSource::Bind { path, .. } => (path.clone(), point.idmap),
            MountSource::Volume { name, driver, .. } => match driver.device() {
                None => (self.volumes().data(name), !self.roots.rootless),
                Some(device) if device.is_bind() => (device.device.into(), false),
                Some(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        if point.overlay.is_some() && point.chown {
            return Kind::Invalid
                .err("the option U would change the source, which O leaves as it is: give one of them");
        }
        owners::check(&path, self.roots.rootless, point.chown)?;
        Ok(Some(Owned {
            path,
            subpath: point.subpath().map(Into::into),
            // Where the files are shown with the container's ids they have these on the disk.
            mapping: config.id_mapping.clone().filter(|_| !is_own),
            chown: point.chown,
            label,
        }))
    }
}

/// As container-selinux has it.
fn label(how: Relabel, config: &ContainerConfig) -> String {
    let level = config.security.selinux.as_ref().and_then(|l| l.splitn(4, ':').nth(3));
    match how {
        Relabel::Shared => "system_u:object_r:container_file_t:s0".into(),
        Relabel::Private => format!("system_u:object_r:container_file_t:{}", level.unwrap_or("s0")),
    }
}

/// Whether a directory has nothing in it. What can't be read has.
fn is_empty(dir: &Path) -> Result<bool> {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Ok(false),
        Err(e) => Err(e).with_context(|| format!("the volume's directory {}", dir.display())),
    }
}

/// Removes copies that were not finished. The caller has locked the volume.
fn sweep(volume: &Path) -> Result<()> {
    for entry in std::fs::read_dir(volume).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|n| n.starts_with(file::TEMPORARY)) {
            crate::container::volumes::delete(&entry.path())?;
        }
    }
    Ok(())
}

/// Whether a layer may have something at a path: no if a directory on the way is missing, yes if a link is.
fn may_have(root: &Path, path: &Path) -> bool {
    let mut at = root.to_path_buf();
    for component in path.components().skip(1) {
        at.push(component);
        match at.symlink_metadata() {
            Ok(meta) if meta.is_symlink() => return true,
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return false,
            Err(e) => return e.kind() != std::io::ErrorKind::NotFound,
        }
    }
    true
}

/// The role `fill-volumes`.
pub(crate) fn fill_role(args: &[OsString]) -> Result<u8> {
    let [number] = args else { return Kind::Invalid.err("fill-volumes REQUEST") };
    let request: Request = handover::unpack(number)?;
    let root = match &request.directory {
        Some(directory) => Root::new(mounts::open_path(directory)?),
        None => overlay::view(&request.layers, &request.empty, request.user_namespace)
            .context("looking at the image")?,
    };
    for copy in &request.copies {
        fill(&root, copy, &request)
            .with_context(|| format!("copying {} of the image into the volume", copy.source.display()))?;
    }
    for owned in &request.owned {
        give(&root, owned, &request.user).with_context(|| owned.path.display().to_string())?;
    }
    Ok(0)
}

fn open_dir(path: &Path) -> Result<OwnedFd> {
    nix::fcntl::open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .with_context(|| format!("opening {}", path.display()))
}

fn fill(root: &Root, copy: &Copy, request: &Request) -> Result<()> {
    if let Some(device) = &copy.device {
        if device.is_readonly() || !has_directory(root, &copy.source) {
            return Ok(());
        }
        return fill_opened(root, copy, &device::make_by_its_options(device)?, request.durable);
    }
    let target = open_dir(&copy.target)?;
    let exists = !copy.source.as_os_str().is_empty() && has_directory(root, &copy.source);
    if copy.below.is_some() {
        return if exists { fill_opened(root, copy, &target, request.durable) } else { Ok(()) };
    }
    if !exists {
        let Some(mapping) = &copy.own else { return Ok(()) };
        let (uid, gid) = owners::ids(root, &request.user, Some(mapping))?;
        return nix::unistd::fchown(&target, Some(uid.into()), Some(gid.into())).context("setting the owner");
    }
    if copy.in_place {
        copy_up::copy(root, &copy.source, target.as_fd(), true)?;
        return flush(&target, request.durable);
    }
    let parent = copy.target.parent().context("a volume has a directory")?;
    let draft = file::temporary_in(parent)?;
    file::make_dirs(&draft, 0o700)?;
    let new = open_dir(&draft)?;
    // Its limit goes with it. Not every file system knows of projects.
    if let Ok(project) = quota::project(target.as_fd())
        && project != 0
    {
        quota::set_project(new.as_fd(), project).context("keeping the volume's quota")?;
    }
    let copied = copy_up::copy(root, &copy.source, new.as_fd(), true)
        .and_then(|_| flush(&new, request.durable))
        .and_then(|()| file::rename(&draft, &copy.target, durability(request.durable)));
    if copied.is_err() {
        let _ = crate::layers::remove::tree(&draft);
        // Somebody has put something there meanwhile: that is what the volume has.
        if !is_empty(&copy.target)? {
            return Ok(());
        }
    }
    copied
}

fn has_directory(root: &Root, source: &Path) -> bool {
    root.open(source, OFlag::O_PATH | OFlag::O_DIRECTORY).is_ok()
}

/// The same in place, for an open directory, or the one below it that is mounted. One that has files is left alone.
fn fill_opened(root: &Root, copy: &Copy, opened: &OwnedFd, durable: bool) -> Result<()> {
    let narrowed = copy.below.as_ref().map(|below| subpath::open(opened, below)).transpose();
    let place = match &narrowed {
        Ok(narrowed) => narrowed.as_ref().unwrap_or(opened),
        // The container's start says that it isn't there, or leads out.
        Err(_) => return Ok(()),
    };
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let top = match nix::fcntl::openat(place, ".", flags, Mode::empty()) {
        Err(Errno::ENOTDIR) => return Ok(()),
        other => other.context("opening the volume")?,
    };
    if !walk::names(&top).context("reading the volume")?.is_empty() {
        return Ok(());
    }
    copy_up::copy(root, &copy.source, top.as_fd(), true)?;
    flush(&top, durable)
}

fn durability(durable: bool) -> Durability {
    if durable { Durability::Durable } else { Durability::Ephemeral }
}

fn flush(dir: &OwnedFd, durable: bool) -> Result<()> {
    if durable { nix::unistd::syncfs(dir).context("flushing the volume") } else { Ok(()) }
}

fn give(root: &Root, owned: &Owned, user: &UserSpec) -> Result<()> {
    let top = mounts::open_path(&owned.path)?;
    let top = match &owned.subpath {
        None => top,
        Some(path) => subpath::open(&top, path)?,
    };
    let ids = if owned.chown { Some(owners::ids(root, user, owned.mapping.as_ref())?) } else { None };
    let label = owned.label.as_deref().map(CString::new).transpose().context("the label")?;
    owners::give(top.as_fd(), ids, label.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_asked_without_being_mounted() {
        let base = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(base.path().join("var/lib/db")).unwrap();
        std::os::unix::fs::symlink("/var", base.path().join("link")).unwrap();
        for (path, has) in
            [("/var/lib", true), ("/var/lib/db", true), ("/var/no", false), ("/link/x", true), ("/no", false)]
        {
            assert_eq!(may_have(base.path(), Path::new(path)), has, "{path}");
        }
    }
}

//! `mount` and `unmount`: the root file systems of containers and images at a place of the host, for scripts and people.
//!
//! What is mounted the kernel knows: there is no list that could be wrong, and nothing to mend after a kill. A container is mounted on
//! `containers/<id>/rootfs`, where its start looks for it: one upper directory can't be in two overlays. An image is mounted on
//! `mounts/<id>`, read-only. Mounts are not counted: one `unmount` takes one away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};

use super::place::Wanted;
use super::role::Work;
use super::streams::{Running, Streams};
use crate::container::ContainerDir;
use crate::engine::Engine;
use crate::engine::containers::ContainerFilter;
use crate::error::{Context, Kind, Result};
use crate::image::lookup;
use crate::runtime::View;
use crate::state::{Digest, file, session};
use crate::volumes::propagation;

/// A root file system that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// Of the container or the image.
    pub id: String,
    pub names: Vec<String>,
    /// `NAME@DIGEST` of an image.
    pub digests: Vec<String>,
    pub path: PathBuf,
}

impl Engine {
    /// Mounts a container's root file system, unless it is mounted; answers where.
    pub fn mount_container(&self, wanted: &str) -> Result<PathBuf> {
        self.check_may_mount("mount")?;
        let (dir, _) = self.find(wanted)?;
        let place = self.place_of(&dir)?;
        if is_mounted(&place)? {
            return Ok(place);
        }
        let ground = self.ground(wanted, Wanted::RootOnly)?;
        if self.roots.rootless && matches!(ground.view, View::Running { .. }) {
            return Kind::Unsupported.err(format!(
                "container {wanted} runs: an ordinary user can mount the files of a stopped container only; use cp or exec"
            ));
        }
        if ground.config.id_mapping.is_some() && matches!(ground.view, View::Stopped { .. }) {
            return Kind::Unsupported.err(format!(
                "container {wanted} has a user namespace of its own: its files can be mounted while it runs; use cp otherwise"
            ));
        }
        if self.roots.rootless {
            dir.note_session()?;
        }
        let work = Work::Mount { view: ground.view.clone(), place: place.clone() };
        Running::start(&ground, &work, Streams::None)?.finish()?;
        dir.touch()?;
        Ok(place)
    }

    /// Takes a container's mount away; whether there was one. `force`: also if somebody is at work there.
    pub fn unmount_container(&self, wanted: &str, force: bool) -> Result<bool> {
        self.check_may_mount("unmount")?;
        let dir = self.containers().find(wanted)?;
        let gone = unmount(&self.place_of(&dir)?, force)?;
        dir.forget_session()?;
        dir.touch()?;
        Ok(gone)
    }

    /// The containers that are mounted, the newest first.
    pub fn mounted_containers(&self) -> Result<Vec<Mounted>> {
        self.check_may_mount("mount")?;
        let places = mount_points()?;
        let mut found = Vec::new();
        for container in self.list_containers(&ContainerFilter::new(true))? {
            let dir = self.containers().dir(&container.config.id);
            let path = self.place_of(&dir)?;
            if places.contains(&path) {
                let (id, names) = (dir.id.to_string(), vec![container.config.name.clone()]);
                found.push(Mounted { id, names, digests: Vec::new(), path });
            }
        }
        Ok(found)
    }

    /// Mounts an image, read-only, unless it is mounted; answers where.
    pub fn mount_image(&self, image: &str) -> Result<PathBuf> {
        self.check_may_mount("image mount")?;
        let images = self.images();
        // Nothing is collected until it is mounted.
        let _hold = images.hold()?;
        let found = lookup::find(&images, &images.records()?, image)?;
        let place = self.place_of_image(&images.id_of(&found.record)?)?;
        if is_mounted(&place)? {
            return Ok(place);
        }
        let layers = self.layer_dirs(image)?;
        // 0700: a host user must not run the setuid programs of an image.
        file::make_dirs(&place, 0o700)?;
        let view = View::Layers { layers, user_namespace: self.roots.rootless };
        let mut role = Running::on_layers(&Work::Mount { view, place: place.clone() }, Streams::None)?;
        let mounted = role.finish();
        if mounted.is_err() {
            let _ = std::fs::remove_dir(&place);
        }
        mounted.map(|()| place)
    }

    /// Takes an image's mount away; its ID, `None` if it was not mounted.
    pub fn unmount_image(&self, image: &str, force: bool) -> Result<Option<Digest>> {
        self.check_may_mount("image unmount")?;
        let images = self.images();
        let found = lookup::find(&images, &images.records()?, image)?;
        let id = images.id_of(&found.record)?;
        Ok(self.unmount_image_id(&id, force)?.then_some(id))
    }

    /// The same by ID.
    pub(crate) fn unmount_image_id(&self, id: &Digest, force: bool) -> Result<bool> {
        let place = self.place_of_image(id)?;
        let gone = unmount(&place, force)?;
        // It may be mounted in the session of another `dhow unshare`, too: there the kernel takes it away with its place.
        let _ = std::fs::remove_dir(&place);
        Ok(gone)
    }

    /// Whether an image is mounted.
    pub(crate) fn is_image_mounted(&self, id: &Digest) -> Result<bool> {
        let place = self.place_of_image(id)?;
        Ok(place.exists() && is_mounted(&place)?)
    }

    /// The images that are mounted.
    pub fn mounted_images(&self) -> Result<Vec<Mounted>> {
        self.check_may_mount("image mount")?;
        let places = mount_points()?;
        let mut found = Vec::new();
        for image in self.list_images(&crate::engine::images::ListRequest::default())? {
            let path = self.place_of_image(&image.id)?;
            if places.contains(&path) {
                let (names, digests) = (image.repo_tags, image.repo_digests);
                found.push(Mounted { id: image.id.hex().into(), names, digests, path });
            }
        }
        Ok(found)
    }

    /// Takes all mounts away that are below the root.
    pub(in crate::engine) fn unmount_all(&self) -> Result<()> {
        let root = canonical(&self.roots.root)?;
        let [containers, images] = [root.join("containers"), root.join("mounts")];
        let is_ours = |place: &PathBuf| place.starts_with(&containers) || place.starts_with(&images);
        mount_points()?.iter().filter(|p| is_ours(p)).try_for_each(|place| unmount(place, true).map(drop))
    }

    /// The kernel lets an ordinary user mount in a user namespace only, and there the mounts are gone with the last process.
    fn check_may_mount(&self, command: &str) -> Result<()> {
        if self.roots.rootless && !session::is_inside() {
            return Kind::Forbidden.err(format!(
                "cannot run command \"dhow {command}\" in rootless mode, must execute `dhow unshare` first"
            ));
        }
        Ok(())
    }

    /// As the kernel names it.
    fn place_of(&self, dir: &ContainerDir) -> Result<PathBuf> {
        Ok(canonical(&self.roots.root)?.join("containers").join(dir.id.as_str()).join("rootfs"))
    }

    fn place_of_image(&self, id: &Digest) -> Result<PathBuf> {
        Ok(canonical(&self.roots.root)?.join("mounts").join(id.hex()))
    }
}

fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("looking at {}", path.display()))
}

/// All mount points that this process sees.
fn mount_points() -> Result<BTreeSet<PathBuf>> {
    let text = std::fs::read("/proc/self/mountinfo").context("reading the mounts")?;
    Ok(text.split(|&b| b == b'\n').filter_map(propagation::mount_point).collect())
}

fn is_mounted(place: &Path) -> Result<bool> {
    Ok(mount_points()?.contains(place))
}

fn unmount(place: &Path, force: bool) -> Result<bool> {
    let flags = MntFlags::UMOUNT_NOFOLLOW | if force { MntFlags::MNT_DETACH } else { MntFlags::empty() };
    match umount2(place, flags) {
        Ok(()) => Ok(true),
        // Nothing is mounted there, or there is no such place.
        Err(Errno::EINVAL | Errno::ENOENT) => Ok(false),
        Err(Errno::EBUSY) => Kind::Conflict.err(format!(
            "{} is busy: a process has files open there or works in it; end it, or use --force",
            place.display()
        )),
        Err(e) => Err(e).with_context(|| format!("unmounting {}", place.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_is_found() {
        assert!(mount_points().unwrap().contains(Path::new("/proc")));
    }

    #[test]
    fn nothing_is_unmounted_where_nothing_is() {
        let dir = tempfile::tempdir().unwrap();
        for place in [dir.path().to_path_buf(), dir.path().join("no")] {
            if nix::unistd::geteuid().is_root() {
                assert!(!unmount(&place, true).unwrap());
            }
        }
    }
}

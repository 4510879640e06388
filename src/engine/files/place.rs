//! Where a container's files are now, and who may work on them: a running container's are in its mount namespace; those of one that
//! doesn't run are put together for the occasion, and it can't be started meanwhile.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use oci_spec::runtime::{Mount, Spec};

use super::role::OwnLayer;
use crate::container::config::SeccompProfile;
use crate::container::mounts::details;
use crate::container::{ContainerConfig, ContainerDir, Status, owners, servers, spec, volumes};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor::mounts::{self, Shared};
use crate::monitor::prepare;
use crate::namespaces::Mapping;
use crate::runtime::{Extras, Plan, View};
use crate::state::Lock;
use crate::volumes::Readonly;

/// A container whose files are worked on.
#[derive(Debug)]
pub(crate) struct Ground {
    pub config: ContainerConfig,
    pub view: View,
    /// The role joins a user namespace that is there, instead of making one.
    pub outside: bool,
    lock: Option<Lock>,
}

impl Ground {
    /// A copy of the lock, for the role.
    pub fn lock_fd(&self) -> Result<Option<OwnedFd>> {
        let copy = |lock: &Lock| lock.as_fd().try_clone_to_owned().context("duplicating a lock");
        self.lock.as_ref().map(copy).transpose()
    }
}

/// Which of a container's files are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// With all mounts, as the container's own processes see them.
    All,
    /// The root file system alone.
    RootOnly,
}

/// Held while a stopped container's layers are mounted: one upper directory can't be in two overlays. Whoever starts the container waits
/// for it.
fn mount_lock(dir: &ContainerDir) -> Result<Option<Lock>> {
    // The overlay's work directory is this user's own, whatever ids the container has.
    let path = dir.path.join("work");
    match File::open(&path) {
        Ok(work) => Lock::exclusive_on(work).map(Some),
        // One that runs from a directory of the host.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("opening {}", path.display())),
    }
}

/// Waits until nobody works on the files of a container that is about to start. To be called with the container's own lock.
pub(crate) fn wait_for_files(dir: &ContainerDir) -> Result<()> {
    mount_lock(dir).map(drop)
}

impl Engine {
    /// Finds a container's files.
    pub(crate) fn ground(&self, wanted: &str, files: Wanted) -> Result<Ground> {
        let (dir, mut state) = self.find(wanted)?;
        loop {
            if !state.status.is_active() {
                state = self.settled(&dir, state)?;
            }
            if state.status == Status::Running {
                let process = state.init.context("the container's state has no process")?;
                let view = View::Running { process, mounts: files == Wanted::All };
                let config = dir.config()?;
                return Ok(Ground { config, view, outside: true, lock: None });
            }
            let lock = mount_lock(&dir)?;
            let starting = Lock::is_held(&dir.lock_path())?;
            if state.status.is_active() || !starting {
                let config = dir.config()?;
                let view = View::Stopped {
                    plan: Box::new(self.plan_of_stopped(&dir, &config, files)?),
                    rootless: self.roots.rootless,
                };
                return Ok(Ground { config, view, outside: false, lock });
            }
            drop(lock);
            state = self.status(&dir)?;
        }
    }

    fn plan_of_stopped(&self, dir: &ContainerDir, config: &ContainerConfig, files: Wanted) -> Result<Plan> {
        let mut config = config.clone();
        // Nothing is run: what it would run with doesn't matter, and takes time to work out.
        config.security.seccomp = SeccompProfile::Unconfined;
        config.sysctls.clear();
        // An overlay that was mounted as volatile can't be mounted again: that is left to the container's start.
        config.auto_remove = false;
        let shared = self.keep_shown(&mut config)?;
        let config = servers::resolved(&config)?.into_owned();
        let host = prepare::host(&self.roots, dir, &config, None, false)?;
        let mut spec = spec::build(&config, &host)?;
        keep_mounts(&mut spec, &config, files);
        let nested = self.roots.rootless && config.id_mapping.is_some();
        let extras = Extras {
            outer: if nested { Some(Mapping::of_this_user()?) } else { None },
            roots_own: if nested && config.rootfs.is_none() {
                vec![dir.path.join("upper")]
            } else {
                Vec::new()
            },
            details: details(&config),
            shared,
            ..Extras::default()
        };
        Plan::new(&spec, &dir.run.join("bundle"), extras)
    }

    /// Leaves the mounts that show while the container doesn't run; answers those that another one has mounted. What begins anew at each
    /// start is not there, like file systems in memory, overlays and images, as with docker. A volume in memory is an empty directory, in
    /// which nothing would stay: it is read-only. (What an ordinary user's containers have in memory they don't share.)
    fn keep_shown(&self, config: &mut ContainerConfig) -> Result<Vec<Shared>> {
        if self.roots.rootless {
            for point in std::mem::take(&mut config.mounts) {
                let name = point.volume().filter(|_| !point.is_lasting());
                let holders = name.map(|name| volumes::holders(&self.roots, name)).transpose()?;
                if holders.is_none_or(|holders| holders.is_empty()) {
                    config.mounts.push(point);
                }
            }
        }
        let shared = mounts::shared(&self.roots, config)?;
        config.mounts.retain_mut(|point| {
            if point.is_lasting() || shared.iter().any(|(place, ..)| *place == point.destination) {
                return true;
            }
            point.readonly = Readonly::Yes;
            point.volume().is_some() && point.overlay.is_none() && point.subpath().is_none()
        });
        Ok(shared)
    }

    /// The container's own layer, and what is below it.
    pub(crate) fn own_layer(&self, dir: &ContainerDir, config: &ContainerConfig) -> Result<OwnLayer> {
        if config.rootfs.is_some() {
            return Kind::Unsupported.err(format!(
                "container {} runs from a directory of the host (--rootfs): it has no layer of its own",
                config.name
            ));
        }
        let store = owners::layers(&self.roots, config);
        let mut layers: Vec<PathBuf> = config.layers.iter().map(|l| store.fs_dir(l)).collect();
        if layers.is_empty() {
            layers.push(dir.path.join("empty"));
        }
        let mount_points = MOUNT_POINTS.iter().map(|p| p.as_bytes().to_vec()).collect();
        Ok(OwnLayer {
            upper: dir.path.join("upper"),
            layers,
            mount_points,
            user_namespace: self.roots.rootless,
        })
    }
}

/// What is made in every container for the mounts that all have; docker has these in a layer of its own, which it never shows.
const MOUNT_POINTS: [&str; 8] =
    ["proc", "sys", "dev", "etc", "etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab"];

/// The one place that says which mounts of a stopped container are shown to who copies files: the root, and what the user had mounted from
/// the host. What is made anew at each start (/proc, /dev, tmpfs) is empty while nothing runs.
fn keep_mounts(spec: &mut Spec, config: &ContainerConfig, files: Wanted) {
    let shown = |mount: &Mount| {
        let root = mount.destination() == Path::new("/");
        let asked = config.mounts.iter().any(|point| point.destination == *mount.destination());
        root || files == Wanted::All && asked
    };
    let mounts = spec.mounts().iter().flatten().filter(|m| shown(m)).cloned().collect();
    spec.set_mounts(Some(mounts));
}

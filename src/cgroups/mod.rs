//! The cgroups that hold a container's processes and limit them (cgroups(7)): version 2, version 1, or both side by side.
//!
//! Membership makes a container's processes findable, killable and freezable as one. It comes from version 2 wherever that is mounted: a
//! process is born in its cgroup, which costs nothing. A version 1 hierarchy is touched only for a limit that lives there, as moving a
//! process costs milliseconds. Where this user can't make a cgroup (an ordinary user without a delegated subtree) there is none, and the
//! pid namespace does that job. Never touches a cgroup that dhow didn't make.

mod apply;
mod dbus;
pub mod devices;
mod layout;
mod members;
mod place;
mod plan;
pub mod resctrl;
mod stats;
pub mod systemd;
mod v1;
mod v2;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use oci_spec::runtime::{LinuxDevice, LinuxResources};
use serde::{Deserialize, Serialize};

pub use layout::{can_limit_swap, can_rule_devices, is_unified, unified_mount};
pub use place::parent;
pub use stats::{CpuStats, DeviceIo, HugetlbStats, MemoryStats, Stats};

use crate::error::{Context, Kind, Result};
pub use layout::Layout;
use plan::{Controllers, Version};
use systemd::Scope;

/// The controllers of version 1 that keep statistics.
const COUNTING: [&str; 7] = ["blkio", "cpu", "cpuacct", "hugetlb", "memory", "pids", "rdma"];

/// Who makes the cgroup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Driver<'a> {
    /// dhow itself.
    #[default]
    Cgroupfs,
    /// The systemd that answers at this socket, as a transient scope. The path names it: `SLICE:PREFIX:NAME`.
    Systemd(&'a Path),
}

/// What cgroup a container is to have.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `linux.cgroupsPath` of the Spec. `None`: dhow's own place.
    pub path: Option<&'a Path>,
    /// The container's, for a place of dhow's own.
    pub name: &'a str,
    pub driver: Driver<'a>,
    pub resources: &'a LinuxResources,
    /// `linux.devices` of the Spec, which the rules for devices are compared with.
    pub devices: Option<&'a [LinuxDevice]>,
    /// Whether the host's own nodes come with a mount, so that only rules can say which of them may be used.
    pub host_nodes: bool,
    /// Whether somebody else will look for statistics in each hierarchy of version 1, at `path`.
    pub counted: bool,
}

/// Where a container's cgroups are, for whoever comes later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The directory on version 2.
    pub v2: Option<PathBuf>,
    /// The directories on version 1, by controller.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub v1: BTreeMap<String, PathBuf>,
    /// `linux.cgroupsPath`, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The container's name among cgroups.
    pub name: String,
    /// systemd's, if it has made them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// The cgroups of one container.
#[derive(Debug)]
pub struct Cgroup {
    saved: Saved,
    /// Open on version 2's directory, for clone3(2).
    dir: OnceCell<OwnedFd>,
    /// What is left to do until systemd has made it, which takes a process.
    pending: RefCell<Option<Pending>>,
}

/// Limits to set on a cgroup that isn't there yet.
#[derive(Debug)]
struct Pending {
    scope: Scope,
    plan: plan::Plan,
}

impl Cgroup {
    /// Makes it and sets the limits; whatever can't be had is refused before anything was made. `None` where this user can't have one
    /// and nothing was asked for that needs it.
    pub fn create(request: &Request<'_>) -> Result<Option<Self>> {
        let rules = request.resources.devices().as_deref();
        let policy = devices::policy(rules, request.devices, request.host_nodes)?;
        let asks = plan::asks(request.resources, &policy) || request.counted;
        let layout = match unified_mount() {
            // All that a start without limits needs to know.
            Some(mount) if !asks => Layout { v2: Some(mount.into()), ..Layout::default() },
            _ => Layout::detect()?,
        };
        let plan = plan::plan(request.resources, &policy, &Controllers::of(&layout))?;
        let saved =
            Saved { path: request.path.map(Into::into), name: request.name.into(), ..Saved::default() };
        let mut cgroup = Self { saved, dir: OnceCell::new(), pending: RefCell::new(None) };
        if let Driver::Systemd(socket) = request.driver {
            cgroup.prepare_scope(socket, &layout, plan)?;
            cgroup.count(&layout, request.counted)?;
            return Ok(Some(cgroup));
        }
        let made = cgroup.make(&layout).and_then(|made| cgroup.set(&layout, &plan, made));
        match made.and_then(|made| cgroup.count(&layout, made && request.counted).map(|()| made)) {
            Ok(true) => Ok(Some(cgroup)),
            Ok(false) => Ok(None),
            Err(error) => {
                // The first failure is the one to tell.
                let _ = cgroup.remove();
                Err(error)
            }
        }
    }

    /// Works out what systemd is to make when there is a process for it ([`Self::add`]). What it doesn't make is made now.
    fn prepare_scope(&mut self, socket: &Path, layout: &Layout, plan: plan::Plan) -> Result<()> {
        let root = nix::unistd::geteuid().is_root();
        let scope = Scope::parse(self.saved.path.as_deref(), &self.saved.name, socket, root)?;
        let path = scope.cgroup()?;
        self.saved.v2 = layout.v2.as_ref().map(|mount| mount.join(&path));
        self.saved.path = Some(Path::new("/").join(path));
        self.saved.scope = Some(scope.clone());
        if layout.v2.is_none() {
            self.make(layout)?;
        }
        for controller in plan.controllers(Version::V1) {
            self.join(layout, controller)?;
        }
        self.pending = RefCell::new(Some(Pending { scope, plan }));
        Ok(())
    }

    /// Has systemd make it around this process, and sets what systemd knows no name for.
    fn start_scope(&self, pending: &Pending, pid: i32) -> Result<()> {
        pending.scope.start(pid, &systemd::properties(&pending.plan.writes))?;
        if let Some(path) = &self.saved.v2 {
            let available = layout::available(path);
            if let Some(lacking) =
                pending.plan.controllers(Version::V2).into_iter().find(|c| !available.contains(*c))
            {
                return Err(place::cannot(lacking));
            }
            let _ = self.dir.set(open(path)?);
        }
        apply::writes(&self.saved, &pending.plan.writes)?;
        match (&pending.plan.devices, self.clone_fd()) {
            (Some(rules), Some(dir)) => apply::device_rules(dir, rules),
            _ => Ok(()),
        }
    }

    /// Makes the cgroup that all its processes are in; whether that can be had.
    fn make(&mut self, layout: &Layout) -> Result<bool> {
        let path = self.saved.path.as_deref();
        if let Some(mount) = &layout.v2 {
            let Some(dir) = place::directory(mount, None, path, &self.saved.name)? else { return Ok(false) };
            if !place::make_v2(mount, &dir)? {
                return Ok(false);
            }
            self.dir = OnceCell::from(open(&dir)?);
            self.saved.v2 = Some(dir);
            return Ok(true);
        }
        // Version 1 alone: the freezer's hierarchy, or one that counts processes.
        let Some(controller) =
            ["freezer", "pids", "cpu", "memory"].iter().find(|c| layout.v1.contains_key(**c))
        else {
            return Ok(false);
        };
        match self.join(layout, controller) {
            Err(e) if crate::error::is(&e, Kind::Unsupported) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Adds a directory in the hierarchy of a version 1 controller.
    fn join(&mut self, layout: &Layout, controller: &str) -> Result<()> {
        let mount = &layout.v1[controller];
        let path = self.saved.path.as_deref();
        let Some(dir) = place::directory(mount, Some(controller), path, &self.saved.name)? else {
            return Err(place::cannot(controller));
        };
        let inherit: &[&str] = if controller == "cpuset" { &["cpuset.cpus", "cpuset.mems"] } else { &[] };
        place::make_v1(mount, &dir, controller, inherit)?;
        self.saved.v1.insert(controller.to_string(), dir);
        Ok(())
    }

    /// Has the kernel count in version 1, too, what it counts there (`docker stats`, `ctr task metrics`): without a cgroup of the
    /// container's own whoever looks is told what the whole host uses, and of everybody's want of memory.
    fn count(&mut self, layout: &Layout, wanted: bool) -> Result<()> {
        for controller in COUNTING.iter().filter(|c| wanted && layout.v1.contains_key(**c)) {
            match self.join(layout, controller) {
                // An ordinary user can't: nobody who knows that will look.
                Err(e) if crate::error::is(&e, Kind::Unsupported) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Sets limits; `made` is whether there is a cgroup for them.
    fn set(&mut self, layout: &Layout, plan: &plan::Plan, made: bool) -> Result<bool> {
        if plan.is_empty() {
            return Ok(made);
        }
        if !made {
            return Err(place::cannot("linux.resources"));
        }
        let wanted = plan.controllers(Version::V2).into_iter().map(String::from).collect();
        if let (Some(mount), Some(dir)) = (&layout.v2, &self.saved.v2) {
            let lacking = place::enable(mount, dir, &wanted);
            if let Some(name) = lacking.first() {
                return Err(place::cannot(name));
            }
        }
        for controller in plan.controllers(Version::V1) {
            if !self.saved.v1.contains_key(controller) {
                self.join(layout, controller)?;
            }
        }
        if plan.writes.iter().any(|w| w.file == "cpu.rt_runtime_us") {
            let mount = &layout.v1["cpu"];
            let dir = self.saved.v1["cpu"].parent().unwrap_or(mount).to_path_buf();
            place::make_v1(mount, &dir, "cpu", &["cpu.rt_runtime_us"])?;
        }
        apply::writes(&self.saved, &plan.writes)?;
        if let (Some(rules), Some(dir)) = (&plan.devices, self.clone_fd()) {
            apply::device_rules(dir, rules)?;
        }
        Ok(true)
    }

    /// One that was made before. [`Kind::NotFound`] if it is gone.
    pub fn reopen(saved: &Saved) -> Result<Self> {
        let dir = saved.v2.as_deref().map(open).transpose()?;
        if let (None, Some(dir)) = (&dir, saved.v1.values().next())
            && !dir.is_dir()
        {
            return Kind::NotFound.err(format!("the cgroup {} is gone", dir.display()));
        }
        let dir = dir.map_or_else(OnceCell::new, OnceCell::from);
        Ok(Self { saved: saved.clone(), dir, pending: RefCell::new(None) })
    }

    /// Whatever there is of the cgroups of a container of which nothing is written down: its monitor was killed too early for that.
    pub fn leftover(path: Option<&Path>, name: &str, driver: Driver<'_>) -> Result<Option<Self>> {
        if let Driver::Systemd(socket) = driver {
            let root = nix::unistd::geteuid().is_root();
            let scope = Scope::parse(path, name, socket, root)?;
            let at = Path::new("/").join(scope.cgroup()?);
            scope.stop()?;
            // What else there may be of it lies at the same path.
            return Self::leftover(Some(&at), name, Driver::Cgroupfs);
        }
        let layout = Layout::detect()?;
        let mut saved = Saved { path: path.map(Into::into), name: name.into(), ..Saved::default() };
        let existing = |mount: &Path, controller: Option<&str>| -> Result<Option<PathBuf>> {
            Ok(place::directory(mount, controller, path, name)?.filter(|d| d.is_dir()))
        };
        if let Some(mount) = &layout.v2 {
            saved.v2 = existing(mount, None)?;
        }
        // Other runtimes than the built-in make cgroups in hierarchies without a controller, too.
        for (controller, mount) in layout.v1.iter().chain(&layout.named) {
            saved.v1.extend(existing(mount, Some(controller))?.map(|dir| (controller.clone(), dir)));
        }
        if saved.v2.is_none() && saved.v1.is_empty() {
            return Ok(None);
        }
        Self::reopen(&saved).map(Some)
    }

    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// As a Spec names it.
    pub fn spec_path(&self) -> PathBuf {
        spec_path(self.saved.path.as_deref(), &self.saved.name)
    }

    /// For CLONE_INTO_CGROUP.
    pub fn clone_fd(&self) -> Option<BorrowedFd<'_>> {
        self.dir.get().map(AsFd::as_fd)
    }

    /// Whether a process has to be put into it by [`Self::add`] besides being born in [`Self::clone_fd`].
    pub fn needs_add(&self) -> bool {
        self.pending.borrow().is_some() || !self.saved.v1.is_empty()
    }

    /// Changes the limits of a container that may be running. Afterwards [`Self::saved`] may name more directories.
    pub fn apply(&mut self, resources: &LinuxResources) -> Result<()> {
        let layout = Layout::detect()?;
        let devices = match resources.devices().as_deref() {
            // Rules that aren't given stay.
            None | Some([]) => devices::Policy::Closed,
            rules => devices::policy(rules, None, false)?,
        };
        let plan = plan::plan(resources, &devices, &Controllers::of(&layout))?;
        if let Some(scope) = &self.saved.scope {
            scope.set(&systemd::properties(&plan.writes))?;
        }
        let before = self.saved.v1.len();
        self.set(&layout, &plan, true)?;
        if self.saved.v1.len() > before {
            for pid in self.pids()? {
                self.add(pid)?;
            }
        }
        Ok(())
    }
}

/// Whether there are limits among these, for which a container needs a cgroup.
pub fn asks(resources: &LinuxResources, devices: Option<&[LinuxDevice]>) -> Result<bool> {
    Ok(plan::asks(resources, &devices::policy(resources.devices().as_deref(), devices, false)?))
}

/// The cgroup of a container as a Spec names it; `path` is where it was asked to be.
pub fn spec_path(path: Option<&Path>, name: &str) -> PathBuf {
    Path::new("/").join(place::relative(path, name))
}

fn open(path: &Path) -> Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    match nix::fcntl::open(path, flags, Mode::empty()) {
        Ok(dir) => Ok(dir),
        Err(Errno::ENOENT) => Kind::NotFound.err(format!("the cgroup {} is gone", path.display())),
        Err(e) => Err(e).with_context(|| format!("opening the cgroup {}", path.display())),
    }
}

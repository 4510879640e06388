//! From a container's config to its first process, made by another runtime.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use nix::sched::CloneFlags;
use oci_spec::runtime::{LinuxNamespaceType, Process, Spec, User};

use super::{External, Waiting};
use crate::cgroups::{self, Cgroup, Driver};
use crate::container::config::ContainerConfig;
use crate::container::external::{Changes, ExternalRuntime};
use crate::container::mounts::details;
use crate::container::spec::{self, Host};
use crate::container::{ContainerDir, cdi::Edits};
use crate::error::{Kind, Result};
use crate::monitor::mounts::in_memory;
use crate::monitor::prepare::{Prepared, Ready};
use crate::monitor::streams::Streams;
use crate::netns::Attached;
use crate::runtime::{Blueprint, Configure, Hooks, Identity, Plan, PlannedMount, Rootfs, UserSpec, World};
use crate::state::file::{self, Durability};
use crate::sys::namespace;

/// What is known of the container and its host.
pub struct Ground<'a> {
    pub dir: &'a ContainerDir,
    pub config: &'a ContainerConfig,
    pub runtime: &'a ExternalRuntime,
    pub host: Host,
    pub edits: &'a Edits,
    pub network: Option<&'a Attached>,
    pub rootless: bool,
}

/// Of the Spec that another runtime is given. It has nothing that a later version brought, and some of them (crun before 1.9) take none
/// that they don't know.
const VERSION: &str = "1.0.2";

/// Makes everything up to the program's start.
pub fn prepare(ground: &Ground<'_>, streams: Streams, passed: &[std::os::fd::OwnedFd]) -> Result<Prepared> {
    let Ground { dir, config, runtime, .. } = ground;
    let bundle = dir.run.join("bundle");
    let cgroup_path = cgroups::spec_path(config.cgroup().0.as_deref(), dir.id.as_str());
    let mut spec = build(ground, &cgroup_path)?;
    let namespaces = namespaces(&spec);
    let place = dir.run.join("netns");
    let world = world(ground, &spec, &bundle, &place)?;
    let user = UserSpec { user: config.process.user.clone(), groups: groups(ground) };
    let identity = user.resolve(world.root())?;
    if let Some(process) = spec.process_mut() {
        set_identity(process, &identity);
    }
    take_staged(ground, &mut spec);
    let plain = config.rootfs.clone().filter(|_| !config.has_layer());
    let rootfs = plain.unwrap_or_else(|| dir.path.join("rootfs"));
    let changes = Changes {
        rootfs: &rootfs,
        network: ground.network.map(|_| place.as_path()),
        in_user_namespace: ground.rootless,
        init: config.init.then_some(&runtime.init),
    };
    changes.apply(&mut spec);
    spec.set_version(VERSION.into());
    file::write_json(&bundle.join("config.json"), &spec, Durability::Ephemeral)?;
    let mut external = External::new(dir, runtime, world)?;
    let Waiting { process, terminal } = external.create(&bundle, &streams.inside, passed)?;
    // Made by the runtime, where the Spec says.
    let cgroup = if ground.rootless {
        None
    } else {
        Cgroup::leftover(Some(&cgroup_path), dir.id.as_str(), Driver::Cgroupfs)?
    };
    Ok(Prepared {
        created: Ready::External { process, terminal },
        external: Some(external),
        // The runtime runs them itself.
        hooks: Hooks::default(),
        cgroup,
        network: None,
        program: None,
        namespaces,
        filter: None,
        stdin: streams.stdin,
        stdout: streams.stdout,
        stderr: streams.stderr,
        volumes: Vec::new(),
        spent: None,
    })
}

fn groups(ground: &Ground<'_>) -> Vec<String> {
    let edits = ground.edits.additional_gids.iter().map(ToString::to_string);
    ground.config.process.groups.iter().cloned().chain(edits).collect()
}

fn build(ground: &Ground<'_>, cgroup: &Path) -> Result<Spec> {
    let host = Host { cgroup: Some(cgroup.into()), ..ground.host.clone() };
    let mut spec = spec::build(ground.config, &host)?;
    if !ground.edits.is_empty() {
        ground.edits.apply(&mut spec)?;
    }
    Ok(spec)
}

fn world(ground: &Ground<'_>, spec: &Spec, bundle: &Path, place: &Path) -> Result<World> {
    let (rootfs, mounts) = Plan::rootfs(spec, bundle, &details(ground.config))?;
    let rootfs = Rootfs { in_memory: in_memory(ground.config), ..rootfs };
    let found_at = |(number, mount): (usize, PlannedMount)| (mount, staged(ground.dir, number));
    let staged = mounts.into_iter().enumerate().map(found_at).collect();
    // This user's networks bring a user namespace with all its ids.
    let within = ground.network.and_then(Attached::user_namespace);
    let mapping = ground.host.mapping.clone().filter(|_| ground.rootless && within.is_none());
    let Some(network) = ground.network else {
        return World::make(&Blueprint { rootfs, staged, mapping, within, network: None });
    };
    file::write(place, &[], Durability::Ephemeral)?;
    let connect = |there: BorrowedFd<'_>| network.connect(ground.config.id.as_str(), there);
    let network = Some((place.into(), Configure::Network(&connect)));
    World::make(&Blueprint { rootfs, staged, mapping, within, network })
}

/// Where in the world a mount is that the runtime can't make.
fn staged(dir: &ContainerDir, number: usize) -> PathBuf {
    dir.path.join("staged").join(number.to_string())
}

/// Has the runtime take these mounts from where they are.
fn take_staged(ground: &Ground<'_>, spec: &mut Spec) {
    let details = details(ground.config);
    let Some(mounts) = spec.mounts_mut() else { return };
    let detailed = mounts.iter_mut().filter(|m| details.iter().any(|d| d.destination == *m.destination()));
    for (number, mount) in detailed.enumerate() {
        let readonly = mount.options().iter().flatten().any(|o| matches!(o.as_str(), "ro" | "rro"));
        let flag = |o: &&String| ["exec", "noexec", "suid", "nosuid", "dev", "nodev"].contains(&o.as_str());
        let flags: Vec<String> = mount.options().iter().flatten().filter(flag).cloned().collect();
        let access = if readonly { "ro" } else { "rw" };
        let options = ["rbind", access, "rprivate"].map(String::from).into_iter().chain(flags).collect();
        mount
            .set_typ(Some("bind".into()))
            .set_source(Some(staged(ground.dir, number)))
            .set_options(Some(options));
    }
}

/// What the built-in runtime looks up in the container itself.
pub fn set_identity(process: &mut Process, identity: &Identity) {
    let mut user = User::default();
    user.set_uid(identity.uid)
        .set_gid(identity.gid)
        .set_additional_gids(Some(identity.additional_gids.clone()).filter(|g| !g.is_empty()))
        .set_umask(process.user().umask());
    process.set_user(user);
    let mut env = process.env().clone().unwrap_or_default();
    if !identity.home.is_empty() && !env.iter().any(|e| e.starts_with("HOME=")) {
        env.push(format!("HOME={}", identity.home));
    }
    process.set_env(Some(env));
}

/// `CLONE_NEW…` flags of the namespaces that the container does not share with the host.
fn namespaces(spec: &Spec) -> i32 {
    let all = spec.linux().as_ref().and_then(|l| l.namespaces().clone()).unwrap_or_default();
    let flag = |typ| match typ {
        LinuxNamespaceType::Mount => CloneFlags::CLONE_NEWNS.bits(),
        LinuxNamespaceType::Cgroup => CloneFlags::CLONE_NEWCGROUP.bits(),
        LinuxNamespaceType::Uts => CloneFlags::CLONE_NEWUTS.bits(),
        LinuxNamespaceType::Ipc => CloneFlags::CLONE_NEWIPC.bits(),
        LinuxNamespaceType::User => CloneFlags::CLONE_NEWUSER.bits(),
        LinuxNamespaceType::Pid => CloneFlags::CLONE_NEWPID.bits(),
        LinuxNamespaceType::Network => CloneFlags::CLONE_NEWNET.bits(),
        LinuxNamespaceType::Time => namespace::CLONE_NEWTIME,
    };
    all.iter().fold(0, |flags, namespace| flags | flag(namespace.typ()))
}

/// Refuses devices that only the built-in can put in their places without making nodes.
pub fn check_devices(
    given: &[crate::container::devices::GivenDevice],
    runtime: &ExternalRuntime,
    rootless: bool,
) -> Result<()> {
    match given.iter().find(|d| rootless && d.source != *d.node.path()) {
        Some(device) => Kind::Unsupported.err(format!(
            "--device {}:{}: an ordinary user's container can't have a device in another place with --runtime {}",
            device.source.display(),
            device.node.path().display(),
            runtime.name
        )),
        None => Ok(()),
    }
}

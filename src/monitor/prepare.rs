//! From a container's config to its first process, ready to start.

use std::borrow::Cow;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use oci_spec::runtime::{LinuxDevice, LinuxResources, Spec};

use super::external::{self, External, Ground};
use super::joined::Joined;
use super::mounts::{self, Mounts};
use super::outside::Outside;
use super::streams::Streams;
use super::{cdi, etc, host_devices, teardown};
use crate::cgroups::{self, Cgroup};
use crate::container::cdi::Edits;
use crate::container::config::ContainerConfig;
use crate::container::devices::GivenDevice;
use crate::container::mounts::details;
use crate::container::spec::{self, Host};
use crate::container::{ContainerDir, links, owners, servers, sysctls};
use crate::error::{Context, Kind, Result};
use crate::namespaces::{Mapping, mapped};
use crate::netns::{self, Attached, NetworkMode, NetworkStore, Wanted, Working};
use crate::runtime::{
    self, Configure, Created, Extras, Given, Hooks, Meanwhile, Plan, SeccompProgram, UserSpec,
};
use crate::state::Roots;
use crate::state::file::{self, Durability};
use crate::sys::clone::Cloned;
use crate::sys::pty::Size;
use crate::sys::rlimit;
use crate::volumes::{MountPoint, MountSource, VolumeLock};

/// A container about to start, and the monitor's ends of its streams.
#[derive(Debug)]
pub struct Prepared {
    pub created: Ready,
    /// The runtime that has made it, if not the built-in.
    pub external: Option<External>,
    /// What is to be run at certain moments.
    pub hooks: Hooks,
    pub cgroup: Option<Cgroup>,
    pub network: Option<Attached>,
    /// The program that makes its network, if one does.
    pub program: Option<Working>,
    pub namespaces: i32,
    /// The container's filter, for the programs of its health check.
    pub filter: Option<SeccompProgram>,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    /// Held until others can see that the container runs.
    pub volumes: Vec<VolumeLock>,
    /// What has done its duty. To be dropped when nobody waits any more: there is much of it.
    pub spent: Option<Box<(Spec, Plan)>>,
}

/// A first process that waits to be started.
#[derive(Debug)]
pub enum Ready {
    BuiltIn(Created),
    External { process: Cloned, terminal: Option<OwnedFd> },
}

impl Ready {
    /// The master side of the container's terminal.
    pub fn take_terminal(&mut self) -> Option<OwnedFd> {
        match self {
            Self::BuiltIn(created) => created.terminal.take(),
            Self::External { terminal, .. } => terminal.take(),
        }
    }
}

/// The starter's own descriptors that the program is to have.
#[derive(Debug, Clone, Copy)]
pub struct Passed<'a> {
    /// The three standard streams, or nothing.
    pub streams: &'a [OwnedFd],
    /// From 3 on.
    pub extra: &'a [OwnedFd],
}

/// For so many published ports the descriptors suffice that any process may have: a port takes four.
const USUAL_PORTS: usize = 100;

/// Makes everything up to the program's start. `meanwhile` is done while others work.
pub fn prepare(
    (roots, dir): (&Roots, &ContainerDir),
    config: &ContainerConfig,
    size: Option<Size>,
    passed: Passed<'_>,
    meanwhile: &dyn Fn() -> Result<()>,
) -> Result<Prepared> {
    file::make_dirs(&dir.run.join("bundle"), 0o700)?;
    let config = &*looked_up(dir, config)?;
    // The programs of the built-in runtime don't have that from us; others' have what they are started with.
    if config.networking.published.len() > USUAL_PORTS && config.runtime.is_none() {
        rlimit::raise_descriptors().context("raising the limit on descriptors")?;
    }
    let network = network(roots, dir, config)?;
    let outside = Outside::plan(dir, config)?;
    etc::write(roots, dir, config, network.as_ref())?;
    let mut mounts = Mounts::prepare(roots, dir, config)?;
    let volumes = std::mem::take(&mut mounts.locks);
    let edits = cdi::edits(config)?;
    let given = host_devices::given(config, &edits, roots.rootless)?;
    let resources = host_devices::resources(config, &given)?;
    let devices: Vec<LinuxDevice> = given.iter().map(|g| g.node.clone()).collect();
    let joined = Joined::find(roots, config)?;
    if config.runtime.is_some() {
        check_for_another_runtime(config, outside.as_ref(), &mounts)?;
        let host = Host {
            joined: joined.namespaces(),
            devices,
            resources,
            images: mounts.images,
            ..host(roots, dir, config, None, false)?
        };
        let prepared =
            by_another_runtime((roots, dir, config), host, (&given, &edits), size, passed, network)?;
        meanwhile()?;
        return joined.check().map(|()| Prepared { volumes, ..prepared });
    }
    let cgroup = cgroup(dir, config, &resources, &devices)?;
    let within = network.as_ref().is_some_and(|n| n.user_namespace().is_some());
    let prepared = host(roots, dir, config, cgroup.as_ref(), within)
        .and_then(|host| {
            let (namespaces, ipc_root) = (joined.namespaces(), joined.ipc_root());
            let images = std::mem::take(&mut mounts.images);
            let host = Host { joined: namespaces, ipc_root, devices, resources, images, ..host };
            plan(roots, dir, (config, &mounts), &host, (given, &edits, passed.extra))
        })
        .and_then(|planned| {
            let (cgroup, outer) = (cgroup.as_ref(), (network.as_ref(), outside.as_ref()));
            let streams = Streams::new(config, size, passed.streams)?;
            create_with_bundle((dir, config), planned, cgroup, outer, streams, meanwhile)
        })
        .and_then(|prepared| joined.check().map(|()| prepared));
    match prepared {
        Ok(prepared) => {
            let program = outside.and_then(Outside::into_working);
            Ok(Prepared { cgroup, network, program, volumes, ..prepared })
        }
        Err(error) => {
            if let Some(cgroup) = cgroup {
                cgroup.remove()?;
            }
            Err(error)
        }
    }
}

/// The container with what is looked up at each start: the containers it is linked to, the servers of its volumes.
fn looked_up<'a>(dir: &ContainerDir, config: &'a ContainerConfig) -> Result<Cow<'a, ContainerConfig>> {
    let linked = links::apply(config, &links::find(dir, config)?);
    let resolved = match servers::resolved(&linked)? {
        Cow::Owned(resolved) => Some(resolved),
        Cow::Borrowed(_) => None,
    };
    Ok(resolved.map_or(linked, Cow::Owned))
}

/// Refuses what only the built-in runtime can do.
fn check_for_another_runtime(
    config: &ContainerConfig,
    outside: Option<&Outside<'_>>,
    mounts: &Mounts,
) -> Result<()> {
    let shared = |point: &MountPoint| matches!(point.propagation.as_str(), "shared" | "rshared");
    if config.mounts.iter().any(shared) {
        return Kind::Unsupported.err(
            "shared mounts need the built-in runtime: another one finds the container's root in a mount namespace of its own",
        );
    }
    if outside.is_some() {
        return Kind::Unsupported
            .err("networks of pasta and slirp4netns need the built-in runtime: use --network none or host");
    }
    if !mounts.shared.is_empty() {
        return Kind::Unsupported
            .err("a volume that another container has mounted can't be shared with one of another runtime");
    }
    Ok(())
}

/// What others on its networks call the container.
pub fn names(config: &ContainerConfig) -> Vec<String> {
    let mut names = vec![config.name.clone()];
    names.extend(config.hostname.clone().filter(|h| *h != config.name));
    names
}

/// Reserves what the container needs on its networks. Given back by [`super::teardown::clean`], as it is written down.
fn network(roots: &Roots, dir: &ContainerDir, config: &ContainerConfig) -> Result<Option<Attached>> {
    // None of them is a network, too: the container can be connected to one.
    let NetworkMode::Networks(attachments) = &config.network else { return Ok(None) };
    let wanted = Wanted {
        id: config.id.as_str(),
        names: names(config),
        attachments,
        published: &config.networking.published,
        run: dir.run.clone(),
        reaches_host: config.networking.reaches_host,
        publish_mode: config.networking.publish_mode,
    };
    let store = NetworkStore::new(roots);
    let user = || mapped::user_namespace(&Mapping::of_this_user()?);
    let private = store.keeping().map(|keeping| keeping.enter(None, user)).transpose()?;
    netns::attach(&store, &wanted, private).map(Some)
}

/// The container as another runtime makes it, from `host` and what devices it is given.
fn by_another_runtime(
    (roots, dir, config): (&Roots, &ContainerDir, &ContainerConfig),
    host: Host,
    (given, edits): (&[GivenDevice], &Edits),
    size: Option<Size>,
    passed: Passed<'_>,
    network: Option<Attached>,
) -> Result<Prepared> {
    let runtime = config.runtime.as_ref().context("the name of a runtime")?;
    external::check_devices(given, runtime, roots.rootless)?;
    let rootless = roots.rootless;
    let host = Host { shows_cgroups: cgroups::is_unified() && !rootless, ..host };
    let ground = Ground { dir, config, runtime, host, edits, network: network.as_ref(), rootless };
    let streams = Streams::new(config, size, passed.streams)?;
    let prepared = external::prepare(&ground, streams, passed.extra)?;
    Ok(Prepared { network, ..prepared })
}

/// For those who come later: hooks, `exec`, and whoever finds a container whose monitor was killed.
fn write_bundle(dir: &ContainerDir, spec: &Spec, plan: &Plan) -> Result<()> {
    file::write_json(&dir.run.join("bundle/config.json"), spec, Durability::Ephemeral)?;
    match &plan.process.seccomp {
        // Compiling it takes longer than all else that exec does.
        Some(filter) => file::write(&dir.seccomp_path(), &filter.to_bytes(), Durability::Ephemeral),
        None => Ok(()),
    }
}

/// The Spec, and the plan that follows from it.
fn plan(
    roots: &Roots,
    dir: &ContainerDir,
    (config, mounts): (&ContainerConfig, &Mounts),
    host: &Host,
    (given, edits, passed): (Vec<GivenDevice>, &Edits, &[OwnedFd]),
) -> Result<(Spec, Plan)> {
    let bundle = dir.run.join("bundle");
    let mut spec = spec::build(config, host)?;
    if !edits.is_empty() {
        edits.apply(&mut spec)?;
    }
    let mut groups = config.process.groups.clone();
    groups.extend(edits.additional_gids.iter().map(ToString::to_string));
    let lookup = UserSpec { user: config.process.user.clone(), groups };
    let moved = given.into_iter().map(|g| (g.node.path().clone(), g.source));
    let nested = roots.rootless && config.id_mapping.is_some();
    let extras = Extras {
        outer: if nested { Some(Mapping::of_this_user()?) } else { None },
        roots_own: if nested { own_files(dir, config) } else { Vec::new() },
        info: teardown::info(config, spec.version(), &bundle),
        lookup: Some(lookup),
        make_cwd: true,
        init: config.init,
        passed: passed.iter().map(AsRawFd::as_raw_fd).collect(),
        device_sources: moved.collect(),
        foreign: host.ipc_root.as_deref().and_then(Path::parent).map(Into::into),
        passwd: config.tuning.passwd.clone(),
        host_nodes: brings_nodes(config),
        keep_groups: config.tuning.keep_groups,
        details: details(config),
        shared: mounts.shared.clone(),
        in_memory: mounts::in_memory(config),
        ..Extras::default()
    };
    let plan = Plan::new(&spec, &bundle, extras)?;
    Ok((spec, plan))
}

fn cgroup(
    dir: &ContainerDir,
    config: &ContainerConfig,
    resources: &LinuxResources,
    devices: &[LinuxDevice],
) -> Result<Option<Cgroup>> {
    let (path, driver) = config.cgroup();
    let (path, name, devices) = (path.as_deref(), dir.id.as_str(), Some(devices));
    let host_nodes = brings_nodes(config);
    Cgroup::create(&cgroups::Request { path, name, driver, resources, devices, host_nodes, counted: false })
}

/// Whether nodes of the host's come with what is mounted, so that the cgroup needs rules for them.
fn brings_nodes(config: &ContainerConfig) -> bool {
    let bound = config.mounts.iter().filter_map(|mount| match &mount.source {
        MountSource::Bind { path, .. } => Some(path.as_path()),
        _ => None,
    });
    runtime::host_nodes_come_with(bound)
}

/// What the user has made for the container.
fn own_files(dir: &ContainerDir, config: &ContainerConfig) -> Vec<PathBuf> {
    let names = ["hosts", "hostname", "resolv.conf"].into_iter().chain(config.has_layer().then_some("upper"));
    names.map(|name| dir.path.join(name)).collect()
}

/// What is in the bundle is written meanwhile.
fn create_with_bundle(
    (dir, config): (&ContainerDir, &ContainerConfig),
    (spec, plan): (Spec, Plan),
    cgroup: Option<&Cgroup>,
    outer: (Option<&Attached>, Option<&Outside<'_>>),
    streams: Streams,
    meanwhile: &dyn Fn() -> Result<()>,
) -> Result<Prepared> {
    let both = || {
        write_bundle(dir, &spec, &plan)?;
        meanwhile()
    };
    let prepared = create(config, &plan, cgroup, outer, streams, Meanwhile(&both))?;
    Ok(Prepared { spent: Some(Box::new((spec, plan))), ..prepared })
}

/// The first process and the ends of its streams; the cgroup is left to the caller.
fn create(
    config: &ContainerConfig,
    plan: &Plan,
    cgroup: Option<&Cgroup>,
    (network, outside): (Option<&Attached>, Option<&Outside<'_>>),
    streams: Streams,
    meanwhile: Meanwhile<'_>,
) -> Result<Prepared> {
    let connect = |there: BorrowedFd<'_>| network.map_or(Ok(()), |n| n.connect(config.id.as_str(), there));
    let start = |pid| outside.map_or(Ok(()), |outside| outside.start(pid));
    let configure = match (network, outside) {
        (Some(_), _) => Some(Configure::Network(&connect)),
        (None, Some(_)) => Some(Configure::Process(&start)),
        (None, None) => None,
    };
    let created = runtime::create_ahead(
        plan,
        Given {
            cgroup,
            stdio: streams.inside,
            listener: None,
            configure,
            meanwhile,
            within: network.and_then(Attached::user_namespace),
        },
    )?;
    Ok(Prepared {
        created: Ready::BuiltIn(created),
        external: None,
        hooks: plan.hooks.clone(),
        cgroup: None,
        network: None,
        program: None,
        namespaces: plan.joined.iter().fold(plan.new_namespaces, |all, joined| all | joined.flag),
        filter: plan.process.seccomp.clone().filter(|_| config.health.is_some()),
        stdin: streams.stdin,
        stdout: streams.stdout,
        stderr: streams.stderr,
        volumes: Vec::new(),
        spent: None,
    })
}

pub fn host(
    roots: &Roots,
    dir: &ContainerDir,
    config: &ContainerConfig,
    cgroup: Option<&Cgroup>,
    // Whether the container's user namespace is within the one of this user's networks.
    within: bool,
) -> Result<Host> {
    let layers = owners::layers(roots, config);
    let mapping = match &config.id_mapping {
        Some(mapping) => Some(mapping.clone()),
        None if roots.rootless => {
            let usual = Mapping::of_this_user()?;
            Some(if within { usual.within_itself() } else { usual })
        }
        None => None,
    };
    Ok(Host {
        layers: config.layers.iter().map(|l| layers.fs_dir(l)).collect(),
        directory: dir.path.clone(),
        volumes: roots.volumes(),
        images: Vec::new(),
        sysctls: sysctls::Allowed::here(mapping.as_ref()),
        mapping,
        ids_differ: config.id_mapping.is_some() && !roots.rootless,
        // Of a hierarchy of version 1 it has one where it has a limit, beside the freezer's: without a limit there is nothing to see, and a
        // mount less to make.
        shows_cgroups: cgroup
            .is_some_and(|own| cgroups::is_unified() || own.saved().v1.keys().any(|name| name != "freezer")),
        joined: Vec::new(),
        ipc_root: None,
        cgroup: cgroup.map(Cgroup::spec_path),
        devices: Vec::new(),
        resources: LinuxResources::default(),
        kernel: kernel_version()?,
        mqueue: Path::new("/dev/mqueue").is_dir(),
    })
}

/// Major and minor version of the running kernel.
pub fn kernel_version() -> Result<(u32, u32)> {
    let uname = nix::sys::utsname::uname().context("asking for the kernel's version")?;
    let release = uname.release().to_string_lossy().into_owned();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    Ok((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
}

//! From a container's config to its first process, ready to start.

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use oci_spec::runtime::{LinuxDevice, LinuxNamespaceType, LinuxResources};

use super::host_devices;
use crate::cgroups::{self, Cgroup};
use crate::container::config::{ContainerConfig, NamespaceMode};
use crate::container::devices::GivenDevice;
use crate::container::spec::{self, Host};
use crate::container::{ContainerDir, ContainerStore, Status};
use crate::error::{Context, Kind, Result};
use crate::layers::store::LayerStore;
use crate::namespaces::Mapping;
use crate::netns::{self, NetworkMode};
use crate::runtime::{self, Created, Extras, Plan, SeccompProgram, Stdio, UserSpec};
use crate::state::Roots;
use crate::state::file::{self, Durability};
use crate::sys::pty::Size;

/// A container about to start, and the monitor's ends of its streams.
#[derive(Debug)]
pub struct Prepared {
    pub created: Created,
    pub cgroup: Option<Cgroup>,
    pub namespaces: i32,
    /// The container's filter, for the programs of its health check.
    pub filter: Option<SeccompProgram>,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
}

/// The starter's own descriptors that the program is to have.
#[derive(Debug, Clone, Copy)]
pub struct Passed<'a> {
    /// The three standard streams, or nothing.
    pub streams: &'a [OwnedFd],
    /// From 3 on.
    pub extra: &'a [OwnedFd],
}

/// Makes everything up to the program's start.
pub fn prepare(
    roots: &Roots,
    dir: &ContainerDir,
    config: &ContainerConfig,
    size: Option<Size>,
    passed: Passed<'_>,
) -> Result<Prepared> {
    file::make_dirs(&dir.run.join("bundle"), 0o700)?;
    write_etc(dir, config)?;
    let given = host_devices::given(config)?;
    let resources = host_devices::resources(config, &given)?;
    let devices: Vec<LinuxDevice> = given.iter().map(|g| g.node.clone()).collect();
    let joined = joined(roots, config)?;
    let parent = config.cgroup_parent.as_ref().map(|parent| parent.join(dir.id.as_str()));
    let cgroup = Cgroup::create(&cgroups::Request {
        path: parent.as_deref(),
        name: dir.id.as_str(),
        driver: cgroups::Driver::Cgroupfs,
        resources: &resources,
        devices: Some(&devices),
    })?;
    let prepared = host(roots, dir, config, cgroup.as_ref())
        .and_then(|host| plan(dir, config, &Host { joined, devices, resources, ..host }, given, passed.extra))
        .and_then(|plan| create(config, &plan, cgroup.as_ref(), Streams::new(config, size, passed.streams)?));
    match prepared {
        Ok(prepared) => Ok(Prepared { cgroup, ..prepared }),
        Err(error) => {
            if let Some(cgroup) = cgroup {
                cgroup.remove()?;
            }
            Err(error)
        }
    }
}

/// The bundle, and the plan that follows from it.
fn plan(
    dir: &ContainerDir,
    config: &ContainerConfig,
    host: &Host,
    given: Vec<GivenDevice>,
    passed: &[OwnedFd],
) -> Result<Plan> {
    let bundle = dir.run.join("bundle");
    let spec = spec::build(config, host)?;
    file::write_json(&bundle.join("config.json"), &spec, Durability::Ephemeral)?;
    let lookup = UserSpec { user: config.process.user.clone(), groups: config.process.groups.clone() };
    let moved = given.into_iter().map(|g| (g.node.path().clone(), g.source));
    let extras = Extras {
        lookup: Some(lookup),
        make_cwd: true,
        init: config.init,
        passed: passed.iter().map(AsRawFd::as_raw_fd).collect(),
        device_sources: moved.collect(),
        passwd: config.tuning.passwd.clone(),
        keep_groups: config.tuning.keep_groups,
        ..Extras::default()
    };
    let plan = Plan::new(&spec, &bundle, extras)?;
    if let Some(filter) = &plan.process.seccomp {
        // Kept for `exec`: compiling it takes longer than all else that exec does.
        file::write(&dir.seccomp_path(), &filter.to_bytes(), Durability::Ephemeral)?;
    }
    Ok(plan)
}

/// The first process and the ends of its streams; the cgroup is left to the caller.
fn create(
    config: &ContainerConfig,
    plan: &Plan,
    cgroup: Option<&Cgroup>,
    streams: Streams,
) -> Result<Prepared> {
    Ok(Prepared {
        created: runtime::create(plan, cgroup, streams.inside)?,
        cgroup: None,
        namespaces: plan.joined.iter().fold(plan.new_namespaces, |all, joined| all | joined.flag),
        filter: plan.process.seccomp.clone().filter(|_| config.health.is_some()),
        stdin: streams.stdin,
        stdout: streams.stdout,
        stderr: streams.stderr,
    })
}

/// The namespaces of the container whose processes this one is to see, and what goes with them.
fn joined(roots: &Roots, config: &ContainerConfig) -> Result<Vec<(LinuxNamespaceType, PathBuf)>> {
    let NamespaceMode::Container(id) = &config.namespaces.pid else { return Ok(Vec::new()) };
    let store = ContainerStore::new(roots);
    let state = store.dir(id).recorded_state()?;
    let Some(pid) = state.init.filter(|p| state.status == Status::Running && p.is_alive()).map(|p| p.pid)
    else {
        return Kind::Conflict
            .err(format!("cannot join the PID namespace of container {id}: it is not running"));
    };
    let path = |name: &str| PathBuf::from(format!("/proc/{pid}/ns/{name}"));
    let mut joined = vec![(LinuxNamespaceType::Pid, path("pid"))];
    if state.namespaces & libc::CLONE_NEWUSER != 0 {
        if !roots.rootless || config.id_mapping.is_some() {
            return Kind::Unsupported.err(format!(
                "container {id} has a user namespace of its own: its PID namespace can't be shared with this one"
            ));
        }
        // It belongs to that user namespace, so this container does, too.
        joined.push((LinuxNamespaceType::User, path("user")));
    }
    Ok(joined)
}

/// The files that are bound over the image's own in /etc.
fn write_etc(dir: &ContainerDir, config: &ContainerConfig) -> Result<()> {
    let of_host = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let hostname = match &config.namespaces.uts {
        NamespaceMode::Private | NamespaceMode::Container(_) => spec::hostname(config),
        NamespaceMode::Host => {
            nix::unistd::gethostname().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    let hosts = match config.network {
        NetworkMode::None => netns::hosts(&config.extra_hosts, &hostname),
        NetworkMode::Host => netns::hosts_of_host(&of_host("/etc/hosts"), &config.extra_hosts),
    };
    let resolv = netns::resolv_conf(&of_host("/etc/resolv.conf"), &config.dns);
    for (name, text) in [("hosts", hosts), ("hostname", format!("{hostname}\n")), ("resolv.conf", resolv)] {
        place(&dir.path.join(name), text.as_bytes())?;
    }
    Ok(())
}

/// In place, not renamed over: nobody reads it before the container runs, and a container that does has this very file bound.
fn place(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write;
    let mut file = File::create(path).with_context(|| format!("making {}", path.display()))?;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
        .with_context(|| format!("making {}", path.display()))?;
    file.write_all(content).with_context(|| format!("writing {}", path.display()))
}

struct Streams {
    inside: Stdio,
    stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
}

impl Streams {
    fn new(config: &ContainerConfig, size: Option<Size>, passed: &[OwnedFd]) -> Result<Self> {
        if let [stdin, stdout, stderr] = passed {
            let copy = |fd: &OwnedFd| fd.try_clone().context("duplicating a standard stream");
            let inside = Stdio::Streams([copy(stdin)?, copy(stdout)?, copy(stderr)?]);
            return Ok(Self { inside, stdin: None, stdout: None, stderr: None });
        }
        if config.process.tty {
            return Ok(Self { inside: Stdio::Terminal(size), stdin: None, stdout: None, stderr: None });
        }
        let pipe = || nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe");
        let (theirs_in, stdin) = if config.process.open_stdin {
            let (read, write) = pipe()?;
            (read, Some(write))
        } else {
            (File::open("/dev/null").context("opening /dev/null")?.into(), None)
        };
        let (stdout, theirs_out) = pipe()?;
        let (stderr, theirs_err) = pipe()?;
        for fd in [Some(&stdout), Some(&stderr), stdin.as_ref()].into_iter().flatten() {
            non_blocking(fd)?;
        }
        let inside = Stdio::Streams([theirs_in, theirs_out, theirs_err]);
        Ok(Self { inside, stdin, stdout: Some(stdout), stderr: Some(stderr) })
    }
}

pub fn non_blocking(fd: &OwnedFd) -> Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).context("making a descriptor non-blocking")?;
    Ok(())
}

fn host(
    roots: &Roots,
    dir: &ContainerDir,
    config: &ContainerConfig,
    cgroup: Option<&Cgroup>,
) -> Result<Host> {
    let layers = LayerStore::new(roots);
    Ok(Host {
        layers: config.layers.iter().map(|l| layers.fs_dir(l)).collect(),
        directory: dir.path.clone(),
        mapping: match &config.id_mapping {
            Some(mapping) => Some(mapping.clone()),
            None => roots.rootless.then(Mapping::of_this_user).transpose()?,
        },
        ids_differ: config.id_mapping.is_some(),
        unified_cgroups: cgroups::is_unified() && cgroup.is_some(),
        joined: Vec::new(),
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

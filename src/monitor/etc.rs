//! The files that are bound over the image's own in /etc: hosts, hostname, resolv.conf.

use std::fs::File;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::container::config::{ContainerConfig, NamespaceMode};
use crate::container::{ContainerDir, ContainerStore, spec};
use crate::error::{Context, Result};
use crate::netns::{self, Attached, NetworkMode, Record};
use crate::state::Roots;
use crate::state::file;

/// Makes them.
pub(super) fn write(
    roots: &Roots,
    dir: &ContainerDir,
    config: &ContainerConfig,
    network: Option<&Attached>,
) -> Result<()> {
    if let NetworkMode::Container(id) = &config.network {
        // What its namespace is called goes with it.
        let other = ContainerStore::new(roots).dir(id);
        for name in ["hosts", "hostname", "resolv.conf"] {
            let path = other.path.join(name);
            place(&dir.path.join(name), &file::read_opt(&path)?.unwrap_or_default())?;
        }
        return Ok(());
    }
    let within = network.is_some_and(|n| n.user_namespace().is_some());
    for (name, text) in texts(config, network.map(|n| &n.record), within) {
        place(&dir.path.join(name), text.as_bytes())?;
    }
    Ok(())
}

/// Their names and contents. `within`: the container is on networks of an ordinary user.
fn texts(config: &ContainerConfig, record: Option<&Record>, within: bool) -> [(&'static str, String); 3] {
    let of_host = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let hostname = match &config.namespaces.uts {
        NamespaceMode::Private | NamespaceMode::Container(_) => spec::hostname(config),
        NamespaceMode::Host => {
            nix::unistd::gethostname().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    let hosts = match config.network {
        NetworkMode::Host | NetworkMode::Path(_) => {
            netns::hosts_of_host(&of_host("/etc/hosts"), &config.extra_hosts)
        }
        _ => netns::hosts(&config.extra_hosts, &hostname, record),
    };
    let names = match &config.network {
        NetworkMode::Program(network) => network.names_address(),
        _ => within.then(netns::private::names_address),
    };
    let names: Vec<IpAddr> = names.into_iter().collect();
    let resolv = netns::resolv_conf(
        &of_host("/etc/resolv.conf"),
        &netns::Resolver {
            servers: if config.dns.is_empty() { &names } else { &config.dns },
            search: &config.networking.dns_search,
            options: &config.networking.dns_options,
            // The host's loopback is out of reach.
            isolated: record.is_some() || matches!(config.network, NetworkMode::Program(_)),
            embedded: record.is_some_and(|r| r.named().next().is_some()),
        },
    );
    [("hosts", hosts), ("hostname", format!("{hostname}\n")), ("resolv.conf", resolv)]
}

/// Makes them right after a change of networks. What programs of the container have changed in one of them stays.
pub(super) fn renew(
    dir: &ContainerDir,
    config: &ContainerConfig,
    before: &Record,
    network: &Attached,
) -> Result<()> {
    let within = network.user_namespace().is_some();
    let (before, after) = (texts(config, Some(before), within), texts(config, Some(&network.record), within));
    for ((name, old), (_, new)) in before.iter().zip(&after) {
        let path = dir.path.join(name);
        if old != new && file::read_opt(&path)?.is_some_and(|text| text == old.as_bytes()) {
            place(&path, new.as_bytes())?;
        }
    }
    Ok(())
}

/// In place, not renamed over: nobody reads it before the container runs, and a container that does has this very file bound.
pub(super) fn place(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write;
    let made = match File::create(path) {
        // It was given to a container's root that is another id than ours.
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            file::remove_file(path)?;
            File::create(path)
        }
        other => other,
    };
    let mut file = made.with_context(|| format!("making {}", path.display()))?;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
        .with_context(|| format!("making {}", path.display()))?;
    file.write_all(content).with_context(|| format!("writing {}", path.display()))
}

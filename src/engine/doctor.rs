//! What this host can and can't do for containers, and how to change it.

use std::path::Path;

use super::Engine;
use crate::error::{self, Result};
use crate::namespaces::{idmap, subid};
use crate::{cgroups, netns};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    pub level: Level,
    /// How it is.
    pub state: String,
    /// What to do about it, if anything.
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Good,
    /// Works, with less.
    Limited,
    /// Containers can't start.
    Bad,
}

fn good(what: &'static str, state: impl Into<String>) -> Finding {
    Finding { what, level: Level::Good, state: state.into(), remedy: None }
}

fn poor(what: &'static str, level: Level, state: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { what, level, state: state.into(), remedy: Some(remedy.into()) }
}

impl Engine {
    /// Looks at everything that containers of this user depend on.
    pub fn doctor(&self) -> Result<Vec<Finding>> {
        let mut findings = vec![kernel()?];
        if self.roots.rootless {
            findings.extend([user_namespaces(), apparmor(), subordinate_ids()?]);
        } else {
            findings.extend([privileges()?, nftables(), firewall()]);
        }
        findings.extend([overlay(), cgroup(self.roots.rootless), tun(), self.store()]);
        Ok(findings)
    }

    fn store(&self) -> Finding {
        let path = &self.roots.root;
        match nix::sys::statvfs::statvfs(path) {
            Ok(stat) => {
                let free = stat.blocks_available() * stat.fragment_size();
                let state = format!("{} has {} MiB free", path.display(), free >> 20);
                if free < 1 << 30 {
                    poor(
                        "disk",
                        Level::Limited,
                        state,
                        "free some space, or put the store elsewhere with --root or DHOW_ROOT",
                    )
                } else {
                    good("disk", state)
                }
            }
            Err(e) => poor(
                "disk",
                Level::Bad,
                format!("{}: {}", path.display(), e.desc()),
                "check the path given by --root or DHOW_ROOT",
            ),
        }
    }
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_string())
}

fn kernel() -> Result<Finding> {
    let (major, minor) = crate::monitor::kernel_version()?;
    let state = format!("Linux {major}.{minor}");
    // mount_setattr(2) is of 5.12, overlay in user namespaces of 5.11; from 6.5 on overlay takes any number of layers.
    Ok(if (major, minor) < (5, 12) {
        poor("kernel", Level::Bad, state, "dhow needs Linux 5.12 or newer: update the kernel")
    } else {
        good("kernel", state)
    })
}

fn privileges() -> Result<Finding> {
    const SYS_ADMIN: u64 = 1 << 21;
    const SYS_RESOURCE: u64 = 1 << 24;
    let own = crate::sys::prctl::permitted_capabilities()?;
    Ok(if own & SYS_ADMIN == 0 {
        poor(
            "privileges",
            Level::Bad,
            "root without CAP_SYS_ADMIN",
            "this root can't mount: run dhow as an ordinary user, or outside of this container",
        )
    } else if own & SYS_RESOURCE == 0 {
        poor(
            "privileges",
            Level::Limited,
            "root without CAP_SYS_RESOURCE: resource limits can't be raised",
            "nothing to do unless containers need --ulimit above this shell's `ulimit -H`",
        )
    } else {
        good("privileges", "root with all that is needed")
    })
}

fn firewall() -> Finding {
    if crate::netns::has_legacy_filter() {
        return poor(
            "firewall",
            Level::Limited,
            "iptables-legacy has a filter table, which dhow can't change",
            "if its chain FORWARD drops, add `iptables-legacy -I FORWARD -i BRIDGE -j ACCEPT` and the same with -o for each network, or use iptables-nft",
        );
    }
    good("firewall", "nothing that dhow's nftables rules can't get along with")
}

fn user_namespaces() -> Finding {
    let what = "user namespaces";
    if read("/proc/sys/kernel/unprivileged_userns_clone").as_deref() == Some("0") {
        return poor(
            what,
            Level::Bad,
            "forbidden to ordinary users",
            "as root: sysctl -w kernel.unprivileged_userns_clone=1",
        );
    }
    match read("/proc/sys/user/max_user_namespaces").and_then(|n| n.parse::<u64>().ok()) {
        Some(0) => {
            poor(what, Level::Bad, "none allowed", "as root: sysctl -w user.max_user_namespaces=15000")
        }
        Some(n) if n < 100 => poor(
            what,
            Level::Limited,
            format!("at most {n}, one for each container"),
            "as root: sysctl -w user.max_user_namespaces=15000",
        ),
        Some(n) => good(what, format!("allowed, at most {n}")),
        None => poor(what, Level::Bad, "this kernel has none", "use a kernel with CONFIG_USER_NS"),
    }
}

fn apparmor() -> Finding {
    let what = "AppArmor";
    if read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1") {
        return poor(
            what,
            Level::Bad,
            "restricts user namespaces of ordinary users",
            "as root: give dhow a profile with `userns,` (see apparmor_parser(8)), or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        );
    }
    good(what, "does not restrict user namespaces")
}

fn subordinate_ids() -> Result<Finding> {
    let what = "subordinate ids";
    let uid = nix::unistd::geteuid().as_raw();
    let name = subid::user_name(uid);
    let count = |file: &str| -> Result<u64> {
        Ok(subid::ranges(Path::new(file), uid, name.as_deref())?.iter().map(|r| u64::from(r.count)).sum())
    };
    let (uids, gids) = (count("/etc/subuid")?, count("/etc/subgid")?);
    let user = name.unwrap_or_else(|| uid.to_string());
    if ["newuidmap", "newgidmap"].iter().any(|tool| idmap::find_tool(tool).is_none()) {
        return Ok(poor(
            what,
            Level::Limited,
            "newuidmap or newgidmap is missing: only one id is mapped",
            "as root: apt install uidmap (Fedora: shadow-utils)",
        ));
    }
    if uids.min(gids) == 0 {
        let remedy =
            format!("as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}");
        return Ok(poor(
            what,
            Level::Limited,
            "none: only one id is mapped, files in containers all belong to root",
            remedy,
        ));
    }
    if uids.min(gids) < 65_535 {
        let remedy = format!("as root: give {user} at least 65536 in /etc/subuid and /etc/subgid");
        return Ok(poor(what, Level::Limited, format!("{uids} uids and {gids} gids"), remedy));
    }
    Ok(good(what, format!("{uids} uids and {gids} gids")))
}

fn overlay() -> Finding {
    let known = read("/proc/filesystems").unwrap_or_default();
    if known.lines().any(|l| l.trim_start_matches("nodev").trim() == "overlay") {
        good("overlay", "known to the kernel")
    } else {
        poor("overlay", Level::Limited, "not loaded", "as root: modprobe overlay")
    }
}

fn cgroup(rootless: bool) -> Finding {
    let what = "cgroups";
    match (cgroups::unified_mount(), cgroups::parent()) {
        (Some(_), Some(parent)) => good(what, format!("version 2, containers go below {}", parent.display())),
        (Some(_), None) => poor(
            what,
            Level::Limited,
            "version 2, no subtree is delegated to this user",
            "log in through systemd (`systemctl --user` works then), or run dhow in a unit with Delegate=yes",
        ),
        (None, _) => match cgroups::Layout::detect() {
            Ok(layout) if !layout.v1.is_empty() && !rootless => {
                let controllers: Vec<&str> = layout.v1.keys().map(String::as_str).collect();
                good(what, format!("version 1 with {}", controllers.join(", ")))
            }
            _ => poor(
                what,
                Level::Limited,
                "no version 2 hierarchy: containers have no limits",
                "boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 cgroup2 /sys/fs/cgroup",
            ),
        },
    }
}

fn nftables() -> Finding {
    match netns::lack(false) {
        None => good("nftables", "the kernel has it"),
        Some(lack) => poor(
            "nftables",
            Level::Limited,
            error::one_line(&lack),
            "modprobe nf_tables, or a kernel that has it (needed for networks of type bridge)",
        ),
    }
}

fn tun() -> Finding {
    let what = "tun";
    let access = nix::unistd::AccessFlags::R_OK | nix::unistd::AccessFlags::W_OK;
    match nix::unistd::access("/dev/net/tun", access) {
        Ok(()) => good(what, "/dev/net/tun can be used"),
        Err(nix::errno::Errno::ENOENT) => poor(
            what,
            Level::Limited,
            "/dev/net/tun is missing",
            "as root: modprobe tun (needed for networks of ordinary users only)",
        ),
        Err(_) => poor(
            what,
            Level::Limited,
            "/dev/net/tun is closed to this user",
            "as root: chmod 0666 /dev/net/tun (needed for networks of ordinary users only)",
        ),
    }
}

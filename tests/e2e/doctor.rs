//! What `doctor` says of hosts that lack something. Each host is this one, changed in a mount namespace.

use crate::harness::Dhow;

/// A host: how it is made, what is said of it, the remedy, and whether containers can't start there.
type Host = (&'static str, &'static str, &'static str, bool);

#[track_caller]
fn says(dhow: &Dhow, (script, state, remedy, fatal): Host) {
    let output = dhow.run_after(script, ["doctor"]);
    let text = output.stdout();
    let lines: Vec<&str> = text.lines().collect();
    let mark = if fatal { "BAD" } else { "less" };
    let at = lines.iter().position(|l| l.starts_with(mark) && l.contains(state));
    let at = at.unwrap_or_else(|| panic!("after {script:?} nobody says {mark} {state:?}:\n{text}"));
    assert!(lines[at + 1].trim_start().starts_with("fix: ") && lines[at + 1].contains(remedy), "{text}");
    assert_eq!(output.code, i32::from(fatal), "{text}");
}

/// Puts files of these contents in the place of a directory of sysctls.
macro_rules! sysctl {
    ($dir:literal $(, $name:literal = $value:literal)+) => {
        concat!("mount -t tmpfs tmpfs /proc/sys/", $dir $(, "; echo ", $value, " > /proc/sys/", $dir, "/", $name)+)
    };
}

/// Hides a program of /usr/bin.
macro_rules! without {
    ($program:literal) => {
        concat!(
            "mount -t tmpfs tmpfs /mnt; mkdir /mnt/u /mnt/w; mknod /mnt/u/",
            $program,
            " c 0 0; mount -t overlay -o lowerdir=/usr/bin,upperdir=/mnt/u,workdir=/mnt/w overlay /usr/bin"
        )
    };
}

#[test]
fn what_an_ordinary_users_host_lacks_is_said_with_its_remedy() {
    let dhow = Dhow::user();
    let hosts: [Host; 10] = [
        ("mount --bind /dev/null /etc/subuid", "none: only one id is mapped", "usermod --add-subuids", false),
        (
            "mount -t tmpfs tmpfs /mnt; echo \"$USER:900000:1000\" > /mnt/ids; mount --bind /mnt/ids /etc/subgid",
            "65536 uids and 1000 gids",
            "at least 65536",
            false,
        ),
        (without!("newgidmap"), "newuidmap or newgidmap is missing", "apt install uidmap", false),
        (sysctl!("user", "max_user_namespaces" = "0"), "none allowed", "user.max_user_namespaces", true),
        (sysctl!("user", "max_user_namespaces" = "50"), "at most 50", "user.max_user_namespaces", false),
        (
            sysctl!("kernel", "unprivileged_userns_clone" = "0"),
            "forbidden to ordinary users",
            "kernel.unprivileged_userns_clone=1",
            true,
        ),
        (
            sysctl!("kernel", "apparmor_restrict_unprivileged_userns" = "1"),
            "restricts user namespaces",
            "apparmor_restrict_unprivileged_userns=0",
            true,
        ),
        ("mount -t tmpfs tmpfs /dev/net", "/dev/net/tun is missing", "modprobe tun", false),
        (
            "mount -t tmpfs tmpfs /dev/net; mknod -m 600 /dev/net/tun c 10 200",
            "closed to this user",
            "chmod 0666 /dev/net/tun",
            false,
        ),
        (
            "umount -l /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup",
            "no version 2 hierarchy",
            "systemd.unified_cgroup_hierarchy=1",
            false,
        ),
    ];
    for host in hosts {
        says(&dhow, host);
    }
    // Nothing is delegated to the tests' users.
    if std::path::Path::new("/sys/fs/cgroup/unified").exists() {
        says(&dhow, (":", "no subtree is delegated", "Delegate=yes", false));
    }
    let bare = Dhow::bare();
    says(&bare, (":", "none: only one id is mapped", "usermod --add-subuids", false));
}

#[test]
fn what_roots_host_lacks_is_said_with_its_remedy() {
    let dhow = Dhow::root();
    let root = dhow.root_dir();
    let full = format!("mkdir -p {0}; mount -t tmpfs -o size=1m tmpfs {0}", root.display());
    says(&dhow, (Box::leak(full.into_boxed_str()), "MiB free", "--root or DHOW_ROOT", false));
    let weak = "exec setpriv --bounding-set -sys_admin \"$@\"";
    says(&dhow, (weak, "root without CAP_SYS_ADMIN", "as an ordinary user", true));
    assert!(dhow.run(["doctor"]).ok().stdout().contains("ok    nftables "));
}

#[test]
fn tables_of_iptables_legacy_are_told() {
    let dhow = Dhow::root();
    let mut command = dhow.bare_command("unshare");
    let script = "iptables-legacy -t filter -L -n >/dev/null && exec \"$@\"";
    command.args(["-n", "sh", "-c", script, "sh"]).arg(crate::harness::binary());
    command.arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir()).arg("doctor");
    let out = crate::harness::finish(
        command,
        "doctor".into(),
        crate::harness::Stdin::Empty,
        crate::harness::TIMEOUT,
    );
    assert!(out.ok().stdout().contains("iptables-legacy has a filter table"));
}

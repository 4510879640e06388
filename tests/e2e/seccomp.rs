//! What the default profile lets through, by making the calls. The arguments are such that a call which gets to the kernel fails otherwise,
//! or does nothing. The answers are those of docker with the same program; where its profile has changed, those of the newer one.
#![cfg(target_arch = "x86_64")]

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::harness::Dhow;

/// Refused, whatever the arguments: name, number and arguments.
const REFUSED: &[(&str, &str)] = &[
    ("acct", "163 -1"),
    ("add_key", "248 -1 -1 0 0 -3"),
    ("bpf", "321 -1 -1 0"),
    ("clock_settime", "227 0 -1"),
    ("clone CLONE_NEWUSER", "56 0x10000200"),
    ("clone CLONE_NEWNS", "56 0x00020200"),
    ("create_module", "174 0 0"),
    ("delete_module", "176 -1 0"),
    ("fanotify_init", "300 -1 -1"),
    ("finit_module", "313 -1 -1 -1"),
    ("fsconfig", "431 -1 -1 0 0 0"),
    ("fsmount", "432 -1 -1 0"),
    ("fsopen", "430 -1 -1"),
    ("fspick", "433 -1 -1 -1"),
    ("get_kernel_syms", "177 0"),
    ("get_mempolicy", "239 0 0 0 0 -1"),
    ("init_module", "175 -1 0 -1"),
    ("io_uring_setup", "425 0 -1"),
    ("io_uring_enter", "426 -1 0 0 0 0"),
    ("io_uring_register", "427 -1 -1 0 0"),
    ("ioperm", "173 -1 1 1"),
    ("iopl", "172 4"),
    ("kcmp", "312 -1 -1 0 0 0"),
    ("kexec_file_load", "320 -1 -1 0 0 -1"),
    ("kexec_load", "246 0 100000 0 0"),
    ("keyctl", "250 -1 0 0 0 0"),
    ("lookup_dcookie", "212 0 0 0"),
    ("lsm_get_self_attr", "459 0 0 0 0"),
    ("mbind", "237 1 1 99 0 0 0"),
    ("migrate_pages", "256 -1 0 0 0"),
    ("mount", "165 -1 -1 -1 0 0"),
    ("mount_setattr", "442 -1 -1 -1 -1 1"),
    ("move_mount", "429 -1 -1 -1 -1 -1"),
    ("move_pages", "279 -1 0 0 0 0 -1"),
    ("nfsservctl", "180 0 0 0"),
    ("open_by_handle_at", "304 -1 -1 0"),
    ("open_tree", "428 -1 -1 -1"),
    ("perf_event_open", "298 -1 -1 -1 -1 -1"),
    ("personality ADDR_NO_RANDOMIZE", "135 0x40000"),
    ("pidfd_getfd", "438 -1 -1 0"),
    ("pivot_root", "155 -1 -1"),
    ("process_madvise", "440 -1 -1 1 0 0"),
    ("query_module", "178 0 0 0 0 0"),
    ("quotactl", "179 -1 -1 0 0"),
    ("quotactl_fd", "443 -1 -1 0 0"),
    ("reboot", "169 0 0 0 0"),
    ("request_key", "249 -1 -1 -1 0"),
    ("set_mempolicy", "238 99 0 0"),
    ("setdomainname", "171 -1 -1"),
    ("sethostname", "170 -1 -1"),
    ("setns", "308 -1 0"),
    ("settimeofday", "164 -1 0"),
    ("socket AF_VSOCK", "41 40 99 0"),
    ("socket AF_ALG", "41 38 99 0"),
    ("swapoff", "168 -1"),
    ("swapon", "167 -1 -1"),
    ("sysfs", "139 99 0 0"),
    ("_sysctl", "156 -1"),
    ("syslog", "103 99 0 0"),
    ("tuxcall", "184"),
    ("umount2", "166 -1 0"),
    ("unshare 0", "272 0"),
    ("unshare CLONE_NEWUSER", "272 0x10000000"),
    ("uselib", "134 -1"),
    ("userfaultfd", "323 -1"),
    ("ustat", "136 0 -1"),
    ("vhangup", "153"),
    ("vserver", "236"),
];

/// Those of them that the kernel refuses a container's root in the same way: what the filter adds can't be seen from inside.
const BY_KERNEL_TOO: &[&str] = &[
    "acct",
    "fanotify_init",
    "fsmount",
    "fsopen",
    "fspick",
    "move_mount",
    "pivot_root",
    "reboot",
    "setdomainname",
    "sethostname",
    "swapoff",
    "syslog",
    "vhangup",
];

/// Let through: they get the kernel's answer.
const ALLOWED: &[(&str, &str)] = &[
    ("clock_adjtime", "305 0 -1"),
    ("clone CLONE_THREAD", "56 0x10000"),
    ("name_to_handle_at", "303 -1 -1 -1 -1 -1"),
    ("personality UNAME26", "135 0x20000"),
    ("personality PER_LINUX32", "135 8"),
    ("personality ask", "135 0xffffffff"),
    ("personality PER_LINUX", "135 0"),
    ("process_vm_readv", "310 -1 0 0 0 0 1"),
    ("ptrace", "101 99 0 0 0"),
    ("seccomp", "317 99 0 0"),
    ("socket AF_UNIX", "41 1 99 0"),
    ("socket AF_NETLINK", "41 16 99 0"),
    ("vmsplice", "278 -1 0 0 0"),
    ("chroot", "161 -1"),
    ("mknod", "133 -1 0x2000 0"),
];

/// What a capability opens.
const BY_CAPABILITY: &[(&str, &[&str])] = &[
    (
        "SYS_ADMIN",
        &[
            "bpf",
            "clone CLONE_NEWUSER",
            "clone CLONE_NEWNS",
            "fanotify_init",
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "lookup_dcookie",
            "lsm_get_self_attr",
            "mount",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "perf_event_open",
            "quotactl",
            "quotactl_fd",
            "setdomainname",
            "sethostname",
            "setns",
            "umount2",
            "unshare 0",
            "unshare CLONE_NEWUSER",
        ],
    ),
    ("DAC_READ_SEARCH", &["open_by_handle_at"]),
    ("SYS_BOOT", &["reboot"]),
    ("SYS_MODULE", &["delete_module", "init_module", "finit_module"]),
    ("SYS_PTRACE", &["kcmp", "pidfd_getfd", "process_madvise"]),
    ("SYS_RAWIO", &["iopl", "ioperm"]),
    ("SYS_TIME", &["settimeofday", "clock_settime"]),
    ("SYS_NICE", &["get_mempolicy", "mbind", "set_mempolicy"]),
    ("SYSLOG", &["syslog"]),
    ("BPF", &["bpf"]),
    ("PERFMON", &["perf_event_open"]),
];

const CLONE3: (&str, &str) = ("clone3", "435 0 0");

/// The errno of each call.
fn answers(
    dhow: &Dhow,
    options: &[&str],
    calls: &[(&'static str, &'static str)],
) -> BTreeMap<&'static str, i32> {
    dhow.load_busybox();
    let bind = format!("{}:/probe:ro", crate::probe::path().display());
    let mut args = vec!["run", "--rm", "-v", &bind];
    args.extend(options);
    args.extend(["busybox", "/probe", "calls"]);
    for (_, call) in calls {
        args.extend(call.split(' '));
        args.push("--");
    }
    let lines = dhow.run(args).ok().lines();
    assert_eq!(lines.len(), calls.len());
    let errno = |line: &String| line.split(' ').nth(1).unwrap().parse().unwrap();
    calls.iter().map(|(name, _)| *name).zip(lines.iter().map(errno)).collect()
}

both! {
    fn the_default_profile_refuses_what_dockers_does(dhow) {
        for (name, errno) in answers(dhow, &[], REFUSED) {
            assert_eq!(errno, libc::EPERM, "{name}");
        }
        for (name, errno) in answers(dhow, &[], ALLOWED) {
            assert_ne!(errno, libc::EPERM, "{name}");
        }
        // So that a C library tries clone(2) instead, whose flags can be looked at.
        assert_eq!(answers(dhow, &[], &[CLONE3])["clone3"], libc::ENOSYS);
    }
}

/// Without the filter they get through to the kernel, which says something else.
#[test]
fn it_is_the_filter_that_refuses() {
    let dhow = Dhow::root();
    let unfiltered = answers(&dhow, &["--security-opt", "seccomp=unconfined"], REFUSED);
    for (name, errno) in unfiltered.iter().filter(|(name, _)| !BY_KERNEL_TOO.contains(name)) {
        assert_ne!(*errno, libc::EPERM, "{name}");
    }
    let unfiltered = answers(&dhow, &["--security-opt", "seccomp=unconfined"], &[CLONE3]);
    assert_ne!(unfiltered["clone3"], libc::ENOSYS);
}

#[test]
fn capabilities_open_the_filter_as_dockers() {
    let dhow = Dhow::root();
    // What this machine's root lacks itself it can't give.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let own = status.lines().find_map(|l| l.strip_prefix("CapEff:\t")).unwrap();
    let own = u64::from_str_radix(own, 16).unwrap();
    for (capability, opened) in BY_CAPABILITY {
        let number = caps::Capability::from_str(&format!("CAP_{capability}")).unwrap().index();
        let calls: Vec<_> = REFUSED.iter().filter(|(name, _)| opened.contains(name)).copied().collect();
        assert_eq!(calls.len(), opened.len(), "{capability}");
        let mut answers = answers(&dhow, &["--cap-add", capability], &calls);
        if own & 1 << number == 0 {
            // The kernel refuses some then.
            answers.retain(|name, _| !BY_KERNEL_TOO.contains(name));
        }
        for (name, errno) in answers {
            assert_ne!(errno, libc::EPERM, "{name} with {capability}");
        }
    }
    assert_ne!(answers(&dhow, &["--cap-add", "SYS_ADMIN"], &[CLONE3])["clone3"], libc::ENOSYS);
}

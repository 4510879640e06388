//! What a container must not be able to do.

use crate::harness::{Dhow, Output, Stdin, TIMEOUT, finish};

fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    dhow.load_busybox();
    let args = [&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat();
    dhow.run(args).ok().trimmed()
}

const CAPS: &str = "grep ^Cap /proc/self/status | cut -f2 | tr '\\n' ' '";

/// `dhow run OPTIONS busybox true`, which is expected to fail.
fn refused(dhow: &Dhow, options: &[&str]) -> crate::harness::Output {
    dhow.load_busybox();
    dhow.run(["run", "--rm"].iter().chain(options).chain(&["busybox", "true"]))
}

both! {
    fn capabilities_are_dockers(dhow) {
        let (none, ours) = ("0000000000000000", "00000000a80425fb");
        assert_eq!(shell(dhow, &[], CAPS), format!("{none} {ours} {ours} {ours} {none}"));
        let user = shell(dhow, &["-u", "app"], CAPS);
        assert_eq!(user, format!("{none} {none} {none} {ours} {none}"), "an ordinary user has none, and can inherit none");
        let only = "0000000000001000";
        assert_eq!(shell(dhow, &["--cap-drop", "all", "--cap-add", "net_admin"], CAPS), format!("{none} {only} {only} {only} {none}"));
        dhow.run(["run", "--rm", "--cap-add", "nope", "busybox"]).fails(125).says("unknown capability");
    }

    fn system_calls_are_filtered(dhow) {
        let status = |options: &[&str]| shell(dhow, options, "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status | cut -f2 | tr '\\n' ' '");
        assert_eq!(status(&[]), "0 2");
        assert_eq!(status(&["--security-opt", "no-new-privileges"]), "1 2");
        assert_eq!(status(&["--security-opt", "seccomp=unconfined"]), "0 0");
        // unshare(CLONE_NEWUSER) needs no privilege: only the filter stops it.
        assert_eq!(shell(dhow, &[], "unshare -U true 2>&1 | grep -c 'not permitted'"), "1");
        let profile = dhow.file("p.json", r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":13}]}"#);
        let option = format!("seccomp={}", profile.display());
        assert_eq!(shell(dhow, &["--security-opt", &option], "mkdir /x 2>&1; true"), "mkdir: can't create directory '/x': Permission denied");
        let broken = format!("seccomp={}", dhow.file("b.json", "{").display());
        dhow.run(["run", "--rm", "--security-opt", &broken, "busybox"]).fails(125).says("seccomp profile");
    }

    fn kernel_files_are_hidden_or_read_only(dhow) {
        assert_eq!(shell(dhow, &[], "cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -v : | wc -w"), "0\n0");
        assert_eq!(shell(dhow, &[], "for f in /proc/sys/kernel/hostname /proc/sysrq-trigger; do echo x 2>/dev/null > $f || echo refused; done"), "refused\nrefused");
        assert_eq!(shell(dhow, &[], "touch /sys/x 2>/dev/null || echo refused"), "refused");
    }

    fn devices_of_the_host_are_out_of_reach(dhow) {
        assert_eq!(shell(dhow, &[], "echo x > /dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; ls /dev | tr '\\n' ' '"),
            "4\n4\ncore fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".replace("core ", ""));
        // As root it may make a node, and can't open it; in a user namespace it can't even make it.
        assert_eq!(shell(dhow, &[], "for d in / /dev /dev/shm /tmp; do mknod $d/disk b 254 0 2>/dev/null; (: < $d/disk) 2>/dev/null && echo open; done; echo no"), "no");
        // With mounts of the host's come its nodes, of which those may be used that every container has.
        let out = shell(dhow, &["-v", "/dev/null:/etc/off", "-v", "/dev:/all", "-v", "/:/host"],
            "cat /etc/off; for d in /etc/off /all/zero /host/dev/null; do (: < $d) && echo open; done; (: < /host/dev/mem) 2>/dev/null || echo closed");
        assert_eq!(out, "open\nopen\nopen\nclosed");
        // Changing the mode of a node must not change the host's.
        shell(dhow, &[], "chmod 600 /dev/null 2>/dev/null; true");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata("/dev/null").unwrap().permissions().mode() & 0o777, 0o666);
    }

    fn nothing_of_the_host_leaks_in(dhow) {
        dhow.load_busybox();
        let mut command = dhow.command(["run", "--rm", "busybox", "sh", "-c", "env; ls -l /proc/self/fd; cat /proc/1/environ"]);
        command.env("DHOW_TEST_SECRET", "hush");
        // A descriptor that the caller left open (CVE-2024-21626).
        let leaked = std::fs::File::open("/").unwrap();
        nix::fcntl::fcntl(&leaked, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !text.contains("hush"), "{text}");
        let fds: Vec<&str> = text.lines().filter(|l| l.contains(" -> ")).map(|l| l.split(" -> ").next().unwrap().rsplit(' ').next().unwrap()).collect();
        assert_eq!(fds, ["0", "1", "2"].iter().chain(["3"].iter().filter(|_| fds.len() == 4)).copied().collect::<Vec<_>>(), "only the streams, and what ls itself opens");
        for n in 3..20 {
            let cwd = format!("/proc/self/fd/{n}");
            let out = dhow.run(["run", "--rm", "-w", &cwd, "busybox", "ls", "../../../.."]);
            assert!(out.code != 0 || !out.stdout().contains("usr"), "{cwd} as a working directory gave {}", out.stdout());
        }
        // One that the container is given leads its working directory nowhere either, at whatever number it is then.
        let outcomes: Vec<_> = (3..20).map(|n| {
            let cwd = format!("/proc/self/fd/{n}");
            let given = dhow.command(["run", "--rm", "--preserve-fds", "1", "-w", &cwd, "busybox", "ls", "."]);
            let mut shell = dhow.bare_command("sh");
            shell.args(["-c", "exec 3< /; exec \"$@\"", "sh"]).arg(given.get_program()).args(given.get_args());
            finish(shell, format!("a directory as descriptor 3, {cwd}"), Stdin::Empty, TIMEOUT)
        }).collect();
        assert!(outcomes.iter().all(|o| !o.stdout().contains("usr")), "{outcomes:?}");
        assert!(outcomes.iter().any(|o| o.stderr().contains("is outside of the container's root")), "{outcomes:?}");
    }

    fn the_binary_cannot_be_overwritten(dhow) {
        // CVE-2019-5736: the container's program is the runtime itself, through /proc/self/exe.
        dhow.load_busybox();
        let before = std::fs::read(crate::harness::binary()).unwrap();
        dhow.run(["run", "-d", "--name", "w", "--entrypoint", "/proc/self/exe", "busybox", "--help"]);
        dhow.run(["rm", "-f", "w"]);
        dhow.run(["run", "-d", "--name", "w", "busybox", "sh", "-c",
            "while :; do for p in /proc/[0-9]*; do case $(readlink $p/exe) in *busybox*|'') ;; *) echo hit; (: >> $p/exe) 2>/dev/null && echo overwritten;; esac; done; done"]).ok();
        for _ in 0..20 {
            dhow.run(["exec", "w", "true"]).ok();
            dhow.run(["exec", "w", "/proc/self/exe", "--help"]);
        }
        assert!(!dhow.run(["logs", "w"]).ok().stdout().contains("overwritten"));
        assert!(std::fs::read(crate::harness::binary()).unwrap() == before);
        dhow.run(["rm", "-f", "w"]).ok();
    }

    fn symlinks_of_an_image_lead_nowhere_outside(dhow) {
        // CVE-2021-30465 and its kind: mount destinations that are symlinks are resolved inside the container.
        let victim = dhow.file("victim/file", "untouched").parent().unwrap().to_path_buf();
        let other = dhow.file("other/file", "mounted").parent().unwrap().to_path_buf();
        let bin = dhow.file("root/bin/busybox", std::fs::read("/bin/busybox").unwrap());
        std::fs::set_permissions(&bin, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let root = dhow.base.join("root");
        for (link, target) in [("data", victim.clone()), ("etc", victim.join("etc")), ("proc", victim.join("proc"))] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            std::os::unix::fs::lchown(root.join(link), Some(dhow.uid), Some(dhow.gid)).unwrap();
        }
        let bind = format!("{}:/data/sub/x", other.display());
        let out = dhow.run(["run", "--rm", "-v", &bind, "--rootfs", root.to_str().unwrap(), "/bin/busybox", "cat", "/data/sub/x/file"]);
        assert_eq!(out.ok().stdout(), "mounted", "the link is followed inside the root");
        assert_eq!(std::fs::read_to_string(victim.join("file")).unwrap(), "untouched");
        assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 1, "nothing was made on the host");
        assert!(root.join(victim.strip_prefix("/").unwrap()).join("sub/x").exists());
        let bind = format!("{}:/tmp/link/x", other.display());
        assert_eq!(shell(dhow, &["-v", &bind], "cat /tmp/link/x/file"), "mounted");
    }

    fn nothing_covers_proc(dhow) {
        // CVE-2019-16884: a mount over /proc would take the masks away.
        let file = dhow.file("dir/file", "content");
        let dir = file.parent().unwrap().to_path_buf();
        std::os::unix::fs::symlink("/proc/self", dir.join("link")).unwrap();
        let (file, dir) = (file.display(), dir.display());
        for volumes in [vec![format!("{file}:/proc/version")], vec![format!("{dir}:/d"), format!("{dir}:/d/link/attr")]] {
            let options: Vec<&str> = volumes.iter().flat_map(|v| ["-v", v]).collect();
            refused(dhow, &options).fails(125).says("inside /proc");
        }
        refused(dhow, &["-v", &format!("{dir}:/proc")]).fails(125).says("it is not of type proc");
        refused(dhow, &["--tmpfs", "/proc"]).fails(125).says("mounting /proc: /proc cannot be mounted because it is not of type proc");
        assert_eq!(shell(dhow, &["-v", &format!("{file}:/proc/uptime")], "cat /proc/uptime"), "content", "what lxcfs does");
    }

    fn privileged_is_what_docker_gives(dhow) {
        let out = shell(dhow, &["--privileged"], "grep -E '^(Seccomp|CapEff):' /proc/self/status | cut -f2 | tr '\\n' ' '; touch /proc/sys/net/x 2>&1 | grep -c Read-only; true");
        assert!(out.ends_with(" 0 \n0") || out.ends_with("0 0"), "{out}");
        assert!(!out.starts_with("00000000a80425fb"), "{out}");
        let devices: usize = shell(dhow, &["--privileged"], "ls /dev | wc -l").parse().unwrap();
        assert!(devices > 15, "{devices} devices");
    }
}

both! {
    fn keys_of_the_host_are_out_of_reach(dhow) {
        dhow.load_busybox();
        let probe = crate::probe::path();
        let bind = format!("{}:/probe:ro", probe.display());
        let with_key = |program: &std::process::Command| {
            let mut command = dhow.bare_command(probe);
            command.args(["with-key", "dhow-test-key"]).arg(program.get_program()).args(program.get_args());
            String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_string()
        };
        let mut outside = std::process::Command::new(probe);
        outside.args(["key", "dhow-test-key"]);
        assert_eq!(with_key(&outside), "found", "what is to be hidden is there");
        // The filter would hide it, too: without it the session keyring must do.
        let inside = dhow.command(["run", "--rm", "--security-opt", "seccomp=unconfined", "-v", &bind, "busybox", "/probe", "key", "dhow-test-key"]);
        assert_eq!(with_key(&inside), "none");
    }

    fn the_hosts_cgroups_are_out_of_reach(dhow) {
        let script = "cut -d: -f3 /proc/self/cgroup | sort -u; mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; for f in $(find /sys/fs/cgroup -name cgroup.procs -o -name release_agent 2>/dev/null | head); do (echo 0 > $f) 2>/dev/null && echo moved; done; true";
        assert_eq!(shell(dhow, &[], script), "/", "CVE-2023-25809: nothing there can be written");
        assert_eq!(shell(dhow, &["--cgroupns", "host"], script).lines().filter(|l| ["made", "moved"].contains(l)).count(), 0);
    }

    fn an_images_own_null_device_is_not_used_as_a_mask(dhow) {
        // CVE-2025-31133: a link in its place would show through the mask, or be covered itself.
        use crate::bundle::Bundle;
        let bundle = Bundle::new(dhow);
        let victim = dhow.file("w/b/rootfs/victim", "untouched");
        let null = bundle.rootfs().join("dev/null");
        bundle.configure(|spec| {
            // A container without a /dev of its own has the image's.
            let mounts = spec["mounts"].as_array_mut().unwrap();
            mounts.retain(|m| !m["destination"].as_str().unwrap().starts_with("/dev"));
            spec["linux"]["maskedPaths"] = serde_json::json!(["/proc/version"]);
            if !dhow.is_rootless() {
                // All devices: then nodes are made in place, and what is there is left.
                spec["linux"]["resources"]["devices"] = serde_json::json!([{"allow": true, "access": "rwm"}]);
            }
        });
        for link in [true, false] {
            let _ = std::fs::remove_file(&null);
            if link {
                std::os::unix::fs::symlink("/victim", &null).unwrap();
            } else {
                dhow.file("w/b/rootfs/dev/null", "a plain file");
            }
            let out = bundle.run(["run", "-b", bundle.path(), "attack"]);
            // In a user namespace the host's device is put over whatever is there; as root the image's stays, and is noticed.
            let safe = if dhow.is_rootless() { out.code == 0 } else { out.stderr().contains("/dev/null is not the null device") };
            assert!(safe, "link: {link}: {out:?}");
            assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        }
    }

    fn an_images_own_console_is_not_used(dhow) {
        // CVE-2025-52565: the terminal is put over what the image's link means inside, and over nothing outside of the root.
        use crate::bundle::{Bundle, receive_file};
        let bundle = Bundle::new(dhow);
        let victim = dhow.file("outside", "untouched");
        // The link leads here, if nothing leads out.
        let inside = format!("w/b/rootfs{}", victim.display());
        dhow.file(&inside, "the image's own");
        let socket = dhow.base.join("w/c.sock");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::chown(&socket, Some(dhow.uid), Some(dhow.gid)).unwrap();
        bundle.configure(|spec| {
            let mounts = spec["mounts"].as_array_mut().unwrap();
            mounts.retain(|m| !m["destination"].as_str().unwrap().starts_with("/dev") || m["destination"] == "/dev/pts");
            spec["process"]["terminal"] = true.into();
            spec["process"]["args"] = serde_json::json!(["sleep", "1000"]);
        });
        let console = bundle.rootfs().join("dev/console");
        let up = "../".repeat(30);
        std::os::unix::fs::symlink(format!("{up}{}", victim.display()), &console).unwrap();
        std::os::unix::fs::lchown(&console, Some(dhow.uid), Some(dhow.gid)).unwrap();
        let out = bundle.run(["create", "-b", bundle.path(), "--console-socket", socket.to_str().unwrap(), "attack"]);
        let out = out.ok();
        let (stream, _) = listener.accept().unwrap();
        drop(receive_file(&stream));
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        let pid = &bundle.state("attack")["pid"];
        let mounts = std::fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap();
        let at_link = |l: &&str| l.split(' ').nth(4) == Some(victim.to_str().unwrap()) && l.contains(" - devpts ");
        assert_eq!(mounts.lines().filter(at_link).count(), 1, "{out:?}\n{mounts}");
        bundle.run(["delete", "-f", "attack"]).ok();
    }
}

both! {
    /// CVE-2022-36109: whoever changes his group must not get by that at what it is kept from.
    fn the_first_group_is_one_of_all(dhow) {
        assert_eq!(shell(dhow, &["-u", "app"], "id -G"), "1000 100");
        assert_eq!(shell(dhow, &["-u", "1:7", "--group-add", "8"], "id -G"), "7 8");
        dhow.run(["run", "-d", "--name", "c", "-u", "app", "busybox", "sleep", "1000"]).ok();
        assert_eq!(dhow.run(["exec", "-u", "1:7", "c", "id", "-G"]).ok().trimmed(), "7");
        let groups = dhow.run(["exec", "c", "grep", "Groups", "/proc/self/status"]).ok().trimmed();
        assert!(groups.split_whitespace().eq(["Groups:", "100", "1000"]), "{groups}");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn groups_that_cannot_be_given_up_are_not_kept(dhow) {
        // A filter that forbids it is no user namespace that does: what it would keep are groups of the caller.
        let profile = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["setgroups"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}"#;
        let option = format!("seccomp={}", dhow.file("profile", profile).display());
        dhow.load_busybox();
        dhow.run(["run", "--rm", "--security-opt", &option, "busybox", "true"]).fails(125).says("supplementary groups");
        dhow.run(["run", "-d", "--name", "c", "--security-opt", "seccomp=unconfined", "busybox", "sleep", "1000"]).ok();
        dhow.run(["exec", "c", "id"]).ok();
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn settings_are_not_written_through_an_images_own_proc(dhow) {
        // CVE-2025-52881: a container without procfs has what the image put there, which leads where the image likes.
        use crate::bundle::Bundle;
        let bundle = Bundle::new(dhow);
        let victim = dhow.file("w/b/rootfs/victim", "untouched");
        for name in ["self/oom_score_adj", "self/attr/exec", "self/attr/apparmor/exec", "self/setgroups", "sys/net/ipv4/ip_unprivileged_port_start"] {
            let link = bundle.rootfs().join("proc").join(name);
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink("/victim", &link).unwrap();
        }
        bundle.configure(|spec| {
            spec["mounts"].as_array_mut().unwrap().retain(|m| m["destination"] != "/proc");
            spec["linux"]["maskedPaths"] = serde_json::json!([]);
            spec["linux"]["readonlyPaths"] = serde_json::json!([]);
            spec["process"]["oomScoreAdj"] = 567.into();
            spec["linux"]["sysctl"] = serde_json::json!({"net.ipv4.ip_unprivileged_port_start": "77"});
            spec["linux"]["namespaces"].as_array_mut().unwrap().retain(|n| n["type"] != "network");
            spec["linux"]["namespaces"].as_array_mut().unwrap().push(serde_json::json!({"type": "network"}));
            spec["process"]["args"] = serde_json::json!(["sleep", "1000"]);
        });
        bundle.run(["create", "-b", bundle.path(), "attack"]).ok();
        let pid = bundle.state("attack")["pid"].to_string();
        assert_eq!(std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap().trim(), "567");
        let of_container = |args: &[&str]| {
            let net = format!("--net=/proc/{pid}/ns/net");
            let out = std::process::Command::new("nsenter").arg(net).args(args).output().unwrap();
            String::from_utf8(out.stdout).unwrap().trim().to_string()
        };
        assert_eq!(of_container(&["cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"]), "77");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        bundle.run(["delete", "-f", "attack"]).ok();
    }
}

#[test]
fn a_privileged_container_has_what_dockers_has() {
    let dhow = Dhow::root();
    let script = "grep -E '^(CapEff|CapBnd|Seccomp|NoNewPrivs):' /proc/self/status | cut -f2 | tr '\\n' ' '; \
        for m in /proc/sys /proc/acpi /proc/kcore /proc/keys /sys/firmware; do grep -q \" $m \" /proc/self/mounts && echo masked $m; done; \
        grep -q ' /sys sysfs rw' /proc/self/mounts && echo rw; mknod /tmp/disk b 7 77 && (: < /tmp/disk) 2>&1 | grep -c 'not permitted'; hostname other && hostname";
    let out = shell(&dhow, &["--privileged", "-v", "/tmp:/host"], script);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let own = status.lines().find_map(|l| l.strip_prefix("CapEff:\t")).unwrap();
    assert_eq!(
        out,
        format!("{own} {own} 0 0 rw\n0\nother"),
        "all of our capabilities, no filter, nothing hidden, devices of its own making"
    );
    // Every device of the host, with the host's numbers.
    let list = "cd /dev && find . -type b -o -type c | grep -vE '^./(pts|shm|mqueue|console|tty)' | sort";
    let inside = shell(&dhow, &["--privileged"], list);
    let outside = std::process::Command::new("sh").args(["-c", list]).output().unwrap();
    let outside = String::from_utf8(outside.stdout).unwrap();
    let missing: Vec<&str> =
        outside.lines().filter(|l| !inside.lines().any(|i| i == *l) && *l != "./ptmx").collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A binary that belongs to the user who runs it, who is root in his containers: only the seal protects it.
#[test]
fn a_users_own_binary_cannot_be_overwritten() {
    let dhow = Dhow::user();
    dhow.load_busybox();
    let before = std::fs::read(crate::harness::binary()).unwrap();
    let own = dhow.file("own/dhow", &before);
    std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = |args: &[&str]| {
        let roots =
            ["--root", dhow.root_dir().to_str().unwrap(), "--runroot", dhow.runroot_dir().to_str().unwrap()]
                .map(String::from);
        dhow.bare_command(&own).args(roots).args(args).output().unwrap()
    };
    let attack = "while :; do for p in /proc/[0-9]*; do case $(readlink $p/exe) in *busybox*|'') ;; *) echo hit; (: >> $p/exe) 2>/dev/null && echo overwritten;; esac; done; done";
    let started = run(&["run", "-d", "--name", "w", "busybox", "sh", "-c", attack]);
    assert!(started.status.success(), "{started:?}");
    for _ in 0..20 {
        assert!(run(&["exec", "w", "true"]).status.success());
        run(&["exec", "w", "/proc/self/exe", "--help"]);
    }
    let log = run(&["logs", "w"]);
    assert!(!String::from_utf8_lossy(&log.stdout).contains("overwritten"));
    // Its own first process is the binary itself here.
    let direct = run(&["run", "--rm", "--entrypoint", "/proc/self/exe", "busybox", "version"]);
    assert!(String::from_utf8_lossy(&direct.stdout).contains("Version"), "{direct:?}");
    // A program that runs can't be written to anyhow, but one that has ended can: it is the mount that has to refuse.
    let bind = format!("{}:/probe:ro", crate::probe::path().display());
    let direct = run(&["run", "--rm", "--init", "-v", &bind, "busybox", "/probe", "mount", "/proc/1/exe"]);
    assert_eq!(String::from_utf8_lossy(&direct.stdout).trim(), "read-only", "{direct:?}");
    assert!(run(&["rm", "-f", "w"]).status.success());
    assert!(std::fs::read(&own).unwrap() == before);
}

/// Lets programs do everything but read one file.
const PROFILE: &str = "profile dhow-test flags=(attach_disconnected,mediate_deleted) {
  file, network, capability, mount, umount, pivot_root, signal, ptrace, unix,
  deny /secret r,
}
";

#[test]
#[ignore = "needs SELinux: the second kernel runs it"]
fn selinux_on_another_kernel() {
    for dhow in [Dhow::root(), Dhow::user()] {
        dhow.load_busybox();
        let who = dhow.uid;
        let told = |out: Output| out.ok().stdout().trim_end_matches(['\0', '\n']).to_string();
        let current = ["busybox", "cat", "/proc/self/attr/current"];
        let run = |options: &[&str]| {
            let options = options.iter().flat_map(|option| ["--security-opt", option]);
            told(dhow.run(["run", "--rm"].into_iter().chain(options).chain(current)))
        };
        assert_eq!(run(&[]), "system_u:system_r:kernel_t:s0", "{who}");
        assert_eq!(run(&["label=type:box_t"]), "system_u:system_r:box_t:s0", "{who}");
        let whole = "system_u:system_r:box_t:s0:c1,c2";
        assert_eq!(run(&["label=type:box_t", "label=level:s0:c1,c2"]), whole, "{who}");
        assert_eq!(run(&[&format!("label={whole}")]), whole, "{who}");
        assert_eq!(run(&["label=type:box_t", "label=disable"]), "system_u:system_r:kernel_t:s0", "{who}");
        dhow.run(["run", "--rm", "--security-opt", "label=type:nobodys_t", "busybox", "true"])
            .fails(125)
            .says("applying the label \"system_u:system_r:nobodys_t:s0\"");
        let detached = ["run", "-d", "--init", "--name", "c", "--security-opt", "label=type:box_t"];
        dhow.run(detached.iter().chain(&["busybox", "sleep", "1000"])).ok();
        let first = std::fs::read_to_string(format!(
            "/proc/{}/attr/current",
            dhow.run(["inspect", "-f", "{{.State.Pid}}", "c"]).ok().trimmed()
        ));
        assert_eq!(first.unwrap().trim_end_matches(['\0', '\n']), "system_u:system_r:box_t:s0", "{who}");
        let joined = told(dhow.run(["exec", "c"].into_iter().chain(current[1..].iter().copied())));
        assert_eq!(joined, "system_u:system_r:box_t:s0", "what joins it has its label, {who}");
        let process_label = dhow.run(["inspect", "-f", "{{.ProcessLabel}}", "c"]).ok().trimmed();
        assert_eq!(process_label, "system_u:system_r:box_t:s0");
        dhow.run(["rm", "-f", "c"]).ok();

        // What is mounted is labelled on request, whole trees.
        let file = dhow.file("shared/deep/file", "x");
        let dir = file.ancestors().nth(2).unwrap().display().to_string();
        let label = || {
            let value =
                dhow::sys::xattr::get_no_follow(&file, c"security.selinux").unwrap().unwrap_or_default();
            String::from_utf8(value).unwrap().trim_end_matches('\0').to_string()
        };
        assert_eq!(label(), "system_u:object_r:file_t:s0", "{who}");
        let mount = |options: &str| {
            let bind = format!("{dir}:/d:{options}");
            let labelled = ["--security-opt", "label=type:box_t", "--security-opt", "label=level:s0:c1,c2"];
            dhow.run([&["run", "--rm", "-v", &bind][..], &labelled, &["busybox", "true"]].concat()).ok();
            label()
        };
        assert_eq!(mount("rw"), "system_u:object_r:file_t:s0", "{who}");
        assert_eq!(mount("z"), "system_u:object_r:container_file_t:s0", "{who}");
        assert_eq!(mount("Z"), "system_u:object_r:container_file_t:s0:c1,c2", "{who}");
    }
}

#[test]
#[ignore = "needs AppArmor: the second kernel runs it"]
fn apparmor_on_another_kernel() {
    let owner = Dhow::root();
    let file = owner.file("w/profile", PROFILE);
    let parser =
        std::process::Command::new("apparmor_parser").args(["-r", "-K"]).arg(&file).output().unwrap();
    assert!(parser.status.success(), "{parser:?}");
    let script = "cat /proc/self/attr/current; echo ours > /open; cat /open /secret";
    let denied = "dhow-test (enforce)\nours\ncat: can't open '/secret': Permission denied\n";
    for dhow in [Dhow::root(), Dhow::user()] {
        dhow.load_busybox();
        let option = "apparmor=dhow-test";
        let secret = dhow.file("secret", "told");
        let bind = format!("{}:/secret", secret.display());
        let told = |args: &[&str]| {
            let out = dhow.run(args);
            (out.stdout(), out.stderr())
        };
        let run = ["run", "--rm", "-v", &bind, "busybox", "sh", "-c", script];
        assert_eq!(told(&run).0, "unconfined\nours\ntold", "{}", dhow.uid);
        for init in [&[][..], &["--init"], &["--security-opt", "no-new-privileges"]] {
            let args =
                [&["run", "--rm", "--security-opt", option, "-v", &bind][..], init, &run[4..]].concat();
            let (out, err) = told(&args);
            assert_eq!(out + &err, denied, "{} {init:?}", dhow.uid);
        }
        let detached = ["run", "-d", "--name", "c", "--security-opt", option, "-v", &bind];
        dhow.run(
            [
                &detached[..],
                &["--health-cmd", "grep -q dhow-test /proc/self/attr/current", "--health-interval", "100ms"],
                &["busybox", "sleep", "1000"],
            ]
            .concat(),
        )
        .ok();
        let (out, err) = told(&["exec", "c", "sh", "-c", script]);
        assert_eq!(out + &err, denied, "what joins it has its profile, {}", dhow.uid);
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        assert_eq!(dhow.run(["inspect", "-f", "{{.AppArmorProfile}}", "c"]).ok().trimmed(), "dhow-test");
        dhow.run(["rm", "-f", "c"]).ok();
        let missing =
            dhow.run(["run", "--rm", "--security-opt", "apparmor=no-such-profile", "busybox", "true"]);
        assert_eq!(missing.code, 125);
        assert!(missing.stderr().contains("no-such-profile"), "{missing:?}");
        let other = dhow.run([
            "run",
            "--rm",
            "--security-opt",
            "apparmor=unconfined",
            "busybox",
            "cat",
            "/proc/self/attr/current",
        ]);
        assert_eq!(other.ok().trimmed(), "unconfined");
    }
}

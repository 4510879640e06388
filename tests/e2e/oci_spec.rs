//! What the fields of a Spec do, seen from inside the container.

use std::os::unix::net::UnixListener;

use serde_json::{Value, json};

use crate::bundle::{Bundle, receive_file};
use crate::harness::Dhow;

/// Runs a script after a change of the Spec.
fn seen(oci: &Bundle<'_>, script: &str, change: impl FnOnce(&mut Value)) -> String {
    oci.configure(change);
    oci.script(script).ok().trimmed()
}

/// The namespaces without those of one kind.
fn without(spec: &Value, kind: &str) -> Vec<Value> {
    spec["linux"]["namespaces"].as_array().unwrap().iter().filter(|n| n["type"] != kind).cloned().collect()
}

both! {
    fn processes_are_what_the_spec_says(dhow) {
        let oci = Bundle::new(dhow);
        let out = seen(&oci, "umask; ulimit -n; cat /proc/self/oom_score_adj; id -g; pwd; echo $A; hostname; cat /proc/sys/kernel/domainname", |spec| {
            spec["process"]["user"]["umask"] = json!(0o27);
            spec["process"]["rlimits"] = json!([{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]);
            spec["process"]["oomScoreAdj"] = json!(500);
            spec["process"]["cwd"] = json!("/tmp");
            spec["process"]["env"] = json!(["PATH=/bin", "A=b"]);
            spec["hostname"] = json!("there");
            spec["domainname"] = json!("example.org");
        });
        assert_eq!(out.lines().collect::<Vec<_>>(), ["0027", "100", "500", "0", "/tmp", "b", "there", "example.org"]);
    }

    /// As runc has it: dockerd leaves the home to the runtime, and podman gives an empty one.
    fn variables_are_whole(dhow) {
        let oci = Bundle::new(dhow);
        let env = |oci: &Bundle<'_>, given: Value| {
            oci.configure(|spec| {
                spec["process"]["args"] = json!(["env"]);
                spec["process"]["env"] = given;
            });
            oci.run(["run", "-b", oci.path(), "c"]).ok().lines()
        };
        assert_eq!(env(&oci, json!(["PATH=/bin", "A=1", "B=", "A=2"])), ["PATH=/bin", "A=2", "B=", "HOME=/"]);
        dhow.file("w/b/rootfs/etc/passwd", "other:x:7:7::/other:\nroot:x:0:0::/root:/bin/sh\n");
        assert_eq!(env(&oci, json!(["HOME=", "PATH=/bin"])), ["PATH=/bin", "HOME=/root"]);
        assert_eq!(env(&oci, json!(["HOME=/mine", "PATH=/bin"])), ["HOME=/mine", "PATH=/bin"]);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
        let joined = oci.run(["exec", "-e", "A=1", "-e", "HOME=", "-e", "A=2", "c", "env"]).ok().lines();
        assert_eq!(joined, ["PATH=/bin", "A=2", "HOME=/root"]);
        oci.run(["delete", "-f", "c"]).ok();
    }

    fn capabilities_are_set_by_set(dhow) {
        let oci = Bundle::new(dhow);
        let out = seen(&oci, "grep ^Cap /proc/self/status | cut -f2 | tr '\\n' ' '", |spec| {
            spec["process"]["capabilities"] = json!({
                "bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN", "CAP_KILL"],
                "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"],
            });
        });
        let (chown, kill) = (format!("{:016x}", 1), format!("{:016x}", 1 << 5));
        let both = format!("{:016x}", 1 | 1 << 5);
        // By capabilities(7) root's programs get all of the bounding set.
        assert_eq!(out, format!("{kill} {both} {both} {both} {kill}"));
        assert!(!chown.is_empty());
    }

    fn the_kernel_treats_the_process_as_asked(dhow) {
        let oci = Bundle::new(dhow);
        let out = seen(&oci, "cut -d' ' -f19,41 /proc/self/stat; ionice -p $$; uname -m", |spec| {
            spec["process"]["scheduler"] = json!({"policy": "SCHED_BATCH", "nice": 5});
            spec["process"]["ioPriority"] = json!({"class": "IOPRIO_CLASS_BE", "priority": 6});
            if cfg!(target_arch = "x86_64") {
                spec["linux"]["personality"] = json!({"domain": "LINUX32"});
            }
        });
        assert!(out.starts_with("5 3\n"), "{out}");
        assert!(out.contains("best-effort: prio 6"), "{out}");
        assert!(out.ends_with(if cfg!(target_arch = "x86_64") { "i686" } else { "aarch64" }), "{out}");
    }

    fn joined_programs_run_on_the_processors_asked_for(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
        let document = json!({"args": ["sh", "-c", "grep Cpus_allowed_list /proc/self/status | cut -f2"], "cwd": "/", "env": ["PATH=/bin"],
            "execCPUAffinity": {"initial": "0", "final": "0"}});
        let path = dhow.file("w/p.json", document.to_string());
        assert_eq!(oci.run(["exec", "-p", path.to_str().unwrap(), "c"]).ok().stdout(), "0\n");
        oci.run(["delete", "-f", "c"]).ok();
    }

    fn mounts_have_their_options(dhow) {
        let oci = Bundle::new(dhow);
        let source = dhow.file("w/src/sub/file", "content").parent().unwrap().parent().unwrap().to_path_buf();
        dhow.file("w/b/rootfs/copied/from-image", "kept");
        let out = seen(&oci, "cat /mnt/sub/file; echo; touch /mnt/x 2>&1 | grep -c Read-only; cat /copied/from-image; echo; grep ' /copied ' /proc/self/mounts; grep ' /mnt ' /proc/self/mountinfo", |spec| {
            let mounts = spec["mounts"].as_array_mut().unwrap();
            mounts.push(json!({"destination": "/mnt", "source": source, "options": ["rbind", "rro", "rnosuid", "rslave"]}));
            mounts.push(json!({"destination": "/copied", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "noexec", "size=64k"]}));
        });
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines[..3], ["content", "1", "kept"]);
        assert!(lines[3].contains("noexec") && lines[3].contains("size=64k"), "{out}");
        assert!(lines[4].contains(" ro,nosuid"), "{out}");
        oci.configure(|spec| spec["mounts"].as_array_mut().unwrap().push(json!({"destination": "/mnt", "source": "/x", "options": ["bind", "bogus"]})));
        oci.script("true").fails(1).says("unknown option");
    }

    fn a_file_system_in_memory_has_the_mode_of_what_it_covers(dhow) {
        let oci = Bundle::new(dhow);
        dhow.file("w/b/rootfs/run/x", "");
        let out = seen(&oci, "stat -c %a /run /new /given", |spec| {
            let tmpfs = |place: &str, options: Value| json!({"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options});
            let mounts = spec["mounts"].as_array_mut().unwrap();
            mounts.extend([tmpfs("/run", json!(["size=64k"])), tmpfs("/new", json!([])), tmpfs("/given", json!(["mode=711"]))]);
        });
        assert_eq!(out.lines().collect::<Vec<_>>(), ["755", "1777", "711"]);
    }

    fn paths_are_masked_and_read_only(dhow) {
        let oci = Bundle::new(dhow);
        let out = seen(&oci, "cat /proc/uptime | wc -c; touch /etc/x 2>&1 | grep -c Read-only; touch /x 2>&1 | grep -c Read-only", |spec| {
            spec["linux"]["maskedPaths"] = json!(["/proc/uptime"]);
            spec["linux"]["readonlyPaths"] = json!(["/etc"]);
            spec["root"]["readonly"] = json!(true);
        });
        assert_eq!(out, "0\n1\n1");
    }

    fn clocks_have_their_offsets(dhow) {
        let oci = Bundle::new(dhow);
        let out = seen(&oci, "cut -d. -f1 /proc/uptime", |spec| {
            spec["linux"]["namespaces"].as_array_mut().unwrap().push(json!({"type": "time"}));
            spec["linux"]["timeOffsets"] = json!({"boottime": {"secs": 1_000_000_000}});
        });
        assert!(out.parse::<u64>().unwrap() >= 1_000_000_000, "{out}");
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
        let joined = oci.run(["exec", "c", "cut", "-d.", "-f1", "/proc/uptime"]).ok().trimmed();
        assert!(joined.parse::<u64>().unwrap() >= 1_000_000_000, "{joined}");
        oci.run(["delete", "-f", "c"]).ok();
        oci.configure(|spec| spec["linux"]["namespaces"] = json!(without(spec, "time")));
        oci.script("true").fails(1).says("linux.timeOffsets needs a new time namespace");
    }

    fn hooks_run_at_their_moments(dhow) {
        let oci = Bundle::new(dhow);
        let log = dhow.file("w/b/rootfs/tmp/log", "");
        let outside = |kind: &str| json!({"path": "/bin/sh", "args": ["sh", "-c",
            format!("echo {kind} $(cat | tr -d ' \\n' | sed 's/.*\"status\":\"\\([a-z]*\\)\".*/\\1/') $X >> {}", log.display())], "env": ["X=y", "PATH=/bin:/usr/bin"]});
        oci.configure(|spec| {
            spec["hooks"] = json!({
                "prestart": [outside("prestart")], "createRuntime": [outside("createRuntime")], "createContainer": [outside("createContainer")],
                "startContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "grep -q '\"status\":\"created\"' && echo startContainer $(hostname) >> /tmp/log"]}],
                "poststart": [outside("poststart")], "poststop": [outside("poststop")],
            });
            spec["process"]["args"] = json!(["sleep", "1000"]);
        });
        let read = || std::fs::read_to_string(&log).unwrap();
        oci.run(["create", "-b", oci.path(), "c"]).ok();
        assert_eq!(read(), "prestart creating y\ncreateRuntime creating y\ncreateContainer creating y\n");
        oci.run(["start", "c"]).ok();
        assert!(read().ends_with("startContainer dhow\npoststart running y\n"), "{}", read());
        oci.run(["delete", "-f", "c"]).ok();
        assert!(read().ends_with("poststop stopped y\n"), "{}", read());
    }

    fn hooks_that_fail_end_the_container(dhow) {
        let oci = Bundle::new(dhow);
        for kind in ["prestart", "createRuntime", "createContainer"] {
            oci.configure(|spec| spec["hooks"] = json!({kind: [{"path": "/bin/sh", "args": ["sh", "-c", "echo reason >&2; exit 1"]}]}));
            oci.run(["create", "-b", oci.path(), "c"]).fails(1).says(&format!("error running {kind} hook #0: exit status 1, output: reason"));
            oci.run(["state", "c"]).fails(1);
        }
        oci.configure(|spec| spec["hooks"] = json!({"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "1000"], "timeout": 1}]}));
        oci.run(["create", "-b", oci.path(), "c"]).fails(1).says("past specified timeout");
        oci.configure(|spec| spec["hooks"] = json!({"startContainer": [{"path": "/nope"}]}));
        oci.run(["create", "-b", oci.path(), "c"]).ok();
        let state = oci.state("c");
        oci.run(["start", "c"]).fails(1).says("error running startContainer hook #0");
        oci.wait_gone(&state);
        assert_eq!(oci.state("c")["status"], "stopped");
        oci.run(["delete", "c"]).ok();
        oci.configure(|spec| spec["hooks"] = json!({"createRuntime": [{"path": "relative"}]}));
        oci.run(["create", "-b", oci.path(), "c"]).fails(1).says("must be absolute");
    }

    fn system_calls_are_notified(dhow) {
        for no_new_privileges in [false, true] {
            let oci = Bundle::new(dhow);
            let path = dhow.base.join("w/seccomp.sock");
            let _ = std::fs::remove_file(&path);
            let listener = UnixListener::bind(&path).unwrap();
            std::os::unix::fs::chown(&path, Some(dhow.uid), Some(dhow.gid)).unwrap();
            oci.configure(|spec| {
                spec["process"]["args"] = json!(["sleep", "1000"]);
                spec["process"]["noNewPrivileges"] = json!(no_new_privileges);
                spec["process"]["capabilities"] = json!({});
                spec["linux"]["seccomp"] = json!({
                    "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": path, "listenerMetadata": "meta",
                    "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_NOTIFY"}],
                });
            });
            oci.run(["create", "-b", oci.path(), "c"]).ok();
            oci.run(["start", "c"]).ok();
            let (socket, _) = listener.accept().unwrap();
            let (message, notifications) = receive_file(&socket);
            let told: Value = serde_json::from_slice(&message).unwrap();
            let state = oci.state("c");
            assert_eq!((&told["fds"], &told["metadata"], &told["pid"]), (&json!(["seccompFd"]), &json!("meta"), &state["pid"]));
            assert_eq!((&told["state"]["id"], &told["state"]["pid"]), (&json!("c"), &state["pid"]));
            let target = std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&notifications))).unwrap();
            assert_eq!(target.to_str(), Some("anon_inode:seccomp notify"));
            oci.run(["delete", "-f", "c"]).ok();
        }
    }

    fn what_the_host_lacks_is_said_by_name(dhow) {
        let oci = Bundle::new(dhow);
        let mut refused = vec![("linux.intelRdt", json!({"closID": "x"}), "linux", "intelRdt")];
        if !std::path::Path::new("/sys/module/apparmor/parameters/enabled").exists() {
            refused.push(("process.apparmorProfile", json!("some"), "process", "apparmorProfile"));
        }
        if !std::path::Path::new("/sys/fs/selinux/enforce").exists() {
            refused.push(("process.selinuxLabel", json!("a_u:a_r:a_t:s0"), "process", "selinuxLabel"));
        }
        for (name, value, part, field) in refused {
            oci.configure(|spec| spec[part][field] = value);
            oci.script("true").fails(1).says(name);
            oci.configure(|spec| drop(spec[part].as_object_mut().unwrap().remove(field)));
        }
    }

    fn memory_comes_from_the_nodes_of_the_policy(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["linux"]["memoryPolicy"] = json!({"mode": "MPOL_BIND", "nodes": "0"}));
        let out = oci.script("grep -c bind:0 /proc/self/numa_maps >&2 && echo bound");
        if std::path::Path::new("/proc/self/numa_maps").exists() {
            assert_eq!(out.ok().trimmed(), "bound");
        } else {
            out.fails(1).says("linux.memoryPolicy: this kernel has no NUMA policies");
        }
        oci.configure(|spec| spec["linux"]["memoryPolicy"] = json!({"mode": "MPOL_DEFAULT", "nodes": ""}));
        oci.script("true").ok();
    }

    fn the_root_can_be_moved_over_the_old_one(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", "ls /; ls -d /../bin; cut -d' ' -f5 /proc/self/mountinfo | grep -c '^/$'"]));
        let pivoted = oci.run(["run", "-b", oci.path(), "c"]).ok().stdout();
        let moved = oci.run(["run", "--no-pivot", "-b", oci.path(), "c"]).ok().stdout();
        assert_eq!(moved, pivoted, "the same world");
    }

    fn labels_of_mounts_need_selinux(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["linux"]["mountLabel"] = json!("system_u:object_r:container_file_t:s0"));
        let out = oci.script("grep -o context=[^,]* /proc/self/mountinfo | head -1");
        if std::path::Path::new("/sys/fs/selinux/enforce").exists() {
            assert!(out.ok().stdout().contains("container_file_t"));
        } else {
            out.fails(1).says("linux.mountLabel: SELinux is not enabled on this host");
        }
    }

    fn namespaces_of_others_are_joined(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["run", "-d", "-b", oci.path(), "first"]).ok();
        let pid = oci.state("first")["pid"].to_string();
        let file = |name: &str| format!("/proc/{pid}/ns/{name}");
        let links: Vec<String> = ["ipc", "uts", "pid"].iter().map(|n| std::fs::read_link(file(n)).unwrap().display().to_string()).collect();
        let out = seen(&oci, "for n in ipc uts pid; do readlink /proc/self/ns/$n; done", |spec| {
            let mut namespaces: Vec<Value> = spec["linux"]["namespaces"].as_array().unwrap().iter()
                .filter(|n| !["ipc", "uts", "pid", "user"].contains(&n["type"].as_str().unwrap())).cloned().collect();
            for kind in ["uts", "ipc", "pid"] {
                namespaces.push(json!({"type": kind, "path": file(kind)}));
            }
            if dhow.is_rootless() {
                namespaces.push(json!({"type": "user", "path": file("user")}));
                spec["linux"].as_object_mut().unwrap().remove("uidMappings");
                spec["linux"].as_object_mut().unwrap().remove("gidMappings");
            }
            spec["linux"]["namespaces"] = json!(namespaces);
            spec.as_object_mut().unwrap().remove("hostname");
        });
        assert_eq!(out.lines().map(String::from).collect::<Vec<_>>(), links);
        for (path, says) in [(file("net"), "is a network namespace, but the Spec has it as the uts namespace"), ("/proc/version".into(), "is not a namespace")] {
            oci.configure(|spec| {
                let mut namespaces = without(spec, "uts");
                namespaces.push(json!({"type": "uts", "path": path}));
                spec["linux"]["namespaces"] = json!(namespaces);
            });
            oci.script("true").fails(1).says(says);
        }
        oci.run(["delete", "-f", "first"]).ok();
    }
}

/// Root's container in a user namespace of its own, which only root can have from any range of ids.
fn map_ids(spec: &mut Value) {
    spec["linux"]["namespaces"].as_array_mut().unwrap().push(json!({"type": "user"}));
    spec["linux"]["uidMappings"] = json!([{"containerID": 0, "hostID": 300_000, "size": 65_536}]);
    spec["linux"]["gidMappings"] = json!([{"containerID": 0, "hostID": 300_000, "size": 65_536}]);
}

#[test]
fn root_maps_ids_too() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let out = seen(
        &oci,
        "id -u; cat /proc/self/uid_map; echo x > /dev/null; echo y > /dev/zero; stat -c %u /bin/busybox",
        |spec| {
            map_ids(spec);
            // Its user must be able to look into the bundle.
            spec["root"]["readonly"] = json!(true);
        },
    );
    let words: Vec<&str> = out.split_whitespace().collect();
    assert_eq!(words, ["0", "0", "300000", "65536", "65534"]);
    // A program that joins, and a time namespace that belongs to the outside.
    oci.configure(|spec| {
        spec["process"]["args"] = json!(["sleep", "1000"]);
        spec["linux"]["namespaces"].as_array_mut().unwrap().push(json!({"type": "time"}));
        spec["linux"]["timeOffsets"] = json!({"monotonic": {"secs": 5}});
    });
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    let pid = oci.state("c")["pid"].to_string();
    let out = oci.run(["exec", "c", "sh", "-c", "id -u; readlink /proc/self/ns/time"]).ok().stdout();
    let time = std::fs::read_link(format!("/proc/{pid}/ns/time")).unwrap();
    assert_eq!(out, format!("0\n{}\n", time.display()));
    oci.run(["delete", "-f", "c"]).ok();
}

#[test]
fn mounts_map_ids() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let file = dhow.file("w/src/file", "x");
    std::os::unix::fs::chown(&file, Some(1000), Some(1000)).unwrap();
    let source = file.parent().unwrap();
    let mapping = json!([{"containerID": 1000, "hostID": 7, "size": 1}]);
    let out = seen(&oci, "stat -c %u:%g /mnt/file", |spec| {
        spec["mounts"].as_array_mut().unwrap().push(
            json!({"destination": "/mnt", "source": source, "options": ["bind"], "uidMappings": mapping, "gidMappings": mapping}),
        );
    });
    assert_eq!(out, "7:7");
    let oci = Bundle::new(&dhow);
    std::os::unix::fs::chown(&file, Some(0), Some(0)).unwrap();
    let out = seen(&oci, "stat -c %u:%g /mnt/file", |spec| {
        map_ids(spec);
        spec["mounts"]
            .as_array_mut()
            .unwrap()
            .push(json!({"destination": "/mnt", "source": source, "options": ["bind", "idmap"]}));
    });
    assert_eq!(out, "0:0", "shown with the container's own mapping");
}

#[test]
fn interfaces_move_into_the_container() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let name = format!("dh{}", std::process::id());
    let ip = |args: &[&str]| {
        assert!(std::process::Command::new("ip").args(args).status().unwrap().success(), "ip {args:?}");
    };
    ip(&["link", "add", &name, "type", "veth", "peer", "name", &format!("{name}p")]);
    ip(&["addr", "add", "192.0.2.7/24", "dev", &name]);
    let out = seen(&oci, "cat /sys/class/net/inside/flags; ip addr show inside", |spec| {
        spec["linux"]["netDevices"] = json!({&name: {"name": "inside"}});
    });
    assert!(out.contains("192.0.2.7/24") && out.contains("UP"), "{out}");
    assert!(!std::path::Path::new("/sys/class/net").join(&name).exists());
    oci.script("true").fails(1).says("there is no interface");
}

#[test]
fn mounts_propagate_when_the_spec_says_so() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let shared = dhow.file("w/shared/sub/file", "").parent().unwrap().parent().unwrap().to_path_buf();
    let mount = |flags, source: Option<&std::path::Path>| {
        nix::mount::mount(source, &shared, None::<&str>, flags, None::<&str>).unwrap();
    };
    mount(nix::mount::MsFlags::MS_BIND, Some(&shared));
    mount(nix::mount::MsFlags::MS_SHARED, None);
    let mounted = || {
        std::fs::read_to_string("/proc/self/mountinfo")
            .unwrap()
            .contains(shared.join("sub").to_str().unwrap())
    };
    for (propagation, expected) in [("rslave", false), ("rshared", true)] {
        oci.configure(|spec| {
            spec["linux"]["rootfsPropagation"] = json!(propagation);
            spec["process"]["args"] = json!(["sh", "-c", "mount -t tmpfs tmpfs /mnt/sub && sleep 1000"]);
            spec["process"]["capabilities"]["bounding"] = json!(["CAP_SYS_ADMIN"]);
            spec["process"]["capabilities"]["effective"] = json!(["CAP_SYS_ADMIN"]);
            spec["process"]["capabilities"]["permitted"] = json!(["CAP_SYS_ADMIN"]);
            spec["mounts"].as_array_mut().unwrap().retain(|m| m["destination"] != "/mnt");
            spec["mounts"]
                .as_array_mut()
                .unwrap()
                .push(json!({"destination": "/mnt", "source": shared, "options": ["rbind", propagation]}));
        });
        oci.script("mount -t tmpfs tmpfs /mnt/sub && grep -c /mnt/sub /proc/self/mounts").ok();
        assert_eq!(mounted(), expected, "{propagation}");
    }
    nix::mount::umount2(&shared.join("sub"), nix::mount::MntFlags::MNT_DETACH).unwrap();
    nix::mount::umount2(&shared, nix::mount::MntFlags::MNT_DETACH).unwrap();
}

#[test]
fn a_container_sees_its_own_cgroups_only() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let out = seen(
        &oci,
        "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do [ -e $d/cgroup.procs ] && cat $d/cgroup.procs | head -1; done; touch /sys/fs/cgroup/x 2>&1 | grep -c Read-only",
        |spec| {
            spec["linux"]["resources"]["pids"] = json!({"limit": 100});
        },
    );
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines.len() > 1 && lines.last() == Some(&"1"), "{out}");
    assert!(lines[..lines.len() - 1].iter().all(|l| *l == "1"), "process 1 is the first in each: {out}");
}

#[test]
fn a_container_without_mounts_of_its_own_has_its_root_by_chroot() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| {
        spec["linux"]["namespaces"] = json!(without(spec, "mount"));
        spec["process"]["args"] = json!(["sleep", "1000"]);
    });
    let refused = [
        ("mounts", "mounts"),
        ("maskedPaths", "linux.maskedPaths"),
        ("readonlyPaths", "linux.readonlyPaths"),
    ];
    for (field, name) in refused {
        oci.run(["run", "-b", oci.path(), "c"]).fails(1).says(&format!("{name}: needs a mount namespace"));
        oci.configure(|spec| {
            let part = if field == "mounts" { &mut *spec } else { &mut spec["linux"] };
            part.as_object_mut().unwrap().remove(field);
        });
    }
    let before = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    let pid = oci.state("c")["pid"].to_string();
    let namespace = |of: &str| std::fs::read_link(format!("/proc/{of}/ns/mnt")).unwrap();
    assert_eq!(namespace(&pid), namespace("self"));
    let inside = oci.run(["exec", "c", "sh", "-c", "ls /; pwd; echo x > /dev/null && echo written"]).ok();
    assert_eq!(inside.lines(), ["bin", "dev", "etc", "mnt", "proc", "sys", "tmp", "/", "written"]);
    oci.run(["delete", "-f", "c"]).ok();
    assert_eq!(
        std::fs::read_to_string("/proc/self/mountinfo").unwrap(),
        before,
        "nothing was mounted on the host"
    );
}

#[test]
fn a_program_can_join_a_cgroup_below_the_containers() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    let pid = oci.state("c")["pid"].to_string();
    let own = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let own = own.lines().find_map(|l| l.strip_prefix("0::")).unwrap().to_string();
    let mount = dhow::cgroups::unified_mount().unwrap();
    std::fs::create_dir(mount.join(&own[1..]).join("sub")).unwrap();
    oci.run([
        "exec",
        "-d",
        "--cgroup",
        "/sub",
        "--pid-file",
        &format!("{}/pid", oci.path()),
        "c",
        "sleep",
        "1000",
    ])
    .ok();
    let joined = std::fs::read_to_string(format!("{}/pid", oci.path())).unwrap();
    let cgroup = std::fs::read_to_string(format!("/proc/{joined}/cgroup")).unwrap();
    assert!(cgroup.lines().any(|l| l == format!("0::{own}/sub")), "{cgroup}");
    oci.run(["exec", "--cgroup", "nonesuch", "c", "true"]).fails(255).says("there is no cgroup");
    oci.run(["exec", "--cgroup", "nonesuch:x", "c", "true"]).fails(255).says("no cgroup of the controller");
    oci.run(["exec", "--cgroup", "../x", "c", "true"]).fails(255).says("is not a sub cgroup path");
    oci.run(["delete", "-f", "c"]).ok();
}

//! Running containers: options, exit codes, life cycle, listing.

use std::path::Path;

use crate::harness::{Dhow, Output};

/// `dhow run --rm busybox …`
fn run(dhow: &Dhow, options: &[&str], command: &[&str]) -> Output {
    dhow.load_busybox();
    let args = ["run", "--rm"].iter().chain(options).chain(&["busybox"]).chain(command);
    dhow.run(args)
}

/// The output of a shell script in a container.
fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    run(dhow, options, &["sh", "-c", script]).ok().trimmed()
}

fn start(dhow: &Dhow, name: &str, script: &str) -> String {
    dhow.load_busybox();
    dhow.run(["run", "-d", "--name", name, "busybox", "sh", "-c", script]).ok().trimmed()
}

/// How many processes have their root in an overlay below `root`.
fn inside(root: &str) -> usize {
    let upper = format!("upperdir={root}/containers/");
    let mounts = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|e| std::fs::read_to_string(e.path().join("mountinfo")).ok());
    mounts.filter(|m| m.contains(&upper)).count()
}

both! {
    fn exit_codes_are_those_of_docker(dhow) {
        assert_eq!(run(dhow, &[], &["sh", "-c", "exit 7"]).code, 7);
        assert_eq!(run(dhow, &["--init"], &["sh", "-c", "kill -9 $$"]).code, 137);
        run(dhow, &[], &["no-such-program"]).fails(127).says("executable file not found in $PATH");
        run(dhow, &[], &["/no/such/program"]).fails(127).says("no such file or directory");
        run(dhow, &[], &["/etc/passwd"]).fails(126).says("permission denied");
        run(dhow, &[], &["/etc"]).fails(126).says("permission denied");
        run(dhow, &["--no-such-flag"], &["true"]).fails(125).says("--no-such-flag");
        run(dhow, &["--volumes-from", "other"], &["true"]).fails(125).says("No such container: other");
        dhow.run(["run", "--pull=never", "nosuchimage", "true"]).fails(125).says("No such image: nosuchimage");
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "", "--rm leaves nothing, whatever happened");
    }

    fn the_embedded_image_speaks_without_a_network(dhow) {
        let said = dhow.run(["run", "--rm", "hello"]).ok().stdout();
        for word in ["Hello", "pid 1", "capabilities  14", "filtered by seccomp", "overlay"] {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert_eq!(said.contains(&format!("uid 0 here is uid {} outside", dhow.uid)), dhow.is_rootless(), "{said}");
        if dhow.is_rootless() {
            let said = dhow.run(["run", "--rm", "--network", "bridge", "hello"]).ok().stdout();
            assert!(said.contains("uid 0 here, and in the user namespace around this one"), "{said}");
        }
    }

    fn isolation(dhow) {
        assert_eq!(shell(dhow, &[], "echo $$; cat /proc/1/comm; test $(ls -d /proc/[0-9]* | wc -l) -lt 5 && echo few"),
            "1\nsh\nfew");
        let namespaces = |options: &[&str]| shell(dhow, options, "for n in ipc mnt net pid uts; do readlink /proc/self/ns/$n; done");
        let ours: Vec<String> = ["ipc", "mnt", "net", "pid", "uts"]
            .iter()
            .map(|n| std::fs::read_link(format!("/proc/self/ns/{n}")).unwrap().display().to_string())
            .collect();
        assert!(ours.iter().all(|n| !namespaces(&[]).contains(n)));
        let shared = namespaces(&["--net=host", "--pid=host", "--ipc=host", "--uts=host"]);
        let same = ours.iter().filter(|n| shared.contains(*n)).count();
        assert_eq!(same, 4, "all but the mounts are the host's: {shared}");
        assert_eq!(shell(dhow, &[], "ip -o link | wc -l; ip addr show lo | grep -c 'inet 127.0.0.1'"), "1\n1");
        assert_eq!(shell(dhow, &[], "ls / | tr '\\n' ' '; cat /proc/sys/kernel/hostname | wc -c"), "bin dev etc home proc root sys tmp var 13");
    }

    fn environment_user_and_directory(dhow) {
        let env = dhow.file("env", "# comment\nA=file\nB=file\n");
        dhow.file("labels", "x=1\n");
        let out = shell(dhow, &["-e", "A=flag", "--env-file", env.to_str().unwrap(), "-h", "box"], "echo $A $B $HOME $HOSTNAME; hostname; pwd");
        assert_eq!(out, "flag file /root box\nbox\n/");
        let out = shell(dhow, &["-u", "app", "-w", "/new/dir"], "id -un; id -u; id -g; pwd; stat -c %U .; echo $HOME");
        assert_eq!(out, "app\n1000\n1000\n/new/dir\napp\n/home/app");
        assert_eq!(shell(dhow, &["-u", "4242:77", "--group-add", "5"], "id -u; id -g; id -G"), "4242\n77\n77 5");
        run(dhow, &["-u", "nobody-here"], &["true"]).fails(125).says("unable to find user nobody-here");
        run(dhow, &["-w", "relative"], &["true"]).fails(125).says("absolute path");
        assert_eq!(shell(dhow, &["--entrypoint", "echo"], ""), "sh -c");
    }

    fn mounts(dhow) {
        let dir = dhow.file("dir/in", "from the host").parent().unwrap().to_path_buf();
        let (ro, rw) = (format!("{}:/data:ro", dir.display()), format!("{}:/data", dir.display()));
        assert_eq!(shell(dhow, &["-v", &ro], "cat /data/in; touch /data/x 2>&1 | grep -c Read-only"), "from the host1");
        shell(dhow, &["-v", &rw], "echo back > /data/out");
        assert_eq!(std::fs::read_to_string(dir.join("out")).unwrap(), "back\n");
        let file = format!("{}:/etc/motd:ro", dir.join("in").display());
        assert_eq!(shell(dhow, &["-v", &file], "cat /etc/motd"), "from the host");
        let out = shell(dhow, &["--tmpfs", "/etc:size=1m,mode=755", "--shm-size", "2m"], "df -k /etc /dev/shm | awk '{print $2}'; head -1 /etc/passwd");
        assert_eq!(out, "1K-blocks\n1024\n2048\nroot:x:0:0:root:/root:/bin/sh", "what the image had is copied up");
        assert_eq!(shell(dhow, &["--read-only"], "touch /x 2>&1; touch /dev/shm/x && echo ok"), "touch: /x: Read-only file system\nok");
        run(dhow, &["-v", "/a:/b:zz"], &["true"]).fails(125).says("zz");
        run(dhow, &["-v", "no/name:/b"], &["true"]).fails(125).says("use absolute path");
        run(dhow, &["-v", "/etc/passwd:/tmp"], &["true"]).fails(125).says("the source is a file, the destination is a directory");
    }

    fn names_hosts_and_servers(dhow) {
        let out = shell(dhow, &["--add-host", "db:10.1.2.3", "--dns", "9.9.9.9", "--name", "n1"], "grep -w db /etc/hosts; grep nameserver /etc/resolv.conf");
        assert_eq!(out, "10.1.2.3\tdb\nnameserver 9.9.9.9");
        assert!(shell(dhow, &["--net", "host", "--add-host", "db:10.1.2.3"], "cat /etc/hosts").contains("10.1.2.3\tdb"));
        run(dhow, &["--net", "pasta", "--net", "host"], &["true"]).fails(125).says("can't be combined");
    }

    fn limits_and_parameters(dhow) {
        assert_eq!(shell(dhow, &["--ulimit", "nofile=100:200"], "ulimit -n; ulimit -Hn"), "100\n200");
        // Programs that come later are not let have more.
        let check = ["--health-cmd", "ulimit -n; ulimit -Hn", "--health-interval", "1h"];
        run(dhow, &[&["--name", "l", "-d", "--ulimit", "nofile=100:200"][..], &check].concat(), &["sleep", "1000"]).ok();
        assert_eq!(dhow.run(["exec", "l", "sh", "-c", "ulimit -n; ulimit -Hn"]).ok().lines(), ["100", "200"]);
        for turn in ["long", "short"] {
            dhow.run(["healthcheck", "run", "l"]);
            let log = dhow.run(["inspect", "-f", "{{json .State.Health.Log}}", "l"]).ok().json();
            assert_eq!(log.as_array().unwrap().last().unwrap()["Output"], "100\n200\n", "{turn}");
        }
        dhow.run(["rm", "-f", "l"]).ok();
        assert_eq!(shell(dhow, &["--sysctl", "net.ipv4.ip_default_ttl=42"], "cat /proc/sys/net/ipv4/ip_default_ttl"), "42");
        run(dhow, &["--sysctl", "kernel.panic=1"], &["true"]).fails(125).says("kernel.panic");
        run(dhow, &["--sysctl", "net.ipv4.ip_forward=1", "--net=host"], &["true"]).fails(125).says("not in a namespace");
        run(dhow, &["--ulimit", "nofile=9:1"], &["true"]).fails(125).says("soft limit");
    }

    fn an_empty_option_is_no_option(dhow) {
        assert_eq!(shell(dhow, &["-h", "", "--name", "", "-w", "", "-u", "", "--stop-timeout", "-1"], "hostname | wc -c; pwd; id -u"), "13\n/\n0");
        dhow.run(["logs", "--tail", "-1", "nonesuch"]).fails(1).says("No such container");
    }

    fn processes_that_share_the_hosts_pids_end_with_their_container(dhow) {
        let ours = dhow.base.join("r").display().to_string();
        // The harness proves that no process is left that has its root below the base.
        let script = "sleep 1000 & (chroot / sleep 1001 &); trap 'exit 3' TERM; echo up; while :; do sleep 1; done";
        dhow.load_busybox();
        dhow.run(["run", "-d", "--pid=host", "--name", "s", "busybox", "sh", "-c", script]).ok();
        assert!(inside(&ours) > 0);
        dhow.run(["rm", "-f", "s"]).ok();
        assert_eq!(inside(&ours), 0, "processes of a removed container");
        dhow.run(["run", "--rm", "--pid=host", "busybox", "sh", "-c", "sleep 1000 & echo done"]).ok();
        assert_eq!(inside(&ours), 0, "processes of a container that has ended");
    }

    fn a_container_lives_in_steps(dhow) {
        dhow.load_busybox();
        let cidfile = dhow.home().join("cid");
        let id = dhow.run(["create", "--name", "web", "--cidfile", cidfile.to_str().unwrap(), "-l", "a=b", "busybox", "sh", "-c", "echo on; trap 'exit 5' TERM; while :; do sleep 1; done"]).ok().trimmed();
        assert_eq!(std::fs::read_to_string(&cidfile).unwrap(), id);
        dhow.run(["create", "--cidfile", cidfile.to_str().unwrap(), "busybox"]).fails(1).says("container ID file found");
        assert_eq!(dhow.run(["ps", "-a", "--format", "{{.Names}} {{.Status}} {{.Image}}"]).ok().trimmed(), "web Created busybox");
        assert_eq!(dhow.run(["start", "web"]).ok().trimmed(), "web");
        dhow.run(["start", "web"]).ok();
        let row = dhow.run(["ps", "--no-trunc", "--format", "{{.ID}} {{.Status}} {{.Command}} {{.Labels}}"]).ok().trimmed();
        assert!(row.starts_with(&format!("{id} Up ")) && row.ends_with("a=b"), "{row}");
        dhow.run(["rm", "web"]).fails(1).says("container is running");
        dhow.run(["create", "--name", "web", "busybox"]).fails(1).says("already in use by container");
        dhow.run(["rename", "web", "app"]).ok();
        assert_eq!(dhow.run(["stop", "-t", "20", &id[..6]]).ok().trimmed(), &id[..6]);
        assert_eq!(dhow.run(["wait", "app"]).ok().trimmed(), "5");
        assert_eq!(dhow.run(["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}", "app"]).ok().trimmed(), "exited 5 false 0");
        dhow.run(["exec", "app", "true"]).fails(1).says("is not running");
        dhow.run(["kill", "app"]).fails(1).says("is not running");
        dhow.run(["restart", "app"]).ok();
        dhow.run(["kill", "-s", "KILL", "app"]).ok();
        assert_eq!(dhow.run(["wait", "app"]).ok().trimmed(), "137");
        assert!(dhow.run(["logs", "app"]).ok().stdout().starts_with("on\n"));
        assert_eq!(dhow.run(["rm", "app"]).ok().trimmed(), "app");
        dhow.run(["rm", "app"]).fails(1).says("No such container: app");
        dhow.run(["rm", "-f", "app"]).ok();
    }

    fn changes_stay_with_the_container(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "c", "busybox", "sh", "-c", "set -e; rm -f /etc/group; mkdir /d; echo x > /d/f"]).ok();
        assert_eq!(dhow.run(["start", "-a", "c"]).code, 1, "the second time mkdir fails");
        assert_eq!(shell(dhow, &[], "ls /d /etc/group 2>/dev/null; true"), "/etc/group", "another container sees the image as it was");
        let size = dhow.run(["ps", "-as", "--format", "{{.Size}}"]).ok().trimmed();
        assert_eq!(size, "2B");
    }

    fn exec_joins(dhow) {
        start(dhow, "web", "sleep 100");
        assert_eq!(dhow.run(["exec", "web", "sh", "-c", "echo $$ > /tmp/x; readlink /proc/self/ns/mnt; readlink /proc/1/ns/mnt"]).ok().lines().iter().collect::<std::collections::BTreeSet<_>>().len(), 1);
        assert_eq!(dhow.run(["exec", "-u", "app", "-w", "/tmp", "-e", "A=1", "web", "sh", "-c", "id -un; pwd; echo $A"]).ok().trimmed(), "app\n/tmp\n1");
        assert_eq!(dhow.run(["exec", "web", "sh", "-c", "exit 9"]).code, 9);
        assert_eq!(dhow.run(["exec", "web", "sh", "-c", "kill -15 $$"]).code, 143);
        dhow.run(["exec", "web", "nope"]).fails(127).says("executable file not found");
        dhow.run(["exec", "web", "/etc/passwd"]).fails(126);
        dhow.run(["exec", "-u", "nobody-here", "web", "true"]).fails(126).says("unable to find user nobody-here");
        dhow.run(["exec", "web"]).fails(1);
        assert_eq!(dhow.run_input(["exec", "-i", "web", "cat"], b"through").ok().stdout(), "through");
        dhow.run(["exec", "-d", "web", "sh", "-c", "echo done > /tmp/detached; sleep 100"]).ok();
        assert!(dhow.run(["top", "web", "aux"]).ok().stdout().starts_with("USER "));
        let top = dhow.run(["top", "web", "pid,cmd"]).ok().stdout();
        assert!(top.starts_with("PID") && top.contains("sleep 100"), "{top}");
        assert_eq!(shell_in(dhow, "web", "grep -c . /proc/self/status | wc -l; grep Seccomp: /proc/self/status; grep CapEff /proc/self/status"),
            "1\nSeccomp:\t2\nCapEff:\t00000000a80425fb");
        dhow.run(["rm", "-f", "web"]).ok();
    }

    fn listing_and_filters(dhow) {
        start(dhow, "one", "sleep 100");
        assert_eq!(dhow.run(["run", "--name", "two", "-l", "k=v", "busybox", "sh", "-c", "exit 3"]).code, 3);
        dhow.run(["create", "--name", "three", "-l", "k=w", "busybox"]).ok();
        let names = |args: &[&str]| {
            let args = ["ps", "--format", "{{.Names}}"].iter().chain(args);
            dhow.run(args).ok().lines().join(" ")
        };
        assert_eq!(names(&[]), "one");
        assert_eq!(names(&["-a"]), "three two one", "the newest first");
        assert_eq!(names(&["-l"]), "three");
        assert_eq!(names(&["-n", "2"]), "three two");
        assert_eq!(names(&["-a", "-f", "label=k"]), "three two");
        assert_eq!(names(&["-a", "-f", "label=k=v"]), "two");
        assert_eq!(names(&["-f", "status=exited"]), "two");
        assert_eq!(names(&["-f", "exited=3"]), "two");
        assert_eq!(names(&["-a", "-f", "name=o"]), "two one");
        assert_eq!(names(&["-a", "-f", "before=two"]), "one");
        assert_eq!(names(&["-a", "-f", "since=two", "-f", "ancestor=busybox"]), "three");
        dhow.run(["ps", "-f", "nope=1"]).fails(1).says("nope");
        let header = dhow.run(["ps", "-a"]).ok().lines().remove(0);
        assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]);
        let json: serde_json::Value = serde_json::from_str(&dhow.run(["ps", "--format", "json"]).ok().stdout()).unwrap();
        assert_eq!((&json["Names"], &json["State"]), (&"one".into(), &"running".into()));
        let pruned = dhow.run(["container", "prune", "-f"]).ok().stdout();
        assert!(pruned.starts_with("Deleted Containers:\n"), "{pruned}");
        assert_eq!(names(&["-a"]), "one");
        dhow.run(["rm", "-f", "one"]).ok();
    }

    fn what_the_caller_ignores_is_not_ignored_inside(dhow) {
        dhow.load_busybox();
        let masks = ["grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"];
        let clear = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000";
        let ignoring = |args: &[&str]| dhow.run_after("trap '' HUP INT TERM USR1", args).ok().trimmed();
        assert_eq!(ignoring(&[&["run", "--rm", "busybox"][..], &masks].concat()), clear);
        assert_eq!(ignoring(&[&["run", "--rm", "--init", "busybox"][..], &masks].concat()), clear);
        // Its monitor ignores them, too.
        ignoring(&["run", "-d", "--name", "s", "busybox", "sleep", "1000"]);
        assert_eq!(ignoring(&[&["exec", "s"][..], &masks].concat()), clear);
        assert_eq!(ignoring(&[&["exec", "-t", "s"][..], &masks].concat()).replace('\r', ""), clear);
        dhow.run(["rm", "-f", "s"]).ok();
    }

    fn a_long_list_is_whole_and_in_order(dhow) {
        dhow.load_busybox();
        // More than one thread reads.
        let names: Vec<String> = (0..140).map(|n| format!("n{n}")).collect();
        for name in &names {
            dhow.run(["create", "--name", name, "busybox"]).ok();
        }
        let listed = dhow.run(["ps", "-a", "--format", "{{.Names}}"]).ok().lines();
        assert_eq!(listed, names.into_iter().rev().collect::<Vec<_>>());
        dhow.run(["rm", "-a"]).ok();
    }

    fn inspect_has_dockers_shape(dhow) {
        let id = start(dhow, "web", "sleep 100");
        let get = |template: &str| dhow.run(["inspect", "-f", template, "web"]).ok().trimmed();
        assert_eq!(get("{{.Id}} {{.Name}} {{.State.Status}}"), format!("{id} /web running"));
        assert_eq!(get("{{json .Config.Cmd}} {{.Config.Image}} {{.HostConfig.NetworkMode}}"), r#"["sh","-c","sleep 100"] busybox none"#);
        assert!(Path::new(&format!("/proc/{}", get("{{.State.Pid}}"))).exists());
        assert!(Path::new(&get("{{.LogPath}}")).exists());
        assert_eq!(dhow.run(["inspect", "busybox", "-f", "{{.Architecture}}"]).ok().trimmed(), "amd64");
        let all = dhow.run(["inspect", "web", "nothing"]);
        assert_eq!((all.code, all.json()[0]["Id"].as_str()), (1, Some(id.as_str())));
        all.says("No such object: nothing");
        dhow.run(["rm", "-f", "web"]).ok();
    }

    fn a_directory_can_be_the_root(dhow) {
        let bin = dhow.file("root/bin/busybox", std::fs::read("/bin/busybox").unwrap());
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&bin, std::fs::Permissions::from_mode(0o755)).unwrap();
        let root = dhow.base.join("root");
        let out = dhow.run(["run", "--rm", "--rootfs", root.to_str().unwrap(), "/bin/busybox", "sh", "-c", "/bin/busybox ls /; echo $$"]).ok().trimmed();
        assert!(out.contains("bin") && out.ends_with('1'), "{out}");
        dhow.run(["run", "--rm", "--rootfs", "/no/such/dir", "x"]).fails(125).says("no such directory");
    }

    fn an_init_reaps_and_forwards(dhow) {
        dhow.load_busybox();
        let script = "trap 'exit 4' TERM; (sleep 0.1 &) ; echo $$; : > /ready; while :; do sleep 1; done";
        dhow.run(["run", "-d", "--init", "--name", "web", "busybox", "sh", "-c", script]).ok();
        assert_eq!(shell_in(dhow, "web", "cat /proc/1/cmdline | tr '\\0' ' ' | cut -c1-14"), "dhow-role init");
        assert_eq!(shell_in(dhow, "web", "ls -l /proc/1/exe > /dev/null; (: > /proc/1/exe) 2>/dev/null || echo protected"), "protected");
        shell_in(dhow, "web", "while [ ! -e /ready ]; do sleep 0.05; done");
        dhow.run(["stop", "-t", "30", "web"]).ok();
        assert_eq!(dhow.run(["wait", "web"]).ok().trimmed(), "4");
        // Usually 2, but a program of exec may come first.
        assert!(dhow.run(["logs", "web"]).ok().trimmed().parse::<u32>().unwrap() > 1);
        dhow.run(["rm", "web"]).ok();
    }
}

fn shell_in(dhow: &Dhow, container: &str, script: &str) -> String {
    dhow.run(["exec", container, "sh", "-c", script]).ok().trimmed()
}

#[test]
fn without_subordinate_ids_a_single_id_is_mapped() {
    let dhow = Dhow::bare();
    let out = shell(
        &dhow,
        &[],
        "id -u; stat -c %U:%G /bin/busybox; wc -l < /proc/self/uid_map; touch /x && rm /x && echo ok",
    );
    assert_eq!(out, "0\nroot:root\n1\nok");
    run(&dhow, &["-u", "app"], &["true"]).fails(125).says("user namespace has no group 1000");
    start(&dhow, "web", "sleep 100");
    assert_eq!(shell_in(&dhow, "web", "id -u"), "0");
    dhow.run(["rm", "-f", "web"]).ok();
}

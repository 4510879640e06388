//! The smaller settings of a container, seen from inside.

use crate::harness::Dhow;

fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    dhow.load_busybox();
    dhow.run([&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat()).ok().trimmed()
}

fn refused(dhow: &Dhow, options: &[&str], complaint: &str) {
    dhow.load_busybox();
    dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(complaint);
}

both! {
    fn processes_are_treated_as_asked(dhow) {
        assert_eq!(shell(dhow, &["--umask", "0027"], "umask; touch /x; stat -c %a /x"), "0027\n640");
        assert_eq!(shell(dhow, &["--oom-score-adj", "500"], "cat /proc/self/oom_score_adj"), "500");
        assert_eq!(shell(dhow, &["--domainname", "example.org"], "cat /proc/sys/kernel/domainname"), "example.org");
        dhow.run(["create", "--name", "c", "--domainname", "example.org", "--annotation", "a=b", "--oom-score-adj", "-7", "busybox", "true"]).ok();
        let shown = dhow.run(["inspect", "-f", "{{.Config.Domainname}} {{.HostConfig.OomScoreAdj}} {{.HostConfig.Annotations.a}}", "c"]).ok().trimmed();
        assert_eq!(shown, "example.org -7 b");
        dhow.run(["rm", "c"]).ok();
        refused(dhow, &["--umask", "9"], "octal");
        refused(dhow, &["--oom-score-adj", "2000"], "range for oom score adj is [-1000, 1000]");
    }

    fn namespaces_have_defaults_in_the_configuration(dhow) {
        let userns = if dhow.is_rootless() { "keep-id" } else { "auto" };
        let text = format!("network = \"none\"\nipc = \"host\"\ncgroupns = \"host\"\nuserns = \"{userns}\"\n");
        dhow.file("h/.config/dhow/config.toml", text);
        let script = "readlink /proc/self/ns/ipc; readlink /proc/self/ns/cgroup; head -1 /proc/self/uid_map | tr -s ' '";
        let link = |name: &str| std::fs::read_link(format!("/proc/self/ns/{name}")).unwrap().display().to_string();
        let seen = shell(dhow, &[], script);
        let lines: Vec<&str> = seen.lines().collect();
        assert_eq!(lines[..2], [link("ipc"), link("cgroup")], "{seen}");
        let usual = shell(dhow, &["--ipc", "private", "--cgroupns", "private", "--userns", if dhow.is_rootless() { "private" } else { "host" }], script);
        assert!(!usual.contains(&link("ipc")) && !usual.contains(&link("cgroup")), "{usual}");
        assert_ne!(usual.lines().last(), lines.last().copied());
        refused(dhow, &["--userns", "nonsense"], "nonsense");
    }

    fn questions_before_a_prune_are_answered_through_a_pipe(dhow) {
        dhow.load_busybox();
        dhow.run(["create", "--name", "c", "busybox", "true"]).ok();
        for (prune, warning) in [
            (["container", "prune"], "This will remove all stopped containers."),
            (["image", "prune"], "This will remove all dangling images."),
            (["network", "prune"], "This will remove all custom networks not used by at least one container."),
        ] {
            let asked = dhow.run(prune).ok().stdout();
            assert!(asked.starts_with(&format!("WARNING! {warning}\nAre you sure you want to continue? [y/N] ")), "{asked}");
            dhow.run_input(prune, "n\n").ok();
        }
        assert_eq!(dhow.run(["ps", "-aq"]).ok().lines().len(), 1, "no answer is a no");
        dhow.run_input(["container", "prune"], "y\n").ok();
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }

    fn a_container_that_takes_too_long_is_killed(dhow) {
        dhow.load_busybox();
        assert_eq!(dhow.command(["run", "--rm", "--timeout", "1", "busybox", "sleep", "1000"]).status().unwrap().code(), Some(137));
    }

    fn time_zone_and_users_come_from_outside(dhow) {
        let utc = shell(dhow, &["--tz", "UTC"], "md5sum < /etc/localtime");
        let host = std::process::Command::new("md5sum").stdin(std::fs::File::open("/usr/share/zoneinfo/UTC").unwrap()).output().unwrap();
        assert_eq!(utc, String::from_utf8(host.stdout).unwrap().trim());
        refused(dhow, &["--tz", "../../../etc/shadow"], "no such time zone");
        let entry = "guest:*:4711:100:Guest:/home/guest:/bin/sh";
        assert_eq!(shell(dhow, &["--passwd-entry", entry, "-u", "guest"], "id -u; echo $HOME; grep -c ^root: /etc/passwd"), "4711\n/home/guest\n1");
        assert_eq!(shell(dhow, &["--hostuser", "daemon", "--hostuser", "games"], "grep -c -e ^daemon: -e ^games: /etc/passwd"), "2", "known ones are not added again");
        refused(dhow, &["--passwd-entry", "root2:x:0"], "invalid passwd entry");
        refused(dhow, &["--hostuser", "nobody-knows-him"], "no such user");
    }

    fn the_hosts_environment_only_when_asked(dhow) {
        dhow.load_busybox();
        let run = |options: &[&str]| {
            let mut command = dhow.command([&["run", "--rm"], options, &["busybox", "sh", "-c", "echo $OUTSIDE $HERE"]].concat());
            command.env("OUTSIDE", "seen").env("HERE", "host");
            String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_string()
        };
        assert_eq!(run(&[]), "");
        assert_eq!(run(&["--env-host"]), "seen host");
        assert_eq!(run(&["--env-host", "-e", "HERE=option"]), "seen option");
    }

    fn hidden_paths_can_be_shown_and_others_hidden(dhow) {
        let readonly = "grep -c ' /proc/sys ' /proc/self/mounts";
        let hidden = "ls /proc/acpi /sys/firmware 2>/dev/null | grep -v : | wc -w";
        assert_eq!(shell(dhow, &[], readonly), "1");
        assert_ne!(shell(dhow, &["--security-opt", "systempaths=unconfined"], hidden), "0");
        assert_ne!(shell(dhow, &["--security-opt", "unmask=/sys/firmware"], hidden), "0");
        assert_eq!(shell(dhow, &["--security-opt", "mask=/etc/passwd:/home"], "wc -c < /etc/passwd; ls /home | wc -l"), "0\n0");
        assert_eq!(shell(dhow, &["--security-opt", "unmask=ALL"], &format!("{readonly} || true")), "0");
        refused(dhow, &["--security-opt", "nonsense=1"], "unknown");
        // What was asked for is set, or said to be lacking; never left out.
        if !std::path::Path::new("/sys/kernel/security/apparmor").exists() {
            refused(dhow, &["--security-opt", "apparmor=some-profile"], "AppArmor");
        }
        assert_eq!(shell(dhow, &["--security-opt", "apparmor=unconfined", "--security-opt", "label=disable"], "echo ok"), "ok");
        refused(dhow, &["--security-opt", "label=what"], "want disable");
    }

    fn a_container_can_see_the_processes_of_another(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "a", "busybox", "sleep", "1234"]).ok();
        assert_eq!(shell(dhow, &["--pid", "container:a"], "ps | grep -c '[s]leep 1234'; kill -0 1 && echo reachable"), "1\nreachable");
        dhow.run(["run", "-d", "--name", "b", "--pid", "container:a", "busybox", "sleep", "1235"]).ok();
        assert_eq!(dhow.run(["exec", "b", "sh", "-c", "ps | grep -c '[s]leep 123'"]).ok().trimmed(), "2");
        let id = dhow.run(["inspect", "-f", "{{.Id}}", "a"]).ok().trimmed();
        assert_eq!(dhow.run(["inspect", "-f", "{{.HostConfig.PidMode}}", "b"]).ok().trimmed(), format!("container:{id}"));
        dhow.run(["rm", "-f", "a"]).ok();
        // Its namespace is gone, and with it whoever was in it.
        dhow.run(["wait", "b"]).ok();
        dhow.run(["start", "b"]).fails(1).says("is not running");
        dhow.run(["rm", "b"]).ok();
        refused(dhow, &["--pid", "container:nobody"], "No such container: nobody");
    }
}

#[test]
fn the_callers_groups_can_be_kept() {
    let dhow = Dhow::root();
    let kept = |options: &[&str]| {
        dhow.load_busybox();
        let mut command = std::process::Command::new("setpriv");
        let inner = dhow.command([&["run", "--rm"], options, &["busybox", "id", "-G"]].concat());
        command.args(["--groups", "4242"]).arg(inner.get_program()).args(inner.get_args());
        for (key, value) in inner.get_envs() {
            command.env(key, value.unwrap_or_default());
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_string()
    };
    assert_eq!(kept(&[]), "0");
    assert_eq!(kept(&["--group-add", "keep-groups"]), "0 4242");
    dhow.run(["run", "--rm", "--group-add", "keep-groups", "--group-add", "1", "busybox"])
        .fails(125)
        .says("no other group");
}

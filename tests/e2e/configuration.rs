//! config.toml: defaults that the command line overrides.

use crate::harness::Dhow;

/// The user's own file.
fn configure(dhow: &Dhow, text: &str) {
    dhow.file("h/.config/dhow/config.toml", text);
    dhow.load_busybox();
}

both! {
    fn defaults_come_from_the_file_and_flags_win(dhow) {
        configure(dhow, r#"
stop-timeout = 3
network = "none"
init = true
umask = "0027"
shm-size = "1m"
ulimits = ["nofile=100:200", "core=0"]
capabilities = ["CHOWN", "KILL"]
env = ["FROM=file", "PATH=/nowhere"]
log-driver = "none"
sysctls = { "net.ipv4.ip_unprivileged_port_start" = 80 }
"#);
        let script = "umask; df -k /dev/shm | awk 'END{print $2}'; ulimit -n; grep CapBnd /proc/self/status; echo $FROM; cat /proc/1/comm /proc/sys/net/ipv4/ip_unprivileged_port_start; true";
        let run = |options: &[&str]| dhow.run([&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat()).ok().lines();
        assert_eq!(run(&[]), ["0027", "1024", "100", "CapBnd:\t0000000000000021", "file", "dhow", "80"]);
        let flags = ["--umask", "0", "--shm-size", "2m", "--ulimit", "nofile=50", "--cap-add", "SETUID", "-e", "FROM=flag", "--init=false"];
        assert_eq!(run(&flags), ["0000", "2048", "50", "CapBnd:\t00000000000000a1", "flag", "sh", "80"]);
        dhow.run(["create", "--name", "c", "--log-driver", "json-file", "busybox", "true"]).ok();
        dhow.run(["create", "--name", "d", "--stop-timeout", "4", "busybox", "true"]).ok();
        let shown = dhow.run(["inspect", "-f", "{{.Config.StopTimeout}} {{.HostConfig.LogConfig.Type}}", "c", "d"]).ok().lines();
        assert_eq!(shown, ["3 json-file", "4 none"]);
        dhow.run(["rm", "c", "d"]).ok();
    }

    fn what_is_in_force_is_shown_and_what_is_wrong_is_refused(dhow) {
        configure(dhow, "init = true\nfrobnicate = 1\n");
        dhow.run(["run", "--rm", "busybox", "true"]).fails(125).says("config.toml:2: unknown key \"frobnicate\"");
        configure(dhow, "default-address-pools = [{ base = \"172.30.0.0/16\", size = 24 }]\n\ndefault-publish-address = \"127.0.0.1\"\n");
        let info = dhow.run(["info"]).ok().stdout();
        let file = dhow.home().join(".config/dhow/config.toml").display().to_string();
        assert!(info.contains(&format!(" default-publish-address: \"127.0.0.1\" ({file}:3)")), "{info}");
        assert!(info.contains(&format!("Configuration: {file}\n")), "{info}");
        let other = dhow.file("w/other.toml", "stop-timeout = 1\n").display().to_string();
        let shown = dhow.run(["--config-file", &other, "info", "-f", "{{json .Configuration.Keys}}"]).ok().json();
        assert_eq!(shown, serde_json::json!({"stop-timeout": {"Value": 1, "Origin": format!("{other}:1")}}));
        dhow.run(["--config-file", "/nowhere.toml", "info"]).fails(1).says("/nowhere.toml: no such file");
    }

    fn roots_can_be_configured(dhow) {
        let base = dhow.base.display().to_string();
        configure(dhow, &format!("root = \"{base}/r\"\nrunroot = \"{base}/s\"\n"));
        let output = dhow.bare_command(crate::harness::binary()).args(["image", "ls", "-q"]).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    }

    fn the_registries_file_is_followed(dhow) {
        let registries = dhow.file("w/r.conf", "[[registry]]\nprefix = \"blocked.example\"\nblocked = true\n");
        configure(dhow, &format!("registries-file = \"{}\"\npull-policy = \"always\"\nnetwork = \"none\"\n", registries.display()));
        dhow.run(["pull", "blocked.example/x"]).fails(1).says("registries.conf blocks");
        dhow.run(["run", "--rm", "blocked.example/x"]).fails(125).says("registries.conf blocks");
        dhow.run(["run", "--rm", "--pull", "never", "busybox", "true"]).ok();
    }
}

#[test]
fn another_users_file_does_not_decide_what_root_does() {
    let dhow = Dhow::root();
    configure(&dhow, "init = true\n");
    std::os::unix::fs::chown(dhow.home().join(".config/dhow/config.toml"), Some(12345), None).unwrap();
    dhow.run(["run", "--rm", "busybox", "true"]).fails(125).says("belongs to user 12345");
}

//! Devices by a vendor's name for them (Container Device Interface), with a made-up vendor and real device nodes.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;

use crate::harness::{Dhow, Output};

/// Runs a script with descriptions from `cdi` and `cdi2`, the latter counting more.
fn run(dhow: &Dhow, options: &[&str], script: &str) -> Output {
    dhow.load_busybox();
    let dirs = ["cdi", "cdi2"].map(|d| dhow.base.join(d).to_str().unwrap().to_string());
    let head = ["run", "--rm", "--cdi-spec-dir", &dirs[0], "--cdi-spec-dir", &dirs[1]];
    dhow.run([&head, options, &["busybox", "sh", "-c", script]].concat())
}

/// A hook that writes what it is told to a file of this name.
fn hook(dhow: &Dhow, name: &str, moment: &str) -> (PathBuf, serde_json::Value) {
    let mark = dhow.base.join("w").join(format!("mark-{name}"));
    let script = format!("#!/bin/sh\ncat > {}\n", mark.display());
    let path = dhow.file(&format!("w/{name}"), script);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    (mark, json!({"hookName": moment, "path": path, "args": [name]}))
}

fn describe(dhow: &Dhow, file: &str, document: &serde_json::Value) {
    dhow.file(file, document.to_string());
}

fn simple(kind: &str, devices: &[&str], value: &str) -> serde_json::Value {
    let devices: Vec<_> = devices
        .iter()
        .map(|d| json!({"name": d, "containerEdits": {"env": [format!("D_{d}={value}")]}}))
        .collect();
    json!({"cdiVersion": "0.6.0", "kind": kind, "devices": devices})
}

both! {
    fn a_described_device_comes_with_all_that_belongs_to_it(dhow) {
        let (created, create) = hook(dhow, "create", "createRuntime");
        let (started, start) = hook(dhow, "start", "poststart");
        let (stopped, stop) = hook(dhow, "stop", "poststop");
        let data = dhow.file("data/file", "content").parent().unwrap().to_path_buf();
        describe(dhow, "cdi/vendor.json", &json!({
            "cdiVersion": "0.7.0", "kind": "vendor.com/thing",
            "containerEdits": {"env": ["VENDOR=yes", "PATH=/bin:/vendor"], "hooks": [create, start, stop, {"hookName": "startContainer", "path": "/bin/touch", "args": ["touch", "/started"]}]},
            "devices": [
                {"name": "one", "containerEdits": {
                    "deviceNodes": [{"path": "/dev/vendor/0", "hostPath": "/dev/full", "permissions": "rw"}],
                    "mounts": [{"hostPath": data, "containerPath": "/data/x", "options": ["ro", "rbind", "nosuid"]}]}},
                {"name": "two", "containerEdits": {"env": ["TWO=2"], "deviceNodes": [{"path": "/dev/zero2", "hostPath": "/dev/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 438}], "additionalGids": [0, 42]}},
            ],
        }));
        let script = "echo $VENDOR $TWO $PATH; (echo x > /dev/vendor/0) 2>&1 | grep -c 'No space'; head -c 3 /dev/zero2 | wc -c; cat /data/x/file; echo; touch /data/x/y 2>/dev/null || echo ro; id -G; ls /started";
        let options = ["--device", "vendor.com/thing=two", "--device", "vendor.com/thing=one"];
        let out = run(dhow, &options, script).ok();
        assert_eq!(out.lines(), ["yes 2 /bin:/vendor", "1", "3", "content", "ro", "0 42", "/started"].map(String::from), "{out:?}");
        for (mark, status) in [(created, "creating"), (started, "running"), (stopped, "stopped")] {
            let state: serde_json::Value = serde_json::from_slice(&std::fs::read(&mark).unwrap()).unwrap();
            assert_eq!(state["status"], status, "{state}");
            assert_eq!(state["id"].as_str().unwrap().len(), 64);
        }
        // Without a word about it nothing of the kind is there.
        assert_eq!(run(dhow, &[], "echo $VENDOR; ls -d /dev/vendor 2>/dev/null; true").ok().trimmed(), "");
        dhow.run(["create", "--name", "c", "--device", "vendor.com/thing=one", "--gpus", "1", "busybox"]).ok();
        let shown = dhow.run(["inspect", "-f", "{{range .HostConfig.DeviceRequests}}{{.Driver}} {{.DeviceIDs}};{{end}}", "c"]).ok().trimmed();
        assert_eq!(shown, "cdi [vendor.com/thing=one]; [0];");
        dhow.run(["rm", "c"]).ok();
    }

    fn what_devices_bring_reaches_later_programs_and_the_end_is_told_after_a_kill(dhow) {
        let (stopped, stop) = hook(dhow, "stop", "poststop");
        let document = json!({"cdiVersion": "0.6.0", "kind": "v.com/c", "devices": [
            {"name": "x", "containerEdits": {"env": ["D_x=on"], "hooks": [stop]}}]});
        describe(dhow, "cdi/a.json", &document);
        dhow.load_busybox();
        let dir = dhow.base.join("cdi").to_str().unwrap().to_string();
        let health = ["--health-cmd", "echo $D_x", "--health-interval", "100ms"];
        let head = ["run", "-d", "--name", "c", "--cdi-spec-dir", &dir, "--device", "v.com/c=x"];
        dhow.run([&head[..], &health, &["busybox", "sleep", "1000"]].concat()).ok();
        assert_eq!(dhow.run(["exec", "-e", "A=b", "c", "sh", "-c", "echo $D_x $A $PATH"]).ok().trimmed().split(' ').take(2).collect::<Vec<_>>(), ["on", "b"]);
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        assert_eq!(dhow.run(["inspect", "-f", "{{(index .State.Health.Log 0).Output}}", "c"]).ok().trimmed(), "on");
        let pid = dhow.run(["inspect", "-f", "{{.State.Pid}}", "c"]).ok().trimmed();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let monitor: i32 = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor), nix::sys::signal::Signal::SIGKILL).unwrap();
        assert!(crate::leftovers::wait_pid(monitor, std::time::Duration::from_secs(10)));
        assert!(!stopped.exists());
        dhow.run(["ps", "-a"]).ok();
        let state: serde_json::Value = serde_json::from_slice(&std::fs::read(&stopped).unwrap()).unwrap();
        assert_eq!(state["status"], "stopped");
        dhow.run(["rm", "c"]).ok();
    }

    fn descriptions_have_an_order_and_contradictions_are_refused(dhow) {
        describe(dhow, "cdi/a.json", &simple("v.com/c", &["x", "y"], "low"));
        dhow.file("cdi2/a.yaml", "cdiVersion: 0.5.0\nkind: v.com/c\ndevices:\n- name: x\n  containerEdits:\n    env:\n    - D_x=high\n");
        dhow.file("cdi2/broken.json", "{");
        let both = ["--device", "v.com/c=x", "--device", "v.com/c=y"];
        assert_eq!(run(dhow, &both, "echo $D_x $D_y").ok().trimmed(), "high low");
        run(dhow, &["--device", "v.com/c=z"], "true").fails(125).says("unresolvable CDI devices v.com/c=z").says("broken.json");
        run(dhow, &["--device", "v.com/c="], "true").fails(125).says("is not the name of a CDI device");
        describe(dhow, "cdi2/b.json", &simple("v.com/c", &["x"], "twin"));
        run(dhow, &both, "true").fails(125).says("described twice");
        describe(dhow, "cdi/node.json", &json!({"cdiVersion": "0.5.0", "kind": "v.com/n", "devices": [
            {"name": "gone", "containerEdits": {"deviceNodes": [{"path": "/dev/no-such-device"}]}},
            {"name": "file", "containerEdits": {"deviceNodes": [{"path": "/dev/f", "hostPath": "/etc/passwd"}]}},
            {"name": "hook", "containerEdits": {"hooks": [{"hookName": "createRuntime", "path": "/bin/false"}]}},
            {"name": "late", "containerEdits": {"hooks": [{"hookName": "poststart", "path": "/bin/false"}]}},
        ]}));
        for (device, complaint) in [("gone", "/dev/no-such-device"), ("file", "is not a device node"), ("hook", "createRuntime hook #0"), ("late", "poststart hook #0")] {
            run(dhow, &["--device", &format!("v.com/n={device}")], "sleep 1000").fails(125).says(complaint);
        }
    }

    fn graphics_processors_are_described_devices(dhow) {
        describe(dhow, "cdi/gpu.json", &simple("nvidia.com/gpu", &["0", "1", "all"], "on"));
        let env = "env | grep ^D_ | sort | tr '\\n' ' '";
        assert_eq!(run(dhow, &["--gpus", "all"], env).ok().trimmed(), "D_all=on");
        assert_eq!(run(dhow, &["--gpus", "2"], env).ok().trimmed(), "D_0=on D_1=on");
        assert_eq!(run(dhow, &["--gpus", "\"device=1\""], env).ok().trimmed(), "D_1=on");
        run(dhow, &["--gpus", "3"], env).fails(125).says("unresolvable CDI devices nvidia.com/gpu=2");
        run(dhow, &["--gpus", "some"], env).fails(125).says("--gpus");
        std::fs::remove_file(dhow.base.join("cdi/gpu.json")).unwrap();
        run(dhow, &["--gpus", "all"], env).fails(125).says("nvidia.com/gpu=all");
        describe(dhow, "cdi/amd.json", &simple("amd.com/gpu", &["all"], "amd"));
        assert_eq!(run(dhow, &["--gpus", "all"], env).ok().trimmed(), "D_all=amd");
    }
}

#[test]
fn the_usual_directories_are_asked() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    assert_eq!(dhow.run(["info", "-f", "{{.CDISpecDirs}}"]).ok().trimmed(), "[/etc/cdi /var/run/cdi]",);
    let dir = std::path::Path::new("/etc/cdi");
    std::fs::create_dir_all(dir).unwrap();
    let vendor = format!("dhow-test-{}.example", std::process::id());
    let path = dir.join(format!("{vendor}.json"));
    let text = simple(&format!("{vendor}/c"), &["x"], "etc").to_string();
    dhow::state::file::write_mode(&path, text.as_bytes(), 0o644, dhow::state::file::Durability::Ephemeral)
        .unwrap();
    let out =
        dhow.run(["run", "--rm", "--device", &format!("{vendor}/c=x"), "busybox", "sh", "-c", "echo $D_x"]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(out.ok().trimmed(), "etc");
}

/// The node is bound as it is on the host: fewer rights can't be had, so they aren't promised.
#[test]
fn an_ordinary_users_devices_come_with_all_rights_or_not_at_all() {
    let dhow = Dhow::user();
    dhow.load_busybox();
    for access in ["r", "w", "rm", "m"] {
        let device = format!("/dev/full:/dev/x:{access}");
        dhow.run(["run", "--rm", "--device", &device, "busybox", "true"]).fails(125).says("all rights");
    }
    let out =
        dhow.run(["run", "--rm", "--device", "/dev/zero:/dev/x:rw", "busybox", "head", "-c", "3", "/dev/x"]);
    assert_eq!(out.ok().out, [0, 0, 0]);
}

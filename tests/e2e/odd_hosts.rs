//! Roots with odd names or little room, many users and many programs, images of other tools.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::fixtures;
use crate::harness::{Dhow, Stdin, TIMEOUT, binary, finish};

/// dhow on other roots than the usual ones.
fn on(dhow: &Dhow, root: &std::path::Path, args: &[&str]) -> crate::harness::Output {
    let mut command = dhow.bare_command(binary());
    command.arg("--root").arg(root).arg("--runroot").arg(dhow.runroot_dir()).args(args);
    finish(command, format!("dhow on {} {args:?}", root.display()), Stdin::Empty, TIMEOUT)
}

both! {
    fn roots_may_have_any_name(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        let long = format!("w/{}/{}", "l".repeat(200), "o".repeat(200));
        std::os::unix::fs::symlink(dhow.base.join("w"), dhow.base.join("w/link")).unwrap();
        for name in ["w/with space", "w/new\nline", "w/link/linked", &long] {
            let root = dhow.base.join(name);
            on(dhow, &root, &["load", "-i", archive]).ok();
            assert_eq!(on(dhow, &root, &["run", "--name", "c", "busybox", "sh", "-c", "echo x > /y && cat /y"]).ok().stdout(), "x\n", "{name:?}");
            assert_eq!(on(dhow, &root, &["logs", "c"]).ok().stdout(), "x\n", "{name:?}");
            on(dhow, &root, &["rm", "c"]).ok();
            on(dhow, &root, &["rmi", "busybox"]).ok();
        }
        for name in ["w/co:lon", "w/com,ma", "w/back\\slash"] {
            let root = dhow.base.join(name);
            on(dhow, &root, &["ps"]).fails(1).says("can't hold layers; choose another");
            assert!(!root.exists(), "{name}");
        }
    }

    fn the_monitor_gathers_no_descriptors(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "-i", "--name", "c", "busybox", "cat"]).ok();
        let pid = dhow.run(["inspect", "-f", "{{.State.Pid}}", "c"]).ok().trimmed();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let mut monitor = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().to_string();
        let name = std::fs::read_to_string(format!("/proc/{monitor}/comm")).unwrap();
        if name.trim() != "dhow-monitor" {
            let status = std::fs::read_to_string(format!("/proc/{monitor}/status")).unwrap();
            monitor = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().to_string();
        }
        let count = || std::fs::read_dir(format!("/proc/{monitor}/fd")).unwrap().count();
        let before = count();
        for _ in 0..50 {
            dhow.run(["exec", "c", "true"]).ok();
            dhow.run(["exec", "c", "nonexistent"]).fails(127);
            dhow.run(["exec", "-d", "c", "true"]).ok();
            let mut attached = dhow.command(["attach", "c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            attached.stdin.as_ref().unwrap().write_all(b"x").unwrap();
            attached.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
            attached.kill().unwrap();
            attached.wait().unwrap();
        }
        // It hears of the last client's death and of the last program's end by the time that it answers one more.
        dhow.run(["exec", "c", "true"]).ok();
        let after = count();
        assert!(after <= before + 4, "{before} descriptors became {after}");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn programs_get_descriptors_of_the_caller(dhow) {
        dhow.load_busybox();
        let first = dhow.file("w/first", "one\n");
        let second = dhow.file("w/second", "two\n");
        // In the shell that the test stands for: 3 and 4 are files.
        let with_fds = |args: &[&str]| {
            let inner = dhow.command(args);
            let mut command = dhow.bare_command("sh");
            command.args(["-c", "exec 3< \"$1\" 4< \"$2\"; shift 2; exec \"$@\"", "sh"]).arg(&first).arg(&second);
            command.arg(inner.get_program()).args(inner.get_args());
            finish(command, format!("with descriptors: {args:?}"), Stdin::Empty, TIMEOUT)
        };
        let script = "cat <&3; cat <&4; ls -l /proc/self/fd 2> /dev/null | grep -c -e ' [5-9] -> /[^p]' -e ' [0-9][0-9] ->'; true";
        for options in [&["--preserve-fds", "2"][..], &["--preserve-fds", "2", "--init"], &["--preserve-fds=2", "-t"]] {
            let output = with_fds(&[&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat()).ok().stdout();
            assert_eq!(output.replace('\r', ""), "one\ntwo\n0\n", "{options:?}");
        }
        dhow.run(["run", "-d", "--name", "c", "busybox", "sleep", "1000"]).ok();
        for options in [&["--preserve-fds", "2"][..], &["--preserve-fds=2", "-t"]] {
            let output = with_fds(&[&["exec"], options, &["c", "sh", "-c", script]].concat()).ok().stdout();
            assert_eq!(output.replace('\r', ""), "one\ntwo\n0\n", "{options:?}");
        }
        with_fds(&["exec", "--preserve-fds", "1", "c", "nonexistent"]).fails(127);
        assert!(!with_fds(&["exec", "c", "sh", "-c", "cat <&3"]).err.is_empty(), "not without being asked");
        with_fds(&["exec", "--preserve-fds", "3", "c", "true"]).fails(1).says("not all open");
        with_fds(&["exec", "--preserve-fds", "1000", "c", "true"]).fails(1).says("at most 59");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn nothing_of_its_caller_is_held_while_a_container_runs(dhow) {
        dhow.load_busybox();
        dhow.run(["network", "create", "net"]).ok();
        let file = dhow.file("w/lock", "");
        let is_free = || nix::fcntl::Flock::lock(std::fs::File::open(&file).unwrap(), nix::fcntl::FlockArg::LockExclusiveNonblock).is_ok();
        // A script that is to run once at a time, as people write it.
        for options in [&["--network", "net", "--health-cmd", "true", "--health-interval", "1s"][..], &["--runtime", "runc", "--network", "none"]] {
            let inner = dhow.command([&["run", "-d", "--name", "c"], options, &["busybox", "sleep", "1000"]].concat());
            let mut command = dhow.bare_command("sh");
            command.args(["-c", "exec 7< \"$1\" && flock -n 7 || exit 99; shift; exec \"$@\"", "sh"]).arg(&file);
            command.arg(inner.get_program()).args(inner.get_args());
            finish(command, format!("with a lock: {options:?}"), Stdin::Empty, TIMEOUT).ok();
            assert!(is_free(), "{options:?}");
            dhow.run(["rm", "-f", "c"]).ok();
        }
        dhow.run(["network", "rm", "net"]).ok();
    }

    fn a_follower_stays_while_its_container_is_restarted(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "c", "--restart", "on-failure:1", "busybox", "sh", "-c", "echo run; exit 1"]).ok();
        assert_eq!(dhow.run(["logs", "-f", "c"]).ok().stdout(), "run\nrun\n");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn commands_that_can_not_be_run_are_named(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--rm", "busybox", "/tmp"]).fails(126).says("exec: \"/tmp\": is a directory: permission denied");
        dhow.run(["run", "--rm", "-h", &"x".repeat(65), "busybox", "true"]).fails(125).says("more than 64 bytes");
        let unknown = dhow.run(["run", "--frobnicate=1", "busybox"]).fails(125);
        assert_eq!(unknown.stderr().lines().count(), 1, "{unknown:?}");
    }

    fn a_root_file_system_is_imported_from_a_url(dhow) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let replies = [
                b"HTTP/1.1 302 Found\r\nLocation: /there.tar\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
                { let layer = fixtures::busybox_layer(); [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", layer.len()).into_bytes(), layer].concat() },
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
                b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\ncut short".to_vec(),
            ];
            for reply in replies {
                let (mut connection, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    connection.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                let _ = connection.write_all(&reply);
            }
        });
        dhow.run(["import", &format!("http://{address}/here"), "imported"]).ok();
        assert_eq!(dhow.run(["run", "--rm", "imported", "echo", "hi"]).ok().stdout(), "hi\n");
        dhow.run(["import", &format!("http://{address}/nothing")]).fails(1).says("404");
        dhow.run(["import", &format!("http://{address}/short")]).fails(1);
        server.join().unwrap();
        dhow.run(["import", "ftp://example.org/x"]).fails(1).says("no http or https URL");
    }
}

#[test]
fn two_users_at_once_do_not_see_each_other() {
    let users = [Dhow::user(), Dhow::bare(), Dhow::root()];
    std::thread::scope(|scope| {
        for dhow in &users {
            scope.spawn(|| {
                dhow.load_busybox();
                for _ in 0..5 {
                    dhow.run(["run", "-d", "--name", "same", "busybox", "sleep", "1000"]).ok();
                    assert_eq!(dhow.run(["ps", "--format", "{{.Names}}"]).ok().stdout(), "same\n");
                    dhow.run(["rm", "-f", "same"]).ok();
                }
            });
        }
    });
}

/// Gives a command that starts dhow the environment, and with it the configuration, that the test's own commands have.
fn in_its_environment(dhow: &Dhow, command: &mut Command) {
    let own = dhow.command::<&str>([]);
    command.env_clear().envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
}

#[test]
fn mounts_below_a_read_only_bind_are_read_only() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    let dir = dhow.base.join("w/tree");
    std::fs::create_dir_all(dir.join("sub")).unwrap();
    // In a mount namespace of its own, so that nothing is left of it.
    let inner = dhow.command([
        "run",
        "--rm",
        "-v",
        &format!("{}:/t:ro", dir.display()),
        "busybox",
        "sh",
        "-c",
        "touch /t/x; touch /t/sub/x; ls /t/sub",
    ]);
    let mut command = Command::new("unshare");
    command
        .args([
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs tmpfs \"$1\"/sub && touch \"$1\"/sub/there && shift && exec \"$@\"",
            "sh",
        ])
        .arg(&dir);
    command.arg(inner.get_program()).args(inner.get_args());
    in_its_environment(&dhow, &mut command);
    let output = finish(command, "a read-only bind".into(), Stdin::Empty, TIMEOUT).ok();
    assert_eq!(output.stdout(), "there\n", "{output:?}");
    assert_eq!(output.stderr().matches("Read-only file system").count(), 2, "{output:?}");
}

#[test]
fn a_full_disk_is_said_in_one_line_and_room_comes_back() {
    let dhow = Dhow::root();
    // A mount namespace holds the small disk, and a shell in it that runs commands.
    // What each command says is printed as its exit code and how many lines of errors it had.
    let script = r#"
        set -u; dir=$1; archive=$2; shift 2
        mount -t tmpfs -o size=8m tmpfs "$dir" || exit 99
        try() { "$@" > /dev/null 2> "$dir/../error"; echo "$? $(wc -l < "$dir/../error")"; }
        try "$@" --root "$dir" load -q -i "$archive"
        used=$(df --output=used -k "$dir" | tail -1)
        try "$@" --root "$dir" run --name c busybox sh -c 'head -c 20m /dev/zero > /big 2> /dev/null; true'
        try "$@" --root "$dir" create --name d busybox true
        try "$@" --root "$dir" load -q -i "$archive"
        try "$@" --root "$dir" ps -a
        try "$@" --root "$dir" rm c
        [ $(df --output=used -k "$dir" | tail -1) -le $((used + 64)) ] && echo given back
        try "$@" --root "$dir" run --name e busybox sh -c 'i=0; while [ $i -lt 3000 ]; do printf "%01000d\n" 0; i=$((i+1)); done; exit 7'
        try "$@" --root "$dir" logs --tail 1 e
        try "$@" --root "$dir" rm -f e
        ls -A "$dir/containers" "$dir/names" | grep -v : | wc -w
        try "$@" --root "$dir" run --rm busybox true
    "#;
    let mut command = Command::new("unshare");
    let dir = dhow.base.join("w/disk");
    std::fs::create_dir(&dir).unwrap();
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&dir).arg(fixtures::busybox_archive());
    command.arg(binary()).arg("--runroot").arg(dhow.runroot_dir());
    in_its_environment(&dhow, &mut command);
    let output = finish(command, "a small disk".into(), Stdin::Empty, TIMEOUT);
    let wanted = ["0 0", "0 0", "1 1", "1 1", "0 0", "0 0", "given back", "7 0", "0 0", "0 0", "0", "0 0"];
    assert_eq!(output.lines(), wanted, "{output:?}");
}

#[test]
fn a_read_only_root_is_said_in_one_line() {
    let dhow = Dhow::root();
    let dir = dhow.base.join("w/disk");
    std::fs::create_dir(&dir).unwrap();
    let script = r#"
        dir=$1; archive=$2; shift 2
        mount -t tmpfs tmpfs "$dir" && "$@" --root "$dir" load -q -i "$archive" > /dev/null &&
        mount -o remount,ro "$dir" || exit 99
        try() { "$@" > /dev/null 2> "$dir/../error"; echo "$? $(wc -l < "$dir/../error") $(grep -c 'Read-only file system' "$dir/../error")"; }
        try "$@" --root "$dir" images
        try "$@" --root "$dir" run --rm busybox true
        try "$@" --root "$dir" load -q -i "$archive"
        try "$@" --root "$dir" tag busybox other
    "#;
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&dir).arg(fixtures::busybox_archive());
    command.arg(binary()).arg("--runroot").arg(dhow.runroot_dir());
    in_its_environment(&dhow, &mut command);
    let output = finish(command, "a read-only root".into(), Stdin::Empty, TIMEOUT);
    assert_eq!(output.lines(), ["0 0 0", "125 1 1", "1 1 1", "1 1 1"], "{output:?}");
}

//! A kill at each system call that changes something, of whichever process makes it: command, monitor or the container's first process.
//! Afterwards the next command tells the truth, the container can be removed, and nothing stays behind.

use std::process::Stdio;

use crate::harness::{self, Dhow, TIMEOUT};

/// Calls by which state on disk, names, mounts or processes change. A counter of its own each, in each process: so the first that a
/// monitor makes is met although the command before it has made some, too.
const CHANGES: [&str; 16] = [
    "mkdir",
    "rename",
    "symlink",
    "unlink",
    "rmdir",
    "flock",
    "bind",
    "clone,clone3,vfork",
    "execveat",
    "mount",
    "fsmount",
    "move_mount",
    "pivot_root",
    "umount2",
    "sendmsg",
    "write",
];

/// Runs the command with a kill at the `nth` call of a kind. Whether there was one.
fn killed_at(dhow: &Dhow, call: &str, nth: usize, args: &[&str]) -> bool {
    let log = dhow.file("strace.log", "");
    let inner = dhow.command(args);
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.arg("-e").arg(format!("trace={call}"));
    command.arg("-e").arg(format!("inject={call}:signal=KILL:when={nth}"));
    command.arg(inner.get_program()).args(inner.get_args()).env_clear();
    for (key, value) in inner.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(harness::wait(&child, TIMEOUT), "{args:?} hangs after a kill at {call} {nth}");
    child.wait().unwrap();
    std::fs::read_to_string(&log).unwrap().contains("killed by SIGKILL")
}

/// Tries every call of a command; `before` makes what it works on.
fn at_every_call(before: &[&[&str]], args: &[&str]) {
    let dhow = Dhow::root();
    dhow.load_busybox();
    let mut kills = 0;
    for call in CHANGES {
        // The first few: what comes after is more of the same.
        for nth in 1..=6 {
            for command in before {
                dhow.run(*command).ok();
            }
            let killed = killed_at(&dhow, call, nth, args);
            check(&dhow, &format!("{call} {nth}"));
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 2, "only {kills} kills: is strace at work?");
}

/// What has to hold after a kill.
fn check(dhow: &Dhow, at: &str) {
    let states = dhow.run(["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().lines();
    assert!(
        states.iter().all(|s| ["c created", "c running", "c exited"].contains(&&**s)),
        "{at}: {states:?}"
    );
    // What is told is true: a running container can be entered, unless its end was on its way already.
    if states == ["c running"] && !dhow.command(["exec", "c", "true"]).output().unwrap().status.success() {
        dhow.run(["wait", "c"]).ok();
        assert_eq!(dhow.run(["ps", "-q"]).ok().trimmed(), "", "{at}");
    }
    dhow.run(["rm", "-f", "c"]).ok();
    // The name is free again, whoever had it when he was killed.
    dhow.run(["create", "--name", "c", "busybox", "true"]).ok();
    dhow.run(["rm", "c"]).ok();
    assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "", "{at}");
}

#[test]
fn of_create() {
    at_every_call(&[], &["create", "--name", "c", "busybox", "sleep", "1000"]);
}

#[test]
fn of_run() {
    // The program ends at once, as strace stays until all processes have ended.
    at_every_call(&[], &["run", "-d", "--name", "c", "busybox", "true"]);
}

#[test]
fn of_start() {
    at_every_call(&[&["create", "--name", "c", "busybox", "true"]], &["start", "c"]);
}

#[test]
fn of_stop() {
    at_every_call(&[&["run", "-d", "--name", "c", "busybox", "sleep", "1000"]], &["stop", "-t", "0", "c"]);
}

#[test]
fn of_rm() {
    at_every_call(&[&["run", "-d", "--name", "c", "busybox", "sleep", "1000"]], &["rm", "-f", "c"]);
}

#[test]
fn of_exec() {
    at_every_call(&[&["run", "-d", "--name", "c", "busybox", "sleep", "1000"]], &["exec", "c", "true"]);
}

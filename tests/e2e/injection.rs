//! A kill at each system call that changes something, of whichever process makes it: command, monitor or the container's first process.
//! Afterwards the next command tells the truth, the container can be removed, and nothing stays behind.

use std::process::Stdio;
use std::time::Instant;

use crate::firewalls::at_the_bridges;
use crate::harness::{self, Dhow, TIMEOUT};
use crate::networks::{Lan, keepers, machine};

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
pub fn killed_at(dhow: &Dhow, call: &str, nth: usize, inner: std::process::Command) -> bool {
    let log = dhow.file("strace.log", "");
    let what = format!("{inner:?}");
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log);
    command.arg("-e").arg(format!("trace={call}"));
    command.arg("-e").arg(format!("inject={call}:signal=KILL:when={nth}"));
    command.arg(inner.get_program()).args(inner.get_args()).env_clear();
    for (key, value) in inner.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(harness::wait(&child, TIMEOUT), "{what} hangs after a kill at {call} {nth}");
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
            let killed = killed_at(&dhow, call, nth, dhow.command(args));
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

/// The same with a network and a published port, on a machine of its own.
fn at_every_call_of_networks(dhow: &Dhow, before: &[&str], args: &[&str]) {
    let lan = &machine(dhow);
    let run = |args: &str| lan.dhow(dhow, &args.split(' ').collect::<Vec<_>>());
    // The default network stays, with all that belongs to it.
    run("run --rm busybox true").ok();
    if dhow.is_rootless() {
        // Keeps the private namespace: what is left there is seen.
        run("run -d --name stay busybox sleep 1000").ok();
    }
    let bridges = &bridges(lan, dhow);
    let ours = |state: &[String]| without_bridge(state).len() - usize::from(dhow.is_rootless());
    let usual = (comes_to(bridges, |state| ours(state) == 0).unwrap(), 1);
    let mut kills = 0;
    for call in ["sendto", "setns", "linkat", "link", "rename", "unlink", "rmdir", "openat"] {
        // Of those that read, too, only some are about networks.
        for nth in
            (1..=if call == "sendto" { 14 } else { 5 }).map(|n| if call == "openat" { n * 9 } else { n })
        {
            for command in before {
                run(command).ok();
            }
            let killed = killed_at(dhow, call, nth, lan.command(dhow, args));
            if args[0] == "run" && run("run --rm -p 8080:80 busybox true").code != 0 {
                assert_ne!(
                    run("ps -q -f name=^c$").ok().trimmed(),
                    "",
                    "{call} {nth}: the port is taken, though nobody has it"
                );
            }
            // The next command about networks finds what is left.
            let networks = run("network ls -q -f name=inject").ok().lines().len();
            if run("ps -q -f name=^c$").ok().trimmed().is_empty() {
                let left = comes_to(bridges, |state| ours(state) == 0);
                assert!(left.is_ok(), "{call} {nth}: {left:?}, of {networks} networks");
            }
            if dhow.is_rootless() {
                // By its whole id: without a container of that name `c` would be the beginning of one's id, perhaps of the one that stays.
                for id in run("ps -aq --no-trunc -f name=^c$").ok().lines() {
                    run(&format!("rm -f {id}")).ok();
                }
            } else {
                run("rm -fa").ok();
            }
            run("network rm -f inject").ok();
            let left = comes_to(bridges, |state| state == usual.0);
            assert!(left.is_ok(), "{call} {nth}: {left:?}");
            let in_force = std::fs::read_dir(dhow.runroot_dir().join("networks")).unwrap().count();
            assert!(in_force <= usual.1, "{call} {nth}: {in_force} networks in force");
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    // How many there are depends on what else the machine does; on a quiet one 8 and 18.
    assert!(kills > 3, "only {kills} kills: is strace at work?");
    run("rm -fa").ok();
}

/// The network namespace that has the bridges.
fn bridges(lan: &Lan, dhow: &Dhow) -> String {
    let link = at_the_bridges(lan, dhow).args(["readlink", "/proc/self/ns/net"]).output().unwrap().stdout;
    let is = |pid: &i32| {
        let theirs = std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
        theirs.as_os_str().as_encoded_bytes() == link.trim_ascii_end()
    };
    match keepers(dhow).into_iter().find(is) {
        Some(pid) => format!("/proc/{pid}/ns/net"),
        None => format!("/run/netns/{}", lan.host),
    }
}

/// Nobody waits for the tear-down of a container that has ended by itself: what there is when it is as expected, or what stays.
fn comes_to(bridges: &str, is_expected: impl Fn(&[String]) -> bool) -> Result<Vec<String>, Vec<String>> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let state = state_of(bridges);
        if is_expected(&state) {
            return Ok(state);
        }
        if Instant::now() > deadline {
            return Err(state);
        }
    }
}

/// The interfaces of the host, and the elements of the rules that are about more than the default network.
fn state_of(bridges: &str) -> Vec<String> {
    let show = |program: &[&str]| {
        let mut command = std::process::Command::new("nsenter");
        let out = command.arg(format!("--net={bridges}")).args(program).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let links = show(&["ip", "-o", "link"]);
    let links = links.lines().filter_map(|line| line.split(": ").nth(1)).map(Into::into);
    let rules = show(&["nft", "list", "table", "inet", "dhow"]);
    let elements = rules
        .lines()
        .filter(|line| line.contains("elements") || line.contains("10.66.") || line.contains("8080"));
    links.chain(elements.map(|line| line.trim().into())).collect()
}

/// Without what a network has that is up, whose containers have ended.
fn without_bridge(state: &[String]) -> Vec<String> {
    let is_ports =
        |line: &&String| line.contains("8080") || line.starts_with("veth") || line.starts_with("dt-");
    state.iter().filter(is_ports).cloned().collect()
}

const NETWORK: &str = "network create --subnet 10.66.0.0/24 inject";
const RUN: &str = "run -d --name c --network inject -p 8080:80 busybox true";

#[test]
fn of_a_first_start_on_a_network() {
    at_every_call_of_networks(&Dhow::root(), &[NETWORK], &RUN.split(' ').collect::<Vec<_>>());
}

#[test]
fn of_an_ordinary_users_start_on_a_network() {
    at_every_call_of_networks(&Dhow::user(), &[NETWORK], &RUN.split(' ').collect::<Vec<_>>());
}

#[test]
fn of_an_ordinary_users_removal_of_a_network() {
    at_every_call_of_networks(&Dhow::user(), &[NETWORK, RUN, "wait c", "rm c"], &["network", "rm", "inject"]);
}

#[test]
fn of_making_and_removing_a_network() {
    at_every_call_of_networks(&Dhow::root(), &[], &NETWORK.split(' ').collect::<Vec<_>>());
    at_every_call_of_networks(&Dhow::root(), &[NETWORK, RUN, "wait c", "rm c"], &["network", "rm", "inject"]);
}

/// A container that runs, with a port, beside a network that it isn't on.
const RUNNING: &str = "run -d --name c --network first -p 8080:80 busybox sleep 1000";
const FIRST: &str = "network create --ignore --subnet 10.66.1.0/24 first";

/// Traces the monitor of the container `c` while `meanwhile` runs, with something injected into one of its calls; the trace.
fn monitor_traced(dhow: &Dhow, id: &str, (call, inject): (&str, &str), meanwhile: impl FnOnce()) -> String {
    let state = std::fs::read(dhow.root_dir().join("containers").join(id).join("state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    let monitor = state["monitor"]["pid"].to_string();
    let log = dhow.file("strace.log", "");
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-o"]).arg(&log).args(["-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:{inject}"), "-p", &monitor]);
    let mut strace =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = std::io::BufReader::new(strace.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut told, &mut line).unwrap();
    assert!(line.contains("attached"), "{line}");
    meanwhile();
    let pid = nix::unistd::Pid::from_raw(strace.id() as i32);
    let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT);
    strace.wait().unwrap();
    std::fs::read_to_string(&log).unwrap()
}

/// Kills the container's monitor at the `nth` call of a kind that it makes for the command. Whether there was one.
fn monitor_killed_at(lan: &Lan, dhow: &Dhow, call: &str, nth: usize, args: &[&str]) -> bool {
    let id = lan.dhow(dhow, &["inspect", "-f", "{{.Id}}", "c"]).ok().trimmed();
    // Whatever it says, it must end.
    let run = || drop(lan.dhow(dhow, args));
    monitor_traced(dhow, &id, (call, &format!("signal=KILL:when={nth}")), run).contains("killed by SIGKILL")
}

/// A monitor that stands still when it has told of the end: who hears of it can have the container's ports at once.
fn ports_are_free_when_the_end_is_told(dhow: &Dhow, options: &[&str]) {
    let lan = &machine(dhow);
    let run = |options: &[&str], program: &[&str]| {
        let ports = ["-p", "8080:80", "-p", "8081:80/udp"];
        lan.dhow(dhow, &[&["run"], options, &ports, &["busybox"], program].concat()).ok().trimmed()
    };
    let id = run(&[&["-d", "--name", "c"], options].concat(), &["sleep", "1000"]);
    let trace = monitor_traced(dhow, &id, ("sendmsg", "delay_exit=1500000"), || {
        lan.dhow(dhow, &["stop", "-t", "0", "c"]).ok();
        run(&["--rm"], &["true"]);
    });
    assert!(trace.contains("exited"), "{trace}");
    lan.dhow(dhow, &["rm", "-f", "c"]).ok();
}

#[test]
fn ports_are_free_when_the_end_is_told_root() {
    ports_are_free_when_the_end_is_told(&Dhow::root(), &[]);
    ports_are_free_when_the_end_is_told(&Dhow::root(), &["--rm"]);
}

#[test]
fn ports_are_free_when_the_end_is_told_user() {
    ports_are_free_when_the_end_is_told(&Dhow::user(), &[]);
    ports_are_free_when_the_end_is_told(&Dhow::user(), &["--rm"]);
}

/// Kills of the command, and then of the monitor, that change the networks of a container that runs.
fn at_every_call_of_rewiring(dhow: &Dhow, connected: bool, args: &[&str]) {
    let lan = &machine(dhow);
    let run = |args: &str| lan.dhow(dhow, &args.split(' ').collect::<Vec<_>>());
    run("run --rm busybox true").ok();
    run(FIRST).ok();
    if dhow.is_rootless() {
        run("run -d --name stay busybox sleep 1000").ok();
    }
    let bridges = &bridges(lan, dhow);
    let ours = |state: &[String]| without_bridge(state).len() - usize::from(dhow.is_rootless());
    let mut kills = 0;
    for of_monitor in [false, true] {
        for call in ["sendto", "sendmsg", "setns", "linkat", "link", "rename", "unlink"] {
            for nth in 1..=if of_monitor { 8 } else { 4 } {
                run(NETWORK).ok();
                run(RUNNING).ok();
                if connected {
                    run("network connect inject c").ok();
                }
                let killed = if of_monitor {
                    monitor_killed_at(lan, dhow, call, nth, args)
                } else {
                    killed_at(dhow, call, nth, lan.command(dhow, args))
                };
                let at =
                    format!("{} {call} {nth}", if of_monitor { "the monitor's" } else { "the command's" });
                let state = run("ps -a --format {{.State}} -f name=^c$").ok().trimmed();
                assert!(["running", "exited"].contains(&state.as_str()), "{at}: {state}");
                if !of_monitor {
                    // Half a change or a whole one: either way it can be made, or undone, again.
                    let again =
                        if connected { "network connect inject c" } else { "network disconnect inject c" };
                    run(again);
                    run(&args.join(" ")).ok();
                }
                run("rm -f c").ok();
                // The next command about networks finds what is left.
                run("network ls -q").ok();
                let left = comes_to(bridges, |state| ours(state) == 0);
                assert!(left.is_ok(), "{at}: {left:?}");
                run("network rm inject").ok();
                if !killed {
                    break;
                }
                kills += 1;
            }
        }
    }
    // How many there are depends on what else the machine does; on a quiet one 8 and 18.
    assert!(kills > 3, "only {kills} kills: is strace at work?");
    run("rm -fa").ok();
}

#[test]
fn of_connecting_a_running_container() {
    at_every_call_of_rewiring(&Dhow::root(), false, &["network", "connect", "inject", "c"]);
}

#[test]
fn of_disconnecting_a_running_container() {
    at_every_call_of_rewiring(&Dhow::root(), true, &["network", "disconnect", "inject", "c"]);
}

#[test]
fn of_an_ordinary_users_connecting_and_disconnecting() {
    at_every_call_of_rewiring(&Dhow::user(), false, &["network", "connect", "inject", "c"]);
    at_every_call_of_rewiring(&Dhow::user(), true, &["network", "disconnect", "inject", "c"]);
}

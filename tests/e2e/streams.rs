//! What goes in and comes out: binary data, terminals, attaching and detaching, signals, logs.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::harness::{self, Dhow, TIMEOUT};

/// A command on a terminal of its own.
struct OnTerminal {
    child: Child,
    master: File,
}

impl OnTerminal {
    fn spawn(dhow: &Dhow, args: &[&str]) -> Self {
        let pty = nix::pty::openpty(None, None).unwrap();
        let end = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
        let mut command = dhow.command(args);
        command.stdin(end(&pty.slave)).stdout(end(&pty.slave)).stderr(end(&pty.slave));
        Self { child: command.spawn().unwrap(), master: File::from(pty.master) }
    }

    /// Reads until the text has come.
    #[track_caller]
    fn expect(&mut self, text: &str) {
        let mut seen = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&seen).contains(text) {
            match self.master.read(&mut byte) {
                Ok(1) => seen.push(byte[0]),
                other => panic!("{other:?} while waiting for {text:?}: {:?}", String::from_utf8_lossy(&seen)),
            }
        }
    }

    fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    #[track_caller]
    fn ends(mut self, code: i32) {
        if !harness::wait(&self.child, TIMEOUT) {
            self.child.kill().unwrap();
            panic!("the command does not end");
        }
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
    }
}

/// What a process has used of processors, its own and the kernel's for it, in hundredths of a second (proc_pid_stat(5)).
fn processor_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').skip(11).take(2).map(|f| f.parse::<u64>().unwrap()).sum()
}

both! {
    fn streams_stay_apart_and_binary(dhow) {
        dhow.load_busybox();
        let out = dhow.run(["run", "--rm", "busybox", "sh", "-c", "printf out; printf err >&2"]).ok();
        assert_eq!((out.stdout(), out.stderr()), ("out".into(), "err".into()));
        let data: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for log in ["json-file", "none"] {
            let back = dhow.run_input(["run", "--rm", "-i", "--log-driver", log, "busybox", "cat"], data.clone()).ok();
            assert!(back.out == data, "{} of {} bytes came back with log {log}", back.out.len(), data.len());
        }
    }

    fn a_closed_input_ends_and_a_missing_one_is_empty(dhow) {
        dhow.load_busybox();
        assert_eq!(dhow.run(["run", "--rm", "-i", "busybox", "cat"]).ok().stdout(), "");
        assert_eq!(dhow.run_input(["run", "--rm", "busybox", "cat"], b"ignored").ok().stdout(), "");
        assert_eq!(dhow.run_input(["run", "--rm", "-i", "busybox", "sh", "-c", "head -c 3; exec cat >/dev/null"], b"abcdef").ok().stdout(), "abc");
        // Nobody reads it: the container goes on to its end.
        assert_eq!(dhow.run_input(["run", "--rm", "-i", "busybox", "true"], vec![0u8; 1_000_000]).code, 0);
    }

    fn a_reader_that_leaves_stops_the_writer(dhow) {
        dhow.load_busybox();
        let mut child = dhow.command(["run", "--rm", "--log-driver", "none", "busybox", "yes"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut vec![0; 100_000]).unwrap();
        drop(out);
        assert!(harness::wait(&child, TIMEOUT), "yes goes on without a reader");
        child.wait().unwrap();
        assert_eq!(dhow.run(["ps", "-q"]).ok().trimmed().len(), 12, "as with docker, the container itself goes on, read into nothing");
        dhow.run(["rm", "-fa"]).ok();
    }

    fn a_client_that_does_not_read_keeps_nobody_from_removing(dhow) {
        let _pipes = harness::pipes();
        dhow.load_busybox();
        // More than the pipes on the way hold, less than with the monitor's and the container's own: it ends, undelivered. (Before that is
        // waited for, or after.)
        let args = ["run", "--name", "w", "busybox", "sh", "-c", "head -c 133000 /dev/zero"];
        let mut child = dhow.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        assert_eq!(dhow.run(["wait", "w"]).code, 0);
        dhow.run(["rm", "w"]).ok();
        let mut rest = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        assert!(harness::wait(&child, TIMEOUT));
        child.wait().unwrap();
    }

    fn a_slow_reader_has_everything_and_costs_nothing(dhow) {
        let _pipes = harness::pipes();
        dhow.load_busybox();
        // More than the reader's pipe holds, less than that and the client's: the rest lies there when the program ends.
        let args = ["run", "--name", "w", "busybox", "sh", "-c", "head -c 100000 /dev/zero; sleep 1; exit 3"];
        let mut child = dhow.command(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        assert_eq!(dhow.run(["wait", "w"]).ok().trimmed(), "3");
        let ticks = processor_ticks(child.id());
        assert!(ticks < 10, "the client spent {ticks}0 ms on waiting for its reader");
        let mut rest = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 99_999);
        assert_eq!(child.wait().unwrap().code(), Some(3));
        dhow.run(["rm", "w"]).ok();
    }

    fn terminal_size_detach_and_attach(dhow) {
        dhow.load_busybox();
        let mut t = OnTerminal::spawn(dhow, &["run", "-it", "--name", "t", "busybox", "sh"]);
        t.type_in("tty; stty size; echo $TERM; test -c /dev/console && echo console\n");
        t.expect("/dev/pts/0");
        t.expect("console");
        t.type_in("echo before-$((20+3))\n");
        t.expect("before-23");
        t.type_in("\x10\x11");
        t.ends(0);
        assert_eq!(dhow.run(["ps", "--format", "{{.Names}}"]).ok().trimmed(), "t");
        let mut t = OnTerminal::spawn(dhow, &["attach", "t"]);
        t.type_in("echo again-$((20+4))\n");
        t.expect("again-24");
        t.type_in("exit 6\n");
        t.ends(6);
        assert_eq!(dhow.run(["wait", "t"]).ok().trimmed(), "6");
        dhow.run(["rm", "t"]).ok();
    }

    fn a_signal_to_a_client_puts_its_terminal_right(dhow) {
        dhow.load_busybox();
        let mut t = OnTerminal::spawn(dhow, &["run", "-it", "--name", "t", "busybox", "sh", "-c", "echo ready; sleep 1000"]);
        t.expect("ready");
        let terminal = t.master.try_clone().unwrap();
        let canonical = || nix::sys::termios::tcgetattr(&terminal).unwrap().local_flags.contains(nix::sys::termios::LocalFlags::ICANON);
        assert!(!canonical(), "raw while the container has it");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(t.child.id() as i32), nix::sys::signal::Signal::SIGTERM).unwrap();
        t.ends(143);
        assert!(canonical());
        dhow.run(["rm", "-f", "t"]).ok();
    }

    fn exec_on_a_terminal(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "w", "busybox", "sleep", "100"]).ok();
        let mut t = OnTerminal::spawn(dhow, &["exec", "-it", "w", "sh"]);
        t.type_in("tty; exit 3\n");
        t.expect("/dev/pts/0");
        t.ends(3);
        dhow.run(["exec", "-it", "w", "sh"]).fails(1).says("not a terminal");
        dhow.run(["rm", "-f", "w"]).ok();
    }

    fn several_clients_see_the_same(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "-i", "--name", "w", "busybox", "sh", "-c", "while read x; do echo got $x; echo err $x >&2; done"]).ok();
        let spawn = || dhow.command(["attach", "--no-stdin", "w"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut watchers = [spawn(), spawn()];
        // Whoever is connected is told of the end: wait until both are, by what they hear.
        let mut talker = dhow.command(["attach", "w"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut heard = [String::new(), String::new()];
        let input = talker.stdin.as_mut().unwrap();
        for (watcher, text) in watchers.iter_mut().zip(&mut heard) {
            let out = watcher.stdout.as_mut().unwrap();
            while !text.contains("got x\n") {
                input.write_all(b"x\n").unwrap();
                // One that was not yet connected has missed it, and is told again.
                let mut fds = [PollFd::new(out.as_fd(), PollFlags::POLLIN)];
                if poll(&mut fds, PollTimeout::from(100u8)).unwrap() == 0 {
                    continue;
                }
                let mut buffer = [0; 64];
                let n = out.read(&mut buffer).unwrap();
                text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
            }
        }
        dhow.run(["kill", "w"]).ok();
        for mut client in watchers.into_iter().chain([talker]) {
            assert!(harness::wait(&client, TIMEOUT));
            assert_eq!(client.wait().unwrap().code(), Some(137));
        }
        dhow.run(["rm", "w"]).ok();
    }

    fn signals_pass_through(dhow) {
        dhow.load_busybox();
        let script = "trap 'echo usr1; exit 8' USR1; echo ready; while :; do sleep 0.05; done";
        let mut child = dhow.command(["run", "--rm", "busybox", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 6]).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::Signal::SIGUSR1).unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("usr1\n", Some(8)));
    }

    fn logs_in_dockers_format(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "w", "busybox", "sh", "-c", "echo one; echo two >&2; printf three"]).ok();
        let path = dhow.run(["inspect", "-f", "{{.LogPath}}", "w"]).ok().trimmed();
        let mut entries: Vec<(String, String)> = std::fs::read_to_string(path).unwrap().lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
            .map(|e| (e["stream"].as_str().unwrap().into(), e["log"].as_str().unwrap().into()))
            .collect();
        entries.sort();
        assert_eq!(entries, [("stderr", "two\n"), ("stdout", "one\n"), ("stdout", "three")].map(|(a, b)| (a.to_string(), b.to_string())));
        let out = dhow.run(["logs", "w"]).ok();
        assert_eq!((out.stdout(), out.stderr()), ("one\nthree".into(), "two\n".into()));
        let last = dhow.run(["logs", "--tail", "1", "w"]).ok();
        assert_eq!((last.stdout() + &last.stderr()).lines().count(), 1);
        assert_eq!(dhow.run(["logs", "--since", "2100-01-01T00:00:00Z", "w"]).ok().stdout(), "");
        assert_eq!(dhow.run(["logs", "--until", "1h", "w"]).ok().stdout(), "");
        assert!(dhow.run(["logs", "-t", "w"]).ok().stdout().starts_with("20"));
        dhow.run(["logs", "--tail", "x", "w"]).fails(1).says("tail");
        dhow.run(["run", "--name", "n", "--log-driver", "none", "busybox", "echo", "x"]).ok();
        dhow.run(["logs", "n"]).fails(1).says("does not support reading");
        dhow.run(["rm", "-a"]).ok();
    }

    fn logs_follow_across_rotation(dhow) {
        dhow.load_busybox();
        let script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo end";
        dhow.run(["create", "--name", "w", "--log-opt", "max-size=20k", "--log-opt", "max-file=50", "busybox", "sh", "-c", script]).ok();
        dhow.run(["start", "w"]).ok();
        let lines = dhow.run(["logs", "-f", "w"]).ok().lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[2999].as_str(), lines[3000].as_str()), (3001, "line 0", "line 2999", "end"));
        let dir = dhow.run(["inspect", "-f", "{{.LogPath}}", "w"]).ok().trimmed();
        assert!(std::path::Path::new(&format!("{dir}.2")).exists());
        dhow.run(["rm", "w"]).ok();
    }
}

#[test]
fn a_monitor_keeps_no_descriptor_of_clients_that_are_gone() {
    use std::os::fd::AsFd;

    use dhow::monitor::protocol::{Request, send, wait_started};

    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow.run(["run", "-d", "-i", "--name", "c", "busybox", "cat"]).ok();
    let roots = dhow::state::Roots { root: dhow.root_dir(), runroot: dhow.runroot_dir(), rootless: false };
    let dir = dhow::container::ContainerStore::new(&roots).find("c").unwrap();
    let monitor = dir.recorded_state().unwrap().monitor.unwrap().pid;
    let open = || std::fs::read_dir(format!("/proc/{monitor}/fd")).unwrap().count();
    let attach = || {
        let socket = dhow::monitor::connect(&dir).unwrap();
        let (read, write) = nix::unistd::pipe().unwrap();
        let (input, mine) = nix::unistd::pipe().unwrap();
        let request = Request::Attach {
            stdin: true,
            stdout: true,
            stderr: false,
            size: None,
            passed: false,
            extra: 0,
            further: 0,
        };
        send(socket.as_fd(), &request, &[input.as_fd(), write.as_fd()]).unwrap();
        wait_started(&socket).unwrap();
        drop((socket, read, mine));
    };
    attach();
    let before = open();
    (0..2000).for_each(|_| attach());
    // The last ones may not have been noticed yet.
    let deadline = std::time::Instant::now() + TIMEOUT;
    while open() > before && std::time::Instant::now() < deadline {
        attach();
    }
    assert!(open() <= before, "{} descriptors, {before} before", open());
    dhow.run(["rm", "-f", "c"]).ok();
}

//! Processes killed at any moment: the next command tells the truth, and nothing stays behind.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{self, Dhow, TIMEOUT};
use crate::leftovers;

fn pid_of(dhow: &Dhow, name: &str) -> i32 {
    dhow.run(["inspect", "-f", "{{.State.Pid}}", name]).ok().trimmed().parse().unwrap()
}

pub fn parent(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(1).unwrap().parse().unwrap()
}

pub fn kill_now(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    assert!(leftovers::wait_pid(pid, TIMEOUT));
}

both! {
    fn a_killed_monitor_takes_its_container_along(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "w", "busybox", "sleep", "100"]).ok();
        dhow.run(["run", "-d", "--rm", "--name", "gone", "busybox", "sleep", "100"]).ok();
        let pids = [pid_of(dhow, "w"), pid_of(dhow, "gone")];
        for pid in pids {
            kill_now(parent(pid));
            assert!(leftovers::wait_pid(pid, TIMEOUT));
        }
        assert_eq!(dhow.run(["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok().trimmed(), "w exited");
        let state = dhow.run(["inspect", "-f", "{{.State.ExitCode}} {{.State.Error}}", "w"]).ok().trimmed();
        assert!(state.starts_with("137 ") && state.contains("monitor was killed"), "{state}");
        dhow.run(["start", "w"]).ok();
        assert_eq!(dhow.run(["ps", "-q"]).ok().lines().len(), 1);
        dhow.run(["rm", "-f", "w"]).ok();
    }

    fn many_at_one_container_at_once(dhow) {
        dhow.load_busybox();
        let spawn = |args: &[&str]| {
            let mut command = dhow.command(args);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        for round in 0..6 {
            let create: &[&str] = if round % 2 == 0 { &["create"] } else { &["run", "-d"] };
            dhow.run(create.iter().chain(&["--name", "w", "busybox", "sleep", "1000"])).ok();
            let commands: [&[&str]; 4] = [&["start", "w"], &["rm", "-f", "w"], &["rm", "-f", "w"], &["rm", "-f", "w"]];
            let children: Vec<_> = commands.map(spawn).into_iter().collect();
            for child in children {
                assert!(harness::wait(&child, TIMEOUT), "round {round}: a command waits for ever");
                let said = child.wait_with_output().unwrap().stderr;
                let said = String::from_utf8_lossy(&said).into_owned();
                assert!(said.is_empty() || said.contains("No such container"), "round {round}: {said}");
            }
            assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
        }
    }

    fn a_killed_client_leaves_the_container_running(dhow) {
        dhow.load_busybox();
        let mut client = dhow.command(["run", "--name", "w", "busybox", "sh", "-c", "echo up; sleep 100"]).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut [0; 3]).unwrap();
        client.kill().unwrap();
        client.wait().unwrap();
        assert_eq!(dhow.run(["exec", "w", "echo", "alive"]).ok().trimmed(), "alive");
        dhow.run(["rm", "-f", "w"]).ok();
    }

    fn a_killed_first_process_ends_the_container(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "w", "busybox", "sh", "-c", "sleep 100 & sleep 100"]).ok();
        let waiting = dhow.command(["wait", "w"]).stdout(Stdio::piped()).spawn().unwrap();
        kill_now(pid_of(dhow, "w"));
        let output = waiting.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "137\n");
        assert_eq!(dhow.run(["ps", "-q"]).ok().trimmed(), "");
        dhow.run(["rm", "w"]).ok();
    }

    fn a_run_killed_at_any_moment_leaves_nothing_that_stays(dhow) {
        dhow.load_busybox();
        for delay in (0..30).map(|n| n * 400) {
            let mut child = dhow.command(["run", "--rm", "--name", "same", "busybox", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // Killed by the clock on purpose: the moments are to be all over the place.
            let timer = std::time::Instant::now();
            while timer.elapsed().as_micros() < delay {
                std::hint::spin_loop();
            }
            let _ = child.kill();
            child.wait().unwrap();
            // A container that got off the ground ends by itself; the name is free then or at once.
            let _ = dhow.run(["wait", "same"]);
            dhow.run(["run", "--rm", "busybox", "true"]).ok();
        }
        dhow.run(["rm", "-f", "same"]);
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
        dhow.run(["run", "--rm", "--name", "same", "busybox", "true"]).ok();
        let left = |dir: std::path::PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name()).collect::<Vec<_>>();
        for name in left(dhow.root_dir().join("containers")) {
            // The last monitor deletes the files after it has told of the end, and holds a lock meanwhile.
            if let Ok(doomed) = std::fs::File::open(dhow.root_dir().join("containers").join(name)) {
                nix::fcntl::Flock::lock(doomed, nix::fcntl::FlockArg::LockExclusive).unwrap();
            }
        }
        assert_eq!(left(dhow.root_dir().join("containers")), Vec::<std::ffi::OsString>::new());
        assert_eq!(left(dhow.runroot_dir().join("containers")), Vec::<std::ffi::OsString>::new());
        assert_eq!(left(dhow.root_dir().join("names")), Vec::<std::ffi::OsString>::new());
    }

    fn of_two_who_want_a_name_one_wins(dhow) {
        dhow.load_busybox();
        for _ in 0..5 {
            let spawn = || dhow.command(["create", "--name", "same", "busybox"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let children: Vec<_> = (0..4).map(|_| spawn()).collect();
            let won = children.into_iter().filter(|c| harness::wait(c, TIMEOUT)).map(|mut c| c.wait().unwrap()).filter(std::process::ExitStatus::success).count();
            assert_eq!(won, 1);
            dhow.run(["rm", "same"]).ok();
        }
    }

    fn fifty_at_once(dhow) {
        dhow.load_busybox();
        let spawn = |n: usize| {
            let script = format!("echo {n}; exit {}", n % 7);
            dhow.command(["run", "--rm", "busybox", "sh", "-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..50).map(spawn).collect();
        for (n, child) in children.into_iter().enumerate() {
            let out = child.wait_with_output().unwrap();
            assert_eq!((out.status.code(), String::from_utf8_lossy(&out.stdout).trim()), (Some(n as i32 % 7), n.to_string().as_str()),
                "{}", String::from_utf8_lossy(&out.stderr));
        }
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }
}

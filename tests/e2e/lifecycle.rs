//! The life of a container without a daemon: restarts, health, programs that join, waiting.

use crate::harness::Dhow;

/// A container that runs this line of shell.
fn start(dhow: &Dhow, options: &[&str], script: &str) -> String {
    dhow.load_busybox();
    dhow.run([&["run", "-d", "--name", "c"], options, &["busybox", "sh", "-c", script]].concat())
        .ok()
        .trimmed()
}

fn inspect(dhow: &Dhow, template: &str) -> String {
    dhow.run(["inspect", "-f", template, "c"]).ok().trimmed()
}

both! {
    fn a_container_is_restarted_as_its_policy_says(dhow) {
        start(dhow, &["--restart", "on-failure:2"], "echo run; exit 3");
        assert_eq!(dhow.run(["wait", "--condition", "exited", "c"]).ok().trimmed(), "3");
        assert_eq!(dhow.run(["logs", "c"]).ok().lines(), ["run", "run", "run"]);
        assert_eq!(inspect(dhow, "{{.RestartCount}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}"), "2 exited on-failure 2");
        dhow.run(["start", "c"]).ok();
        dhow.run(["wait", "--condition", "exited", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.RestartCount}}"), "2", "a start by hand begins to count anew");
        dhow.run(["rm", "c"]).ok();
        start(dhow, &["--restart", "on-failure"], "exit 0");
        dhow.run(["wait", "c"]).ok();
        dhow.run(["wait", "--condition", "exited", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.RestartCount}}"), "0");
        dhow.run(["run", "--rm", "--restart", "always", "busybox"]).fails(125).says("Conflicting options: --restart and --rm");
        dhow.run(["run", "-d", "--restart", "sometimes", "busybox"]).fails(125).says("unknown policy 'sometimes'");
        dhow.run(["run", "-d", "--restart", "always:3", "busybox"]).fails(125).says("on-failure");
    }

    fn what_was_stopped_stays_so(dhow) {
        // While it runs, and while it waits to be started again.
        start(dhow, &["--restart", "always"], "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done");
        dhow.run(["stop", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.State.Status}} {{.State.ExitCode}}"), "exited 0");
        dhow.run(["start", "c"]).ok();
        dhow.run(["kill", "c"]).ok();
        dhow.run(["wait", "--condition", "exited", "c"]).ok();
        dhow.run(["rm", "c"]).ok();
        start(dhow, &["--restart", "unless-stopped"], "exit 1");
        dhow.run(["wait", "--condition", "restarting", "c"]).ok();
        dhow.run(["exec", "c", "true"]).fails(1);
        dhow.run(["stop", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.State.Status}} {{.State.Restarting}}"), "exited false");
        dhow.run(["start", "c"]).ok();
        dhow.run(["rm", "-f", "c"]).ok();
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }

    fn whoever_kills_the_program_from_outside_sees_it_again(dhow) {
        start(dhow, &["--restart", "always"], "exec sleep 1000");
        let pid: i32 = inspect(dhow, "{{.State.Pid}}").parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
        assert_eq!(dhow.run(["wait", "--condition", "restarting", "c"]).ok().trimmed(), "137");
        dhow.run(["wait", "--condition", "running", "c"]).ok();
        assert_ne!(inspect(dhow, "{{.State.Pid}}"), pid.to_string());
        assert_eq!(dhow.run(["exec", "c", "echo", "again"]).ok().trimmed(), "again");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn health_is_checked(dhow) {
        let options = ["--health-cmd", "echo looked; test -e /ok", "--health-interval", "50ms", "--health-retries", "2"];
        start(dhow, &options, "exec sleep 1000");
        assert_eq!(dhow.run(["wait", "--condition", "unhealthy", "c"]).ok().trimmed(), "-1");
        assert!(dhow.run(["ps"]).ok().stdout().contains("(unhealthy)"));
        dhow.run(["healthcheck", "run", "c"]).fails(1);
        dhow.run(["exec", "c", "touch", "/ok"]).ok();
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        dhow.run(["healthcheck", "run", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{(index .State.Health.Log 0).Output}}"), "healthy 0 looked");
        assert_eq!(inspect(dhow, "{{len .State.Health.Log}}"), "5");
        assert_eq!(dhow.run(["ps", "-q", "--filter", "health=healthy"]).ok().lines().len(), 1);
        assert_eq!(inspect(dhow, "{{json .Config.Healthcheck.Test}}"), r#"["CMD-SHELL","echo looked; test -e /ok"]"#);
        dhow.run(["stop", "-t", "0", "c"]).ok();
        assert_eq!(inspect(dhow, "{{.State.Health.Status}}"), "healthy", "remembered after the end");
        dhow.run(["rm", "c"]).ok();
    }

    fn a_check_that_hangs_or_is_missing_fails(dhow) {
        start(dhow, &["--health-cmd", "echo so far; sleep 1000", "--health-interval", "30ms", "--health-timeout", "50ms", "--health-retries", "1"], "exec sleep 1000");
        dhow.run(["wait", "--condition", "unhealthy", "c"]).ok();
        assert!(inspect(dhow, "{{json (index .State.Health.Log 0)}}").contains(r"exceeded timeout (50ms): so far\n"));
        // The container's own, and the check that runs now: those before were killed.
        let sleeping = dhow.run(["exec", "c", "sh", "-c", "ps | grep -c '[s]leep 1000'"]).ok().trimmed();
        assert!(["1", "2"].contains(&&*sleeping), "{sleeping}");
        dhow.run(["rm", "-f", "c"]).ok();
        start(dhow, &["--health-cmd", r#"["nope"]"#, "--health-interval", "30ms", "--health-retries", "1"], "exec sleep 1000");
        dhow.run(["wait", "--condition", "unhealthy", "c"]).ok();
        assert!(inspect(dhow, "{{json .State.Health.Log}}").contains("not found"));
        dhow.run(["rm", "-f", "c"]).ok();
        dhow.run(["run", "-d", "--no-healthcheck", "--health-cmd", "true", "busybox"]).fails(125).says("conflicts");
    }

    fn the_unhealthy_are_restarted_stopped_or_killed(dhow) {
        let check = ["--health-cmd", "test ! -e /sick", "--health-interval", "30ms", "--health-retries", "1", "--stop-timeout", "0"];
        for (action, status) in [("kill", "exited 137"), ("stop", "exited 137")] {
            start(dhow, &[&check[..], &["--health-on-failure", action]].concat(), "exec sleep 1000");
            dhow.run(["exec", "c", "touch", "/sick"]).ok();
            dhow.run(["wait", "c"]).ok();
            assert_eq!(inspect(dhow, "{{.State.Status}} {{.State.ExitCode}}"), status);
            dhow.run(["rm", "c"]).ok();
        }
        start(dhow, &[&check[..], &["--health-on-failure", "restart"]].concat(), "rm -f /sick; exec sleep 1000");
        dhow.run(["exec", "c", "touch", "/sick"]).ok();
        // It may be over before anybody could wait for it.
        let deadline = std::time::Instant::now() + crate::harness::TIMEOUT;
        while inspect(dhow, "{{.RestartCount}}") != "1" {
            assert!(std::time::Instant::now() < deadline, "it is restarted");
        }
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn programs_that_join_are_listed_and_end_with_the_container(dhow) {
        start(dhow, &[], "exec sleep 1000");
        assert_eq!(inspect(dhow, "{{json .ExecIDs}}"), "null");
        dhow.run(["exec", "-d", "c", "sleep", "1001"]).ok();
        dhow.run(["exec", "-d", "-t", "c", "sh", "-c", "while :; do echo much output that nobody reads; done"]).ok();
        assert_eq!(inspect(dhow, "{{len .ExecIDs}}"), "2");
        let mut client = dhow.command(["exec", "c", "sh", "-c", "echo ready; exec sleep 1002"]);
        let mut client = client.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = [0; 6];
        std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut line).unwrap();
        assert_eq!(inspect(dhow, "{{len .ExecIDs}}"), "3");
        dhow.run(["stop", "-t", "0", "c"]).ok();
        assert!(crate::harness::wait(&client, crate::harness::TIMEOUT));
        assert_eq!(client.wait().unwrap().code(), Some(137));
        dhow.run(["rm", "c"]).ok();
    }

    fn a_program_outlives_its_client(dhow) {
        start(dhow, &[], "exec sleep 1000");
        let mut client = dhow.command(["exec", "c", "sh", "-c", "echo ready; read x </dev/zero; sleep 1000"]);
        let mut client = client.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = [0; 6];
        std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut line).unwrap();
        client.kill().unwrap();
        client.wait().unwrap();
        assert_eq!(inspect(dhow, "{{len .ExecIDs}}"), "1");
        // Arguments that no message of a socket could hold.
        let long = "x".repeat(100_000);
        assert_eq!(dhow.run(["exec", "c", "sh", "-c", "echo ${#0}", &long]).ok().trimmed(), "100000");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn a_client_that_hangs_costs_the_monitor_nothing(dhow) {
        let id = start(dhow, &[], "exec sleep 1000");
        let state = std::fs::read(dhow.root_dir().join("containers").join(id).join("state.json")).unwrap();
        let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
        let monitor = format!("/proc/{}/stat", state["monitor"]["pid"]);
        let mut client = dhow.command(["exec", "c", "sh", "-c", "echo ready; read x"]);
        let mut client = client.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = [0; 6];
        std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut line).unwrap();
        let pid = nix::unistd::Pid::from_raw(client.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::SIGSTOP).unwrap();
        drop(client.stdin.take());
        // The program has ended; its client still has the descriptor of it.
        let deadline = std::time::Instant::now() + crate::harness::TIMEOUT;
        while inspect(dhow, "{{json .ExecIDs}}") != "null" || !std::fs::read_to_string(&monitor).unwrap().contains(") S ") {
            assert!(std::time::Instant::now() < deadline, "the monitor has nothing to do and doesn't sleep");
        }
        nix::sys::signal::kill(pid, nix::sys::signal::SIGCONT).unwrap();
        assert_eq!(client.wait().unwrap().code(), Some(1));
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn after_a_restart_of_the_machine_what_must_run_runs(dhow) {
        dhow.load_busybox();
        let policies = ["always", "unless-stopped", "on-failure", "no"];
        for policy in policies {
            dhow.run(["run", "-d", "--name", policy, "--restart", policy, "busybox", "sleep", "1000"]).ok();
        }
        dhow.run(["run", "-d", "--name", "stopped", "--restart", "unless-stopped", "busybox", "sleep", "1000"]).ok();
        dhow.run(["run", "-d", "--name", "stopped-always", "--restart", "always", "busybox", "sleep", "1000"]).ok();
        dhow.run(["create", "--name", "never", "--restart", "always", "busybox", "sleep", "1000"]).ok();
        dhow.run(["stop", "-t", "0", "stopped", "stopped-always"]).ok();
        // As a crash of the machine does: all processes and the run-time directory are gone.
        for policy in policies {
            let pid: i32 = dhow.run(["inspect", "-f", "{{.State.Pid}}", policy]).ok().trimmed().parse().unwrap();
            crate::crashes::kill_now(crate::crashes::parent(pid));
        }
        std::fs::remove_dir_all(dhow.runroot_dir()).unwrap();
        let mut started = dhow.run(["boot"]).ok().lines();
        started.sort();
        assert_eq!(started, ["always", "on-failure", "stopped-always", "unless-stopped"]);
        assert_eq!(dhow.run(["boot"]).ok().trimmed(), "", "nothing is left to do");
        let mut stopped = dhow.run(["boot", "--shutdown"]).ok().lines();
        stopped.sort();
        assert_eq!(stopped, started);
        assert_eq!(dhow.run(["ps", "-q"]).ok().trimmed(), "");
        assert_eq!(dhow.run(["boot"]).ok().lines().len(), 4, "it was not a user who stopped them");
        dhow.run(["rm", "-fa"]).ok();
    }

    fn what_happens_is_told(dhow) {
        dhow.load_busybox();
        // With the slash it is a name for sure: an id may begin with a c.
        let mut follower = dhow.command(["events", "--since", "1", "--filter", "container=/c", "--format", "{{.Action}} {{.Actor.Attributes.image}}"]);
        let mut follower = follower.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        start(dhow, &["--label", "tier=front"], "exec sleep 1000");
        dhow.run(["exec", "c", "true"]).ok();
        dhow.run(["kill", "-s", "USR1", "c"]).ok();
        dhow.run(["stop", "-t", "0", "c"]).ok();
        dhow.run(["rename", "c", "d"]).ok();
        dhow.run(["rename", "d", "c"]).ok();
        dhow.run(["rm", "c"]).ok();
        let expected = ["create", "start", "exec_create: true", "exec_start: true", "exec_die", "kill", "kill", "kill", "die", "stop", "rename", "destroy"];
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(follower.stdout.take().unwrap()));
        for action in expected {
            assert_eq!(lines.next().unwrap().unwrap(), format!("{action} busybox"));
        }
        follower.kill().unwrap();
        follower.wait().unwrap();
        let past = |filters: &[&str]| dhow.run([&["events", "--until", "0s", "--since", "10m", "--format", "{{.Type}} {{.Action}}"], filters].concat()).ok().lines();
        assert_eq!(past(&["--filter", "event=die", "--filter", "label=tier=front"]), ["container die"]);
        assert_eq!(past(&["--filter", "type=image"]), ["image load", "image load"]);
        let line = dhow.run(["events", "--stream=false", "--filter", "event=die"]).ok().trimmed();
        assert!(line.contains("Z container die ") && line.contains("(execDuration=0, exitCode=") && line.ends_with("tier=front)"), "{line}");
        let json = dhow.run(["events", "--stream=false", "--filter", "event=die", "--format", "json"]).ok().json();
        assert_eq!((json["status"].as_str(), json["from"].as_str(), json["scope"].as_str()), (Some("die"), Some("busybox"), Some("local")));
        dhow.run(["events", "--filter", "nonsense=1"]).fails(1).says("invalid filter");
    }

    fn a_restart_is_told_and_under_the_present_name(dhow) {
        start(dhow, &[], "exec sleep 1000");
        dhow.run(["rename", "c", "other"]).ok();
        dhow.run(["restart", "-t", "0", "other"]).ok();
        let told = dhow.run(["events", "--stream=false", "--filter", "type=container", "--format", "{{.Action}} {{.Actor.Attributes.name}}"]).ok().lines();
        let expected = ["create c", "start c", "rename other", "kill other", "kill other", "die other", "stop other", "start other", "restart other"];
        assert_eq!(told, expected);
        dhow.run(["rm", "-f", "other"]).ok();
    }
}

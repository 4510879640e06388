//! Checks of health by the shortcut, which the second one and those after it take: the same to their program as the long way, only cheaper.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::Dhow;

/// All that a program can see of what it was given.
const LOOK: &str = "grep -E '^(Uid|Gid|Groups|Sig[BIC]|Cap|NoNew|Seccomp|Cpus_allowed_list)' /proc/self/status; id; pwd; umask; env | sort; \
    ls /proc/self/fd; for link in fd/0 cwd ns/cgroup ns/ipc ns/mnt ns/net ns/pid ns/uts ns/user; do readlink /proc/self/$link; done; \
    ulimit -n; cat /proc/self/oom_score_adj; test $(cut -d ' ' -f 6 /proc/$$/stat) = $$ && echo leads; echo x > /dev/stdout && echo may write";

/// Starts a container whose checks are made when somebody asks for one.
fn start(dhow: &Dhow, check: &str, options: &[&str]) {
    let health = ["run", "-d", "--name", "c", "--health-interval", "1h", "--health-cmd", check];
    dhow.run([&health[..], options, &["busybox", "sleep", "1000"]].concat()).ok();
}

/// The output of a check that is made now.
fn check(dhow: &Dhow) -> String {
    dhow.run(["healthcheck", "run", "c"]);
    let log = dhow.run(["inspect", "-f", "{{json .State.Health.Log}}", "c"]).ok().json();
    log.as_array().unwrap().last().unwrap()["Output"].as_str().unwrap().to_string()
}

/// A user database as young as that may change unseen, by the file system's clock: it is looked up each time.
fn let_files_age(dhow: &Dhow) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(150) {
        dhow.run(["ps", "-q"]).ok();
    }
}

/// Whether the check that is made now takes the shortcut: whether its process shares the monitor's memory.
fn is_short(dhow: &Dhow) -> bool {
    let id = dhow.run(["inspect", "-f", "{{.Id}}", "c"]).ok().trimmed();
    let state = std::fs::read(dhow.root_dir().join("containers").join(&id).join("state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    let log = dhow.file("strace.log", "");
    let mut strace = std::process::Command::new("strace");
    strace.arg("-o").arg(&log).args(["-e", "trace=clone3", "-p", &state["monitor"]["pid"].to_string()]);
    let mut strace =
        strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(strace.stderr.take().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("attached"), "{told}");
    check(dhow);
    kill(Pid::from_raw(strace.id() as i32), Signal::SIGINT).unwrap();
    strace.wait().unwrap();
    let calls = std::fs::read_to_string(&log).unwrap();
    assert!(calls.contains("clone3("), "{calls}");
    calls.contains("CLONE_VM")
}

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n";
const GROUPS: &str = "root:x:0:\nadm:x:4:root,app\n";

#[test]
fn the_shortcut_is_the_same_to_the_program() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let (users, groups) = (dhow.file("passwd", USERS), dhow.file("group", GROUPS));
    let binds = [format!("{}:/etc/passwd", users.display()), format!("{}:/etc/group", groups.display())];
    let_files_age(dhow);
    let database = ["-v", &binds[0], "-v", &binds[1]];
    let cases: &[&[&str]] = &[
        &[],
        &["--user", "1000:7", "--group-add", "50", "-w", "/tmp"],
        &["--user", "app", "--umask", "077", "--network", "none"],
        &["--user", "app", "--cap-add", "net_admin", "-e", "HOME=/elsewhere"],
        &["--security-opt", "no-new-privileges", "--read-only"],
        &["--security-opt", "seccomp=unconfined", "--cap-drop", "all", "--cap-add", "net_admin"],
        &["--pid", "host", "--network", "host", "--uts", "host", "--cgroupns", "host"],
        &["-e", "PATH=/nowhere:/etc/passwd:/bin", "--ulimit", "nofile=100:100", "--pids-limit", "50"],
    ];
    for case in cases {
        start(dhow, LOOK, &[&database[..], case].concat());
        let long = check(dhow);
        let whole =
            ["CapBnd", "mnt:[", "user:[", "leads", "may write"].iter().all(|part| long.contains(part));
        assert!(whole, "{case:?}: {long}");
        assert_eq!(check(dhow), long, "{case:?}");
        // One that has to be put into further cgroups needs a word at the right time.
        let limited = case.contains(&"--pids-limit")
            && !std::path::Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        assert_eq!(is_short(dhow), !limited, "{case:?}");
        assert_eq!(check(dhow), long, "{case:?}");
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

/// Who may trace it could write to the monitor by it, and what is killed for want of memory takes with it whoever shares that.
#[test]
fn who_could_harm_the_monitor_by_it_is_not_let_take_it() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let_files_age(dhow);
    for options in [
        &["--cap-add", "sys_ptrace"][..],
        &["--privileged"],
        &["--memory", "64m"],
        &["--cgroup-parent", "dhow-checks"],
        &["--oom-score-adj", "5"],
    ] {
        start(dhow, "true", options);
        check(dhow);
        assert!(!is_short(dhow), "{options:?}");
        dhow.run(["rm", "-f", "c"]).ok();
    }
    start(dhow, "true", &[]);
    check(dhow);
    assert!(is_short(dhow));
    dhow.run(["update", "--memory", "64m", "c"]).ok();
    assert!(!is_short(dhow));
    dhow.run(["rm", "-f", "c"]).ok();
}

both! {
    fn a_user_that_changes_is_looked_up_again(dhow) {
        dhow.load_busybox();
        start(dhow, "id -u; id -g; echo $HOME", &["--user", "app", "-v", &format!("{}:/etc/passwd", dhow.file("passwd", USERS).display())]);
        for _ in 0..3 {
            assert_eq!(check(dhow), "1000\n1001\n/home/app\n");
        }
        // Seven times, so that a shortcut that leads nowhere doesn't spoil those after it.
        for uid in 2000..2007 {
            let edit = format!("sed -i 's/:1[0-9]*:\\|:2[0-9]*:/:{uid}:/' /tmp/passwd && cat /tmp/passwd > /etc/passwd");
            dhow.run(["exec", "-u", "0", "c", "sh", "-c", &format!("cp /etc/passwd /tmp/passwd && {edit}")]).ok();
            for _ in 0..2 {
                assert_eq!(check(dhow), format!("{uid}\n1001\n/home/app\n"));
            }
        }
        dhow.run(["exec", "-u", "0", "c", "sh", "-c", "grep -v app /etc/passwd > /tmp/passwd; cat /tmp/passwd > /etc/passwd"]).ok();
        assert!(check(dhow).contains("unable to find user app"));
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn a_program_that_goes_away_is_missed(dhow) {
        dhow.load_busybox();
        start(dhow, r#"["look"]"#, &[]);
        let put = |path: &str| dhow.run(["exec", "c", "sh", "-c", &format!("printf '#!/bin/sh\\necho {path}\\n' > {path}; chmod +x {path}")]).ok();
        put("/bin/look");
        for _ in 0..3 {
            assert_eq!(check(dhow), "/bin/look\n");
        }
        // Found earlier on the path than the one before.
        dhow.run(["exec", "c", "mkdir", "-p", "/usr/bin"]).ok();
        put("/usr/bin/look");
        assert_eq!(check(dhow), "/usr/bin/look\n");
        dhow.run(["exec", "c", "sh", "-c", "rm /bin/look; chmod -x /usr/bin/look"]).ok();
        assert!(check(dhow).contains("permission denied"));
        dhow.run(["exec", "c", "rm", "/usr/bin/look"]).ok();
        assert!(check(dhow).contains("executable file not found in $PATH"));
        put("/bin/look");
        for _ in 0..3 {
            assert_eq!(check(dhow), "/bin/look\n");
        }
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

/// Whom no cgroup can stop nobody pauses.
#[test]
fn one_that_can_not_go_on_holds_nobody_up() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    start(dhow, "true", &["--health-timeout", "200ms"]);
    for _ in 0..2 {
        assert_eq!(check(dhow), "");
    }
    dhow.run(["pause", "c"]).ok();
    // The monitor answers while a check is stopped on its way.
    let mut waiting = dhow.command(["healthcheck", "run", "c"]).spawn().unwrap();
    assert_eq!(dhow.run(["inspect", "-f", "{{.State.Status}}", "c"]).ok().trimmed(), "paused");
    dhow.run(["unpause", "c"]).ok();
    assert!(crate::harness::wait(&waiting, crate::harness::TIMEOUT));
    waiting.wait().unwrap();
    assert_eq!(check(dhow), "");
    dhow.run(["rm", "-f", "c"]).ok();
}

//! Networks that pasta and slirp4netns make.

use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Dhow, Stdin, TIMEOUT, binary, finish};
use crate::leftovers::wait_pid;
use crate::networks::{Lan, inspect, ip, machine, plain, start_server};

/// The processes of the program that work for containers of this test.
fn at_work(dhow: &Dhow, program: &str) -> Vec<i32> {
    let needle = dhow.runroot_dir();
    let is = |pid: &i32| {
        let text = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        // pasta runs itself again under a name that says for which processor.
        text.split('\0').next().is_some_and(|name| name.contains(program))
            && text.contains(needle.to_str().unwrap())
    };
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    pids.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is).collect()
}

fn ends(pids: &[i32]) {
    for pid in pids {
        assert!(wait_pid(*pid, TIMEOUT), "{pid} stays");
    }
}

/// A container on such a network reaches and is reached, and its program ends with it, however it ends.
fn works(dhow: &Dhow, program: &str) {
    let mut lan = machine(dhow);
    // pasta takes the interface of the default route as its model.
    ip(&format!("-n {} route add default via 198.51.100.2", lan.host));
    let outside = lan.outside.clone();
    lan.serve(dhow, &outside, 8000);
    let url = "http://198.51.100.1:8080/cgi-bin/who";
    let out = ["exec", "web", "busybox", "wget", "-q", "-O", "-", "http://198.51.100.2:8000/cgi-bin/who"];
    let start = |name: &str| start_server(&lan, dhow, name, &["--network", program, "-p", "8080:80"]);
    start("web");
    assert_eq!(plain(&lan.dhow(dhow, &out).ok().stdout()), "198.51.100.1");
    assert!(Lan::get(&lan.outside, url).is_some());
    assert_eq!(lan.dhow(dhow, &["port", "web", "80"]).ok().lines()[0], "0.0.0.0:8080");
    assert_eq!(inspect(&lan, dhow, "web", "{{.HostConfig.NetworkMode}}"), program);
    lan.dhow(dhow, &["run", "--rm", "--network", program, "-p", "8080:80", "busybox", "true"])
        .fails(125)
        .says("port is already allocated");
    assert!(Lan::nsenter(&lan.outside).arg("true").status().unwrap().success(), "the host's mounts stay");
    lan.dhow(dhow, &["restart", "-t", "0", "web"]).ok();
    let deadline = Instant::now() + TIMEOUT;
    while Lan::get(&lan.outside, url).is_none() {
        assert!(Instant::now() < deadline, "not reached after a restart");
    }
    let pids = at_work(dhow, program);
    assert_eq!(pids.len(), 1, "{pids:?}");
    lan.dhow(dhow, &["rm", "-f", "web"]).ok();
    ends(&pids);
    start("web");
    let pids = at_work(dhow, program);
    assert_eq!(pids.len(), 1, "{pids:?}");
    let id = inspect(&lan, dhow, "web", "{{.Id}}");
    let state = dhow.root_dir().join("containers").join(id).join("state.json");
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(state).unwrap()).unwrap();
    let monitor = state["monitor"]["pid"].as_i64().unwrap() as i32;
    kill(Pid::from_raw(monitor), Signal::SIGKILL).unwrap();
    ends(&pids);
    lan.dhow(dhow, &["rm", "-f", "web"]).ok();
}

#[test]
fn pasta_makes_a_users_network() {
    works(&Dhow::user(), "pasta");
    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow.run(["run", "--rm", "--network", "pasta", "busybox", "true"]).fails(125).says("ordinary users");
}

both! {
    fn slirp4netns_makes_a_network(dhow) {
        works(dhow, "slirp4netns");
        let resolver = ["run", "--rm", "--network", "slirp4netns:cidr=10.9.0.0/24", "busybox", "sh", "-c"];
        let show = "cat /etc/resolv.conf; busybox ip -4 -o address show tap0";
        let shown = dhow.run([&resolver[..], &[show]].concat()).ok().stdout();
        assert!(shown.contains("nameserver 10.9.0.3") && shown.contains("10.9.0.100/24"), "{shown}");
        dhow.run(["run", "--rm", "--network", "slirp4netns:colour=red", "busybox", "true"])
            .fails(125)
            .says("unknown option \"colour\"");
    }
}

#[test]
fn a_program_that_is_missing_is_named_with_its_package() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    // In a mount namespace where /usr/bin is without it.
    let hide = "d=$1; shift; mount -t tmpfs none $d && mkdir $d/u $d/w && mount -t overlay -o lowerdir=/usr/bin,upperdir=$d/u,workdir=$d/w none /usr/bin && rm /usr/bin/slirp4netns && exec \"$@\"";
    let mut command = dhow.bare_command("unshare");
    command.args(["-m", "sh", "-c", hide, "sh"]).arg(dhow.base.join("w")).arg(binary());
    command.arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir());
    command.args(["run", "--rm", "--network", "slirp4netns", "busybox", "true"]);
    let what = format!("{command:?}");
    finish(command, what, Stdin::Empty, TIMEOUT)
        .fails(125)
        .says("slirp4netns is not installed: --network slirp4netns needs it (Debian package slirp4netns)");
}

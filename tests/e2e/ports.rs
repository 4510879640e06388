//! Published ports of UDP, from everywhere.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use crate::harness::{Dhow, TIMEOUT};
use crate::names::within;
use crate::networks::{Lan, inspect, machine};

fn namespace(lan: &Lan, dhow: &Dhow, name: &str) -> PathBuf {
    format!("/proc/{}/ns/net", inspect(lan, dhow, name, "{{.State.Pid}}")).into()
}

pub fn sleeper(lan: &Lan, dhow: &Dhow, name: &str, options: &[&str]) -> PathBuf {
    lan.dhow(dhow, &[&["run", "-d", "--name", name], options, &["busybox", "sleep", "1000"]].concat()).ok();
    namespace(lan, dhow, name)
}

/// Answers each datagram at port 80 of the namespace with its sender's address and its length. Ends with the test.
fn serve_datagrams(there: &Path) {
    let socket = within(there, || UdpSocket::bind("0.0.0.0:80").unwrap());
    std::thread::spawn(move || {
        let mut buffer = [0; 10_000];
        while let Ok((n, from)) = socket.recv_from(&mut buffer) {
            socket.send_to(format!("{} {n}", from.ip()).as_bytes(), from).unwrap();
        }
    });
}

/// What is answered to a datagram of this length, from the address that it was sent to.
fn ask(from: &Path, to: &str, length: usize) -> Option<String> {
    within(from, || {
        let socket = UdpSocket::bind(if to.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" }).unwrap();
        socket.connect(to).ok()?;
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        socket.send(&vec![7; length]).ok()?;
        let mut buffer = [0; 100];
        let n = socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..n]).into_owned())
    })
}

fn published_datagrams(dhow: &Dhow, mode: &str) {
    let lan = &machine(dhow);
    let options = ["--publish-mode", mode, "-p", "7000:80/udp", "-p", "[::1]:7001:80/udp"];
    serve_datagrams(&sleeper(lan, dhow, "echo", &options));
    let of = |ns: &str| PathBuf::from(format!("/run/netns/{ns}"));
    let (host, outside) = (of(&lan.host), of(&lan.outside));
    let gateway = inspect(lan, dhow, "echo", "{{.NetworkSettings.Gateway}}");
    let seen = if mode == "proxy" && !dhow.is_rootless() { gateway.as_str() } else { "198.51.100.2" };
    for length in [1, 1400, 9000] {
        assert_eq!(
            ask(&outside, "198.51.100.1:7000", length),
            Some(format!("{seen} {length}")),
            "from outside"
        );
    }
    for to in ["127.0.0.1:7000", "198.51.100.1:7000", "[::1]:7001"] {
        assert!(ask(&host, to, 10).is_some_and(|reply| reply.ends_with(" 10")), "from the host at {to}");
    }
    if !dhow.is_rootless() {
        let other = sleeper(lan, dhow, "other", &[]);
        assert!(ask(&other, "198.51.100.1:7000", 10).is_some(), "from a container, by the host's address");
    }
    let ports = lan.dhow(dhow, &["port", "echo"]).ok().stdout();
    assert!(ports.contains("80/udp -> 0.0.0.0:7000"), "{ports}");
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80/udp", "busybox", "true"])
        .fails(125)
        .says("port is already allocated, by container");
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80", "busybox", "true"]).ok();
    lan.dhow(dhow, &["rm", "-fa"]).ok();
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80/udp", "busybox", "true"]).ok();
}

#[test]
fn datagrams_by_rules() {
    published_datagrams(&Dhow::root(), "dnat");
}

#[test]
fn datagrams_by_listeners() {
    published_datagrams(&Dhow::root(), "proxy");
}

#[test]
fn datagrams_of_a_user() {
    published_datagrams(&Dhow::user(), "dnat");
}

both! {
    /// More than fit into one message of nftables, and than a process may usually have descriptors for: that is the monitor's affair alone.
    fn a_long_range(dhow) {
        let lan = &machine(dhow);
        let mut command = lan.program(dhow, "prlimit");
        command.arg("--nofile=256:").arg(crate::harness::binary());
        command.arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir());
        command.args(["run", "-d", "--name", "c", "-p", "20000-21499:20000-21499", "--health-cmd", "ulimit -n", "busybox", "sh", "-c"]);
        command.arg("ulimit -n; echo found > /tmp/f; exec httpd -f -p 21499 -h /tmp");
        crate::harness::finish(command, "a range".into(), crate::harness::Stdin::Empty, TIMEOUT).ok();
        assert_eq!(lan.dhow(dhow, &["logs", "c"]).ok().trimmed(), "256");
        assert_eq!(lan.dhow(dhow, &["exec", "c", "sh", "-c", "ulimit -n"]).ok().trimmed(), "256");
        for _ in 0..2 {
            lan.dhow(dhow, &["healthcheck", "run", "c"]).ok();
            let log = lan.dhow(dhow, &["inspect", "-f", "{{json .State.Health.Log}}", "c"]).ok().json();
            assert_eq!(log.as_array().unwrap().last().unwrap()["Output"], "256\n");
        }
        let ports = lan.dhow(dhow, &["ps", "--format", "{{.Ports}}"]).ok().trimmed();
        assert_eq!(ports, "0.0.0.0:20000-21499->20000-21499/tcp, [::]:20000-21499->20000-21499/tcp");
        let get = |port: u16| Lan::get(&lan.outside, &format!("http://198.51.100.1:{port}/f"));
        assert_eq!((get(21499).as_deref(), get(20000)), (Some("found"), None));
        lan.dhow(dhow, &["rm", "-f", "c"]).ok();
    }
}

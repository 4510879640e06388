//! Rules that others take away while containers run, other engines' rules beside ours, and what goes through rules and listeners. Each test has
//! a machine of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::engines::Engine;
use crate::fixtures::busybox_archive;
use crate::harness::{Dhow, TIMEOUT, binary};
use crate::names::within;
use crate::networks::{Lan, inspect, keepers, machine, plain, start_server};
use crate::relays::{descriptors, private, relaying};

/// How long rules may be missing.
const SOON: Duration = Duration::from_secs(1);

/// A command in the network namespace that has the bridges.
pub fn at_the_bridges(lan: &Lan, dhow: &Dhow) -> Command {
    if !dhow.is_rootless() {
        return Lan::nsenter(&lan.host);
    }
    let host = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
    let [a, b] = <[i32; 2]>::try_from(keepers(dhow)).unwrap();
    // One half is inside; the other has the host's.
    let outer = Lan::nsenter(&lan.host).args(["readlink", "/proc/self/ns/net"]).output().unwrap();
    let outer = String::from_utf8(outer.stdout).unwrap();
    let inside = if host(a).to_str() == Some(outer.trim()) { b } else { a };
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/proc/{inside}/ns/net"));
    command
}

fn nft(lan: &Lan, dhow: &Dhow, words: &str) -> String {
    let out = at_the_bridges(lan, dhow).arg("nft").args(words.split(' ')).output().unwrap();
    assert!(out.status.success(), "nft {words}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Waits until the ruleset has all of these words; how long that took.
fn rules_have(lan: &Lan, dhow: &Dhow, words: &[&str]) -> Duration {
    let begin = Instant::now();
    loop {
        let rules = nft(lan, dhow, "list ruleset");
        if words.iter().all(|word| rules.contains(word)) {
            return begin.elapsed();
        }
        assert!(begin.elapsed() < TIMEOUT, "{words:?} not in {rules}");
    }
}

/// The process that holds connections, by the name of its table.
fn holder(lan: &Lan, dhow: &Dhow) -> Option<i32> {
    let tables = nft(lan, dhow, "list tables");
    tables.lines().find_map(|l| l.strip_prefix("table inet dhow-hold-")?.parse().ok())
}

fn wait_for_holder(lan: &Lan, dhow: &Dhow, other_than: Option<i32>) -> i32 {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match holder(lan, dhow) {
            Some(pid) if Some(pid) != other_than => return pid,
            _ => assert!(Instant::now() < deadline, "nobody keeps the rules"),
        }
    }
}

/// A download by a container from outside that takes a second or more.
const DOWNLOAD: &str =
    "busybox timeout 60 busybox wget -q -O - http://198.51.100.2:8000/large | busybox wc -c";
/// Many short connections to outside, one after another; how many failed.
const SHORT: &str = "n=0; for i in $(busybox seq 100); do busybox timeout 20 busybox wget -q -O /dev/null http://198.51.100.2:8000/cgi-bin/who || n=$((n + 1)); done; echo $n";

/// Starts a script in a container.
fn start_script(lan: &Lan, dhow: &Dhow, container: &str, script: &str) -> Child {
    let mut command = dhow.environment("nsenter");
    command.arg(format!("--net=/run/netns/{}", lan.host));
    if dhow.is_rootless() {
        let ids = [format!("--reuid={}", dhow.uid), format!("--regid={}", dhow.gid)];
        command.arg("setpriv").args(ids).arg("--clear-groups");
    }
    command.arg(binary()).arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir());
    command.args(["exec", container, "sh", "-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

fn start_monitor_pid(lan: &Lan, dhow: &Dhow, name: &str) -> i32 {
    let id = inspect(lan, dhow, name, "{{.Id}}");
    let state = dhow.root_dir().join("containers").join(id).join("state.json");
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(state).unwrap()).unwrap();
    state["monitor"]["pid"].as_i64().unwrap() as i32
}

both! {
    fn lost_rules_come_back_and_connections_go_on(dhow) {
        const LARGE: u64 = 1_500_000_000;
        let mut lan = machine(dhow);
        let outside = lan.outside.clone();
        lan.serve(dhow, &outside, 8000);
        std::fs::File::create(dhow.base.join("www/large")).unwrap().set_len(LARGE).unwrap();
        start_server(&lan, dhow, "web", &["-p", "8080:80"]);
        wait_for_holder(&lan, dhow, None);
        let table = if dhow.is_rootless() { "dhow-replies" } else { ". 8080" };
        let long = start_script(&lan, dhow, "web", DOWNLOAD);
        let short = start_script(&lan, dhow, "web", SHORT);
        let url = "http://198.51.100.1:8080/cgi-bin/who";
        for blow in ["flush ruleset", "delete table inet dhow", "flush chain inet dhow forward", "flush ruleset"] {
            nft(&lan, dhow, blow);
            // From now on nothing of dhow's is run.
            let took = rules_have(&lan, dhow, &["table inet dhow {", "oifname @bridges drop", table]);
            assert!(took < SOON, "{blow}: {took:?}");
            assert!(Lan::get(&lan.outside, url).is_some(), "{blow}");
        }
        assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"));
        for (child, expected) in [(long, LARGE), (short, 0)] {
            let out = child.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), expected.to_string(), "{out:?}");
        }
        lan.dhow(dhow, &["rm", "-f", "web"]).ok();
    }

    fn elements_that_others_take_out_come_back(dhow) {
        let lan = machine(dhow);
        // Of a network whose elements are gone already when it goes, the rest goes, too. Nobody puts anything back yet.
        lan.dhow(dhow, &["network", "create", "--subnet", "10.66.0.0/24", "--subnet", "fd66::/64", "gone"]).ok();
        lan.dhow(dhow, &["run", "--rm", "--network", "gone", "busybox", "true"]).ok();
        let table = |words: &str| nft(&lan, dhow, &format!("list {words}"));
        assert!(table("table inet dhow").contains("10.66.0.0/24") && table("set inet dhow open").contains("dh-"));
        for set in ["bridges", "subnets4", "masquerade6"] {
            nft(&lan, dhow, &format!("flush set inet dhow {set}"));
        }
        lan.dhow(dhow, &["network", "rm", "gone"]).ok();
        let left = table("table inet dhow");
        assert!(!left.contains("66::") && !left.contains("10.66."), "{left}");
        assert!(!table("set inet dhow open").contains("dh-"));

        start_server(&lan, dhow, "web", &["-p", "8080:80"]);
        wait_for_holder(&lan, dhow, None);
        let leader = start_monitor_pid(&lan, dhow, "web");
        // Those of a container that comes later, too.
        start_server(&lan, dhow, "second", &["-p", "8081:80"]);
        let mut sets = vec!["set inet dhow bridges", "set inet dhow subnets4", "set inet dhow masquerade4", "set inet dhow open"];
        sets.extend((!dhow.is_rootless()).then_some("map inet dhow ports4"));
        for set in sets {
            let whole = table(set);
            assert!(whole.contains("elements"), "{whole}");
            nft(&lan, dhow, &format!("flush {set}"));
            let took = rules_have(&lan, dhow, &[]);
            let begin = Instant::now();
            while table(set) != whole {
                assert!(begin.elapsed() < TIMEOUT, "{set}: {} instead of {whole}", table(set));
            }
            assert!(begin.elapsed() + took < SOON, "{set}");
        }
        if !dhow.is_rootless() {
            nft(&lan, dhow, "delete element inet dhow ports4 { tcp . 8081 }");
            rules_have(&lan, dhow, &["tcp . 8081"]);
        }
        assert!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").is_some());
        // The elements of containers that come and go wake nobody.
        let woken = || {
            let status = std::fs::read_to_string(format!("/proc/{leader}/status")).unwrap();
            status.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:\t")).unwrap().to_string()
        };
        let before = woken();
        for _ in 0..3 {
            lan.dhow(dhow, &["run", "--rm", "-p", "8082:80", "busybox", "true"]).ok();
        }
        lan.dhow(dhow, &["rm", "-f", "second"]).ok();
        assert_eq!(woken(), before);
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn one_keeps_the_rules_and_another_takes_over(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "front"]).ok();
        for name in ["one", "two", "three"] {
            lan.dhow(dhow, &["run", "-d", "--name", name, "--network", "front", "busybox", "sleep", "1000"]).ok();
        }
        let first = wait_for_holder(&lan, dhow, None);
        let monitors = ["one", "two", "three"].map(|name| (name, start_monitor_pid(&lan, dhow, name)));
        let (name, _) = *monitors.iter().find(|(_, pid)| dhow.is_rootless() || *pid == first).unwrap();
        // An orderly end, then one by force.
        lan.dhow(dhow, &["rm", "-f", name]).ok();
        let mut last = first;
        if !dhow.is_rootless() {
            last = wait_for_holder(&lan, dhow, Some(first));
            kill(Pid::from_raw(last), Signal::SIGKILL).unwrap();
            last = wait_for_holder(&lan, dhow, Some(last));
        }
        assert!(last > 0);
        nft(&lan, dhow, "flush ruleset");
        let took = rules_have(&lan, dhow, &["table inet dhow {", "oifname @bridges drop"]);
        assert!(took < SOON, "{took:?}");
        for (name, _) in monitors {
            lan.dhow(dhow, &["rm", "-f", name]);
        }
        lan.dhow(dhow, &["network", "rm", "front"]).ok();
    }
}

/// An engine's command line whose processes have the machine's network namespace.
fn engine_there<'a>(lan: &Lan, dhow: &'a Dhow, words: &[&str]) -> Engine<'a> {
    let there = format!("--net=/run/netns/{}", lan.host);
    Engine::new(dhow, &[&["nsenter", &there], words].concat())
}

fn dockerd<'a>(lan: &Lan, dhow: &'a Dhow) -> Engine<'a> {
    let path = |name: &str| dhow.base.join(name).to_str().unwrap().to_string();
    let socket = format!("unix://{}", path("d.sock"));
    let mut engine = engine_there(lan, dhow, &["docker", "-H", &socket]);
    let mut daemon = dhow.environment("nsenter");
    daemon.arg(format!("--net=/run/netns/{}", lan.host)).args(["dockerd", "-H", &socket]);
    daemon.args(["--data-root", &path("p"), "--exec-root", &path("x/d"), "--pidfile", &path("d.pid")]);
    daemon.args(["--storage-driver", "vfs", "--exec-opt", "native.cgroupdriver=cgroupfs"]);
    // Only where it has to turn forwarding on itself it drops what others forward.
    let off = ["sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"];
    assert!(Lan::nsenter(&lan.host).args(off).status().unwrap().success());
    engine.start(daemon, &["version"]);
    engine.run(&["load", "-q", "-i", busybox_archive().to_str().unwrap()]).ok();
    engine
}

fn podman<'a>(lan: &Lan, dhow: &'a Dhow) -> Engine<'a> {
    let path = |name: &str| dhow.base.join(name).to_str().unwrap().to_string();
    let conf = "[containers]\ndefault_ulimits=[\"nofile=20000:20000\",\"nproc=32768:32768\"]\n[network]\nnetwork_backend=\"netavark\"\n";
    let conf = format!("{conf}network_config_dir=\"{}\"\n", path("pn"));
    let conf = dhow.file("w/containers.conf", conf);
    let words =
        ["podman", "--root", &path("pp"), "--runroot", &path("pq"), "--storage-driver", "vfs", "--tmpdir"];
    let more =
        [path("pt"), "--cgroup-manager".into(), "cgroupfs".into(), "--events-backend".into(), "file".into()];
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let mut engine = engine_there(lan, dhow, &[&words[..], &more].concat());
    engine.env.push(("CONTAINERS_CONF", conf));
    engine.run(&["load", "-q", "-i", busybox_archive().to_str().unwrap()]).ok();
    engine
}

/// What an engine's containers must be able to do, whoever else is there: be reached at the port, and reach outside.
fn works(engine: &Engine<'_>, from: &str, port: u16) {
    let name = "web";
    let url = format!("http://198.51.100.1:{port}/cgi-bin/who");
    let deadline = Instant::now() + TIMEOUT;
    while Lan::get(from, &url).is_none() {
        assert!(Instant::now() < deadline, "port {port} is not reached");
    }
    let out = engine.run(&[
        "exec",
        name,
        "busybox",
        "wget",
        "-q",
        "-O",
        "-",
        "http://198.51.100.2:8000/cgi-bin/who",
    ]);
    assert_eq!(plain(&out.ok().stdout()), "198.51.100.1", "{name}");
}

#[test]
fn docker_and_podman_work_beside_us_and_we_beside_them() {
    let dhow = Dhow::root();
    let mut lan = machine(&dhow);
    let outside = lan.outside.clone();
    lan.serve(&dhow, &outside, 8000);
    let www = format!("{}:/www", dhow.base.join("www").display());
    let ours = |lan: &Lan| {
        let url = "http://198.51.100.1:8080/cgi-bin/who";
        let get = ["exec", "web", "busybox", "timeout", "2", "busybox", "wget", "-q", "-O", "-"];
        let out = lan.dhow(&dhow, &[&get[..], &["http://198.51.100.2:8000/cgi-bin/who"]].concat());
        let seen = (Lan::get(&lan.outside, url), plain(&out.stdout()));
        seen == (Some("198.51.100.2".into()), "198.51.100.1".into())
    };
    start_server(&lan, &dhow, "web", &["-p", "8080:80"]);
    assert!(ours(&lan), "alone");
    // The daemon comes later, and has its tables drop what it doesn't know: whoever keeps our rules sees to it.
    let docker = dockerd(&lan, &dhow);
    let serve = ["busybox", "busybox", "httpd", "-f", "-p", "80", "-h", "/www"];
    let run =
        |port: &'static str| [&["run", "-d", "--name", "web", "-v", &www, "-p", port], &serve[..]].concat();
    docker.run(&run("9080:80")).ok();
    works(&docker, &lan.outside, 9080);
    let policy = Lan::nsenter(&lan.host).args(["iptables", "-S"]).output().unwrap();
    let policy = String::from_utf8_lossy(&policy.stdout).into_owned();
    assert!(
        policy.contains("-P FORWARD DROP") && policy.contains("-i dh-"),
        "iptables can show them: {policy}"
    );
    let soon = Instant::now() + SOON;
    while !ours(&lan) {
        assert!(Instant::now() < soon + TIMEOUT, "{policy}");
    }
    // From outside docker's rules close podman's ports, whether dhow is there or not (netavark 1.4 lets in only answers).
    let podman = podman(&lan, &dhow);
    podman.run(&run("9180:80")).ok();
    works(&podman, &lan.host, 9180);
    works(&docker, &lan.outside, 9080);
    assert!(ours(&lan), "beside both");
    // What docker doesn't publish stays closed to our containers, too.
    let address = docker.run(&["inspect", "-f", "{{.NetworkSettings.IPAddress}}", "web"]).ok().trimmed();
    docker.run(&["exec", "web", "busybox", "httpd", "-p", "81", "-h", "/www"]).ok();
    let direct = format!("http://{address}:81/cgi-bin/who");
    assert!(Lan::get(&lan.host, &direct).is_some());
    assert_eq!(lan.ask(&dhow, &[], &direct), None);
    for chain in ["DOCKER-USER", "DHOW-FORWARD"] {
        assert!(Lan::nsenter(&lan.host).args(["iptables", "-F", chain]).status().unwrap().success());
        rules_have(&lan, &dhow, &["jump DHOW-FORWARD", "dhow: from dh-"]);
        assert!(ours(&lan), "{chain}");
    }
    lan.dhow(&dhow, &["network", "create", "front", "-o", "com.docker.network.bridge.name=front0"]).ok();
    lan.dhow(&dhow, &["run", "--rm", "--network", "front", "busybox", "true"]).ok();
    assert!(nft(&lan, &dhow, "list chain ip filter DHOW-FORWARD").contains("from front0"));
    lan.dhow(&dhow, &["network", "rm", "front"]).ok();
    assert!(!nft(&lan, &dhow, "list chain ip filter DHOW-FORWARD").contains("front0"));
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
    works(&docker, &lan.outside, 9080);
    works(&podman, &lan.host, 9180);
    podman.run(&["rm", "-f", "-t", "0", "web"]).ok();
    docker.run(&["rm", "-f", "web"]).ok();
}

/// A container's network namespace.
fn netns_of(lan: &Lan, dhow: &Dhow, name: &str) -> PathBuf {
    format!("/proc/{}/ns/net", inspect(lan, dhow, name, "{{.State.Pid}}")).into()
}

#[test]
fn datagrams_of_every_size_come_by_rules_and_by_listeners() {
    let dhow = Dhow::root();
    let lan = machine(&dhow);
    for (mode, seen) in [("dnat", "198.51.100.2"), ("proxy", "10.96.0.1")] {
        let name = format!("udp-{mode}");
        let options = ["run", "-d", "--name", &name, "--publish-mode", mode, "-p", "9000:9001/udp"];
        lan.dhow(&dhow, &[&options[..], &["busybox", "sleep", "1000"]].concat()).ok();
        let server = within(&netns_of(&lan, &dhow, &name), || UdpSocket::bind("0.0.0.0:9001").unwrap());
        let client =
            within(&Path::new("/run/netns").join(&lan.outside), || UdpSocket::bind("0.0.0.0:0").unwrap());
        client.connect("198.51.100.1:9000").unwrap();
        for socket in [&server, &client] {
            socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        }
        let mut buffer = vec![0; 70_000];
        // Up to the largest that there is, which goes in 45 fragments.
        for length in [0, 1, 1472, 1473, 9000, 65_507] {
            let data: Vec<u8> = (0..length).map(|n: usize| n as u8).collect();
            client.send(&data).unwrap();
            let (n, from) = server.recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..n], from.ip().to_string().as_str()), (&data[..], seen), "{mode} {length}");
            server.send_to(&data, from).unwrap();
            let n = client.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], data, "{mode} {length}, back");
        }
        lan.dhow(&dhow, &["rm", "-f", &name]).ok();
    }
}

#[test]
fn a_listener_carries_hundreds_at_once_in_little_memory() {
    const MANY: usize = 400;
    let dhow = Dhow::root();
    let lan = machine(&dhow);
    let options = ["run", "-d", "--name", "web", "--publish-mode", "proxy", "-p", "8080:80"];
    lan.dhow(&dhow, &[&options[..], &["busybox", "sleep", "1000"]].concat()).ok();
    let namespace = netns_of(&lan, &dhow, "web");
    let listener = within(&namespace, || TcpListener::bind("0.0.0.0:80").unwrap());
    let monitor = relaying(&lan, &dhow, "web");
    let (private, open) = (|| private(monitor), || descriptors(monitor));
    let (before, opened) = (private(), open());
    let mut pairs: Vec<(TcpStream, TcpStream)> = Vec::new();
    for _ in 0..MANY {
        let client = within(&Path::new("/run/netns").join(&lan.outside), || {
            TcpStream::connect("198.51.100.1:8080").unwrap()
        });
        pairs.push((client, listener.accept().unwrap().0));
    }
    for (n, (client, server)) in pairs.iter_mut().enumerate() {
        let mut word = [0; 8];
        client.write_all(&n.to_ne_bytes()).unwrap();
        server.read_exact(&mut word).unwrap();
        server.write_all(&word).unwrap();
        client.read_exact(&mut word).unwrap();
        assert_eq!(usize::from_ne_bytes(word), n);
    }
    assert!(private() < before + 512, "{before} kB, and {} kB with {MANY} connections", private());
    // Resets from either side, and orderly ends.
    for (n, (client, server)) in pairs.into_iter().enumerate() {
        let (first, mut second) = if n % 2 == 0 { (client, server) } else { (server, client) };
        let reset = n % 4 < 2;
        if reset {
            let linger = libc::linger { l_onoff: 1, l_linger: 0 };
            nix::sys::socket::setsockopt(&first, nix::sys::socket::sockopt::Linger, &linger).unwrap();
        }
        drop(first);
        let end = second.read(&mut [0; 8]);
        let as_made = if reset {
            end.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset)
        } else {
            end.is_ok_and(|n| n == 0)
        };
        assert!(as_made, "connection {n}");
    }
    let deadline = Instant::now() + TIMEOUT;
    while open() > opened + 8 {
        assert!(Instant::now() < deadline, "{} descriptors, of {opened} before", open());
    }
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
}

//! Names of containers, asked for as their programs do, and by hand inside their network namespaces. (Sockets are made in threads of their
//! own, which enter the namespace.)

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};
use simple_dns::rdata::{A, OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, ResourceRecord, TYPE};

use crate::harness::{Dhow, TIMEOUT};
use crate::networks::{Lan, inspect, ip, machine, start_server};

const SERVER: &str = "127.0.0.11:53";
/// Somebody on the host's network who answers questions, after one who has no such service.
const OUTSIDE: [&str; 4] = ["--dns", "198.51.100.1", "--dns", "198.51.100.2"];

pub fn within<T: Send>(namespace: &Path, work: impl FnOnce() -> T + Send) -> T {
    let enter = || {
        setns(File::open(namespace).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
        work()
    };
    std::thread::scope(|scope| scope.spawn(enter).join().unwrap())
}

fn question(id: u16, name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(Name::new(name).unwrap(), kind.into(), CLASS::IN.into(), false));
    *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: 1000, version: 0 });
    packet.build_bytes_vec().unwrap()
}

fn frame(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

fn read_frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: RCODE,
    cut: bool,
    /// Sorted.
    data: Vec<String>,
}

fn read(message: &[u8]) -> Answer {
    let packet = Packet::parse(message).unwrap();
    let mut data: Vec<String> = packet.answers.iter().map(|r| text(&r.rdata)).collect();
    data.sort();
    Answer { code: packet.rcode(), cut: packet.has_flags(PacketFlag::TRUNCATION), data }
}

fn text(data: &RData<'_>) -> String {
    match data {
        RData::A(a) => Ipv4Addr::from(a.address).to_string(),
        RData::PTR(pointer) => pointer.0.to_string(),
        other => format!("{other:?}"),
    }
}

fn found(data: &[&str]) -> Answer {
    Answer { code: RCODE::NoError, cut: false, data: data.iter().map(ToString::to_string).collect() }
}

fn none(code: RCODE) -> Answer {
    Answer { code, cut: false, data: Vec::new() }
}

const SLOWNESS: Duration = Duration::from_millis(200);

/// A container, from inside of its network namespace.
struct Inside {
    namespace: String,
}

impl Inside {
    fn of(lan: &Lan, dhow: &Dhow, name: &str) -> Self {
        Self { namespace: format!("/proc/{}/ns/net", inspect(lan, dhow, name, "{{.State.Pid}}")) }
    }

    fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        within(Path::new(&self.namespace), work)
    }

    fn udp() -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Connected: a reply from elsewhere would not be received.
        socket.connect(SERVER).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        socket
    }

    fn raw(&self, message: &[u8]) -> Vec<u8> {
        self.run(|| {
            let socket = Self::udp();
            socket.send(message).unwrap();
            let mut buffer = [0; 4096];
            let n = socket.recv(&mut buffer).unwrap();
            buffer[..n].to_vec()
        })
    }

    fn ask(&self, name: &str, kind: TYPE) -> Answer {
        let reply = self.raw(&question(77, name, kind));
        assert_eq!(Packet::parse(&reply).unwrap().id(), 77);
        read(&reply)
    }

    fn address(&self, name: &str) -> Answer {
        self.ask(name, TYPE::A)
    }

    fn connect() -> TcpStream {
        let stream = TcpStream::connect(SERVER).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream
    }

    /// By TCP, all at once on one connection.
    fn ask_by_tcp(&self, names: &[&str]) -> Vec<Answer> {
        let all: Vec<u8> = names.iter().flat_map(|n| frame(&question(5, n, TYPE::A))).collect();
        self.run(|| {
            let mut stream = Self::connect();
            // In two pieces.
            stream.write_all(&all[..7]).unwrap();
            stream.write_all(&all[7..]).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let answers = names.iter().map(|_| read(&read_frame(&mut stream).unwrap())).collect();
            assert_eq!(read_frame(&mut stream), None, "closed after the last");
            answers
        })
    }
}

/// Answers at 198.51.100.2 and 2001:db8::2 with 203.0.113.53 for names in `example`, with many addresses for `big.example`, that it can't
/// for `failing.example`, late for `slow.example`, and not at all for `silent.example`. Ends with the test.
fn serve_names(lan: &Lan) {
    serve_names_at(lan, "198.51.100.2:53");
    serve_names_at(lan, "[2001:db8::2]:53");
}

fn serve_names_at(lan: &Lan, address: &str) {
    let namespace = format!("/run/netns/{}", lan.outside);
    let (udp, tcp) = within(Path::new(&namespace), || {
        (UdpSocket::bind(address).unwrap(), TcpListener::bind(address).unwrap())
    });
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut held: Vec<(Vec<u8>, SocketAddr)> = Vec::new();
        udp.set_read_timeout(Some(SLOWNESS)).unwrap();
        loop {
            let Ok((n, from)) = udp.recv_from(&mut buffer) else {
                for (reply, from) in held.drain(..) {
                    udp.send_to(&reply, from).unwrap();
                }
                continue;
            };
            match reply(&buffer[..n], false) {
                Some(reply) if is_slow(&buffer[..n]) => held.push((reply, from)),
                Some(reply) => drop(udp.send_to(&reply, from).unwrap()),
                None => {}
            }
        }
    });
    std::thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut stream = stream.unwrap();
            while let Some(message) = read_frame(&mut stream) {
                let Some(reply) = reply(&message, true) else { break };
                stream.write_all(&frame(&reply)).unwrap();
            }
        }
    });
}

/// The server answers such a question when nobody has asked for a while.
fn is_slow(message: &[u8]) -> bool {
    Packet::parse(message).unwrap().questions[0].qname.to_string() == "slow.example"
}

fn reply(message: &[u8], whole: bool) -> Option<Vec<u8>> {
    let asked = Packet::parse(message).unwrap();
    let name = asked.questions[0].qname.to_string();
    let count: u32 = match name.as_str() {
        "silent.example" => return None,
        "big.example" if whole => 200,
        "big.example" | "failing.example" => 0,
        _ => 1,
    };
    let mut reply = asked.clone().into_reply();
    *reply.opt_mut() = asked.opt().cloned();
    if name == "big.example" && !whole {
        reply.set_flags(PacketFlag::TRUNCATION);
    }
    if name == "failing.example" {
        *reply.rcode_mut() = RCODE::ServerFailure;
    } else if name.ends_with("example") {
        let owner = asked.questions[0].qname.clone();
        let record = |n| RData::A(A { address: u32::from(Ipv4Addr::new(203, 0, 113, 53)) + n });
        reply.answers.extend((0..count).map(|n| ResourceRecord::new(owner.clone(), CLASS::IN, 1, record(n))));
    } else {
        *reply.rcode_mut() = RCODE::NameError;
    }
    reply.build_bytes_vec_compressed().ok()
}

fn asker(lan: &Lan, dhow: &Dhow, name: &str, options: &[&str]) -> Inside {
    let args = [&["run", "-d", "--name", name], options, &["busybox", "sleep", "1000"]].concat();
    lan.dhow(dhow, &args).ok();
    Inside::of(lan, dhow, name)
}

/// Asks one question a millisecond; how long it took until all were answered, with one address each.
fn ask_paced(count: u16, name: impl Fn(u16) -> &'static str) -> Duration {
    let socket = Inside::udp();
    let (begin, mut buffer) = (Instant::now(), [0; 4096]);
    let (mut sent, mut answered) = (0, vec![false; count.into()]);
    let mut missing = count;
    while missing > 0 {
        // Until the next is due answers are waited for.
        let due = begin + Duration::from_millis(sent.into());
        let now = Instant::now();
        if sent < count && due <= now {
            socket.send(&question(sent, name(sent), TYPE::A)).unwrap();
            sent += 1;
            continue;
        }
        let wait = if sent < count { due - now } else { TIMEOUT };
        socket.set_read_timeout(Some(wait)).unwrap();
        match socket.recv(&mut buffer) {
            Ok(n) => {
                assert_eq!(read(&buffer[..n]).data.len(), 1);
                let id = usize::from(u16::from_be_bytes([buffer[0], buffer[1]]));
                assert!(!std::mem::replace(&mut answered[id], true), "{id} twice");
                missing -= 1;
            }
            Err(error) => assert!(sent < count, "{missing} of {count} were lost: {error}"),
        }
    }
    begin.elapsed()
}

both! {
    fn containers_of_a_network_know_one_another_by_name(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        let options = [&["--network", "lan:alias=site"][..], &OUTSIDE].concat();
        start_server(&lan, dhow, "one", &options);
        start_server(&lan, dhow, "two", &[&options[..], &["--hostname", "second"]].concat());
        let address = |name: &str| inspect(&lan, dhow, name, "{{.NetworkSettings.Networks.lan.IPAddress}}");
        let (one, two) = (address("one"), address("two"));
        let on_lan = |command: &[&str]| {
            lan.dhow(dhow, &[&["run", "--rm", "--network", "lan", "busybox", "busybox"], command].concat())
        };
        let conf = on_lan(&["cat", "/etc/resolv.conf"]).ok().stdout();
        assert_eq!(conf.matches("nameserver").count(), 1, "{conf}");
        assert!(conf.contains("nameserver 127.0.0.11\n") && conf.contains("ndots:0"), "{conf}");
        let looked_up = on_lan(&["nslookup", "one"]).ok().stdout();
        assert!(looked_up.contains("127.0.0.11") && looked_up.contains(&one), "{looked_up}");
        on_lan(&["wget", "-q", "-O", "-", "http://two/cgi-bin/who"]).ok();
        let conf = lan.dhow(dhow, &["run", "--rm", "busybox", "cat", "/etc/resolv.conf"]).ok().stdout();
        assert!(!conf.contains("127.0.0.11"), "the default network has no names: {conf}");

        let inside = Inside::of(&lan, dhow, "one");
        let id = inspect(&lan, dhow, "two", "{{.Id}}");
        for name in ["two", "TWO", "two.lan", "second", &id[..12], "two."] {
            assert_eq!(inside.address(name), found(&[&two]), "{name}");
        }
        assert_eq!(inside.address("one"), found(&[&one]), "itself");
        assert_eq!(inside.ask("two", TYPE::AAAA), found(&[]), "there is no such address, but the name");
        let mut both = [one.as_str(), two.as_str()];
        both.sort_unstable();
        assert_eq!(inside.address("site"), found(&both));
        let firsts = (0..2).map(|_| {
            let reply = inside.raw(&question(1, "site", TYPE::A));
            text(&Packet::parse(&reply).unwrap().answers[0].rdata)
        });
        let firsts: Vec<String> = firsts.collect();
        assert_ne!(firsts[0], firsts[1], "in turn");
        let mut octets: Vec<&str> = two.split('.').collect();
        octets.reverse();
        let pointer = format!("{}.in-addr.arpa", octets.join("."));
        assert_eq!(inside.ask(&pointer, TYPE::PTR), found(&["two.lan"]));
        assert_eq!(inside.ask_by_tcp(&["two", "one", "site"]), [found(&[&two]), found(&[&one]), found(&both)]);
        assert_eq!(inside.raw(&[0; 12])[3] & 15, RCODE::FormatError as u8);

        // A change is seen at once.
        lan.dhow(dhow, &["restart", "-t", "0", "two"]).ok();
        let moved = address("two");
        assert_ne!(moved, two);
        assert_eq!(inside.address("two"), found(&[&moved]));
        lan.dhow(dhow, &["rm", "-f", "two"]).ok();
        assert_eq!(inside.address("two"), none(RCODE::NameError), "as the outside says");
        assert_eq!(inside.address("site"), found(&[&one]));
        lan.dhow(dhow, &["run", "-d", "--name", "two", "--network", "lan", "busybox", "sleep", "1000"]).ok();
        assert_eq!(inside.address("two"), found(&[&address("two")]));
        let again = Inside::of(&lan, dhow, "two");
        assert_eq!(again.address("one"), found(&[&one]));
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        let members = std::fs::read_dir(dhow.runroot_dir().join("networks")).unwrap().flatten();
        let left = members.filter_map(|n| std::fs::read_dir(n.path().join("members")).ok()).flatten().count();
        assert_eq!(left, 0);
    }

    /// A container that does nothing but ask.

    fn other_questions_are_passed_on(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        let inside = asker(&lan, dhow, "asker", &[&["--network", "lan"][..], &OUTSIDE].concat());
        let known = found(&["203.0.113.53"]);
        assert_eq!(inside.address("www.example"), known);
        assert_eq!(inside.address("www.elsewhere"), none(RCODE::NameError));
        let reply = inside.raw(&question(9, "www.example", TYPE::A));
        assert_eq!(Packet::parse(&reply).unwrap().opt().unwrap().udp_packet_size, 1000, "EDNS goes through");
        assert!(inside.address("big.example").cut, "so does what is cut");
        let answers = inside.ask_by_tcp(&["big.example", "asker", "www.example", "www.elsewhere"]);
        assert_eq!(answers[0].data.len(), 200);
        assert_eq!(answers[1].data.len(), 1);
        assert_eq!(answers[2..], [known, none(RCODE::NameError)]);
        assert_eq!(inside.address("silent.example"), none(RCODE::ServerFailure), "after a while");
        assert_eq!(inside.ask_by_tcp(&["silent.example"]), [none(RCODE::ServerFailure)]);

        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn servers_of_any_family_are_asked_until_one_answers(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        // Two that hear and say nothing, by any means.
        ip(&format!("-n {} address add 198.51.100.3/24 dev lan0", lan.outside));
        ip(&format!("-n {} address add 2001:db8::3/64 dev lan0 nodad", lan.outside));
        let namespace = format!("/run/netns/{}", lan.outside);
        let _silent = within(Path::new(&namespace), || {
            ["198.51.100.3:53", "[2001:db8::3]:53"].map(|at| (UdpSocket::bind(at).unwrap(), TcpListener::bind(at).unwrap()))
        });
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        lan.dhow(dhow, &["network", "create", "--dns", "2001:db8::2", "six"]).ok();
        let known = found(&["203.0.113.53"]);
        let ask_of = |name: &str, options: &str| {
            let inside = asker(&lan, dhow, name, &options.split(' ').collect::<Vec<_>>());
            assert_eq!(inside.address("www.example"), known, "{options}");
            assert_eq!(inside.ask_by_tcp(&["www.example"]), [found(&["203.0.113.53"])], "{options}");
            inside
        };
        let six = ask_of("a", "--network lan --dns 2001:db8::2");
        assert_eq!(six.ask_by_tcp(&["big.example"])[0].data.len(), 200);
        assert!(six.address("big.example").cut);
        assert_eq!(six.address("www.elsewhere"), none(RCODE::NameError));
        let failed = six.raw(&question(9, "failing.example", TYPE::A));
        let failed = Packet::parse(&failed).unwrap();
        assert!(failed.rcode() == RCODE::ServerFailure && failed.opt().is_some(), "the last server's own words: {failed:?}");
        ask_of("b", "--network six");
        // One with a closed port, and one that is silent, come first.
        ask_of("c", "--network lan --dns 2001:db8::1 --dns 198.51.100.3 --dns 2001:db8::2");
        ask_of("d", "--network lan --dns 2001:db8::3 --dns 198.51.100.2");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn a_thousand_questions_a_second_are_answered(dhow) {
        const COUNT: u16 = 4000;
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        let inside = asker(&lan, dhow, "asker", &["--network", "lan", "--dns", "198.51.100.2"]);
        let took = inside.run(|| ask_paced(COUNT, |n| if n % 4 == 0 { "www.example" } else { "asker" }));
        assert!(took < Duration::from_secs(8), "answered late: {took:?}");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn questions_to_a_slow_server_wait_for_their_turn(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        let inside = asker(&lan, dhow, "asker", &["--network", "lan", "--dns", "198.51.100.2"]);
        inside.run(|| ask_paced(1000, |_| "slow.example"));
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn a_network_has_name_servers_of_its_own(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "--dns", "198.51.100.1", "--dns", "198.51.100.2", "lan"]).ok();
        let inside = asker(&lan, dhow, "asker", &["--network", "lan"]);
        let own = asker(&lan, dhow, "own", &["--network", "lan", "--dns", "198.51.100.1"]);
        let known = found(&["203.0.113.53"]);
        assert_eq!(inside.address("www.example"), known);
        assert_eq!(own.address("www.example"), none(RCODE::ServerFailure), "the container's own come first");
        // Changes are seen by those that run.
        let update = |args: &[&str]| lan.dhow(dhow, &[&["network", "update"], args].concat());
        update(&["--dns-drop", "198.51.100.2", "lan"]).ok();
        assert_eq!(inside.address("www.example"), none(RCODE::ServerFailure));
        for _ in 0..20 {
            update(&["--dns-drop", "198.51.100.1", "--dns-add", "198.51.100.2", "lan"]).ok();
            assert_eq!(inside.address("www.example"), known);
            update(&["--dns-drop", "198.51.100.2", "--dns-add", "198.51.100.1", "lan"]).ok();
            assert_eq!(inside.address("www.example"), none(RCODE::ServerFailure));
        }
        let servers = lan.dhow(dhow, &["network", "inspect", "-f", "{{json .DNSServers}}", "lan"]).ok().trimmed();
        assert_eq!(servers, r#"["198.51.100.1"]"#);
        update(&["--dns-drop", "9.9.9.9", "lan"]).fails(1).says("network lan has no name server 9.9.9.9");
        update(&["--dns-add", "9.9.9.9", "bridge"]).fails(1).says("its containers don't resolve names by it");
        update(&["lan"]).fails(1).says("give --dns-add or --dns-drop");
        update(&["--dns-add", "9.9.9.9", "nowhere"]).fails(1).says("network nowhere not found");
        // Of a network that comes later, too.
        lan.dhow(dhow, &["network", "create", "--dns", "198.51.100.2", "more"]).ok();
        lan.dhow(dhow, &["network", "connect", "more", "asker"]).ok();
        assert_eq!(inside.address("www.example"), known);
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn each_of_fifty_knows_all_others(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        std::thread::scope(|scope| {
            for first in 0..5 {
                let (lan, dhow) = (&lan, &dhow);
                let start = move |n: i32| {
                    let name = format!("c{n}");
                    let args = ["run", "-d", "--name", &name, "--network", "lan:alias=all", "busybox", "sleep", "1000"];
                    lan.dhow(dhow, &args).ok();
                };
                scope.spawn(move || (0..10).for_each(|n| start(first * 10 + n)));
            }
        });
        let template = "{{.Name}} {{.State.Pid}} {{.NetworkSettings.Networks.lan.IPAddress}}";
        let names: Vec<String> = (0..50).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let told = lan.dhow(dhow, &[&["inspect", "-f", template], &names[..]].concat()).ok().lines();
        let all: Vec<Vec<&str>> = told.iter().map(|line| line.trim_start_matches('/').split(' ').collect()).collect();
        assert_eq!(all.len(), 50);
        for container in &all {
            let inside = Inside { namespace: format!("/proc/{}/ns/net", container[1]) };
            let answers = inside.ask_by_tcp(&names);
            for (other, answer) in all.iter().zip(answers) {
                assert_eq!(answer, found(&[other[2]]), "{} of {}", other[0], container[0]);
            }
        }
        let inside = Inside { namespace: format!("/proc/{}/ns/net", all[0][1]) };
        assert_eq!(inside.ask_by_tcp(&["all"])[0].data.len(), 50);
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn none_of_many_questions_is_lost(dhow) {
        let lan = machine(dhow);
        serve_names(&lan);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        let inside = asker(&lan, dhow, "asker", &[&["--network", "lan"][..], &OUTSIDE].concat());
        // Some that can't be answered wait, and none of the others is lost.
        inside.run(|| {
            let socket = Inside::udp();
            for id in 0..40 {
                socket.send(&question(10_000 + id, "silent.example", TYPE::A)).unwrap();
            }
            let mut buffer = [0; 4096];
            for round in 0..50 {
                for id in 0..40 {
                    let name = if id % 2 == 0 { "www.example" } else { "asker" };
                    socket.send(&question(round * 40 + id, name, TYPE::A)).unwrap();
                }
                let mut ids = Vec::new();
                while ids.len() < 40 {
                    let n = socket.recv(&mut buffer).unwrap();
                    let id = u16::from_be_bytes([buffer[0], buffer[1]]);
                    if id < 10_000 {
                        assert_eq!(read(&buffer[..n]).data.len(), 1);
                        ids.push(id);
                    }
                }
                ids.sort_unstable();
                assert!(ids.into_iter().eq(round * 40..round * 40 + 40));
            }
        });
        // More connections than are served at once wait for their turn.
        inside.run(|| {
            let mut streams: Vec<TcpStream> = (0..50).map(|_| Inside::connect()).collect();
            for stream in &mut streams {
                stream.write_all(&frame(&question(3, "asker", TYPE::A))).unwrap();
            }
            for mut stream in streams {
                assert_eq!(read(&read_frame(&mut stream).unwrap()).data.len(), 1);
            }
        });
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }
}

#[test]
fn the_servers_of_the_host_are_asked_unless_the_network_is_internal() {
    let dhow = &Dhow::root();
    let lan = machine(dhow);
    serve_names(&lan);
    lan.dhow(dhow, &["network", "create", "lan"]).ok();
    lan.dhow(dhow, &["network", "create", "--internal", "closed"]).ok();
    let closed = asker(&lan, dhow, "closed", &[&["--network", "closed"][..], &OUTSIDE].concat());
    assert_eq!(closed.address("www.example"), none(RCODE::NameError), "nothing leaves an internal network");
    assert_eq!(closed.address("closed").data.len(), 1);
    // Those of the host, as it has them now.
    let conf = dhow.file("resolv.conf", "nameserver 198.51.100.1\n");
    let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";
    let mut command = Lan::nsenter(&lan.host);
    command.args(["unshare", "-m", "sh", "-c", script]).arg(&conf).arg(crate::harness::binary());
    command.arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir());
    command.args(["run", "-d", "--name", "plain", "--network", "lan", "busybox", "sleep", "1000"]);
    assert!(command.status().unwrap().success());
    let plain = Inside::of(&lan, dhow, "plain");
    assert_eq!(plain.address("www.example"), none(RCODE::ServerFailure), "nobody answers");
    for server in ["198.51.100.2", "2001:db8::2"] {
        dhow.file("resolv.conf", format!("nameserver {server}\n"));
        assert_eq!(plain.address("www.example"), found(&["203.0.113.53"]), "{server}");
    }
    lan.dhow(dhow, &["rm", "-fa"]).ok();
}

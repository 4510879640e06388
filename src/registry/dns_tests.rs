//! Tests of the resolver against a name server on a loopback port.

use std::net::TcpListener;

use simple_dns::rdata::{A, AAAA, CNAME};
use simple_dns::{QTYPE, ResourceRecord};

use super::*;

fn record<'a>(name: &'a str, data: RData<'a>) -> ResourceRecord<'a> {
    ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, 60, data)
}

/// Answers `reply` builds for each question; `udp_truncates` sends an empty truncated answer over UDP first.
fn server(udp_truncates: bool, reply: fn(&str, QTYPE, &mut Packet<'static>)) -> SocketAddr {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let build = move |question: &[u8], truncate: bool| {
        let asked = Packet::parse(question).unwrap();
        let question = asked.questions[0].clone().into_owned();
        let mut packet = Packet::new_reply(asked.id());
        packet.questions.push(question.clone());
        if truncate {
            packet.set_flags(PacketFlag::TRUNCATION);
        } else {
            reply(&question.qname.to_string(), question.qtype, &mut packet);
        }
        packet.build_bytes_vec().unwrap()
    };
    std::thread::spawn(move || {
        let mut buffer = [0u8; 512];
        while let Ok((n, from)) = udp.recv_from(&mut buffer) {
            // A forged answer first: another id.
            let mut forged = build(&buffer[..n], false);
            forged[0] ^= 0xff;
            udp.send_to(&forged, from).unwrap();
            udp.send_to(&build(&buffer[..n], udp_truncates), from).unwrap();
        }
    });
    std::thread::spawn(move || {
        for mut stream in tcp.incoming().flatten() {
            let mut length = [0u8; 2];
            stream.read_exact(&mut length).unwrap();
            let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut question).unwrap();
            let reply = build(&question, false);
            stream.write_all(&(reply.len() as u16).to_be_bytes()).unwrap();
            stream.write_all(&reply).unwrap();
        }
    });
    address
}

fn conf(server: SocketAddr) -> ResolvConf {
    ResolvConf { servers: vec![server], ..ResolvConf::parse("search lan example.org\noptions timeout:2") }
}

#[test]
fn both_families_and_search_domains() {
    let server = server(false, |name, kind, packet| match (name, kind) {
        ("reg.example.org", QTYPE::TYPE(TYPE::A)) => {
            packet.answers.push(record("reg.example.org", RData::A(A { address: 0x0102_0304 })));
        }
        ("reg.example.org", QTYPE::TYPE(TYPE::AAAA)) => {
            packet.answers.push(record("reg.example.org", RData::AAAA(AAAA { address: 1 })));
        }
        _ => *packet.rcode_mut() = RCODE::NameError,
    });
    let mut found = look_up(&conf(server), "reg").unwrap();
    found.sort();
    assert_eq!(found, ["1.2.3.4".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert_eq!(look_up(&conf(server), "no.such.name"), Err(Failure::NoSuchName));
}

#[test]
fn aliases_are_followed_also_across_answers() {
    let server = server(false, |name, kind, packet| match (name, kind) {
        ("a.test", _) => {
            packet.answers.push(record("a.test", RData::CNAME(CNAME(Name::new("B.test").unwrap()))));
            packet.answers.push(record("b.test", RData::CNAME(CNAME(Name::new("c.test").unwrap()))));
            // An address of another name is nobody's business.
            packet.answers.push(record("evil.test", RData::A(A { address: 7 })));
        }
        ("c.test", QTYPE::TYPE(TYPE::A)) => {
            packet.answers.push(record("C.test", RData::A(A { address: 0x0a00_0001 })));
        }
        ("loop.test", _) => {
            packet.answers.push(record("loop.test", RData::CNAME(CNAME(Name::new("loop2.test").unwrap()))));
            packet.answers.push(record("loop2.test", RData::CNAME(CNAME(Name::new("loop.test").unwrap()))));
        }
        _ => {}
    });
    assert_eq!(look_up(&conf(server), "a.test").unwrap(), ["10.0.0.1".parse::<IpAddr>().unwrap()]);
    assert_eq!(look_up(&conf(server), "loop.test"), Err(Failure::NoSuchName));
}

#[test]
fn truncated_answers_are_asked_for_again_over_tcp() {
    let server = server(true, |name, kind, packet| {
        if kind == QTYPE::TYPE(TYPE::A) {
            for last in 0..40 {
                let name = Name::new(name).unwrap().into_owned();
                let data = RData::A(A { address: 0x0a00_0000 + last });
                packet.answers.push(ResourceRecord::new(name, CLASS::IN, 60, data));
            }
        }
    });
    assert_eq!(look_up(&conf(server), "many.test").unwrap().len(), 40);
}

#[test]
fn the_next_server_is_asked_when_one_fails() {
    let failing = server(false, |_, _, packet| *packet.rcode_mut() = RCODE::ServerFailure);
    let good = server(false, |_, kind, packet| {
        if kind == QTYPE::TYPE(TYPE::A) {
            packet.answers.push(record("x.test", RData::A(A { address: 0x0102_0304 })));
        }
    });
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let three = ResolvConf { servers: vec![closed, failing, good], ..conf(good) };
    assert_eq!(look_up(&three, "x.test").unwrap(), ["1.2.3.4".parse::<IpAddr>().unwrap()]);
    let failed = look_up(&conf(failing), "x.test").unwrap_err();
    assert!(matches!(&failed, Failure::Unreachable(why) if why.contains("127.0.0.1")), "{failed:?}");
}

#[test]
fn garbage_is_an_error_not_a_panic() {
    for bytes in [&b""[..], b"\0", &[0xff; 12], &[0xc0; 64]] {
        assert!(digest_reply(bytes, "x").is_err());
        assert!(!answers_to(bytes, &query(1, "x", TYPE::A).unwrap()));
    }
    assert!(query(1, &"a".repeat(64), TYPE::A).is_err());
}

#[test]
fn hosts_files() {
    let text =
        "127.0.0.1 localhost\n# 1.1.1.1 reg\n10.0.0.1\tReg.lan reg # comment\n::1 reg\nnot-an-address reg\n";
    assert_eq!(in_hosts(text, "reg"), ["10.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert_eq!(in_hosts(text, "reg.lan").len(), 1);
    assert!(in_hosts(text, "comment").is_empty());
}

#[test]
fn resolv_conf() {
    let text = "# c\nnameserver 10.0.0.1\nnameserver fe80::1%no-such0\nnameserver ::1 ; x\nsearch a.b c.\noptions ndots:2 timeout:99 attempts:0 rotate\n";
    let conf = ResolvConf::parse(text);
    assert_eq!(conf.servers, ["10.0.0.1:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
    assert_eq!((conf.ndots, conf.timeout.as_secs(), conf.attempts), (2, 30, 1));
    assert_eq!(conf.candidates("x.y"), ["x.y.a.b", "x.y.c", "x.y"]);
    assert_eq!(conf.candidates("x.y.z"), ["x.y.z", "x.y.z.a.b", "x.y.z.c"]);
    assert_eq!(conf.candidates("x."), ["x"]);
    assert_eq!(ResolvConf::parse("").servers, ["127.0.0.1:53".parse().unwrap()]);
}

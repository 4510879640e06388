//! The name server of a container: what a container sends as a question, and what a server on the network sends as the answer.
#![no_main]

use std::cell::RefCell;

use dhow::netns::dns::{self, Outcome, Transport, Zones};
use dhow::netns::{Member, Members};
use libfuzzer_sys::fuzz_target;

/// Two containers under many names, one of them with as many addresses as don't fit into an answer.
fn zones() -> Zones {
    let dir = tempfile::tempdir().unwrap();
    let members = Members::at(dir.keep().join("members"));
    let web = Member {
        names: ["web", "a", "a.b", ""].map(String::from).to_vec(),
        addresses: vec!["10.0.0.2".parse().unwrap(), "fd00::2".parse().unwrap()],
    };
    let addresses = (1..200u8).flat_map(|n| [[10, 0, 1, n].into(), [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, n].into()]);
    members.add("1", &web).unwrap();
    members.add("2", &Member { names: vec!["many".into(), "x".repeat(63)], addresses: addresses.collect() }).unwrap();
    let mut zones = Zones::default();
    zones.add("net", &members, &["web:own".parse().unwrap()]);
    zones
}

thread_local! {
    static ZONES: RefCell<Zones> = RefCell::new(zones());
}

/// A question for a name of ours, of the type and with the EDNS record that the input says.
fn question(bytes: &[u8]) -> Vec<u8> {
    let &[name, kind, class, size, flags, ..] = bytes else { return bytes.to_vec() };
    let names = ["web", "many", "a", "own", "2.0.0.10.in-addr.arpa", "web.net", "WEB", ""];
    let mut message = vec![1, 2, flags & 0x87, flags & 0x10, 0, 1, 0, 0, 0, 0, 0, flags & 1];
    for label in names[usize::from(name % 8)].split('.').filter(|label| !label.is_empty()) {
        message.push(label.len() as u8);
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, kind, 0, class % 3]);
    message.extend([0, 0, 41, size, bytes[0], 0, 0, 0, 0]);
    message.extend(&bytes[5..]);
    message
}

fn look(message: &[u8]) {
    for transport in [Transport::Udp, Transport::Tcp] {
        let outcome = ZONES.with_borrow_mut(|zones| dns::answer(message, transport, zones));
        let Outcome::Reply(reply) = outcome else { continue };
        assert!(reply.len() >= 12 && reply[..2] == message[..2], "another's number");
        assert!(reply[2] & 0x80 != 0, "no reply");
        assert!(message[2] & 0x80 == 0, "a reply to a reply");
        assert!(transport == Transport::Tcp || reply.len() <= 65_507);
        assert_eq!(ZONES.with_borrow_mut(|zones| dns::answer(&reply, transport, zones)), Outcome::Ignore);
        let framed = dns::frame(&reply);
        assert_eq!(dns::framed(&framed), Some(reply.as_slice()));
    }
    let _ = (dns::framed(message), dns::is_refusal(message));
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (first, second) = (&input.0, &input.1);
    look(first);
    look(&question(first));
    // What was asked is a question of ours, with a whole header.
    let asked = [&[7; 12], second.as_slice()].concat();
    for reply in [first.clone(), question(first)] {
        assert!(!dns::is_reply(&reply, &asked) || (reply.len() >= 12 && reply[..2] == asked[..2]));
    }
});

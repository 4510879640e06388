//! From a question to its answer, bytes to bytes.

use std::net::IpAddr;

use simple_dns::rdata::{A, AAAA, OPT, PTR, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE};

use super::Zones;

/// Bytes before the question.
const HEADER: usize = 12;
/// docker's, in seconds.
const TTL: u32 = 600;
/// What any resolver takes by UDP, in bytes.
const PLAIN_SIZE: u16 = 512;
/// What this one takes (DNS flag day 2020's).
const OWN_SIZE: u16 = 1232;
// Bits of the header.
const OPCODE: u16 = 0x7800;
const CODE: u16 = 0xf;
/// A name has 255 bytes, a type and a class two each.
const MAX_SECTION: usize = 259;
/// A question has one additional record, for EDNS, and maybe a signature.
const MAX_ADDITIONAL: u16 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
}

/// What is to be done with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Reply(Vec<u8>),
    /// Somebody else may know.
    Forward,
    /// It is no question.
    Ignore,
}

/// The 16 bits at this place of the header.
fn field(message: &[u8], at: usize) -> u16 {
    message.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]))
}

/// The question as it stands in the message: name, type, class.
fn section(message: &[u8]) -> Option<&[u8]> {
    let mut at = HEADER;
    loop {
        match *message.get(at)? {
            0 => break,
            // Nothing precedes the first name that it could point to.
            length if length > 63 => return None,
            length => at += 1 + usize::from(length),
        }
    }
    message.get(HEADER..at + 5).filter(|s| s.len() <= MAX_SECTION)
}

/// The header and the question, without what follows.
fn alone(message: &[u8]) -> Vec<u8> {
    let section = section(message).unwrap_or_default();
    let mut bytes = message[..4].to_vec();
    bytes.extend([0, u8::from(!section.is_empty()), 0, 0, 0, 0, 0, 0]);
    bytes.extend(section);
    bytes
}

/// Answers a question for the name of a container.
pub fn answer(message: &[u8], transport: Transport, zones: &mut Zones) -> Outcome {
    let flags = field(message, 2);
    if message.len() < HEADER || flags & PacketFlag::RESPONSE.bits() != 0 {
        return Outcome::Ignore;
    }
    if flags & OPCODE != 0 {
        return Outcome::Reply(failure(message, RCODE::NotImplemented));
    }
    if field(message, 4) != 1 || section(message).is_none() {
        return Outcome::Reply(failure(message, RCODE::FormatError));
    }
    let question = alone(message);
    // Types and classes that the library doesn't know are not for us.
    let Ok(packet) = Packet::parse(&question) else { return Outcome::Forward };
    let Some(records) = packet.questions.first().and_then(|q| records(q, zones)) else {
        return Outcome::Forward;
    };
    let size = edns_size(message);
    let limit = if transport == Transport::Tcp { u16::MAX } else { size.unwrap_or(0).max(PLAIN_SIZE) };
    let reply = reply(packet, records, size.is_some(), limit.into());
    Outcome::Reply(reply.unwrap_or_else(|| failure(message, RCODE::ServerFailure)))
}

/// What the asker takes by UDP, if it knows EDNS (RFC 6891).
fn edns_size(message: &[u8]) -> Option<u16> {
    // Only where it costs little to look.
    let plain = field(message, 6) == 0 && field(message, 8) == 0 && field(message, 10) <= MAX_ADDITIONAL;
    let packet = plain.then(|| Packet::parse(message).ok())??;
    packet.opt().map(|opt| opt.udp_packet_size)
}

/// The answers to a question for a name of ours, which may be none; `None` if it is not ours.
fn records<'a>(question: &Question<'a>, zones: &mut Zones) -> Option<Vec<ResourceRecord<'a>>> {
    if !matches!(question.qclass, QCLASS::CLASS(CLASS::IN) | QCLASS::ANY) {
        return None;
    }
    let name = question.qname.to_string();
    let record = |data| ResourceRecord::new(question.qname.clone(), CLASS::IN, TTL, data);
    let wants = |kind| matches!(question.qtype, QTYPE::ANY) || question.qtype == QTYPE::TYPE(kind);
    if let Some(address) = reversed(&name) {
        let name = zones.name_of(address)?;
        let pointer = Name::new(&name).ok()?.into_owned();
        return Some(if wants(TYPE::PTR) { vec![record(RData::PTR(PTR(pointer)))] } else { Vec::new() });
    }
    let addresses = zones.look_up(&name)?.into_iter();
    let data = addresses.filter_map(|address| match address {
        IpAddr::V4(four) => wants(TYPE::A).then(|| RData::A(A { address: four.into() })),
        IpAddr::V6(six) => wants(TYPE::AAAA).then(|| RData::AAAA(AAAA { address: six.into() })),
    });
    Some(data.map(record).collect())
}

/// The address of a name below in-addr.arpa or ip6.arpa.
fn reversed(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(four) = name.strip_suffix(".in-addr.arpa") {
        let octets: Vec<&str> = four.rsplit('.').collect();
        return octets.join(".").parse().ok().map(IpAddr::V4);
    }
    let digits: Vec<&str> = name.strip_suffix(".ip6.arpa")?.rsplit('.').collect();
    if digits.len() != 32 || digits.iter().any(|d| d.len() != 1) {
        return None;
    }
    u128::from_str_radix(&digits.concat(), 16).ok().map(|n| IpAddr::V6(n.into()))
}

/// With as many of the records as fit.
fn reply(packet: Packet<'_>, records: Vec<ResourceRecord<'_>>, edns: bool, limit: usize) -> Option<Vec<u8>> {
    let asked = packet.has_flags(PacketFlag::RECURSION_DESIRED);
    let mut reply = packet.into_reply();
    reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER | PacketFlag::RECURSION_AVAILABLE);
    if asked {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    if edns {
        *reply.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: OWN_SIZE, version: 0 });
    }
    let empty = reply.build_bytes_vec_compressed().ok()?.len();
    reply.answers = records;
    let full = reply.build_bytes_vec_compressed().ok()?;
    if full.len() <= limit {
        return Some(full);
    }
    let each = (full.len() - empty).div_ceil(reply.answers.len());
    reply.answers.truncate(limit.saturating_sub(empty) / each);
    reply.set_flags(PacketFlag::TRUNCATION);
    reply.build_bytes_vec_compressed().ok()
}

/// An answer that says no more than why there is none. The question has a whole header.
pub fn failure(message: &[u8], code: RCODE) -> Vec<u8> {
    let mut reply = alone(message);
    let kept = field(message, 2) & (OPCODE | PacketFlag::RECURSION_DESIRED.bits());
    let flags = PacketFlag::RESPONSE | PacketFlag::RECURSION_AVAILABLE;
    reply[2..4].copy_from_slice(&(kept | flags.bits() | code as u16).to_be_bytes());
    reply
}

/// Whether a message answers this question, which has the same id.
pub fn is_reply(message: &[u8], question: &[u8]) -> bool {
    let same = match (section(message), section(question)) {
        (Some(a), Some(b)) if field(message, 4) == 1 => a.eq_ignore_ascii_case(b),
        // A server that couldn't read the question doesn't repeat it.
        _ => field(message, 4) == 0 && field(message, 2) & CODE != 0,
    };
    message.len() >= HEADER
        && field(message, 0) == field(question, 0)
        && field(message, 2) & PacketFlag::RESPONSE.bits() != 0
        && same
}

/// A message as TCP carries it, with its length before it.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), &message[..length.into()]].concat()
}

/// The first message of what TCP has carried, if it is here as a whole.
pub fn framed(received: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes(*received.first_chunk()?);
    received.get(2..2 + usize::from(length))
}

/// Whether a server says that it can't or won't answer, where another may.
pub fn is_refusal(reply: &[u8]) -> bool {
    let code = field(reply, 2) & CODE;
    code == RCODE::ServerFailure as u16 || code == RCODE::Refused as u16
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::super::super::members::{Member, Members};
    use super::*;

    fn zones(dir: &std::path::Path) -> Zones {
        let members = Members::at(dir.join("members"));
        let member = |names: &[&str], addresses: &[&str]| Member {
            names: names.iter().map(ToString::to_string).collect(),
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
        };
        members.add("1", &member(&["web"], &["10.0.0.2", "fd00::2"])).unwrap();
        for n in 0..100 {
            members.add(&format!("m{n}"), &member(&["many"], &[&format!("10.0.1.{n}")])).unwrap();
        }
        let mut zones = Zones::default();
        zones.add("net", &members, &[]);
        zones
    }

    fn question(name: &str, kind: QTYPE, edns: Option<u16>) -> Vec<u8> {
        let mut packet = Packet::new_query(7);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        packet.questions.push(Question::new(Name::new(name).unwrap(), kind, CLASS::IN.into(), false));
        *packet.opt_mut() = edns.map(|size| OPT { opt_codes: Vec::new(), udp_packet_size: size, version: 0 });
        packet.build_bytes_vec().unwrap()
    }

    fn replied(outcome: Outcome) -> Vec<u8> {
        match outcome {
            Outcome::Reply(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn own_names_are_answered_and_others_left_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let mut zones = zones(dir.path());
        let mut ask =
            |name: &str, kind: TYPE| answer(&question(name, kind.into(), None), Transport::Udp, &mut zones);
        for (name, kind, data) in [
            ("WEB.net", TYPE::A, Some("10.0.0.2")),
            ("web", TYPE::AAAA, Some("fd00::2")),
            ("web", TYPE::MX, None),
            ("many", TYPE::AAAA, None),
            ("2.0.0.10.in-addr.arpa", TYPE::PTR, Some("web.net")),
            (
                "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                TYPE::PTR,
                Some("web.net"),
            ),
        ] {
            let bytes = replied(ask(name, kind));
            let reply = Packet::parse(&bytes).unwrap();
            assert_eq!((reply.id(), reply.rcode()), (7, RCODE::NoError));
            assert!(reply.has_flags(PacketFlag::RESPONSE | PacketFlag::AUTHORITATIVE_ANSWER));
            assert!(reply.has_flags(PacketFlag::RECURSION_DESIRED) && reply.opt().is_none());
            assert_eq!(reply.questions[0].qname.to_string(), name);
            assert_eq!(reply.answers.len(), usize::from(data.is_some()), "{name} {kind:?}");
            for record in &reply.answers {
                let found = match &record.rdata {
                    RData::A(a) => Ipv4Addr::from(a.address).to_string(),
                    RData::AAAA(a) => Ipv6Addr::from(a.address).to_string(),
                    RData::PTR(pointer) => pointer.0.to_string(),
                    other => panic!("{other:?}"),
                };
                assert_eq!((record.ttl, Some(found.as_str())), (600, data));
            }
        }
        for name in ["nobody", "example.com", "9.9.9.9.in-addr.arpa", "1.in-addr.arpa", "1.2.ip6.arpa", "."] {
            assert_eq!(ask(name, TYPE::A), Outcome::Forward, "{name}");
        }
    }

    #[test]
    fn what_is_too_long_for_udp_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let mut zones = zones(dir.path());
        for (edns, transport, count) in [
            (None, Transport::Udp, 30),
            (Some(100), Transport::Udp, 29),
            (Some(1232), Transport::Udp, 74),
            (Some(4096), Transport::Udp, 100),
            (None, Transport::Tcp, 100),
        ] {
            let bytes = replied(answer(&question("many", TYPE::A.into(), edns), transport, &mut zones));
            let reply = Packet::parse(&bytes).unwrap();
            assert_eq!(reply.answers.len(), count, "{edns:?} {transport:?}");
            assert_eq!(reply.has_flags(PacketFlag::TRUNCATION), count < 100);
            assert_eq!(reply.opt().is_some(), edns.is_some());
            assert!(bytes.len() <= usize::from(edns.unwrap_or(0).max(512)) || transport == Transport::Tcp);
        }
    }

    #[test]
    fn messages_in_a_row() {
        let stream = [frame(b"one"), frame(b""), frame(b"three")].concat();
        assert_eq!(framed(&stream), Some(&b"one"[..]));
        assert_eq!(framed(&stream[5..]), Some(&b""[..]));
        assert_eq!((framed(&stream[..4]), framed(&stream[..1]), framed(&[])), (None, None, None));
    }

    #[test]
    fn what_is_no_question_gets_an_error_or_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut zones = zones(dir.path());
        let good = question("web", TYPE::A.into(), Some(4096));
        let mut ask = |bytes: &[u8]| answer(bytes, Transport::Udp, &mut zones);
        // Whatever comes: no panic, and no reply to a reply.
        for end in 0..good.len() {
            match ask(&good[..end]) {
                Outcome::Ignore => assert!(end < HEADER),
                Outcome::Reply(_) => assert!(end >= HEADER),
                Outcome::Forward => panic!("{end}"),
            }
        }
        let with = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            bytes
        };
        let code = |outcome| replied(outcome)[3] & 15;
        assert_eq!(ask(&with(2, 0x81)), Outcome::Ignore, "a reply");
        assert_eq!(code(ask(&with(2, 0x29))), RCODE::NotImplemented as u8, "an update");
        assert_eq!(code(ask(&with(5, 2))), RCODE::FormatError as u8, "two questions");
        assert_eq!(code(ask(&with(12, 0xc0))), RCODE::FormatError as u8, "a pointer");
        assert_eq!(code(ask(&with(10, 0xff))), RCODE::NoError as u8, "records that aren't there");
        let refused = failure(&good, RCODE::ServerFailure);
        assert!(is_reply(&refused, &good) && is_refusal(&refused) && !is_reply(&good, &good));
        assert!(!is_reply(&failure(&question("w3b", TYPE::A.into(), None), RCODE::NameError), &good));
        assert!(!is_reply(&failure(&with(0, 9), RCODE::NameError), &good), "another id");
    }
}

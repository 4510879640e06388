//! As much of D-Bus as asking systemd takes (D-Bus Specification, "Message Protocol" and "Authentication Protocol"): calls and signals on
//! the private socket that systemd's own tools use, with no bus between.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::error::{Context, Error, Kind, Result};

/// systemd answers at once, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// The specification's limit is 128 MiB; systemd's messages to us are a few hundred bytes.
const MAX_MESSAGE: usize = 1 << 20;

const CALL: u8 = 1;
const ANSWER: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;

/// What properties are set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Bool(bool),
    Number(u64),
    Text(String),
    Bytes(Vec<u8>),
    Numbers(Vec<u32>),
}

/// `name = value`
pub type Property = (String, Value);

/// An argument of a call.
#[derive(Debug)]
pub enum Argument<'a> {
    Text(&'a str),
    Bool(bool),
    Properties(&'a [Property]),
    /// The auxiliary units of StartTransientUnit: none.
    NoUnits,
}

/// What came.
#[derive(Debug)]
pub struct Message {
    kind: u8,
    reply_to: u32,
    pub member: String,
    error: String,
    /// The numbers and texts of its body, as texts, as far as they come before anything else.
    pub body: Vec<String>,
}

#[derive(Debug)]
pub struct Connection {
    stream: BufReader<UnixStream>,
    serial: u32,
}

impl Connection {
    pub fn open(socket: &Path) -> Result<Self> {
        let asking = || format!("asking systemd at {}", socket.display());
        let stream = UnixStream::connect(socket).map_err(|e| {
            Kind::Unavailable.error(format!("no systemd answers at {} ({e})", socket.display()))
        })?;
        stream.set_read_timeout(Some(PATIENCE)).with_context(asking)?;
        let mut connection = Self { stream: BufReader::new(stream), serial: 0 };
        connection.authenticate().with_context(asking)?;
        Ok(connection)
    }

    /// Without a name: the kernel tells systemd who we are, also where our user id is another in a user namespace.
    fn authenticate(&mut self) -> Result<()> {
        self.stream.get_mut().write_all(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")?;
        for expected in ["DATA", "OK"] {
            let mut line = String::new();
            (&mut self.stream).take(1024).read_line(&mut line)?;
            if !line.starts_with(expected) {
                return Kind::Forbidden.err(format!("it does not let us in ({:?})", line.trim()));
            }
        }
        Ok(())
    }

    /// Calls a method of the object at `path`, and waits for the answer. The error of one that failed has systemd's name for it.
    pub fn call(
        &mut self,
        path: &str,
        interface: &str,
        method: &str,
        arguments: &[Argument<'_>],
    ) -> Result<Message> {
        self.serial += 1;
        let message = encode(self.serial, path, interface, method, arguments);
        self.stream.get_mut().write_all(&message).with_context(|| format!("calling {method} of systemd"))?;
        loop {
            let message = self.next().with_context(|| format!("calling {method} of systemd"))?;
            match message.kind {
                ANSWER if message.reply_to == self.serial => return Ok(message),
                ERROR if message.reply_to == self.serial => {
                    return Err(Refused { name: message.error, text: message.body.concat() }.into());
                }
                // A signal of something that is none of ours: jobs are waited for after their call was answered, and end later.
                _ => {}
            }
        }
    }

    /// The next signal.
    pub fn signal(&mut self) -> Result<Message> {
        loop {
            let message = self.next()?;
            if message.kind == SIGNAL {
                return Ok(message);
            }
        }
    }

    fn next(&mut self) -> Result<Message> {
        let mut head = [0u8; 16];
        self.stream.read_exact(&mut head).context("systemd does not answer")?;
        if head[0] != b'l' {
            return Kind::Unsupported.err("systemd speaks in another byte order");
        }
        let number =
            |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes")) as usize;
        let (body, fields) = (number(4), number(12));
        if body > MAX_MESSAGE || fields > MAX_MESSAGE {
            return Kind::Invalid.err("a message of systemd is too long");
        }
        let mut rest = vec![0u8; fields.next_multiple_of(8) + body];
        self.stream.read_exact(&mut rest).context("systemd does not answer")?;
        let decoded = decode(head[1], &rest[..fields], &rest[fields.next_multiple_of(8)..]);
        decoded.context("a message of systemd can't be understood")
    }
}

/// systemd's refusal of a call.
#[derive(Debug)]
pub struct Refused {
    /// As `org.freedesktop.systemd1.NoSuchUnit`.
    pub name: String,
    text: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "systemd: {} ({})", self.text, self.name)
    }
}

impl std::error::Error for Refused {}

/// Whether systemd has refused a call with the error of this name, without its prefix.
pub fn is_refused(error: &Error, name: &str) -> bool {
    let refused = error.downcast_ref::<Refused>();
    refused.is_some_and(|r| r.name.rsplit('.').next() == Some(name))
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, number: u32) {
        self.align(4);
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn signature(&mut self, text: &str) {
        self.0.push(text.len() as u8);
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    /// An array: its length in bytes does not count the padding before the first element.
    fn array(&mut self, element_alignment: usize, fill: impl FnOnce(&mut Self)) {
        self.number(0);
        let length_at = self.0.len() - 4;
        self.align(element_alignment);
        let start = self.0.len();
        fill(self);
        let length = (self.0.len() - start) as u32;
        self.0[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    }

    fn variant(&mut self, value: &Value) {
        match value {
            Value::Bool(bool) => {
                self.signature("b");
                self.number((*bool).into());
            }
            Value::Number(number) => {
                self.signature("t");
                self.align(8);
                self.0.extend(number.to_le_bytes());
            }
            Value::Text(text) => {
                self.signature("s");
                self.text(text);
            }
            Value::Bytes(bytes) => {
                self.signature("ay");
                self.array(1, |w| w.0.extend(bytes));
            }
            Value::Numbers(numbers) => {
                self.signature("au");
                self.array(4, |w| numbers.iter().for_each(|n| w.number(*n)));
            }
        }
    }

    fn argument(&mut self, argument: &Argument<'_>) {
        match argument {
            Argument::Text(text) => self.text(text),
            Argument::Bool(bool) => self.number((*bool).into()),
            Argument::Properties(properties) => self.array(8, |w| {
                for (name, value) in *properties {
                    w.align(8);
                    w.text(name);
                    w.variant(value);
                }
            }),
            Argument::NoUnits => self.array(8, |_| {}),
        }
    }
}

impl Argument<'_> {
    fn signature(&self) -> &'static str {
        match self {
            Self::Text(_) => "s",
            Self::Bool(_) => "b",
            Self::Properties(_) => "a(sv)",
            Self::NoUnits => "a(sa(sv))",
        }
    }
}

fn encode(serial: u32, path: &str, interface: &str, method: &str, arguments: &[Argument<'_>]) -> Vec<u8> {
    let mut body = Writer::default();
    for argument in arguments {
        body.argument(argument);
    }
    let signature: String = arguments.iter().map(Argument::signature).collect();
    let mut message = Writer(vec![b'l', CALL, 0, 1]);
    message.number(body.0.len() as u32);
    message.number(serial);
    message.array(8, |w| {
        let fields =
            [(1, "o", path), (2, "s", interface), (3, "s", method), (6, "s", "org.freedesktop.systemd1")];
        for (code, kind, value) in fields {
            w.align(8);
            w.0.push(code);
            w.signature(kind);
            w.text(value);
        }
        if !signature.is_empty() {
            w.align(8);
            w.0.push(8);
            w.signature("g");
            w.signature(&signature);
        }
    });
    message.align(8);
    message.0.extend(body.0);
    message.0
}

/// Reads values one after the other; nothing at the end, or where they can't be what they should.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn number(&mut self) -> Option<u32> {
        self.align(4);
        self.take(4).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes")))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let text = self.take(length as usize)?;
        self.take(1)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    fn signature(&mut self) -> Option<String> {
        let length = self.take(1)?[0];
        let text = self.take(length.into())?;
        self.take(1)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// A number or text, as text.
    fn plain(&mut self, kind: char) -> Option<String> {
        match kind {
            'u' => self.number().map(|n| n.to_string()),
            's' | 'o' => self.text(),
            'g' => self.signature(),
            'v' => {
                let inner = self.signature()?;
                self.plain(inner.chars().next()?)
            }
            _ => None,
        }
    }
}

fn decode(kind: u8, fields: &[u8], body: &[u8]) -> Option<Message> {
    let mut message =
        Message { kind, reply_to: 0, member: String::new(), error: String::new(), body: Vec::new() };
    let mut signature = String::new();
    // The fields begin at offset 16 of the message, which is a multiple of all alignments.
    let mut reader = Reader { bytes: fields, at: 0 };
    while reader.at < fields.len() {
        reader.align(8);
        let Some(code) = reader.take(1) else { break };
        let value = reader.plain('v')?;
        match code[0] {
            3 => message.member = value,
            4 => message.error = value,
            5 => message.reply_to = value.parse().ok()?,
            8 => signature = value,
            _ => {}
        }
    }
    let mut reader = Reader { bytes: body, at: 0 };
    message.body = signature.chars().map_while(|kind| reader.plain(kind)).collect();
    Some(message)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A systemd of one connection: answers the calls as told, each with messages that are sent one after the other.
    pub fn fake(answers: Vec<Vec<Vec<u8>>>) -> (tempfile::TempDir, std::thread::JoinHandle<Vec<String>>) {
        let dir = tempfile::tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(dir.path().join("s")).unwrap();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut connection = Connection { stream: BufReader::new(stream), serial: 0 };
            let mut line = Vec::new();
            while !line.ends_with(b"BEGIN\r\n") {
                let mut byte = [0];
                connection.stream.read_exact(&mut byte).unwrap();
                line.push(byte[0]);
            }
            assert!(line.starts_with(b"\0AUTH EXTERNAL"));
            connection.stream.get_mut().write_all(b"DATA\r\nOK 0123\r\n").unwrap();
            let mut calls = Vec::new();
            for answer in answers {
                let call = connection.next().unwrap();
                calls.push(format!("{}({})", call.member, call.body.join(",")));
                for message in answer {
                    connection.stream.get_mut().write_all(&message).unwrap();
                }
            }
            calls
        });
        (dir, thread)
    }

    /// A message with texts as its body, of which the first may be a number.
    pub fn message(kind: u8, field: (u8, &str), reply_to: u32, signature: &str, body: &[&str]) -> Vec<u8> {
        let mut content = Writer::default();
        for (kind, text) in signature.chars().zip(body) {
            match kind {
                'u' => content.number(text.parse().unwrap()),
                'v' => content.variant(&Value::Text((*text).into())),
                _ => content.text(text),
            }
        }
        let mut message = Writer(vec![b'l', kind, 0, 1]);
        message.number(content.0.len() as u32);
        message.number(7);
        message.array(8, |w| {
            w.align(8);
            w.0.push(field.0);
            w.signature("s");
            w.text(field.1);
            w.align(8);
            w.0.push(5);
            w.signature("u");
            w.number(reply_to);
            w.align(8);
            w.0.push(8);
            w.signature("g");
            w.signature(signature);
        });
        message.align(8);
        message.0.extend(content.0);
        message.0
    }

    pub fn answer(reply_to: u32, signature: &str, body: &[&str]) -> Vec<u8> {
        message(ANSWER, (3, ""), reply_to, signature, body)
    }

    pub fn job_removed(job: &str, unit: &str, result: &str) -> Vec<u8> {
        message(SIGNAL, (3, "JobRemoved"), 0, "uoss", &["5", job, unit, result])
    }

    pub fn refusal(reply_to: u32, name: &str) -> Vec<u8> {
        message(ERROR, (4, &format!("org.freedesktop.systemd1.{name}")), reply_to, "s", &["because"])
    }

    #[test]
    fn calls_are_encoded_as_the_specification_has_it() {
        let bytes = encode(1, "/o", "i.f", "M", &[Argument::Text("a"), Argument::Bool(true)]);
        let expected = b"l\x01\0\x01\x0c\0\0\0\x01\0\0\0\x60\0\0\0\
            \x01\x01o\0\x02\0\0\0/o\0\0\0\0\0\0\
            \x02\x01s\0\x03\0\0\0i.f\0\0\0\0\0\
            \x03\x01s\0\x01\0\0\0M\0\0\0\0\0\0\0\
            \x06\x01s\0\x18\0\0\0org.freedesktop.systemd1\0\0\0\0\0\0\0\0\
            \x08\x01g\0\x02sb\0\
            \x01\0\0\0a\0\0\0\x01\0\0\0";
        assert_eq!(bytes.escape_ascii().to_string(), expected.escape_ascii().to_string());
        let properties = [("P".to_string(), Value::Number(7)), ("Q".into(), Value::Numbers(vec![1, 2]))];
        let mut w = Writer::default();
        w.argument(&Argument::Properties(&properties));
        // length, padding, "P" with a variant of a number, "Q" with one of an array
        let expected = b"\x2c\0\0\0\0\0\0\0\x01\0\0\0P\0\x01t\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x01\0\0\0Q\0\x02au\0\0\0\x08\0\0\0\x01\0\0\0\x02\0\0\0";
        assert_eq!(w.0[4..].escape_ascii().to_string(), expected[4..].escape_ascii().to_string());
    }

    #[test]
    fn answers_refusals_and_nonsense_are_told_apart() {
        let (dir, thread) = fake(vec![
            vec![job_removed("/j", "u", "done"), answer(1, "o", &["/job/1"])],
            vec![refusal(2, "NoSuchUnit")],
        ]);
        let mut connection = Connection::open(&dir.path().join("s")).unwrap();
        assert_eq!(connection.call("/o", "i.f", "One", &[Argument::Text("x")]).unwrap().body, ["/job/1"]);
        let error = connection.call("/o", "i.f", "Two", &[]).unwrap_err();
        assert!(is_refused(&error, "NoSuchUnit") && !is_refused(&error, "Other"), "{error:#}");
        assert_eq!(thread.join().unwrap(), ["One(x)", "Two()"]);
        assert!(connection.call("/o", "i.f", "Gone", &[]).is_err());
        assert!(decode(2, b"\x05\x01", b"").is_none());
        assert!(
            Connection::open(Path::new("/nonexistent"))
                .unwrap_err()
                .to_string()
                .contains("no systemd answers")
        );
    }
}

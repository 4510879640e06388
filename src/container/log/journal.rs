//! The journal of systemd, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram an entry, with docker's fields.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::Stream;
use crate::container::ContainerConfig;
use crate::error::{Kind, Result};
use crate::sys::socket;

const SOCKET: &str = "/run/systemd/journal/socket";

/// How long an entry waits for a journal that doesn't read. The monitor has more to do than this.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    socket: UnixDatagram,
    /// What each entry has.
    fields: Vec<u8>,
    /// Entries that wait, at most so many bytes of them.
    waiting: VecDeque<Vec<u8>>,
    limit: Option<usize>,
    /// The last entry found the journal not reading: the next ones don't wait for it.
    stuck: bool,
}

impl Journal {
    pub fn open(config: &ContainerConfig) -> Result<Self> {
        Self::open_at(Path::new(SOCKET), fields(config), config.log.buffer)
    }

    fn open_at(path: &Path, fields: Vec<u8>, limit: Option<usize>) -> Result<Self> {
        let socket = connect(path, limit.is_none()).map_err(|e| {
            Kind::Unavailable.error(format!(
                "log driver journald: there is no journal at {} ({e}); use --log-driver json-file or local",
                path.display()
            ))
        })?;
        Ok(Self { path: path.into(), socket, fields, waiting: VecDeque::new(), limit, stuck: false })
    }

    /// An entry that can't be delivered is lost, as one that a full disk doesn't take.
    pub fn add(&mut self, line: &[u8], stream: Stream) -> io::Result<()> {
        let entry = self.entry(line, stream);
        let Some(limit) = self.limit else { return self.deliver(&entry) };
        self.waiting.push_back(entry);
        while let Some(entry) = self.waiting.front() {
            let sent = send(&self.socket, entry);
            if sent.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
                break;
            }
            self.waiting.pop_front();
            if sent.is_err() {
                self.reconnect();
            }
        }
        // The oldest goes, as from docker's ring buffer.
        while self.waiting.iter().map(Vec::len).sum::<usize>() > limit {
            self.waiting.pop_front();
        }
        Ok(())
    }

    fn deliver(&mut self, entry: &[u8]) -> io::Result<()> {
        let mut sent = send(&self.socket, entry);
        if sent.as_ref().is_err_and(|e| e.kind() != ErrorKind::WouldBlock) && self.reconnect() {
            // It was restarted.
            sent = send(&self.socket, entry);
        }
        let stuck = sent.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock);
        if stuck != self.stuck {
            self.socket.set_nonblocking(stuck)?;
            self.stuck = stuck;
        }
        sent
    }

    fn reconnect(&mut self) -> bool {
        let Ok(socket) = connect(&self.path, self.limit.is_none()) else { return false };
        self.socket = socket;
        self.stuck = false;
        true
    }

    fn entry(&self, line: &[u8], stream: Stream) -> Vec<u8> {
        let (text, whole) = line.strip_suffix(b"\n").map_or((line, false), |text| (text, true));
        let mut entry = Vec::with_capacity(self.fields.len() + text.len() + 64);
        entry.extend_from_slice(&self.fields);
        // The priorities that docker gives: info and error.
        field("PRIORITY", if stream == Stream::Stdout { b"6" } else { b"3" }, &mut entry);
        if !whole {
            field("CONTAINER_PARTIAL_MESSAGE", b"true", &mut entry);
        }
        field("MESSAGE", text, &mut entry);
        entry
    }
}

fn connect(path: &Path, waits: bool) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nonblocking(!waits)?;
    Ok(socket)
}

/// The fields that all entries of a container have.
fn fields(config: &ContainerConfig) -> Vec<u8> {
    let attributes = &config.log.attributes;
    let short = config.id.short().to_string();
    let tag = attributes.get("tag").map_or(short.as_str(), String::as_str);
    let mut fields = Vec::new();
    for (name, value) in [
        ("CONTAINER_ID", short.as_str()),
        ("CONTAINER_ID_FULL", config.id.as_str()),
        ("CONTAINER_NAME", &config.name),
        ("CONTAINER_TAG", tag),
        ("IMAGE_NAME", &config.image),
        ("SYSLOG_IDENTIFIER", tag),
    ] {
        field(name, value.as_bytes(), &mut fields);
    }
    for (name, value) in attributes.iter().filter(|(name, _)| *name != "tag") {
        field(&field_name(name), value.as_bytes(), &mut fields);
    }
    fields
}

/// Only A to Z, 0 to 9 and _ are allowed, and _ is not at the start.
fn field_name(name: &str) -> String {
    let upper = name.to_uppercase();
    upper.trim_start_matches('_').chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    if memchr::memchr(b'\n', value).is_none() {
        out.push(b'=');
    } else {
        out.push(b'\n');
        out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    }
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn send(socket: &UnixDatagram, entry: &[u8]) -> io::Result<()> {
    match socket::send(socket.as_fd(), entry, &[]) {
        // Too long for a datagram: in a file that can't change any more.
        Err(Errno::EMSGSIZE | Errno::ENOBUFS) => send_file(socket, entry),
        other => Ok(other?),
    }
}

fn send_file(socket: &UnixDatagram, entry: &[u8]) -> io::Result<()> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let mut file = File::from(memfd_create(c"dhow-journal", flags)?);
    file.write_all(entry)?;
    let seals =
        SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SEAL;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(socket::send(socket.as_fd(), b"", &[file.as_fd()])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, SeekFrom};

    fn journal(limit: Option<usize>) -> (tempfile::TempDir, UnixDatagram, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let server = UnixDatagram::bind(&path).unwrap();
        server.set_nonblocking(true).unwrap();
        let journal = Journal::open_at(&path, b"A=b\n".to_vec(), limit).unwrap();
        (dir, server, journal)
    }

    fn received(server: &UnixDatagram) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 1 << 20];
        server.recv(&mut buffer).ok().map(|n| buffer[..n].to_vec())
    }

    #[test]
    fn entries_have_their_fields() {
        let (_dir, server, mut journal) = journal(None);
        journal.add(b"hello\n", Stream::Stdout).unwrap();
        assert_eq!(received(&server).unwrap(), b"A=b\nPRIORITY=6\nMESSAGE=hello\n");
        journal.add(b"x\ny", Stream::Stderr).unwrap();
        let wanted = b"A=b\nPRIORITY=3\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE\n\x03\0\0\0\0\0\0\0x\ny\n";
        assert_eq!(received(&server).unwrap(), wanted);
        assert_eq!(field_name("_com.example-x"), "COM_EXAMPLE_X");
    }

    #[test]
    fn a_long_entry_goes_in_a_sealed_file() {
        let (_dir, server, mut journal) = journal(None);
        let text = vec![b'x'; 1 << 20];
        journal.add(&text, Stream::Stdout).unwrap();
        let (data, fds) = socket::receive(server.as_fd(), nix::sys::socket::MsgFlags::empty()).unwrap();
        assert!(data.is_empty());
        let mut file = File::from(fds.into_iter().next().unwrap());
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut entry = Vec::new();
        file.read_to_end(&mut entry).unwrap();
        assert!(entry.starts_with(b"A=b\n") && entry.len() > text.len());
        assert!(file.write_all(b"x").is_err());
    }

    #[test]
    fn a_journal_that_does_not_read_costs_entries_and_not_time() {
        let (_dir, server, mut journal) = journal(Some(3 * 40));
        for n in 0..1000 {
            journal.add(format!("{n}\n").as_bytes(), Stream::Stdout).unwrap();
        }
        let mut last = Vec::new();
        while let Some(entry) = received(&server) {
            last = entry;
        }
        journal.add(b"end\n", Stream::Stdout).unwrap();
        assert!(!last.ends_with(b"MESSAGE=999\n"));
        let rest: Vec<_> = std::iter::from_fn(|| received(&server)).collect();
        assert!(rest.len() < 6 && rest.last().unwrap().ends_with(b"MESSAGE=end\n"), "{rest:?}");
    }

    #[test]
    fn a_journal_that_was_restarted_is_found_again() {
        let (dir, server, mut journal) = journal(None);
        drop(server);
        let path = dir.path().join("socket");
        let _ = file_gone(&path);
        let server = UnixDatagram::bind(&path).unwrap();
        journal.add(b"again\n", Stream::Stdout).unwrap();
        assert!(received(&server).unwrap().ends_with(b"MESSAGE=again\n"));
    }

    fn file_gone(path: &Path) -> Result<()> {
        crate::state::file::remove_file(path)
    }
}

//! Writes the header of a tar entry: ustar, with a PAX extended header before it for what does not fit.
//!
//! Pure: an entry in, blocks out. The same entry gives the same bytes always. Only what has to goes into PAX records, since every reader
//! understands ustar.

use super::entries::EntryKind;

const BLOCK: usize = 512;
/// What the octal fields of ustar hold at most.
const MAX_ID: u32 = 0o7_777_777;
const MAX_SIZE: u64 = 0o77_777_777_777;
/// Bytes of the fields `name` and `linkname`.
const NAME: usize = 100;

/// What there is to say about an entry before its content.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// A directory's without a slash at its end.
    pub name: &'a [u8],
    pub kind: EntryKind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds since the epoch.
    pub mtime: i64,
    pub link: &'a [u8],
    pub device: (u32, u32),
    /// Sorted by their names.
    pub xattrs: &'a [(Vec<u8>, Vec<u8>)],
    /// Bytes of content.
    pub size: u64,
    /// Its content isn't in the archive but comes beside it (see [`super::aside`]): how many bytes that are.
    pub aside: Option<u64>,
}

/// The key of the record that tells of content beside the archive.
pub const ASIDE: &[u8] = b"DHOW.aside";

/// The blocks that stand before the content.
pub fn encode(member: &Member<'_>) -> Vec<u8> {
    let mut name = member.name.to_vec();
    if member.kind == EntryKind::Directory {
        name.push(b'/');
    }
    let mut records = Vec::new();
    let mut add = |key: &[u8], value: &[u8]| records.extend_from_slice(&record(key, value));
    if name.len() > NAME {
        add(b"path", &name);
    }
    if member.link.len() > NAME {
        add(b"linkpath", member.link);
    }
    if member.size > MAX_SIZE {
        add(b"size", member.size.to_string().as_bytes());
    }
    for (key, id) in [(b"uid".as_slice(), member.uid), (b"gid", member.gid)] {
        if id > MAX_ID {
            add(key, id.to_string().as_bytes());
        }
    }
    if !(0..=MAX_SIZE as i64).contains(&member.mtime) {
        add(b"mtime", member.mtime.to_string().as_bytes());
    }
    if let Some(size) = member.aside {
        add(ASIDE, size.to_string().as_bytes());
    }
    for (key, value) in member.xattrs {
        add(&[b"SCHILY.xattr.", key.as_slice()].concat(), value);
    }
    let mut blocks = Vec::new();
    if !records.is_empty() {
        let extended = Fields { mode: 0o644, size: records.len() as u64, ..Fields::default() };
        blocks.extend_from_slice(&block(b"PaxHeaders.0/entry", b"", b'x', &extended));
        blocks.extend_from_slice(&records);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
    }
    let fits = |id: u32| if id > MAX_ID { 0 } else { id };
    let fields = Fields {
        mode: member.mode,
        uid: fits(member.uid),
        gid: fits(member.gid),
        size: if member.size > MAX_SIZE { 0 } else { member.size },
        mtime: u64::try_from(member.mtime).ok().filter(|t| *t <= MAX_SIZE).unwrap_or(0),
        device: member.device,
    };
    blocks.extend_from_slice(&block(&name, member.link, letter(member.kind), &fields));
    blocks
}

/// `LENGTH KEY=VALUE\n`, the length counting its own digits.
fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    let mut record = format!("{length} ").into_bytes();
    record.extend_from_slice(key);
    record.push(b'=');
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}

#[derive(Debug, Default)]
struct Fields {
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    mtime: u64,
    device: (u32, u32),
}

/// One ustar block (POSIX.1-2017, pax, "ustar Interchange Format"). Names that don't fit are cut: their records have them whole.
fn block(name: &[u8], link: &[u8], letter: u8, fields: &Fields) -> [u8; BLOCK] {
    let mut block = [0u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name[..name.len().min(NAME)]);
    put(100, format!("{:07o}", fields.mode).as_bytes());
    put(108, format!("{:07o}", fields.uid).as_bytes());
    put(116, format!("{:07o}", fields.gid).as_bytes());
    put(124, format!("{:011o}", fields.size).as_bytes());
    put(136, format!("{:011o}", fields.mtime).as_bytes());
    put(148, b"        ");
    put(156, &[letter]);
    put(157, &link[..link.len().min(NAME)]);
    put(257, b"ustar\x0000");
    put(329, format!("{:07o}", fields.device.0).as_bytes());
    put(337, format!("{:07o}", fields.device.1).as_bytes());
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn letter(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Regular => b'0',
        EntryKind::HardLink => b'1',
        EntryKind::Symlink => b'2',
        EntryKind::Character => b'3',
        EntryKind::Block => b'4',
        EntryKind::Directory => b'5',
        EntryKind::Fifo => b'6',
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::super::entries::Entries;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let long = [b"d/".as_slice(), &[b'x'; 300]].concat();
        let odd = b"\xff\n ".to_vec();
        let xattrs = vec![(b"user.a".to_vec(), b"\0\n=".to_vec()), (b"user.b".to_vec(), vec![b'y'; 1000])];
        for (name, link, ids, mtime, size) in [
            (b"a".as_slice(), b"".as_slice(), (0, 0), 0, 0),
            (&long, &long, (u32::MAX - 1, MAX_ID + 1), -5, 1 << 40),
            (&odd, &odd, (MAX_ID, 1000), 1 << 40, 7),
            (&[b'n'; 100], &[b'l'; 100], (1, 2), 1_000_000_000, MAX_SIZE),
        ] {
            for kind in [EntryKind::Regular, EntryKind::Directory, EntryKind::Symlink, EntryKind::Block] {
                let size = if kind == EntryKind::Regular { size } else { 0 };
                let member = Member {
                    name,
                    kind,
                    mode: 0o6755,
                    uid: ids.0,
                    gid: ids.1,
                    mtime,
                    link,
                    device: (259, 1_048_575),
                    xattrs: &xattrs,
                    size,
                    aside: None,
                };
                let bytes = encode(&member);
                assert_eq!(bytes.len() % BLOCK, 0);
                let entry = Entries::new(bytes.as_slice()).next_entry().unwrap().unwrap();
                let read = entry.name.as_bytes();
                assert_eq!(read.strip_suffix(b"/").unwrap_or(read), name);
                assert_eq!((entry.kind, entry.mode, entry.uid, entry.gid), (kind, 0o6755, ids.0, ids.1));
                assert_eq!((entry.mtime, entry.stored), ((mtime, 0), size));
                assert_eq!(entry.link, OsStr::from_bytes(link));
                assert_eq!(entry.xattrs, xattrs);
                assert!(kind != EntryKind::Block || entry.device == (259, 1_048_575));
            }
        }
    }

    #[test]
    fn what_fits_needs_no_extended_header() {
        let member = Member {
            name: &[b'n'; 100],
            kind: EntryKind::Regular,
            mode: 0o644,
            uid: MAX_ID,
            gid: 0,
            mtime: MAX_SIZE as i64,
            link: b"",
            device: (0, 0),
            xattrs: &[],
            size: MAX_SIZE,
            aside: None,
        };
        assert_eq!(encode(&member).len(), BLOCK);
        assert_eq!(encode(&Member { uid: MAX_ID + 1, ..member }).len(), 3 * BLOCK);
    }
}

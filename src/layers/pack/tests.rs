//! Trees made at random: what is packed is unpacked as it was, and packed again as the same bytes.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;

use nix::sys::stat::{FchmodatFlags, SFlag, UtimensatFlags, fchmodat, makedev, mknod, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::geteuid;

use super::*;
use crate::layers::apply::Ownership;
use crate::layers::changes::{Change, ChangeKind};
use crate::layers::unpack::{Options, unpack};

/// Numbers that look random and are the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn name(&mut self) -> String {
        let alphabet: Vec<char> = "abcXYZ019 .-_\u{e9}\n".chars().collect();
        let length = if self.below(9) == 0 { 90 } else { 1 + self.below(8) };
        let name: String =
            (0..length).map(|_| alphabet[self.below(alphabet.len() as u64) as usize]).collect();
        // `.wh.` and the two directories that every directory has are no names of files.
        if name.starts_with('.') { format!("_{name}") } else { name }
    }
}

fn make(dir: &Path, numbers: &mut Numbers, depth: u32, files: &mut Vec<PathBuf>) {
    for _ in 0..=numbers.below(7) {
        let path = dir.join(numbers.name());
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match numbers.below(9) {
            0 | 1 if depth < 5 => {
                std::fs::create_dir(&path).unwrap();
                make(&path, numbers, depth + 1, files);
            }
            2 => symlink(numbers.name(), &path).unwrap(),
            3 => mknod(&path, SFlag::S_IFIFO, Mode::from_bits_truncate(0o600), 0).unwrap(),
            4 if geteuid().is_root() => {
                let number = makedev(numbers.below(500) + 1, numbers.below(300));
                let kind = if numbers.below(2) == 0 { SFlag::S_IFCHR } else { SFlag::S_IFBLK };
                mknod(&path, kind, Mode::from_bits_truncate(0o600), number).unwrap();
            }
            5 if !files.is_empty() => {
                let first = &files[numbers.below(files.len() as u64) as usize];
                std::fs::hard_link(first, &path).unwrap();
                continue;
            }
            6 => {
                let file = File::create(&path).unwrap();
                file.write_all_at(b"data", 1 << 20).unwrap();
                file.set_len((1 << 20) + numbers.below(1 << 20) + 4).unwrap();
                files.push(path.clone());
            }
            _ => {
                let size = [0, 1, 511, 512, 513, 70_000][numbers.below(6) as usize];
                let content: Vec<u8> = (0..size).map(|_| numbers.below(256) as u8).collect();
                File::create(&path).unwrap().write_all(&content).unwrap();
                files.push(path.clone());
            }
        }
        dress(&path, numbers);
    }
}

fn dress(path: &Path, numbers: &mut Numbers) {
    let meta = path.symlink_metadata().unwrap();
    if geteuid().is_root() {
        let id = [0, 1000, 65_534, 3_000_000][numbers.below(4) as usize];
        std::os::unix::fs::lchown(path, Some(id), Some(id + 1)).unwrap();
    }
    if !meta.is_symlink() {
        let mode = [0o644, 0o755, 0o4755, 0o2750, 0o1777, 0o600][numbers.below(6) as usize] | 0o700;
        let mode = Mode::from_bits_truncate(mode);
        fchmodat(nix::fcntl::AT_FDCWD, path, mode, FchmodatFlags::FollowSymlink).unwrap();
        if meta.is_file() || meta.is_dir() {
            let value: Vec<u8> = (0..numbers.below(40)).map(|_| numbers.below(256) as u8).collect();
            if numbers.below(4) == 0 {
                xattr::set_no_follow(path, c"user.test", &value).unwrap();
            }
            if meta.is_file() && geteuid().is_root() && numbers.below(4) == 0 {
                let capability = [&[1, 0, 0, 2, 32, 0, 0, 0][..], &[0; 12]].concat();
                xattr::set_no_follow(path, c"security.capability", &capability).unwrap();
            }
        }
    }
    let time = TimeSpec::new(numbers.below(2_000_000_000) as i64 - 1000, 0);
    utimensat(nix::fcntl::AT_FDCWD, path, &time, &time, UtimensatFlags::NoFollowSymlink).unwrap();
}

/// Everything that is to survive, by path.
fn snapshot(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut links: HashMap<u64, String> = HashMap::new();
    let opened = File::open(root).unwrap();
    let mut walk = Walk::new(opened.as_fd()).unwrap();
    while let Some(step) = walk.step().unwrap() {
        let Step::Found(stat) = step else { continue };
        let name = String::from_utf8(walk.path().to_vec()).unwrap();
        let path = root.join(&name);
        let is_dir = kind_of(&stat) == Some(EntryKind::Directory);
        let content = match kind_of(&stat) {
            Some(EntryKind::Regular) => crate::state::Digest::of(&std::fs::read(&path).unwrap()).to_string(),
            Some(EntryKind::Symlink) => std::fs::read_link(&path).unwrap().display().to_string(),
            _ => String::new(),
        };
        let first = links.entry(stat.st_ino).or_insert_with(|| name.clone()).clone();
        let xattrs = xattrs_of(walk.dir(), walk.name()).unwrap();
        // A hole of a megabyte must not have become data.
        let sparse = stat.st_size > 1 << 20 && stat.st_blocks < 200;
        found.insert(
            name,
            format!(
                "{:o} {}:{} {} {} {} {sparse} {content} {xattrs:?} {}",
                stat.st_mode,
                stat.st_uid,
                stat.st_gid,
                stat.st_mtime,
                if is_dir { 0 } else { stat.st_size },
                stat.st_rdev,
                if stat.st_nlink > 1 && !is_dir { first } else { String::new() },
            ),
        );
        if is_dir {
            walk.enter().unwrap();
        }
    }
    found
}

fn packed(root: &Path, options: &PackOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let dir = File::open(root).unwrap();
    let mut packer = Packer::new(&mut bytes, options);
    packer.tree(dir.as_fd(), b"").unwrap();
    packer.finish().unwrap();
    bytes
}

fn unpacked(bytes: &[u8], root: &Path) {
    let options = Options::layer(Ownership::Kept, !geteuid().is_root());
    unpack(bytes, File::open(root).unwrap().as_fd(), options).unwrap();
}

#[test]
fn what_is_packed_is_unpacked_as_it_was() {
    for seed in 1..60 {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make(from.path(), &mut Numbers(seed * 7919), 0, &mut Vec::new());
        let bytes = packed(from.path(), &PackOptions::default());
        unpacked(&bytes, to.path());
        assert_eq!(snapshot(from.path()), snapshot(to.path()), "seed {seed}");
        assert!(packed(to.path(), &PackOptions::default()) == bytes, "seed {seed}: other bytes");
    }
}

#[test]
fn times_are_clamped_and_owners_changed() {
    let dir = tempfile::tempdir().unwrap();
    File::create(dir.path().join("new")).unwrap();
    File::create(dir.path().join("old"))
        .unwrap()
        .set_times(std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH))
        .unwrap();
    let options = PackOptions { newest: Some(1000), root_owned: true, ..PackOptions::default() };
    let bytes = packed(dir.path(), &options);
    let mut entries = crate::layers::entries::Entries::new(bytes.as_slice());
    for (name, time) in [("new", 1000), ("old", 0)] {
        let entry = entries.next_entry().unwrap().unwrap();
        assert_eq!((entry.name.to_str().unwrap(), entry.mtime, entry.uid), (name, (time, 0), 0));
    }
}

/// Layers below, and an upper directory as overlayfs leaves it behind.
fn overlay() -> (tempfile::TempDir, tempfile::TempDir) {
    let (below, upper) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&below, &upper] {
        std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let write = |root: &Path, name: &str, text: &[u8]| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(&path).unwrap().write_all(text).unwrap();
        let time = TimeSpec::new(1000, 0);
        utimensat(nix::fcntl::AT_FDCWD, &path, &time, &time, UtimensatFlags::NoFollowSymlink).unwrap();
    };
    for name in ["a/kept", "a/gone", "a/same", "o/hidden", "o/again", "q/x", "etc/passwd"] {
        write(below.path(), name, b"1");
    }
    for (name, text) in [
        ("a/kept", b"22".as_slice()),
        ("a/same", b"1"),
        ("n/new", b"3"),
        ("o/again", b"44"),
        ("etc/hosts", b""),
    ] {
        write(upper.path(), name, text);
    }
    std::fs::create_dir(upper.path().join("q")).unwrap();
    std::fs::create_dir(upper.path().join("proc")).unwrap();
    for name in ["a/gone", "a/never"] {
        mknod(&upper.path().join(name), SFlag::S_IFCHR, Mode::empty(), 0).unwrap();
    }
    let o = File::open(upper.path().join("o")).unwrap();
    crate::layers::apply::make_opaque(&o, !geteuid().is_root()).unwrap();
    (below, upper)
}

#[test]
fn a_layer_holds_what_is_changed_and_nothing_else() {
    let (below, upper) = overlay();
    let (base, own) = (File::open(below.path()).unwrap(), File::open(upper.path()).unwrap());
    let mounts = [b"etc".to_vec(), b"etc/hosts".to_vec(), b"proc".to_vec()];
    let new = || Below::new(base.as_fd(), &mounts, !geteuid().is_root());
    let mut bytes = Vec::new();
    let options = PackOptions::default();
    let mut packer = Packer::new(&mut bytes, &options);
    packer.changes(own.as_fd(), &mut new()).unwrap();
    packer.finish().unwrap();
    let mut entries = crate::layers::entries::Entries::new(bytes.as_slice());
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().unwrap() {
        names.push(entry.name.into_string().unwrap());
    }
    let wanted = ["a/", "a/.wh.gone", "a/kept", "a/same", "n/", "n/new", "o/", "o/.wh..wh..opq", "o/again"];
    assert_eq!(names, wanted);
    let changes = new().changes(own.as_fd()).unwrap();
    let shown: Vec<String> = changes
        .iter()
        .map(|Change { path, kind }| format!("{} {}", kind.letter(), String::from_utf8_lossy(path)))
        .collect();
    assert_eq!(
        shown,
        ["C /a", "D /a/gone", "C /a/kept", "A /n", "A /n/new", "C /o", "C /o/again", "D /o/hidden"]
    );
    assert_eq!(ChangeKind::Deleted.letter(), 'D');
}

#[test]
fn what_a_layer_can_not_say_is_refused() {
    let (below, upper) = overlay();
    let (base, own) = (File::open(below.path()).unwrap(), File::open(upper.path()).unwrap());
    let refused = |why: &str| {
        let options = PackOptions::default();
        let mut packer = Packer::new(std::io::sink(), &options);
        let mut below = Below::new(base.as_fd(), &[], !geteuid().is_root());
        let error = crate::error::one_line(&packer.changes(own.as_fd(), &mut below).unwrap_err());
        assert!(error.contains(why), "{error}");
    };
    File::create(upper.path().join("n/.wh.odd")).unwrap();
    refused(".wh.");
    std::fs::remove_file(upper.path().join("n/.wh.odd")).unwrap();
    if geteuid().is_root() {
        xattr::set_no_follow(&upper.path().join("n"), c"trusted.overlay.redirect", b"/a").unwrap();
        refused("redirect");
    }
}

#[test]
fn a_file_that_shrinks_leaves_the_archive_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = File::create(dir.path().join("f")).unwrap();
    file.set_len(10).unwrap();
    let mut stat = fstat(&file).unwrap();
    let mut bytes = Vec::new();
    let options = PackOptions::default();
    let mut packer = Packer::new(&mut bytes, &options);
    stat.st_size = 1000;
    stat.st_blocks = 2;
    packer.content(&File::open(dir.path().join("f")).unwrap(), &stat).unwrap();
    packer.finish().unwrap();
    assert_eq!(bytes.len(), 1024 + 1024);
}

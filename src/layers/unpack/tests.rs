//! Layers made by hand, friendly and hostile.

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::*;
use crate::error::{is, one_line};
use crate::sys::xattr;

/// A tar stream in the making; names go in as they are, however bad.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn raw(mut self, kind: u8, name: &str, link: &str, mode: u32, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        let old = header.as_old_mut();
        old.name[..name.len()].copy_from_slice(name.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_mode(mode);
        header.set_uid(nix::unistd::geteuid().as_raw().into());
        header.set_gid(nix::unistd::getegid().as_raw().into());
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.as_mut_bytes()[156] = kind;
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.raw(b'0', name, "", 0o644, content.as_bytes())
    }

    fn dir(self, name: &str) -> Self {
        self.raw(b'5', name, "", 0o755, b"")
    }

    fn symlink(self, name: &str, target: &str) -> Self {
        self.raw(b'2', name, target, 0o777, b"")
    }

    fn link(self, name: &str, target: &str) -> Self {
        self.raw(b'1', name, target, 0o644, b"")
    }

    fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let mut block = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let mut length = rest + 1;
            while length != rest + length.to_string().len() {
                length += 1;
            }
            block.extend_from_slice(format!("{length} {key}=").as_bytes());
            block.extend_from_slice(value);
            block.push(b'\n');
        }
        self.raw(b'x', "pax", "", 0o644, &block)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// A directory to unpack into, with something beside it that nothing may touch.
struct Site {
    dir: tempfile::TempDir,
    root: PathBuf,
}

fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    std::fs::create_dir(dir.path().join("outside")).unwrap();
    Site { dir, root }
}

impl Site {
    fn unpack(&self, bytes: &[u8]) -> Result<Summary> {
        let options = Options::layer(Ownership::Kept, !nix::unistd::geteuid().is_root());
        let root = File::open(&self.root).unwrap();
        let result = unpack(bytes, root.as_fd(), options);
        let beside: Vec<_> = std::fs::read_dir(self.dir.path()).unwrap().collect();
        assert_eq!(beside.len(), 2, "something was made outside: {beside:?}");
        assert_eq!(std::fs::read_dir(self.dir.path().join("outside")).unwrap().count(), 0);
        result
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }
}

fn is_hidden(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|m| m.file_type().is_char_device() && m.rdev() == 0)
}

fn is_opaque(path: &Path) -> bool {
    let name =
        if nix::unistd::geteuid().is_root() { c"trusted.overlay.opaque" } else { c"user.overlay.opaque" };
    xattr::get_no_follow(path, name).unwrap().as_deref() == Some(b"y")
}

#[test]
fn the_usual_things() {
    let site = site();
    let tar = Tar::default()
        .dir("./")
        .raw(b'5', "bin/", "", 0o555, b"")
        .raw(b'0', "bin/su", "", 0o4755, b"#!")
        .link("bin/sudo", "./bin/su")
        .symlink("sbin", "bin")
        .raw(b'6', "pipe", "", 0o620, b"")
        .raw(b'5', "tmp", "", 0o1777, b"")
        .file("no/entry/for/parents", "x")
        .end();
    let summary = site.unpack(&tar).unwrap();
    assert_eq!((summary.size, summary.entries), (3, 8));
    let su = site.at("bin/su").metadata().unwrap();
    assert_eq!((su.mode() & 0o7777, su.nlink(), su.mtime()), (0o4755, 2, 1_000_000_000));
    let bin = site.at("bin").metadata().unwrap();
    assert_eq!((bin.mode() & 0o7777, bin.mtime()), (0o555, 1_000_000_000));
    assert_eq!(site.at("tmp").metadata().unwrap().mode() & 0o7777, 0o1777);
    assert_eq!(std::fs::read_link(site.at("sbin")).unwrap(), Path::new("bin"));
    assert_eq!(site.at("sbin").symlink_metadata().unwrap().mtime(), 1_000_000_000);
    let pipe = site.at("pipe").metadata().unwrap();
    assert!(pipe.file_type().is_fifo() && pipe.mode() & 0o777 == 0o620);
    assert_eq!(site.read("no/entry/for/parents"), "x");
    // Readable for the removal of the temporary directory by an ordinary user.
    std::fs::set_permissions(site.at("bin"), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn whiteouts_hide_lower_layers_only() {
    let site = site();
    let tar = Tar::default()
        .file("gone/.wh.a", "")
        .file("kept", "new")
        .file(".wh.kept", "")
        .dir("before")
        .file(".wh.before", "")
        .file(".wh.after", "")
        .dir("after")
        .file("after/x", "")
        .file(".wh.implied", "")
        .file("implied/x", "")
        .dir("opaque")
        .file("opaque/.wh..wh..opq", "")
        .file(".wh..wh.plnk/1.2", "aufs")
        .file("opaque/.wh..wh.aufs", "")
        .end();
    site.unpack(&tar).unwrap();
    assert!(is_hidden(&site.at("gone/a")));
    assert_eq!(site.read("kept"), "new");
    for dir in ["before", "after", "implied", "opaque"] {
        assert!(site.at(dir).is_dir() && is_opaque(&site.at(dir)), "{dir}");
    }
    assert_eq!(std::fs::read_dir(site.at("opaque")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(&site.root).unwrap().count(), 6);
}

#[test]
fn absolute_names_and_dots_stay_inside() {
    let site = site();
    site.unpack(&Tar::default().file("/etc/./x/../passwd", "a").link("//b", "/etc/passwd").end()).unwrap();
    assert_eq!(site.read("etc/passwd"), "a");
    assert_eq!(site.read("b"), "a");
}

#[test]
fn what_leads_out_is_refused_by_name() {
    let bad = [
        Tar::default().file("../outside/x", ""),
        Tar::default().file("a/../../outside/x", ""),
        Tar::default().file("a", "").link("x", "../outside"),
        Tar::default().link("x", "/outside/../../x"),
        Tar::default().symlink("l", "../outside").link("x", "l/../../outside/x"),
        Tar::default().file(".wh...", ""),
        Tar::default().file(".wh..", ""),
        Tar::default().file(".wh.", ""),
        Tar::default().file("./", "not a directory"),
    ];
    for tar in bad {
        let site = site();
        let bytes = tar.end();
        let error = site.unpack(&bytes).unwrap_err();
        assert!(is(&error, Kind::Corrupt) || error.downcast_ref::<Errno>().is_some(), "{error:#}");
        assert!(one_line(&error).starts_with("entry \""), "{error:#}");
    }
}

#[test]
fn links_before_a_name_are_followed_inside_only() {
    let site = site();
    let outside = site.dir.path().join("outside");
    let outside = outside.to_str().unwrap();
    let relative = Tar::default().symlink("up", "../outside").file("up/x", "");
    assert!(site.unpack(&relative.end()).is_err(), "the target does not exist inside");
    let absolute = Tar::default().symlink("abs", outside).file("abs/x", "");
    assert!(site.unpack(&absolute.end()).is_err());
    let proc = Tar::default().symlink("self", "/proc/self/root").file("self/tmp/x", "");
    assert!(site.unpack(&proc.end()).is_err());
    let inside = Tar::default()
        .dir("usr/lib")
        .symlink("lib", "/usr/lib")
        .file("lib/a", "1")
        .symlink("usr/up", "../..");
    site.unpack(&inside.file("usr/up/b", "2").end()).unwrap();
    assert_eq!((site.read("usr/lib/a"), site.read("b")), ("1".into(), "2".into()));
}

#[test]
fn the_later_entry_of_a_name_wins() {
    let site = site();
    let tar = Tar::default()
        .file("a", "long content")
        .file("a", "b")
        .dir("d")
        .file("d/x", "")
        .symlink("d", "../outside")
        .symlink("s", "../../outside/x")
        .file("s", "own")
        .dir("e")
        .file("e/kept", "")
        .raw(b'5', "e", "", 0o700, b"")
        .file("h", "1")
        .link("h", "h")
        .link("i", "h")
        .link("i", "h")
        .end();
    site.unpack(&tar).unwrap();
    assert_eq!(site.read("a"), "b");
    assert!(site.at("d").is_symlink() && site.read("s") == "own");
    assert!(site.at("e/kept").exists() && site.at("e").metadata().unwrap().mode() & 0o777 == 0o700);
    assert_eq!(site.at("h").metadata().unwrap().nlink(), 2);
    // Through a link that replaced a directory whose descriptor was held open.
    let error = site.unpack(&Tar::default().file("d/y", "").end()).unwrap_err();
    assert!(one_line(&error).contains("d/y"), "{error:#}");
}

#[test]
fn damaged_archives_are_refused() {
    let whole = Tar::default().file("a", &"x".repeat(2000)).file("b", "y").end();
    for cut in [100, 512, 600, 2559, 2560 + 100, 2560 + 512] {
        let error = site().unpack(&whole[..cut]).unwrap_err();
        assert!(
            is(&error, Kind::Corrupt) && one_line(&error).contains("ends in the middle"),
            "{cut}: {error:#}"
        );
        assert!(cut < 2560 || one_line(&error).contains("entry \""), "{error:#}");
    }
    let mut flipped = whole.clone();
    flipped[2560] ^= 1;
    let error = site().unpack(&flipped).unwrap_err();
    assert_eq!(one_line(&error), "after entry \"a\": damaged tar archive: a header with a wrong checksum");
    assert!(site().unpack(&Tar::default().raw(b'V', "volume", "", 0, b"").end()).is_err());
    // A clean end without the two empty blocks, and garbage after them, are what docker accepts, too.
    site().unpack(&whole[..whole.len() - 1024]).unwrap();
    site().unpack(&[whole.as_slice(), b"garbage"].concat()).unwrap();
    site().unpack(b"").unwrap();
}

#[test]
fn huge_headers_are_refused_before_they_are_read() {
    for kind in [b'x', b'L', b'K'] {
        let mut tar = Tar::default().raw(kind, "huge", "", 0, b"").0;
        let header = &mut tar[..512];
        header[124..136].copy_from_slice(b"77777777777\0");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&b| u32::from(b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let error = site().unpack(&tar).unwrap_err();
        assert!(one_line(&error).contains("more than 1 MiB"), "{error:#}");
    }
    let long = "a/".repeat(3000);
    assert!(site().unpack(&Tar::default().pax(&[("path", long.as_bytes())]).file("a", "").end()).is_err());
    assert!(site().unpack(&Tar::default().pax(&[("path", b"a\0b")]).file("a", "").end()).is_err());
    assert!(
        site().unpack(&Tar::default().pax(&[("size", b"18446744073709551615")]).file("a", "").end()).is_err()
    );
    assert!(site().unpack(&Tar::default().pax(&[("path", b"b")]).end()).is_err(), "an extension of nothing");
}

#[test]
fn long_names_times_and_attributes() {
    let site = site();
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    let gnu = format!("g{}", "n".repeat(150));
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, b'\n', 0, 0, 0, 0, 0, 0, 0];
    let tar = Tar::default()
        .pax(&[("path", long.as_bytes()), ("mtime", b"12.5"), ("SCHILY.xattr.user.a", b"1\n2\0")])
        .file("short", "x")
        .pax(&[
            ("SCHILY.xattr.trusted.overlay.redirect", b"/etc"),
            ("SCHILY.xattr.user.overlay.opaque", b"y"),
        ])
        .dir("sly")
        .raw(b'L', "././@LongLink", "", 0, format!("{gnu}\0").as_bytes())
        .raw(b'K', "././@LongLink", "", 0, "t".repeat(300).as_bytes())
        .symlink("s", "t");
    let tar = if nix::unistd::geteuid().is_root() {
        tar.pax(&[("SCHILY.xattr.security.capability", &capability)]).raw(b'0', "ping", "", 0o4755, b"")
    } else {
        tar
    };
    site.unpack(&tar.end()).unwrap();
    let meta = site.at(&long).metadata().unwrap();
    assert_eq!((meta.mtime(), meta.mtime_nsec()), (12, 500_000_000));
    assert_eq!(xattr::get_no_follow(&site.at(&long), c"user.a").unwrap().unwrap(), b"1\n2\0");
    assert!(xattr::list_no_follow(&site.at("sly")).unwrap().is_empty());
    assert_eq!(std::fs::read_link(site.at(&gnu)).unwrap().as_os_str().len(), 300);
    if nix::unistd::geteuid().is_root() {
        let kept = xattr::get_no_follow(&site.at("ping"), c"security.capability").unwrap().unwrap();
        assert_eq!(kept, capability);
        assert_eq!(site.at("ping").metadata().unwrap().mode() & 0o7777, 0o4755);
    }
}

#[test]
fn owners_and_devices() {
    let site = site();
    let mut tar = Tar::default().raw(b'0', "f", "", 0o6755, b"").0;
    let mut header = tar::Header::from_byte_slice(&tar[..512]).clone();
    header.set_uid(1234);
    header.set_gid(5678);
    header.set_cksum();
    tar[..512].copy_from_slice(header.as_bytes());
    let mut device = tar::Header::new_gnu();
    device.set_path("null").unwrap();
    device.set_entry_type(tar::EntryType::Char);
    device.set_device_major(1).unwrap();
    device.set_device_minor(3).unwrap();
    device.set_mode(0o666);
    device.set_uid(0);
    device.set_gid(0);
    device.set_mtime(0);
    device.set_size(0);
    device.set_cksum();
    tar.extend_from_slice(device.as_bytes());
    let root = File::open(&site.root).unwrap();
    let flat = Options::layer(Ownership::Flattened, true);
    let summary = unpack(tar.as_slice(), root.as_fd(), flat).unwrap();
    assert!(summary.flattened && summary.skipped_devices && !site.at("null").exists());
    assert_eq!(site.at("f").metadata().unwrap().uid(), nix::unistd::geteuid().as_raw());
    if nix::unistd::geteuid().is_root() {
        let summary = site.unpack(&tar).unwrap();
        assert!(!summary.flattened && !summary.skipped_devices);
        let meta = site.at("f").metadata().unwrap();
        assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (1234, 5678, 0o6755));
        assert_eq!(site.at("null").metadata().unwrap().rdev(), makedev(1, 3));
    }
}

#[test]
fn sparse_files_of_gnu_tar() {
    for format in ["gnu", "posix"] {
        for version in ["0.1", "1.0"] {
            let site = site();
            let source = tempfile::tempdir().unwrap();
            let file = File::create(source.path().join("s")).unwrap();
            file.set_len(4 << 20).unwrap();
            for i in 0..30u64 {
                file.write_all_at(b"data", i * (100 << 10)).unwrap();
            }
            let mut tar = std::process::Command::new("tar");
            tar.args(["--sparse", "--format", format, "-C"]).arg(source.path()).args(["-c", "s"]);
            if format == "posix" {
                tar.args(["--sparse-version", version]);
            }
            let bytes = tar.output().unwrap().stdout;
            assert!(bytes.len() < 1 << 20, "{format} {version}");
            site.unpack(&bytes).unwrap();
            let (made, wanted) =
                (std::fs::read(site.at("s")).unwrap(), std::fs::read(source.path().join("s")).unwrap());
            assert!(made == wanted, "{format} {version}");
            assert!(site.at("s").metadata().unwrap().blocks() < 1 << 11);
        }
    }
}

#[test]
fn a_directory_that_was_replaced_is_left_alone() {
    let site = site();
    let tar = Tar::default().raw(b'5', "d", "", 0o700, b"").file("d", "now a file").end();
    site.unpack(&tar).unwrap();
    assert_eq!(site.read("d"), "now a file");
    assert_eq!(site.at("d").metadata().unwrap().mode() & 0o777, 0o644);
}

#[test]
fn content_beside_an_archive_is_only_taken_from_ones_own() {
    let dir = tempfile::tempdir().unwrap();
    let tar = || Tar::default().pax(&[("DHOW.aside", b"2000000")]).file("f", "").0;
    let root = File::open(dir.path()).unwrap();
    let options = || Options { files: Some(Files::default()), ..Options::layer(Ownership::Kept, true) };
    let refused = unpack(tar().as_slice(), root.as_fd(), options()).unwrap_err();
    assert!(is(&refused, Kind::Corrupt), "{refused:#}");
    // One that is shorter than was said, with a hole before what it has.
    let from = tempfile::tempfile().unwrap();
    from.write_all_at(b"end", 1_500_000).unwrap();
    let (ours, theirs) = crate::sys::socket::pair().unwrap();
    Aside::new(ours).send(from.as_fd()).unwrap();
    let options = Options { aside: Some(Arc::new(Aside::new(theirs))), ..options() };
    let summary = unpack(tar().as_slice(), root.as_fd(), options.clone()).unwrap();
    assert_eq!((summary.size, summary.aside), (2_000_000, 2_000_384));
    let got = std::fs::read(dir.path().join("f")).unwrap();
    assert!(got.len() == 2_000_000 && &got[1_500_000..1_500_003] == b"end");
    assert!(got.iter().filter(|&&b| b != 0).count() == 3);
    assert!(dir.path().join("f").metadata().unwrap().blocks() < 100);
    // Nobody there any more.
    let gone = unpack(tar().as_slice(), root.as_fd(), options).unwrap_err();
    assert!(one_line(&gone).contains("ended early"), "{gone:#}");
}

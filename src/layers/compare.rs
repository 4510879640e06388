//! Compares an unpacked layer with what its archive makes now: names, kinds, owners, modes, sizes, times, attributes and content.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;

use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat};

use super::entries::printable;
use super::pack::xattrs_of;
use super::walk::{Step, Walk};
use crate::error::{Context, Result};

/// Bytes that are compared at a time.
const PIECE: usize = 128 << 10;

/// The first difference, as `NAME: what is different`; `None` if the trees are the same. Neither is changed, no link is followed.
pub fn first_difference(is: BorrowedFd<'_>, should: BorrowedFd<'_>) -> Result<Option<String>> {
    let mode = |tree| fstat(tree).map(|stat| stat.st_mode).context("looking at the root of a layer");
    if mode(is)? != mode(should)? {
        return Ok(Some("/: its mode was changed".into()));
    }
    let (mut is, mut should) = (Walk::new(is)?, Walk::new(should)?);
    loop {
        match (is.step()?, should.step()?) {
            (None, None) => return Ok(None),
            (Some(Step::Left), Some(Step::Left)) => {}
            // Names come in their order: who is ahead lacks what the other has found.
            (Some(Step::Found(_)), Some(Step::Found(_))) if is.path() < should.path() => {
                return Ok(Some(format!("{}: it should not be there", shown(&is))));
            }
            (Some(Step::Found(_)), Some(Step::Found(_))) if is.path() > should.path() => {
                return Ok(Some(format!("{}: it is missing", shown(&should))));
            }
            (Some(Step::Found(one)), Some(Step::Found(other))) => {
                if let Some(what) = difference(&is, &one, &should, &other)? {
                    return Ok(Some(format!("{}: {what}", shown(&is))));
                }
                if one.st_mode & libc::S_IFMT == libc::S_IFDIR {
                    is.enter()?;
                    should.enter()?;
                }
            }
            (Some(Step::Found(_)), _) => {
                return Ok(Some(format!("{}: it should not be there", shown(&is))));
            }
            (_, Some(Step::Found(_))) => return Ok(Some(format!("{}: it is missing", shown(&should)))),
            (Some(Step::Left), None) | (None, Some(Step::Left)) => {
                return Ok(Some("its directories are different".into()));
            }
        }
    }
}

fn shown(walk: &Walk) -> String {
    printable(OsStr::from_bytes(&[b"/", walk.path()].concat()))
}

/// What differs between two things of one name.
fn difference(is: &Walk, one: &FileStat, should: &Walk, other: &FileStat) -> Result<Option<&'static str>> {
    let kind = |stat: &FileStat| stat.st_mode & libc::S_IFMT;
    let is_directory = kind(one) == libc::S_IFDIR;
    // Whiteouts, and directories that have no entry of their own, are as old as the unpacking.
    let has_time = !is_directory && kind(one) != libc::S_IFCHR;
    let time = |stat: &FileStat| (stat.st_mtime, stat.st_mtime_nsec);
    let what = if kind(one) != kind(other) {
        Some("it is of another kind")
    } else if one.st_mode != other.st_mode {
        Some("its mode was changed")
    } else if (one.st_uid, one.st_gid) != (other.st_uid, other.st_gid) {
        Some("its owner was changed")
    } else if one.st_rdev != other.st_rdev {
        Some("it is another device")
    } else if !is_directory && one.st_size != other.st_size {
        Some("its size was changed")
    } else if !is_directory && one.st_nlink != other.st_nlink {
        Some("its hard links were changed")
    } else if has_time && time(one) != time(other) {
        Some("its time was changed")
    } else if xattrs_of(is.dir(), is.name())? != xattrs_of(should.dir(), should.name())? {
        Some("its extended attributes were changed")
    } else {
        let same = match kind(one) {
            libc::S_IFREG => same_content(is, should)?,
            libc::S_IFLNK => target(is)? == target(should)?,
            _ => true,
        };
        (!same).then_some("its content was changed")
    };
    Ok(what)
}

fn target(walk: &Walk) -> Result<std::ffi::OsString> {
    readlinkat(walk.dir(), walk.name()).with_context(|| format!("reading {}", shown(walk)))
}

fn same_content(is: &Walk, should: &Walk) -> Result<bool> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let open = |walk: &Walk| -> Result<File> {
        let file = openat(walk.dir(), walk.name(), flags, Mode::empty());
        Ok(file.with_context(|| format!("opening {}", shown(walk)))?.into())
    };
    let (mut one, mut other) = (open(is)?, open(should)?);
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let n = fill(&mut one, &mut left).with_context(|| format!("reading {}", shown(is)))?;
        let m = fill(&mut other, &mut right).with_context(|| format!("reading {}", shown(should)))?;
        if left[..n] != right[..m] {
            return Ok(false);
        }
        if n == 0 {
            return Ok(true);
        }
    }
}

/// As much as there is, up to the buffer's length.
fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            n => length += n,
        }
    }
    Ok(length)
}

/// Compares two directories by their paths.
pub fn trees(is: &std::path::Path, should: &std::path::Path) -> Result<Option<String>> {
    let open =
        |path: &std::path::Path| File::open(path).with_context(|| format!("opening {}", path.display()));
    first_difference(open(is)?.as_fd(), open(should)?.as_fd())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // files of tests are no state
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn tree(dir: &Path) {
        fs::create_dir_all(dir.join("a/b")).unwrap();
        fs::write(dir.join("a/b/file"), "content").unwrap();
        fs::hard_link(dir.join("a/b/file"), dir.join("a/hard")).unwrap();
        symlink("b/file", dir.join("a/link")).unwrap();
        fs::write(dir.join("z"), vec![7; 300_000]).unwrap();
        for file in ["a/b/file", "z"] {
            let file = fs::File::options().write(true).open(dir.join(file)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let time = nix::sys::time::TimeSpec::new(0, 0);
        let flags = nix::sys::stat::UtimensatFlags::NoFollowSymlink;
        nix::sys::stat::utimensat(nix::fcntl::AT_FDCWD, &dir.join("a/link"), &time, &time, flags).unwrap();
    }

    /// What is told after a change of one of two trees that are the same.
    fn after(change: impl FnOnce(&Path)) -> Option<String> {
        let base = tempfile::tempdir().unwrap();
        let (is, should) = (base.path().join("is"), base.path().join("should"));
        tree(&is);
        tree(&should);
        change(&is);
        trees(&is, &should).unwrap()
    }

    #[test]
    fn every_kind_of_change_is_found() {
        assert_eq!(after(|_| {}), None);
        let same_size = |dir: &Path, path: &str, bytes: &[u8]| {
            let file = fs::File::options().write(true).open(dir.join(path)).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, bytes, 0).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        };
        let told = |change: &dyn Fn(&Path)| after(|dir| change(dir)).unwrap();
        assert_eq!(told(&|dir| same_size(dir, "z", &[1])), "\"/z\": its content was changed");
        assert_eq!(told(&|dir| fs::write(dir.join("z"), "short").unwrap()), "\"/z\": its size was changed");
        assert_eq!(told(&|dir| fs::remove_file(dir.join("z")).unwrap()), "\"/z\": it is missing");
        assert_eq!(
            told(&|dir| fs::remove_file(dir.join("a/b/file")).unwrap()),
            "\"/a/b/file\": it is missing"
        );
        assert_eq!(
            told(&|dir| fs::write(dir.join("a/b/more"), "").unwrap()),
            "\"/a/b/more\": it should not be there"
        );
        assert_eq!(told(&|dir| fs::write(dir.join("zz"), "").unwrap()), "\"/zz\": it should not be there");
        assert_eq!(
            told(&|dir| fs::set_permissions(dir.join("a"), PermissionsExt::from_mode(0o700)).unwrap()),
            "\"/a\": its mode was changed"
        );
        assert_eq!(
            told(&|dir| {
                fs::remove_file(dir.join("a/link")).unwrap();
                fs::create_dir(dir.join("a/link")).unwrap();
            }),
            "\"/a/link\": it is of another kind"
        );
        assert_eq!(
            told(&|dir| {
                fs::File::options()
                    .write(true)
                    .open(dir.join("z"))
                    .unwrap()
                    .set_modified(std::time::SystemTime::now())
                    .unwrap();
            }),
            "\"/z\": its time was changed"
        );
        assert_eq!(
            told(&|dir| fs::hard_link(dir.join("z"), dir.join("a/z")).unwrap()),
            "\"/a/z\": it should not be there"
        );
    }
}

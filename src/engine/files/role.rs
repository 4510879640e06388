//! The role `files`: works on a container's files with the container's ids, and answers over a pipe; contents go over the standard streams.
//!
//! Single-threaded, and gone when its one piece of work is done. It executes nothing and reads no database of names through libc: what is
//! in the container is data to it (CVE-2019-14271).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufReader, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, readlinkat};
use nix::sys::stat::{FileStat, fstat, fstatat};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::sys::statvfs::{FsFlags, fstatvfs};
use serde::{Deserialize, Serialize};

use super::archive::PutOptions;
use super::names;
use super::stat::PathStat;
use crate::engine::images::unpack_role;
use crate::error::{self, Context, Error, Kind, Result};
use crate::layers::aside::Aside;
use crate::layers::changes::{self, Below, Change};
use crate::layers::owners::OwnerMap;
use crate::layers::pack::{PackOptions, Packer};
use crate::layers::shown::{Shown, is_kernels};
use crate::layers::unpack::{Files, Options, unpack};
use crate::runtime::{Root, UserSpec, View, handover, merged};
use crate::sys::fd;

/// `files REQUEST ANSWERS`, the numbers of two descriptors.
pub(crate) const FILES: &str = "files";
const BUFFER: usize = 256 << 10;
/// <linux/magic.h>
const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);
/// As many links as the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// What is to be done. Paths are as docker has them: from the container's root, with a meaning in a dot or slash at their end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    Stat {
        view: View,
        path: Vec<u8>,
    },
    /// The archive goes to standard output.
    Get {
        view: View,
        path: Vec<u8>,
    },
    /// The archive comes from standard input.
    Put {
        view: View,
        path: Vec<u8>,
        options: PutOptions,
        user: String,
        readonly_root: bool,
    },
    /// The whole root to standard output.
    Export {
        view: View,
    },
    Changes {
        own: OwnLayer,
    },
    /// The own layer as an archive to standard output.
    Layer {
        own: OwnLayer,
        newest: Option<i64>,
        owners: Option<OwnerMap>,
    },
    /// What has to be done to make the first tree into the second.
    Between {
        old: Vec<PathBuf>,
        new: Vec<PathBuf>,
        user_namespace: bool,
    },
    /// Mounts the root file system on a directory of this process's mount namespace.
    Mount {
        view: View,
        place: PathBuf,
    },
    /// Layers as one tree, as an archive to standard output.
    Squash {
        layers: Vec<PathBuf>,
        own: OwnLayer,
        newest: Option<i64>,
        owners: Option<OwnerMap>,
    },
}

/// A layer that can be written to, and what is below it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnLayer {
    pub upper: PathBuf,
    /// The lowest first.
    pub layers: Vec<PathBuf>,
    /// What is made in every container for its mounts.
    pub mount_points: Vec<Vec<u8>>,
    pub user_namespace: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Stat(PathStat),
    Changes(Vec<Change>),
    /// All is done.
    Done,
    Failed {
        kind: Option<Kind>,
        message: String,
    },
}

impl Answer {
    fn failed(error: &Error) -> Self {
        Self::Failed { kind: error::kind_of(error), message: error::one_line(error) }
    }

    /// The error that the role has met.
    pub(crate) fn error(kind: Option<Kind>, message: String) -> Error {
        match kind {
            Some(kind) => kind.error(message),
            None => anyhow::anyhow!(message),
        }
    }
}

/// The role `files`.
pub(crate) fn role(args: &[OsString]) -> Result<u8> {
    let [request, answers, aside @ ..] = args else {
        return Kind::Invalid.err("files REQUEST ANSWERS [ASIDE]");
    };
    let adopt = |number: &OsString| -> Result<OwnedFd> {
        let number = number.to_str().and_then(|n| n.parse().ok()).context("no number of a descriptor")?;
        fd::adopt(number).context("taking a descriptor")
    };
    let mut answers = File::from(adopt(answers)?);
    let aside = aside.first().map(adopt).transpose()?.map(Aside::new);
    let done = handover::unpack(request).and_then(|work| perform(work, &mut answers, aside));
    let (answer, code) = match done {
        Ok(()) => (Answer::Done, 0),
        Err(error) => (Answer::failed(&error), 1),
    };
    say(&mut answers, &answer)?;
    Ok(code)
}

fn say(answers: &mut File, answer: &Answer) -> Result<()> {
    let mut line = serde_json::to_vec(answer).context("encoding an answer")?;
    line.push(b'\n');
    answers.write_all(&line).context("answering")
}

fn perform(work: Work, answers: &mut File, aside: Option<Aside>) -> Result<()> {
    match work {
        Work::Stat { view, path } => {
            let found = Place::find(&view.open()?, &path)?;
            say(answers, &Answer::Stat(found.told))
        }
        Work::Get { view, path } => {
            let root = view.open()?;
            let found = Place::find(&root, &path)?;
            say(answers, &Answer::Stat(found.told.clone()))?;
            found.pack(shown_beside(&root)?, aside.as_ref())
        }
        Work::Put { view, path, options, user, readonly_root } => {
            let root = view.open()?;
            let readonly = Readonly { container: view.is_of_container(), root: readonly_root };
            let files = put_files(&root, &path, &options, &user, readonly)?;
            put(files, aside)
        }
        Work::Export { view } => {
            let root = view.open()?;
            let root = root
                .open(Path::new("/"), OFlag::O_RDONLY | OFlag::O_DIRECTORY)
                .context("opening the root")?;
            let options = PackOptions::default();
            let mut packer = Packer::new(output()?, &options);
            packer.tree(root.as_fd(), b"")?;
            packer.finish()
        }
        Work::Changes { own } => {
            let changes = own.with(|upper, below| below.changes(upper))?;
            say(answers, &Answer::Changes(changes))
        }
        Work::Layer { own, newest, owners } => {
            let options = PackOptions { newest, owners, root_owned: false };
            own.with(|upper, below| {
                let mut packer = Packer::new(output()?, &options);
                packer.changes(upper, below)?;
                packer.finish()
            })
        }
        Work::Between { old, new, user_namespace } => {
            let (old, new) = (merged(&old, user_namespace)?, merged(&new, user_namespace)?);
            say(answers, &Answer::Changes(changes::between(old.as_fd(), new.as_fd())?))
        }
        Work::Mount { view, place } => view.mount_on(&place),
        Work::Squash { mut layers, own, newest, owners } => {
            let options = PackOptions { newest, owners, root_owned: false };
            layers.push(own.upper);
            let root = merged(&layers, own.user_namespace)?;
            let mut packer = Packer::new(output()?, &options);
            packer.tree(root.as_fd(), b"")?;
            packer.finish()
        }
    }
}

impl OwnLayer {
    fn with<T>(&self, work: impl FnOnce(BorrowedFd<'_>, &mut Below<'_>) -> Result<T>) -> Result<T> {
        let upper = File::open(&self.upper).with_context(|| format!("opening {}", self.upper.display()))?;
        let root = merged(&self.layers, self.user_namespace)?;
        let mut below = Below::new(root.as_fd(), &self.mount_points, self.user_namespace);
        work(upper.as_fd(), &mut below)
    }
}

/// Standard output as a file: without the line buffer of the standard library.
fn output() -> Result<File> {
    std::io::stdout().as_fd().try_clone_to_owned().map(File::from).context("opening standard output")
}

/// Something in the container.
struct Place {
    /// The directory that it is in, or that it is.
    dir: OwnedFd,
    /// Its name there; none: the directory itself.
    name: Option<OsString>,
    /// What it is called in an archive.
    given: Vec<u8>,
    told: PathStat,
}

impl Place {
    /// A link in the last component is not followed, unless a dot or slash stands behind it.
    fn find(root: &Root, path: &[u8]) -> Result<Self> {
        let absolute = names::absolute(path);
        let (parent, last) = names::split(&absolute);
        let given = names::base(&absolute).to_vec();
        let context = || format!("{}", String::from_utf8_lossy(&absolute));
        let dir = open_directory(root, parent)?;
        let name =
            Some(last).filter(|last| !matches!(*last, b"" | b".")).map(|l| OsStr::from_bytes(l).to_owned());
        let stat = match &name {
            None => fstat(&dir).with_context(context)?,
            Some(_) if shown_beside(root)?.fills(dir.as_fd(), &fstat(&dir).with_context(context)?) => {
                return Err(missing(&absolute));
            }
            Some(name) => match fstatat(&dir, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                Err(Errno::ENOENT | Errno::ENOTDIR) => return Err(missing(&absolute)),
                other => other.with_context(context)?,
            },
        };
        let target =
            if stat.st_mode & libc::S_IFMT == libc::S_IFLNK { resolved(root, &absolute) } else { Vec::new() };
        let told = PathStat::new(&given, &stat, &target);
        Ok(Self { dir, name, given, told })
    }

    fn pack(&self, shown: Shown, aside: Option<&Aside>) -> Result<()> {
        let options = PackOptions::default();
        let mut packer = Packer::new(output()?, &options).with_aside(aside).without(shown);
        let given = if self.given == b"/" { b".".as_slice() } else { &self.given };
        match &self.name {
            None => packer.add_directory(self.dir.as_fd(), given)?,
            Some(name) => packer.add(self.dir.as_fd(), name, given)?,
        }
        packer.finish()
    }
}

/// As docker has it, who sees a container's files from outside: what the kernel shows where the container runs is not among them.
fn shown_beside(root: &Root) -> Result<Shown> {
    let top = root.open(Path::new("/"), OFlag::O_PATH | OFlag::O_DIRECTORY).context("opening the root")?;
    Shown::beside(top.as_fd()).context("looking at the root")
}

fn missing(path: &[u8]) -> Error {
    Kind::NotFound.error(format!("Could not find the file {}", String::from_utf8_lossy(path)))
}

fn open_directory(root: &Root, path: &[u8]) -> Result<OwnedFd> {
    match root.open(Path::new(OsStr::from_bytes(path)), OFlag::O_RDONLY | OFlag::O_DIRECTORY) {
        Ok(dir) => Ok(dir),
        Err(Errno::ENOENT) => Err(missing(path)),
        Err(Errno::ENOTDIR) => {
            Kind::Invalid.err(format!("{}: not a directory", String::from_utf8_lossy(path)))
        }
        Err(e) => Err(e).with_context(|| String::from_utf8_lossy(path).into_owned()),
    }
}

/// Where a path leads when all links in it are followed inside the root, also if nothing is there. An answer for people and clients, who
/// ask again with it: nothing is opened by it here.
fn resolved(root: &Root, path: &[u8]) -> Vec<u8> {
    let mut left: Vec<Vec<u8>> = path.split(|&b| b == b'/').rev().map(<[u8]>::to_vec).collect();
    let mut so_far: Vec<Vec<u8>> = Vec::new();
    let mut links = 0;
    while let Some(part) = left.pop() {
        match part.as_slice() {
            b"" | b"." => continue,
            b".." => {
                so_far.pop();
                continue;
            }
            _ => {}
        }
        let here = [b"/".to_vec(), so_far.join(&b'/'), b"/".to_vec(), part.clone()].concat();
        let opened = root.open(Path::new(OsStr::from_bytes(&here)), OFlag::O_PATH | OFlag::O_NOFOLLOW);
        let target = opened.and_then(|link| readlinkat(&link, "")).ok().filter(|t| !t.is_empty());
        match target {
            Some(target) if links < MAX_LINKS => {
                links += 1;
                if target.as_bytes().starts_with(b"/") {
                    so_far.clear();
                }
                left.extend(target.as_bytes().split(|&b| b == b'/').rev().map(<[u8]>::to_vec));
            }
            _ => so_far.push(part),
        }
    }
    [b"/".as_slice(), &so_far.join(&b'/')].concat()
}

/// Where files are put, and how.
fn put_files(
    root: &Root,
    path: &[u8],
    options: &PutOptions,
    user: &str,
    readonly: Readonly,
) -> Result<(OwnedFd, Files)> {
    let absolute = names::absolute(path);
    let shown = String::from_utf8_lossy(&absolute);
    let place = Path::new(OsStr::from_bytes(&absolute));
    let dir = match root.open(place, OFlag::O_RDONLY | OFlag::O_DIRECTORY) {
        Err(Errno::ENOENT) => return Err(missing(&absolute)),
        Err(Errno::ENOTDIR) => return Kind::Invalid.err("extraction point is not a directory"),
        other => other.with_context(|| shown.clone().into_owned())?,
    };
    check_writable(root, dir.as_fd(), readonly)?;
    let owner = match (options.copy_uid_gid, user) {
        (false, _) | (true, "") => None,
        (true, user) => {
            let spec = UserSpec { user: user.to_string(), groups: Vec::new() };
            let identity = spec.resolve(root)?;
            Some((identity.uid, identity.gid))
        }
    };
    let files = Files {
        keep_kinds: options.no_overwrite_dir_non_dir,
        owner,
        rename: options.rename.clone(),
        shown: names::clean(&absolute),
    };
    Ok((dir, files))
}

fn put((dir, files): (OwnedFd, Files), aside: Option<Aside>) -> Result<()> {
    let stdin = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let options = Options { files: Some(files), aside: aside.map(Arc::new), ..unpack_role::options() };
    unpack(stdin, dir.as_fd(), options).map(drop)
}

fn is_in_memory(dir: BorrowedFd<'_>) -> bool {
    fstatfs(dir).is_ok_and(|fs| matches!(fs.filesystem_type(), TMPFS_MAGIC | RAMFS_MAGIC))
}

/// What is known of a root before it is looked at.
#[derive(Clone, Copy)]
struct Readonly {
    /// It is a container's, and not a volume.
    container: bool,
    /// It is to be read only, whatever the kernel says.
    root: bool,
}

/// Refuses what can't be written to before anything is read, in docker's words.
fn check_writable(root: &Root, dir: BorrowedFd<'_>, known: Readonly) -> Result<()> {
    let top = root.open(Path::new("/"), OFlag::O_PATH | OFlag::O_DIRECTORY).context("opening the root")?;
    let device = |stat: FileStat| stat.st_dev;
    let on_root = fstat(&top).map(device) == fstat(dir).map(device);
    let readonly = fstatvfs(dir).is_ok_and(|fs| fs.flags().contains(FsFlags::ST_RDONLY));
    match (on_root && known.container, readonly) {
        _ if is_kernels(dir) => Kind::Forbidden.err("the kernel shows its own state there: it is no place for files"),
        (true, readonly) if readonly || known.root => {
            Kind::Forbidden.err("container rootfs is marked read-only")
        }
        (false, true) if is_in_memory(dir) => Kind::Forbidden.err(
            "mounted volume is marked read-only: it is in memory, and there only while a container runs that may write to it",
        ),
        (false, true) => Kind::Forbidden.err("mounted volume is marked read-only"),
        _ => Ok(()),
    }
}

//! Boots a second kernel, whose only hierarchy is cgroup 2 with all controllers, or that has version 1 only, and runs this same test binary
//! in it: what this machine's layout can't show. The kernel is Debian's, in an emulator (QEMU without KVM, so that it works in any virtual machine).

use std::io::{Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{fixtures, harness};

/// Where tests/run puts the kernel's package, unpacked.
const KERNEL: &str = "/var/cache/dhow-tests/kernel";
/// And another package.
const CRUN: &str = "/var/cache/dhow-tests/crun";
const NFS: &str = "/var/cache/dhow-tests/nfs";
const RPCBIND: &str = "/var/cache/dhow-tests/rpcbind";
/// What networks need, each after those that it depends on.
const NETWORK_MODULES: &[&str] = &[
    "libcrc32c",
    "nfnetlink",
    "nf_tables",
    "nf_defrag_ipv4",
    "nf_defrag_ipv6",
    "nf_conntrack",
    "nf_nat",
    "nft_ct",
    "nft_chain_nat",
    "nft_nat",
    "nft_masq",
    "nft_redir",
    "nft_fib",
    "nft_fib_ipv4",
    "nft_fib_ipv6",
    "nft_fib_inet",
    "llc",
    "stp",
    "bridge",
    "veth",
    "garp",
    "mrp",
    "8021q",
    "macvlan",
    "ipvlan",
    "udp_tunnel",
    "ip6_udp_tunnel",
    "sctp",
    "nf_conntrack_netlink",
    "nf_socket_ipv4",
    "nf_socket_ipv6",
    "nft_socket",
    "tun",
];
/// What disks in files and their quotas need.
const DISK_MODULES: &[&str] = &["loop", "quota_tree", "quota_v2"];
/// What NFS needs, for both ends.
const NFS_MODULES: &[&str] = &[
    "sunrpc",
    "auth_rpcgss",
    "grace",
    "lockd",
    "nfs_acl",
    "nfsd",
    "netfs",
    "fscache",
    "nfs",
    "nfsv3",
    "dns_resolver",
    "nfsv4",
];
/// A server of NFS 4 and 3: the kernel does it, and asks for what is exported. Who mounts by version 3 asks rpcbind for ports.
const NFS_SERVER: &str = r#"mkdir -p /export /var/lib/nfs/sm /run/rpc_pipefs /run/rpcbind
mount -t tmpfs export /export && mkdir /export/three
for place in /export /export/three; do echo "of the server" >$place/there; done
rpcbind || fail rpcbind
mount -t nfsd nfsd /proc/fs/nfsd || fail no nfsd
echo 10 >/proc/fs/nfsd/nfsv4gracetime
: >/var/lib/nfs/etab
: >/var/lib/nfs/rmtab
echo "/export *(rw,no_root_squash,no_subtree_check,insecure,fsid=0)" >/etc/exports
exportfs -a || fail exportfs
rpc.mountd -N 2 -p 20048 || fail rpc.mountd
rpc.nfsd -p 2049 2 || fail nfsd"#;
/// Which hierarchies it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    V2,
    V1,
    /// Version 2, and what the volumes of disks and servers need.
    Volumes,
}

impl Layout {
    fn mounts(self) -> &'static str {
        match self {
            Self::V2 | Self::Volumes => "mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail no cgroup2",
            Self::V1 => {
                "mount -t selinuxfs selinuxfs /sys/fs/selinux && dd if=/policy of=/sys/fs/selinux/load bs=1M || fail no policy
mount -t tmpfs cgroup /sys/fs/cgroup
for name in cpu,cpuacct cpuset memory devices freezer blkio pids hugetlb net_cls,net_prio rdma; do
    mkdir /sys/fs/cgroup/$name
    mount -t cgroup -o $name cgroup /sys/fs/cgroup/$name || fail no $name
done
ln -s cpu,cpuacct /sys/fs/cgroup/cpu
ln -s net_cls,net_prio /sys/fs/cgroup/net_cls
ln -s net_cls,net_prio /sys/fs/cgroup/net_prio"
            }
        }
    }

    /// What else there is to do before.
    fn preparation(self) -> &'static str {
        if self == Self::Volumes { NFS_SERVER } else { "" }
    }

    /// What runs in there, as the test runner's arguments, and how many tests that are.
    fn tests(self) -> (&'static str, usize) {
        match self {
            Self::V2 => (
                "cgroups:: systemd_knows_the_limits on_another_kernel checks::the_shortcut --skip selinux_on --skip devices:: --include-ignored",
                24,
            ),
            Self::Volumes => ("devices:: --ignored", 3),
            Self::V1 => (
                "cgroups::a_paused cgroups::a_container_sees cgroups::over cgroups::limits_change cgroups::pages without_nftables selinux_on_another_kernel --include-ignored",
                9,
            ),
        }
    }
}

/// A file system in the kernel's own archive format (cpio "newc"), which it unpacks at boot.
struct Archive {
    file: std::io::BufWriter<std::fs::File>,
    inode: u32,
    dirs: Vec<PathBuf>,
}

impl Archive {
    fn new(path: &Path) -> Self {
        let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
        Self { file, inode: 1, dirs: vec!["/".into()] }
    }

    fn entry(&mut self, path: &Path, mode: u32, content: &[u8]) {
        let name = path.strip_prefix("/").unwrap_or(path).to_str().unwrap();
        let numbers =
            [self.inode, mode, 0, 0, 1, 0, content.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        self.inode += 1;
        let mut header = String::from("070701");
        for number in numbers {
            header += &format!("{number:08x}");
        }
        header += name;
        header += "\0";
        let padding = |length: usize| vec![0u8; length.wrapping_neg() % 4];
        for bytes in [header.as_bytes(), &padding(header.len()), content, &padding(content.len())] {
            self.file.write_all(bytes).unwrap();
        }
    }

    fn dir(&mut self, path: &Path) {
        if self.dirs.iter().any(|d| d == path) {
            return;
        }
        self.dir(path.parent().unwrap());
        self.dirs.push(path.to_path_buf());
        self.entry(path, 0o040_755, b"");
    }

    fn file(&mut self, path: &Path, mode: u32, content: &[u8]) {
        self.dir(path.parent().unwrap());
        self.entry(path, 0o100_000 | mode, content);
    }

    /// A file of this machine, at the same path.
    fn copy(&mut self, path: &Path) {
        let real = path.canonicalize().unwrap();
        let mode = real.metadata().unwrap().permissions().mode() & 0o7777;
        self.file(path, mode, &std::fs::read(real).unwrap());
    }

    fn finish(mut self) {
        self.entry(Path::new("TRAILER!!!"), 0, b"");
        self.file.flush().unwrap();
    }
}

/// Process 1: makes a small Linux of the archive. Its root is bound over itself, as nobody can leave the very first one (pivot_root(2)).
fn init(test: &Path, layout: Layout) -> String {
    format!(
        r#"#!/bin/busybox sh
export PATH=/bin:/usr/bin:/sbin:/usr/sbin
if [ ! -e /second ]; then
    /bin/busybox --install -s /bin
    mkdir -p /new
    mount --bind / /new
    cd /new
    : > second
    mount --move . /
    exec chroot . /init
fi
fail() {{ echo "SECOND KERNEL: $*"; poweroff -f; }}
mkdir -p /proc /sys /dev /root /home /run /usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
{}
for module in /modules/*; do insmod $module || fail "insmod $module"; done
chmod 0666 /dev/net/tun
chmod 1777 /tmp
ip link set lo up
{}
echo bfq > /sys/block/nullb0/queue/scheduler
export RUST_BACKTRACE=0
test={}
# One of them reaps whatever has ended: it runs alone.
$test {} --test-threads 2 --skip cgroups::pages
code=$?
{}
echo "SECOND KERNEL: exit code $code"
poweroff -f
"#,
        layout.mounts(),
        layout.preparation(),
        test.display(),
        layout.tests().0,
        if layout == Layout::Volumes { "" } else { "$test cgroups::pages --include-ignored || code=$?" }
    )
}

/// A program with the libraries that it is linked to.
fn program(archive: &mut Archive, path: &str) {
    archive.copy(Path::new(path));
    libraries(archive, Path::new(path));
}

/// One of a tree that is not this machine's own.
fn program_from(archive: &mut Archive, tree: &Path, path: &str) {
    let source = tree.join(&path[1..]);
    let content =
        std::fs::read(&source).unwrap_or_else(|e| panic!("{}: {e}: use tests/run", source.display()));
    archive.file(Path::new(path), 0o755, &content);
    libraries(archive, &source);
}

fn libraries(archive: &mut Archive, path: &Path) {
    let ldd = Command::new("ldd").arg(path).output().unwrap();
    for word in String::from_utf8(ldd.stdout).unwrap().split_whitespace().filter(|w| w.starts_with('/')) {
        let library = Path::new(word);
        if !archive.dirs.contains(&library.to_path_buf()) {
            archive.copy(library);
            // Not twice, for the next program.
            archive.dirs.push(library.to_path_buf());
        }
    }
}

/// One of our own programs, without what only debuggers read: the emulated kernel copies all of it at boot.
fn stripped(archive: &mut Archive, path: &Path) {
    let copy = tempfile::NamedTempFile::new().unwrap();
    let strip =
        Command::new("strip").arg("-o").arg(copy.path()).arg(path).status().expect("strip, of binutils");
    assert!(strip.success(), "strip {}", path.display());
    archive.file(path, 0o755, &std::fs::read(copy.path()).unwrap());
}

/// A policy for SELinux, as the kernel takes it.
fn policy() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/policy.cil");
    let (policy, contexts) = (dir.path().join("policy"), dir.path().join("file_contexts"));
    let mut compiler = Command::new("secilc");
    compiler.args(["-c", "33", "-o"]).arg(&policy).arg("-f").arg(contexts).arg(source);
    assert!(compiler.status().expect("secilc").success());
    std::fs::read(policy).unwrap()
}

/// A disk whose file system keeps project quotas, if it is mounted so.
fn quota_disk() -> Vec<u8> {
    let image = tempfile::NamedTempFile::new().unwrap();
    image.as_file().set_len(32 << 20).unwrap();
    let mut make = Command::new("mkfs.ext4");
    make.args(["-q", "-m", "0", "-O", "quota,project", "-E", "quotatype=prjquota"]).arg(image.path());
    assert!(make.status().expect("mkfs.ext4, of e2fsprogs").success());
    std::fs::read(image.path()).unwrap()
}

/// The file of a module of that kernel.
fn module(name: &str) -> PathBuf {
    let find = Command::new("find").arg(KERNEL).args(["-name", &format!("{name}.ko")]).output().unwrap();
    let path = String::from_utf8(find.stdout).unwrap().trim().to_string();
    assert!(!path.is_empty(), "{KERNEL} has no module {name}: use tests/run");
    path.into()
}

/// A disk with quotas, and the server of NFS.
fn add_servers(archive: &mut Archive) {
    archive.file(Path::new("/quota.img"), 0o644, &quota_disk());
    for path in ["/usr/sbin/exportfs", "/usr/sbin/rpc.mountd", "/usr/sbin/rpc.nfsd"] {
        program_from(archive, Path::new(NFS), path);
    }
    program_from(archive, Path::new(RPCBIND), "/sbin/rpcbind");
    archive.copy(Path::new("/etc/netconfig"));
    archive.file(
        Path::new("/etc/services"),
        0o644,
        b"portmapper 111/tcp sunrpc\nportmapper 111/udp sunrpc\nnfs 2049/tcp\n",
    );
}

fn build(path: &Path, layout: Layout) {
    let test = std::env::current_exe().unwrap();
    let mut archive = Archive::new(path);
    archive.file(Path::new("/init"), 0o755, init(&test, layout).as_bytes());
    archive.copy(Path::new("/bin/busybox"));
    stripped(&mut archive, &test);
    stripped(&mut archive, Path::new(env!("CARGO_BIN_EXE_dhow")));
    archive.copy(fixtures::busybox_archive());
    program(&mut archive, "/usr/bin/newuidmap");
    program(&mut archive, "/usr/bin/newgidmap");
    if layout == Layout::V1 {
        archive.file(Path::new("/policy"), 0o644, &policy());
    }
    if layout == Layout::V2 {
        program(&mut archive, "/usr/bin/strace");
        // In the place of busybox's, which knows less.
        program(&mut archive, "/bin/ip");
        for path in [
            "/lib/systemd/systemd",
            "/usr/bin/systemctl",
            "/usr/bin/unshare",
            "/usr/bin/nsenter",
            "/usr/bin/setpriv",
            "/sbin/apparmor_parser",
        ] {
            program(&mut archive, path);
        }
        archive.dir(Path::new("/etc/systemd/system"));
        archive.dir(Path::new("/lib/systemd/system-generators"));
    }
    if layout != Layout::V1 {
        program_from(&mut archive, Path::new(CRUN), "/usr/bin/crun");
    }
    if layout == Layout::Volumes {
        add_servers(&mut archive);
    }
    let more = match layout {
        Layout::V2 => NETWORK_MODULES.to_vec(),
        Layout::V1 => Vec::new(),
        Layout::Volumes => [DISK_MODULES, NFS_MODULES].concat(),
    };
    for (index, name) in ["overlay", "configfs", "null_blk", "bfq"].iter().chain(&more).enumerate() {
        let place = format!("/modules/{index:02}-{name}.ko");
        archive.file(Path::new(&place), 0o644, &std::fs::read(module(name)).unwrap());
    }
    let users = "root:x:0:0:root:/root:/bin/sh\n_rpc:x:90:90::/run/rpcbind:/bin/false\ndhowtest:x:1000:1000::/home:/bin/sh\ndhowbare:x:1001:1001::/home:/bin/sh\n";
    archive.file(Path::new("/etc/passwd"), 0o644, users.as_bytes());
    archive.file(Path::new("/etc/group"), 0o644, b"root:x:0:\ndhowtest:x:1000:\ndhowbare:x:1001:\n");
    for file in ["/etc/subuid", "/etc/subgid"] {
        archive.file(Path::new(file), 0o644, b"dhowtest:100000:65536\n");
    }
    archive.file(Path::new("/etc/hosts"), 0o644, b"127.0.0.1 fileserver\n");
    archive.file(Path::new("/etc/resolv.conf"), 0o644, b"");
    archive.dir(Path::new("/tmp"));
    archive.finish();
}

fn kernel() -> PathBuf {
    let found = std::fs::read_dir(Path::new(KERNEL).join("boot")).into_iter().flatten().flatten();
    let mut names =
        found.map(|e| e.path()).filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with("vmlinuz-"));
    names.next().unwrap_or_else(|| panic!("no kernel in {KERNEL}/boot: use tests/run, which puts one there"))
}

#[test]
fn limits_hold_on_cgroup_2_alone() {
    boot(Layout::V2);
}

#[test]
fn limits_hold_on_cgroup_1_alone() {
    boot(Layout::V1);
}

#[test]
fn volumes_of_disks_and_servers() {
    boot(Layout::Volumes);
}

/// How often it is booted before its standing still counts.
const BOOTS: usize = 3;
/// Nothing on the console for so long: a test that takes its time is told of by then.
const SILENCE: Duration = Duration::from_secs(120);

fn boot(layout: Layout) {
    let dir = tempfile::tempdir().unwrap();
    let initrd = dir.path().join("initrd");
    build(&initrd, layout);
    // The emulator's two processors at times wait for one another for ever: that says nothing of what runs on them.
    let stands = |text: &String| text.contains("Kernel panic - not syncing: softlockup");
    let text = (0..BOOTS).filter_map(|_| run_to_its_end(&initrd, layout)).find(|text| !stands(text));
    let text = text.unwrap_or_else(|| panic!("the second kernel came to a standstill {BOOTS} times"));
    // Each by its name, as if it had run here.
    let results: Vec<&str> = text.lines().filter(|l| l.starts_with("test ") && l.contains(" ... ")).collect();
    for line in &results {
        println!("{line}");
    }
    let passed = results.iter().filter(|l| l.ends_with(" ok")).count();
    assert!(text.contains("SECOND KERNEL: exit code 0") && passed == layout.tests().1, "{text}");
}

/// What it says on its console; `None` if that is nothing any more, and its watchdog stands still, too.
fn run_to_its_end(initrd: &Path, layout: Layout) -> Option<String> {
    // Of these two a kernel has one.
    let module = if layout == Layout::V1 { "selinux" } else { "apparmor" };
    let mut command = Command::new("qemu-system-x86_64");
    command
        .args(["-M", "q35,accel=tcg", "-cpu", "max", "-smp", "2", "-m", "1200"])
        .args(["-nodefaults", "-no-user-config", "-nographic", "-serial", "stdio", "-no-reboot"])
        .arg("-append")
        .arg(format!("console=ttyS0 quiet panic=-1 softlockup_panic=1 watchdog_thresh=20 security={module}"))
        .arg("-kernel")
        .arg(kernel())
        .arg("-initrd")
        .arg(initrd)
        .stdin(Stdio::null());
    let mut console = tempfile::NamedTempFile::new().unwrap();
    let output = |file: &tempfile::NamedTempFile| file.as_file().try_clone().unwrap();
    let mut child = command
        .stdout(output(&console))
        .stderr(output(&console))
        .spawn()
        .expect("qemu-system-x86_64: use tests/run");
    let begun = Instant::now();
    let mut said = 0;
    let ended = loop {
        let ended = harness::wait(&child, SILENCE);
        let so_far = console.as_file().metadata().unwrap().len();
        if ended || so_far == said || begun.elapsed() > Duration::from_secs(340) {
            break ended;
        }
        said = so_far;
    };
    let is_silent = !ended && begun.elapsed() < Duration::from_secs(340);
    let _ = child.kill();
    child.wait().unwrap();
    let mut text = String::new();
    console.rewind().and_then(|()| console.read_to_string(&mut text)).unwrap();
    if is_silent {
        println!("standing still:\n{text}");
        return None;
    }
    assert!(ended, "the second kernel did not come to an end; killed:\n{text}");
    Some(text.replace('\r', ""))
}

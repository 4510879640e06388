//! Volumes that are file systems of disks and of servers.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Dhow, Output, Stdin, TIMEOUT, finish};
use crate::leftovers::wait_pid;
use crate::store::is_clean;

/// An ext4 of 16 MiB on a loop device.
struct Disk {
    device: String,
}

impl Disk {
    fn new(dhow: &Dhow, name: &str) -> Self {
        let image = dhow.file(&format!("w/{name}"), "");
        std::fs::File::options().write(true).open(&image).unwrap().set_len(16 << 20).unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image).status().expect("mkfs.ext4");
        assert!(made.success());
        Self::of(&[], image.to_str().unwrap())
    }

    fn of(options: &[&str], image: &str) -> Self {
        let found = Command::new("losetup").args(options).args(["--find", "--show", image]).output().unwrap();
        assert!(found.status.success(), "{found:?}");
        Self { device: String::from_utf8(found.stdout).unwrap().trim().to_string() }
    }

    /// Whether no mount and nobody else has it, wherever they are: the kernel's own word.
    fn is_free(&self) -> bool {
        std::fs::File::options().read(true).custom_flags(libc::O_EXCL).open(&self.device).is_ok()
    }

    fn wait_free(&self) {
        let begun = Instant::now();
        while !self.is_free() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{} is still in use", self.device);
            let _ = nix::poll::poll(&mut [], nix::poll::PollTimeout::from(20u8));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["-d", &self.device]).status();
    }
}

fn volume(dhow: &Dhow, name: &str, kind: &str, device: &str, options: &str) {
    let given = [format!("type={kind}"), format!("device={device}"), format!("o={options}")];
    let given = given.iter().filter(|o| *o != "o=").flat_map(|o| ["--opt", o]);
    dhow.run(["volume", "create"].into_iter().chain(given).chain([name])).ok();
}

fn run(dhow: &Dhow, volume: &str, script: &str) -> Output {
    dhow.run(["run", "--rm", "-v", volume, "busybox", "sh", "-c", script])
}

/// Two containers, the second of which may only read.
fn run_two(dhow: &Dhow, volume: &str) {
    for (name, options) in [("a", ""), ("b", ":ro")] {
        let mounted = format!("{volume}:/d{options}");
        dhow.run(["run", "-d", "--name", name, "-v", &mounted, "busybox", "sleep", "1000"]).ok();
    }
    dhow.run(["exec", "a", "sh", "-c", "echo shared >/d/two"]).ok();
    assert_eq!(dhow.run(["exec", "b", "cat", "/d/two"]).ok().trimmed(), "shared");
    dhow.run(["exec", "b", "touch", "/d/three"]).fails(1).says("Read-only");
    dhow.run(["volume", "rm", volume]).fails(1).says("volume is in use");
}

#[test]
fn a_disk_is_mounted_until_its_last_container_ends() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let disk = Disk::new(dhow, "disk");
    volume(dhow, "vv", "ext4", &disk.device, "");
    let look = "stat -f -c %T /d; ls /d; echo kept >/d/file";
    assert_eq!(run(dhow, "vv:/d", look).ok().lines(), ["ext2/ext3", "lost+found"]);
    assert!(disk.is_free());
    run_two(dhow, "vv");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&disk.device) && !disk.is_free(), "the containers have it, the host doesn't");
    assert!(dhow.run(["exec", "a", "cat", "/proc/mounts"]).ok().stdout().contains(&disk.device));
    dhow.run(["rm", "-f", "a"]).ok();
    assert_eq!(dhow.run(["exec", "b", "cat", "/d/two"]).ok().trimmed(), "shared");
    dhow.run(["rm", "-f", "b"]).ok();
    assert!(disk.is_free(), "with the last one");
    assert_eq!(run(dhow, "vv:/d:ro", "cat /d/file; touch /d/x 2>&1").stdout().lines().next(), Some("kept"));
    // A container that doesn't run has it, too, for who copies.
    dhow.run(["create", "--name", "c", "-v", "vv:/d", "busybox", "cat", "/d/in"]).ok();
    dhow.run(["cp", dhow.file("w/in", "copied\n").to_str().unwrap(), "c:/d/in"]).ok();
    assert!(String::from_utf8_lossy(&dhow.run(["cp", "c:/d/file", "-"]).ok().out).contains("kept"));
    assert_eq!(dhow.run(["start", "-a", "c"]).ok().trimmed(), "copied");
    dhow.run(["rm", "c"]).ok();
    // Only a part, and options of the file system.
    let part = ["run", "--rm", "--mount", "src=vv,dst=/p,volume-subpath=lost+found", "busybox", "ls", "/p"];
    assert_eq!(dhow.run(part).ok().trimmed(), "");
    volume(dhow, "ww", "ext4", &disk.device, "noatime,ro,errors=remount-ro");
    let shown =
        run(dhow, "ww:/d", "grep ' /d ' /proc/mounts; touch /d/x 2>&1 | grep -o Read-only").ok().stdout();
    assert!(shown.contains("noatime") && shown.contains("errors=remount-ro") && shown.contains("Read-only"));
    for runtime in ["runc", "crun"].iter().filter(|r| std::path::Path::new("/usr/bin").join(r).exists()) {
        let cat = ["run", "--rm", "--runtime", runtime, "-v", "vv:/d", "busybox", "cat", "/d/file"];
        assert_eq!(dhow.run(cat).ok().trimmed(), "kept", "{runtime}");
        // Mounted by the monitor, which ends a little later than the container.
        disk.wait_free();
    }
    dhow.run(["volume", "rm", "vv", "ww"]).ok();
    is_clean(dhow, "afterwards");
}

/// An archive with these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        crate::fixtures::add(&mut tar, tar::EntryType::Regular, name, 0o640, (7, 8), content);
    }
    tar.into_inner().unwrap()
}

#[test]
fn a_disk_is_exported_and_imported() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let disk = Disk::new(dhow, "disk");
    volume(dhow, "vv", "ext4", &disk.device, "");
    volume(dhow, "ro", "ext4", &disk.device, "ro");
    let whole = archive(&[("file", b"imported\n")]);
    dhow.run_input(["volume", "import", "vv"], whole.clone()).ok();
    assert!(disk.is_free());
    assert_eq!(run(dhow, "vv:/d", "cat /d/file; stat -c %u:%g /d/file").ok().lines(), ["imported", "7:8"]);
    let exported = |name: &str| dhow.run(["volume", "export", name]).ok().out;
    let has = |out: &[u8], text: &str| String::from_utf8_lossy(out).contains(text);
    assert!(has(&exported("vv"), "imported") && has(&exported("ro"), "lost+found") && disk.is_free());
    dhow.run_input(["volume", "import", "ro"], whole.clone()).fails(1).says("the volume is read-only");
    dhow.run_input(["volume", "import", "vv"], whole[..600].to_vec()).fails(1);
    assert!(disk.is_free(), "after a failure, too");
    // While a container has it.
    dhow.run(["run", "-d", "--name", "c", "-v", "vv:/d", "busybox", "sleep", "1000"]).ok();
    dhow.run_input(["volume", "import", "vv"], archive(&[("more", b"while it runs\n")])).ok();
    assert_eq!(dhow.run(["exec", "c", "cat", "/d/more"]).ok().trimmed(), "while it runs");
    assert!(has(&exported("vv"), "while it runs"));
    dhow.run(["rm", "-f", "c"]).ok();
    for (name, device, says) in
        [("no", "/dev/no-such-disk", "No such file"), ("file", "/etc/passwd", "Block device required")]
    {
        volume(dhow, name, "ext4", device, "");
        let said =
            [dhow.run(["volume", "export", name]), dhow.run_input(["volume", "import", name], whole.clone())];
        for output in said {
            output
                .fails(1)
                .says(&format!("the volume {name}: failed to mount local volume: mount {device}"))
                .says(says);
        }
        dhow.run(["volume", "rm", name]).ok();
    }
    dhow.run(["volume", "rm", "vv", "ro"]).ok();
    is_clean(dhow, "afterwards");
}

#[test]
fn an_import_that_is_killed_lets_go_of_the_disk() {
    let dhow = &Dhow::root();
    let disk = Disk::new(dhow, "disk");
    volume(dhow, "vv", "ext4", &disk.device, "");
    let mut import = dhow.command(["volume", "import", "vv"]);
    let mut import =
        import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = import.stdin.take().unwrap();
    input.write_all(&archive(&[("file", &vec![7; 2 << 20])])[..1 << 20]).unwrap();
    let begun = Instant::now();
    while disk.is_free() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it has not begun");
        let _ = nix::poll::poll(&mut [], nix::poll::PollTimeout::from(20u8));
    }
    import.kill().unwrap();
    import.wait().unwrap();
    disk.wait_free();
    dhow.run_input(["volume", "import", "vv"], archive(&[("file", b"whole\n")])).ok();
    assert!(String::from_utf8_lossy(&dhow.run(["volume", "export", "vv"]).ok().out).contains("whole"));
    dhow.run(["volume", "rm", "vv"]).ok();
    is_clean(dhow, "afterwards");
}

#[test]
fn a_disk_that_cannot_be_mounted_is_told_of() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let disk = Disk::new(dhow, "disk");
    let image = dhow.base.join("w/protected");
    std::fs::copy(dhow.base.join("w/disk"), &image).unwrap();
    let protected = Disk::of(&["--read-only"], image.to_str().unwrap());
    volume(dhow, "vv", "ext4", &disk.device, "");
    for (name, kind, device, options, says) in [
        ("kind", "xfs", disk.device.as_str(), "", "wrong fs type"),
        ("none", "ext4", "/dev/no-such-disk", "", "mount /dev/no-such-disk: No such file or directory"),
        ("file", "ext4", "/etc/passwd", "", "Block device required"),
        ("option", "ext4", &disk.device, "nosuchoption", "nosuchoption"),
        ("protected", "ext4", &protected.device, "", "is it write-protected? Then it needs o=ro"),
        ("unknown", "nosuchfs", &disk.device, "", "this kernel has no file system \"nosuchfs\""),
    ] {
        volume(dhow, name, kind, device, options);
        run(dhow, &format!("{name}:/d"), "true").fails(125).says("failed to mount local volume").says(says);
        dhow.run(["create", "--name", "c", "-v", &format!("{name}:/d"), "busybox", "true"]).ok();
        dhow.run(["start", "c"]).fails(1).says(says);
        dhow.run(["rm", "c"]).ok();
        dhow.run(["volume", "rm", name]).ok();
    }
    volume(dhow, "ro", "ext4", &protected.device, "ro");
    assert_eq!(run(dhow, "ro:/d", "ls /d").ok().trimmed(), "lost+found");
    let taken = std::fs::File::options().read(true).custom_flags(libc::O_EXCL).open(&disk.device).unwrap();
    run(dhow, "vv:/d", "true").fails(125).says("it is in use");
    drop(taken);
    run(dhow, "vv:/d", "true").ok();
    assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    assert!(disk.is_free() && protected.is_free());
    dhow.run(["volume", "rm", "vv", "ro"]).ok();
    is_clean(dhow, "afterwards");
}

#[test]
fn a_killed_monitor_lets_go_of_the_disk() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let disk = Disk::new(dhow, "disk");
    volume(dhow, "vv", "ext4", &disk.device, "");
    dhow.run(["run", "-d", "--name", "c", "-v", "vv:/d", "busybox", "sleep", "1000"]).ok();
    let pid = dhow.run(["inspect", "-f", "{{.State.Pid}}", "c"]).ok().trimmed();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let monitor: i32 = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().parse().unwrap();
    let (monitor, first) = (nix::unistd::Pid::from_raw(monitor), pid.parse().unwrap());
    nix::sys::signal::kill(monitor, nix::sys::signal::Signal::SIGKILL).unwrap();
    assert!(wait_pid(monitor.as_raw(), Duration::from_secs(10)) && wait_pid(first, Duration::from_secs(10)));
    // Whoever comes next can have it.
    assert_eq!(run(dhow, "vv:/d", "echo free").ok().trimmed(), "free");
    dhow.run(["start", "c"]).ok();
    dhow.run(["rm", "-f", "c"]).ok();
    assert!(disk.is_free());
    dhow.run(["volume", "rm", "vv"]).ok();
    is_clean(dhow, "afterwards");
}

#[test]
fn an_ordinary_user_is_told_that_only_root_mounts() {
    for dhow in [&Dhow::user(), &Dhow::bare()] {
        dhow.load_busybox();
        for (kind, device, options) in [("ext4", "/dev/loop0", ""), ("nfs", ":/x", "addr=192.0.2.1,vers=4")] {
            volume(dhow, "vv", kind, device, options);
            let says =
                format!("the volume vv is a file system of the type {kind}, which only root can mount");
            run(dhow, "vv:/d", "true").fails(125).says(&says);
            dhow.run(["create", "-v", "vv:/d", "busybox", "true"]).fails(1).says(&says);
            dhow.run(["volume", "export", "vv"]).fails(1).says(&says);
            dhow.run_input(["volume", "import", "vv"], archive(&[])).fails(1).says(&says);
            assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
            dhow.run(["volume", "rm", "vv"]).ok();
        }
        is_clean(dhow, "afterwards");
    }
}

/// The arguments of processes everybody can read.
#[test]
fn a_password_is_in_no_argument() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    volume(dhow, "vv", "cifs", "//127.0.0.1/share", "username=u,password=hunter2,port=2051");
    let trace = dhow.base.join("w/trace");
    // The image has something there: the volume would be filled.
    let inner = dhow.command(["run", "--rm", "-v", "vv:/home", "busybox", "true"]);
    let mut command = dhow.bare_command("strace");
    command.args(["-f", "-qq", "-e", "trace=execve", "-s", "100000", "-o"]).arg(&trace);
    command.arg(inner.get_program()).args(inner.get_args());
    let output = finish(command, "strace dhow run".into(), Stdin::Empty, TIMEOUT).fails(125);
    let trace = std::fs::read_to_string(trace).unwrap();
    assert!(trace.contains("fill-volumes") && !trace.contains("hunter2"), "{trace}");
    assert!(!output.says("connecting to 127.0.0.1:2051").stderr().contains("hunter2"));
    let export = dhow.run(["volume", "export", "vv"]).fails(1).says("connecting to 127.0.0.1:2051");
    assert!(!export.stderr().contains("hunter2"));
    dhow.run(["volume", "rm", "vv"]).ok();
    is_clean(dhow, "afterwards");
}

/// The server is in the second kernel (see there): it has /export, and for NFS 4 that is its root.
#[test]
#[ignore = "runs in the second kernel"]
fn a_server_on_another_kernel() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    for (name, device, options) in [
        ("address", ":/", "addr=127.0.0.1,vers=4"),
        ("name", ":/", "addr=fileserver,nfsvers=4.2,soft"),
        ("device", "fileserver:/", "vers=4.1,noatime"),
    ] {
        volume(dhow, name, "nfs", device, options);
        let look = "stat -f -c %T /d; cat /d/there; echo new >/d/new; grep -o 'addr=127.0.0.1' /proc/mounts | head -n 1";
        assert_eq!(
            run(dhow, &format!("{name}:/d"), look).ok().lines(),
            ["nfs", "of the server", "addr=127.0.0.1"],
            "{name}"
        );
        assert_eq!(std::fs::read_to_string("/export/new").unwrap(), "new\n");
        run_two(dhow, name);
        assert_eq!(std::fs::read_to_string("/export/two").unwrap(), "shared\n");
        dhow.run(["rm", "-f", "a", "b"]).ok();
        dhow.run(["create", "--name", "c", "-v", &format!("{name}:/d"), "busybox", "true"]).ok();
        assert!(
            String::from_utf8_lossy(&dhow.run(["cp", "c:/d/there", "-"]).ok().out).contains("of the server")
        );
        dhow.run(["rm", "c"]).ok();
        dhow.run_input(["volume", "import", name], archive(&[("in", b"imported")])).ok();
        assert_eq!(std::fs::read_to_string("/export/in").unwrap(), "imported");
        let out = dhow.run(["volume", "export", name]).ok().out;
        assert!(String::from_utf8_lossy(&out).contains("of the server"), "{name}");
        // Without a network of its own, and read-only as a whole.
        let cut =
            ["run", "--rm", "--network", "none", "-v", &format!("{name}:/d"), "busybox", "cat", "/d/there"];
        assert_eq!(dhow.run(cut).ok().trimmed(), "of the server");
        std::fs::remove_file("/export/new").unwrap();
    }
    let crun = ["run", "--rm", "--runtime", "crun", "-v", "name:/d", "busybox", "cat", "/d/there"];
    assert_eq!(dhow.run(crun).ok().trimmed(), "of the server");
    volume(dhow, "ro", "nfs4", "fileserver:/", "ro");
    run(dhow, "ro:/d", "cat /d/there && touch /d/x").fails(1).says("Read-only");
    // An empty directory gets what the image has, as with docker.
    std::fs::create_dir("/export/empty").unwrap();
    volume(dhow, "empty", "nfs4", "fileserver:/empty", "");
    run(dhow, "empty:/home", "ls /home/app").ok();
    assert!(std::path::Path::new("/export/empty/app").is_dir());
    server_that_fails(dhow);
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(" - nfs ") && !mounts.contains(" - nfs4 "), "{mounts}");
    dhow.run(["volume", "rm", "address", "name", "device", "ro", "empty"]).ok();
    is_clean(dhow, "afterwards");
}

/// By version 3 the server has a directory below /export, under its whole path.
#[test]
#[ignore = "runs in the second kernel"]
fn an_older_server_on_another_kernel() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    for (name, device, options) in [
        ("asked", ":/export/three", "addr=127.0.0.1,vers=3,nolock"),
        (
            "named",
            "fileserver:/export/three",
            "nfsvers=3,nolock,mountproto=tcp,mountport=20048,port=2049,soft",
        ),
    ] {
        volume(dhow, name, "nfs", device, options);
        let look = "stat -f -c %T /d; cat /d/there; grep -o 'vers=3' /proc/mounts | head -n 1";
        assert_eq!(run(dhow, &format!("{name}:/d"), look).ok().lines(), ["nfs", "of the server", "vers=3"]);
        run_two(dhow, name);
        assert_eq!(std::fs::read_to_string("/export/three/two").unwrap(), "shared\n", "{name}");
        dhow.run(["rm", "-f", "a", "b"]).ok();
        dhow.run_input(["volume", "import", name], archive(&[("in", b"imported")])).ok();
        assert_eq!(std::fs::read_to_string("/export/three/in").unwrap(), "imported", "{name}");
        std::fs::remove_file("/export/three/two").unwrap();
        dhow.run(["volume", "rm", name]).ok();
    }
    for (device, options, says) in [
        (":/export/three", "addr=127.0.0.1,vers=3,nolock,port=2050", "connecting to 127.0.0.1:2050"),
        (":/export/three", "addr=127.0.0.1,vers=3,nolock,mountport=20050", "Connection refused"),
        (
            ":/no/such",
            "addr=127.0.0.1,vers=3,nolock",
            "does the server export it, by this path and to this host?",
        ),
        (":/export/three", "addr=127.0.0.1,vers=2,nolock", "vers=2"),
    ] {
        refused(dhow, device, options, says);
    }
    is_clean(dhow, "afterwards");
}

/// What is said of a volume of NFS that can't be had, by each that wants it, and in time.
fn refused(dhow: &Dhow, device: &str, options: &str, says: &str) {
    volume(dhow, "bad", "nfs", device, options);
    let begun = Instant::now();
    run(dhow, "bad:/d", "true").fails(125).says(says);
    if !says.contains("40 seconds") {
        dhow.run(["volume", "export", "bad"]).fails(1).says("exporting the volume bad: ").says(says);
    }
    assert!(begun.elapsed() < Duration::from_secs(55), "{device} {options}");
    dhow.run(["volume", "rm", "bad"]).ok();
}

fn server_that_fails(dhow: &Dhow) {
    // Its kernel takes connections, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:3049").unwrap();
    for (device, options, says) in [
        (":/", "addr=127.0.0.1,vers=4,port=2050", "connecting to 127.0.0.1:2050"),
        ("nowhere.invalid:/", "vers=4", "error resolving passed in network volume address"),
        (":/", "vers=4", "which server has :/ is not known"),
        ("fileserver:/no/such", "vers=4", "No such file or directory"),
        (":/", "addr=127.0.0.1,vers=4,port=3049", "took longer than 40 seconds"),
    ] {
        refused(dhow, device, options, says);
    }
    drop(silent);
}

/// The second kernel knows quotas, and has a disk for them in a file.
#[test]
#[ignore = "runs in the second kernel"]
fn quotas_on_another_kernel() {
    let dhow = &Dhow::root();
    std::fs::create_dir(dhow.root_dir()).unwrap();
    let mount = |args: &[&str]| {
        let done = Command::new(args[0]).args(&args[1..]).arg(dhow.root_dir()).status().unwrap();
        assert!(done.success(), "{args:?}");
    };
    mount(&["mount", "-o", "loop,prjquota", "/quota.img"]);
    dhow.load_busybox();
    let fill = "dd if=/dev/zero of=/v/f bs=1M count=8 2>&1 | grep -c 'No space\\|quota exceeded'; ls -s /v/f | awk '{print $1}'";
    let held = |volume: &str, script: &str| {
        let said = run(dhow, volume, script).ok().lines();
        (said[0] == "1", said[1].trim().parse::<u64>().unwrap())
    };
    for (name, option) in [("one", "size=2m"), ("two", "o=size=2m")] {
        dhow.run(["volume", "create", "--opt", option, name]).ok();
        let (refused, kilobytes) = held(&format!("{name}:/v"), fill);
        assert!(refused && (1024..=2048).contains(&kilobytes), "{kilobytes} kB of {option}");
        let told = run(dhow, &format!("{name}:/v"), "stat -f -c '%b %S' /v").ok().trimmed();
        assert_eq!(told, "2048 1024", "the limit is the size that it has");
    }
    // What the image has is copied into a directory beside it, which has the limit, too.
    dhow.run(["volume", "create", "--opt", "size=2m", "filled"]).ok();
    let (refused, kilobytes) = held("filled:/home", &fill.replace("/v/f", "/home/f"));
    assert!(refused && kilobytes <= 2048, "{kilobytes} kB");
    let layer =
        ["run", "--rm", "--storage-opt", "size=2m", "busybox", "sh", "-c", &fill.replace("/v/f", "/f")];
    let said = dhow.run(layer).ok().lines();
    assert!(said[0] == "1" && said[1].trim().parse::<u64>().unwrap() <= 2048, "{said:?}");
    dhow.run(["run", "--rm", "busybox", "sh", "-c", "dd if=/dev/zero of=/f bs=1M count=4 2>/dev/null"]).ok();
    dhow.run(["volume", "rm", "one", "two", "filled"]).ok();
    is_clean(dhow, "afterwards");
    mount(&["umount"]);
}

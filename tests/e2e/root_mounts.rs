//! Root file systems of containers and images that are mounted for scripts and people, and the session in which an ordinary user may.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{self, Dhow};
use crate::injection::killed_at;
use crate::store::is_clean;

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Whether something could be written there.
#[allow(clippy::disallowed_methods)] // a container's file is no state
fn write(path: impl AsRef<Path>, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

/// Whether something is mounted there.
fn is_mounted(path: &str) -> bool {
    read("/proc/self/mountinfo").lines().any(|line| line.split(' ').nth(4) == Some(path))
}

#[test]
fn a_containers_files_are_mounted_and_listed() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let id = dhow.run(["create", "--name", "c", "busybox", "cat", "/new"]).ok().trimmed();
    assert_eq!(dhow.run(["mount"]).ok().stdout(), "");
    let place = dhow.run(["mount", "c"]).ok().trimmed();
    assert_eq!(dhow.run(["container", "mount", "c"]).ok().trimmed(), place, "it is mounted");
    assert_eq!(dhow.run(["mount"]).ok().trimmed(), format!("{}  {place}", &id[..12]));
    assert_eq!(dhow.run(["mount", "--no-trunc"]).ok().trimmed(), format!("{id}  {place}"));
    let listed = dhow.run(["mount", "--format", "json"]).ok().json();
    assert_eq!(listed, serde_json::json!([{"id": id, "Names": ["c"], "mountpoint": place}]));
    assert_eq!(dhow.run(["inspect", "-f", "{{.GraphDriver.Data.MergedDir}}", "c"]).ok().trimmed(), place);
    // What is written there the container has, and the other way round: it runs on the very same overlay.
    std::fs::copy("/etc/hostname", format!("{place}/new")).unwrap();
    assert_eq!(dhow.run(["start", "-a", "c"]).ok().stdout(), read("/etc/hostname"));
    assert_eq!(dhow.run(["diff", "c"]).ok().trimmed(), "A /new");
    dhow.run([
        "run",
        "-d",
        "--name",
        "r",
        "busybox",
        "sh",
        "-c",
        "echo running >/live; mkdir /dev/x; sleep 1000",
    ])
    .ok();
    let live = dhow.run(["mount", "r"]).ok().trimmed();
    dhow.run(["exec", "r", "sh", "-c", "until [ -s /live ]; do :; done"]).ok();
    assert_eq!(read(format!("{live}/live")), "running\n");
    assert!(Path::new(&live).join("proc").read_dir().unwrap().next().is_none(), "the root alone");
    write(format!("{live}/host"), "from the host").unwrap();
    assert_eq!(dhow.run(["exec", "r", "cat", "/host"]).ok().stdout(), "from the host");
    // Busy, then by force, and of one that is not mounted.
    let mut at_work = Command::new("sleep").arg("1000").current_dir(&place).spawn().unwrap();
    dhow.run(["unmount", "c"]).fails(125).says("is busy");
    assert_eq!(dhow.run(["umount", "-f", "c"]).ok().trimmed(), "c");
    at_work.kill().and_then(|()| at_work.wait()).unwrap();
    assert_eq!(dhow.run(["container", "unmount", "c"]).ok().trimmed(), "c");
    assert!(!is_mounted(&place) && is_mounted(&live));
    assert_eq!(dhow.run(["unmount", "--all"]).ok().lines().len(), 1);
    assert!(!is_mounted(&live));
    dhow.run(["mount", "nobody"]).fails(125).says("No such container: nobody");
    dhow.run(["umount", "nobody"]).fails(125).says("No such container: nobody");
    dhow.run(["umount"]).fails(125).says("requires at least 1 argument");
    dhow.run(["mount", "c", "--format", "json"]).fails(125).says("lists what is mounted");
    // A removal takes the mount away, without a look at what is in it.
    let place = dhow.run(["mount", "c"]).ok().trimmed();
    dhow.run(["rm", "c"]).ok();
    dhow.run(["mount", "r"]).ok();
    dhow.run(["rm", "-f", "r"]).ok();
    assert!(!is_mounted(&place) && !is_mounted(&live));
    is_clean(dhow, "afterwards");
}

#[test]
fn an_image_is_mounted_read_only() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    dhow.run(["run", "--name", "c", "busybox", "sh", "-c", "echo second >/second; rm /etc/group"]).ok();
    dhow.run(["commit", "-q", "c", "two"]).ok();
    dhow.run(["rm", "c"]).ok();
    assert_eq!(dhow.run(["image", "mount"]).ok().stdout(), "");
    for image in ["busybox", "two"] {
        let id = dhow.run(["image", "inspect", "-f", "{{.Id}}", image]).ok().trimmed().replace("sha256:", "");
        let place = dhow.run(["image", "mount", image]).ok().trimmed();
        assert!(read(format!("{place}/etc/passwd")).starts_with("root:"));
        assert_eq!(Path::new(&place).join("second").exists(), image == "two");
        assert_eq!(Path::new(&place).join("etc/group").exists(), image == "busybox");
        assert!(write(format!("{place}/x"), "x").unwrap_err().to_string().contains("Read-only"));
        assert_eq!(dhow.run(["image", "mount"]).ok().trimmed(), format!("{image}:latest  {place}"));
        let listed = dhow.run(["image", "mount", "--format", "json"]).ok().json();
        assert_eq!((&listed[0]["id"], &listed[0]["mountpoint"]), (&id.clone().into(), &place.clone().into()));
        assert_eq!(listed[0]["Repositories"][0], format!("{image}:latest"));
        // In use: neither removed without force nor pruned.
        dhow.run(["rmi", image]).fails(1).says("image is mounted");
        dhow.run(["image", "prune", "-af"]).ok();
        assert!(is_mounted(&place));
        assert_eq!(dhow.run(["image", "unmount", image]).ok().trimmed(), id);
        assert_eq!(dhow.run(["image", "umount", image]).ok().stdout(), "", "it was not mounted");
        dhow.run(["image", "mount", image]).ok();
        if image == "two" {
            dhow.run(["rmi", "-f", image]).ok();
        } else {
            assert_eq!(dhow.run(["image", "unmount", "-a"]).ok().trimmed(), id);
            dhow.load_busybox();
            dhow.run(["tag", "busybox", "two"]).ok();
            dhow.run(["run", "--name", "c", "busybox", "sh", "-c", "echo second >/second; rm /etc/group"])
                .ok();
            dhow.run(["commit", "-q", "c", "two"]).ok();
            dhow.run(["rm", "c"]).ok();
        }
        assert!(!is_mounted(&place));
    }
    dhow.run(["image", "mount", "nothing"]).fails(125).says("No such image: nothing:latest");
    dhow.run(["image", "unmount"]).fails(125).says("--all");
    dhow.load_busybox();
    dhow.run(["image", "mount", "busybox"]).ok();
    dhow.run(["create", "--name", "c", "busybox", "true"]).ok();
    let place = dhow.run(["mount", "c"]).ok().trimmed();
    dhow.run(["system", "reset", "-f"]).ok();
    assert!(!is_mounted(&place));
}

/// After a kill at any call the mount is there or it isn't: it can be made, taken away, and the container removed.
#[test]
fn a_killed_mount_leaves_nothing_that_is_in_the_way() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    for call in ["mkdir", "fsmount", "move_mount", "write"] {
        for nth in 1..4 {
            dhow.run(["create", "--name", "c", "busybox", "true"]).ok();
            for args in [&["mount", "c"][..], &["image", "mount", "busybox"]] {
                killed_at(dhow, call, nth, dhow.command(args));
            }
            let place = dhow.run(["mount", "c"]).ok().trimmed();
            assert!(is_mounted(&place), "{call} {nth}");
            killed_at(dhow, "umount2", nth, dhow.command(["unmount", "c"]));
            dhow.run(["image", "mount", "busybox"]).ok();
            dhow.run(["image", "unmount", "busybox"]).ok();
            dhow.run(["rm", "c"]).ok();
            assert!(!is_mounted(&place), "{call} {nth}");
            is_clean(dhow, &format!("{call} {nth}"));
        }
    }
}

/// A script in a session of the user.
fn session(dhow: &Dhow, script: &str) -> harness::Output {
    let program = format!("dhow() {{ {} \"$@\"; }}; {script}", harness::binary().display());
    dhow.run(["unshare", "sh", "-ec", &program])
}

#[test]
fn an_ordinary_user_mounts_in_a_session() {
    let dhow = &Dhow::user();
    dhow.load_busybox();
    dhow.run(["create", "--name", "c", "busybox", "cat", "/new"]).ok();
    for args in [&["mount", "c"][..], &["mount"], &["image", "mount", "busybox"], &["unmount", "c"]] {
        dhow.run(args).fails(125).says("must execute `dhow unshare` first");
    }
    let told = session(
        dhow,
        "id -u; wc -l </proc/self/uid_map; m=$(dhow mount c); echo here >$m/new; chown 33 $m/new; dhow mount | wc -l; i=$(dhow image mount busybox); ls -ldn $i/home/app",
    );
    let lines = told.ok().lines();
    assert_eq!(lines[..3], ["0", "2", "1"]);
    assert!(lines[3].contains(" 1000 1000 "), "{lines:?}");
    // It is gone with the session, what was written is not.
    assert_eq!(dhow.run(["start", "-a", "c"]).ok().stdout(), "here\n");
    assert_eq!(dhow.run(["cp", "c:/new", "-"]).ok().out[108..115], *b"0000041");
    // While it is mounted there nobody starts the container, or mounts it in another session.
    let mut held = dhow.command(["unshare", "sh", "-c"]);
    held.arg(format!("{} mount c && echo mounted && cat", harness::binary().display()));
    let mut held = held.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(held.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("mounted\n") {
        assert_ne!(std::io::BufRead::read_line(&mut out, &mut line).unwrap(), 0);
    }
    dhow.run(["start", "c"]).fails(1).says("are mounted in a session of `dhow unshare`");
    session(dhow, "dhow mount c").fails(125).says("are mounted in a session");
    drop(held.stdin.take());
    held.wait().unwrap();
    dhow.run(["start", "-a", "c"]).ok();
    // A running one is no ordinary user's to mount.
    dhow.run(["run", "-d", "--name", "r", "busybox", "sleep", "1000"]).ok();
    session(dhow, "dhow mount r").fails(125).says("use cp or exec");
    // What the session runs is run on the same roots.
    assert_eq!(session(dhow, "dhow run --rm --network none busybox id -u").ok().trimmed(), "0");
    session(dhow, "dhow run --rm --network bridge busybox true")
        .fails(125)
        .says("use --network none or host");
    session(dhow, "dhow unshare id -u").ok();
    dhow.run(["rm", "-f", "r", "c"]).ok();
    is_clean(dhow, "afterwards");
}

both! {
    fn unshare_ends_as_its_command_does(dhow) {
        if !dhow.is_rootless() {
            dhow.run(["unshare", "id"]).fails(125).says("unshare is for ordinary users");
            return;
        }
        assert_eq!(dhow.run(["unshare", "sh", "-c", "exit 7"]).code, 7);
        assert_eq!(dhow.run(["unshare", "sh", "-c", "kill -9 $$"]).code, 137);
        dhow.run(["unshare", "no-such-program"]).fails(127).says("no-such-program");
        dhow.run(["unshare", "/etc"]).fails(126).says("/etc");
        // Without a command a shell, with our standard streams.
        assert_eq!(dhow.run_input(["unshare"], "id -u; exit 3\n").trimmed(), "0");
    }
}

#[test]
fn a_user_without_subordinate_ids_has_a_session_of_one_id() {
    let dhow = &Dhow::bare();
    assert_eq!(
        dhow.run(["unshare", "sh", "-c", "id -u; wc -l </proc/self/uid_map"]).ok().lines(),
        ["0", "1"]
    );
    dhow.load_busybox();
    dhow.run(["create", "--name", "c", "busybox", "cat", "/new"]).ok();
    session(dhow, "echo here >$(dhow mount c)/new; dhow umount c").ok();
    assert_eq!(dhow.run(["start", "-a", "c"]).ok().stdout(), "here\n");
    dhow.run(["rm", "c"]).ok();
}

both! {
    fn the_layers_of_an_image_as_a_tree(dhow) {
        dhow.load_busybox();
        let mut last = "busybox".to_string();
        for name in ["one", "two"] {
            dhow.run(["run", "--name", "c", &last, "sh", "-c", &format!("head -c 2000 /dev/zero >/{name}")]).ok();
            dhow.run(["commit", "-q", "c", name]).ok();
            dhow.run(["rm", "c"]).ok();
            last = name.to_string();
        }
        let id = dhow.run(["image", "inspect", "-f", "{{.Id}}", "two"]).ok().trimmed();
        let tree = dhow.run(["image", "tree", "two"]).ok().lines();
        assert_eq!(tree[0], format!("Image ID: {}", &id[7..19]));
        assert_eq!(tree[1], "Tags:     [two:latest]");
        assert!(tree[2].starts_with("Size:     ") && tree[3] == "Image Layers", "{tree:?}");
        assert!(tree[4].starts_with("├── ID: ") && tree[4].ends_with("Top Layer of: [busybox:latest]"), "{tree:?}");
        assert!(tree[6].starts_with("└── ID: ") && tree[6].ends_with("Size:     2kB Top Layer of: [two:latest]"), "{tree:?}");
        let tree = dhow.run(["image", "tree", "--whatrequires", "busybox"]).ok().lines();
        assert!(tree[4].starts_with("└── ID: ") && tree[5].starts_with("    └── ID: ") && tree[6].starts_with("        └── ID: "), "{tree:?}");
        dhow.run(["image", "tree", "nothing"]).fails(125).says("No such image: nothing:latest");
    }
}

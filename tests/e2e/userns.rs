//! User namespaces for root's containers: what is root inside is nobody outside, and files keep the ids of the image.

use crate::harness::Dhow;

fn root() -> Dhow {
    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow
}

/// Runs a script in a container of a user namespace of its own.
fn inside(dhow: &Dhow, options: &[&str], script: &str) -> String {
    dhow.run([&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat()).ok().trimmed()
}

#[test]
fn root_inside_is_nobody_outside_and_the_images_files_keep_their_owners() {
    let dhow = root();
    let report = "stat -c '%u:%g %n' /bin /home/app /etc/hosts; touch /new; chown 1000:1000 /new; stat -c '%u:%g %n' /new; echo x >> /etc/hosts && echo written";
    assert_eq!(
        inside(&dhow, &["--userns", "private"], report),
        "0:0 /bin\n1000:1000 /home/app\n0:0 /etc/hosts\n1000:1000 /new\nwritten"
    );
    let map = inside(&dhow, &["--userns", "private"], "cat /proc/self/uid_map");
    let numbers: Vec<u32> = map.split_whitespace().map(|n| n.parse().unwrap()).collect();
    assert!(numbers[0] == 0 && numbers[1] >= 100_000 && numbers[2] == 65_536, "{map}");
    // What belongs to the host's root is out of reach, even by a bind mount.
    let secret = dhow.file("secret", "s");
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let bind = format!("{}:/secret", secret.display());
    assert_eq!(
        inside(&dhow, &["--userns", "auto", "-v", &bind], "cat /secret 2>/dev/null || stat -c %u /secret"),
        "65534"
    );
}

#[test]
fn each_container_has_a_range_of_its_own_and_keeps_it() {
    let dhow = root();
    let map = |name: &str| dhow.run(["exec", name, "cat", "/proc/self/uid_map"]).ok().trimmed();
    dhow.run(["run", "-d", "--name", "a", "--userns", "auto:size=2000", "busybox", "sleep", "1000"]).ok();
    dhow.run([
        "run",
        "-d",
        "--name",
        "b",
        "--userns",
        "auto:size=500,uidmapping=7:4242:1",
        "busybox",
        "sleep",
        "1000",
    ])
    .ok();
    let (a, b) = (map("a"), map("b"));
    let outside = |map: &str| map.split_whitespace().nth(1).unwrap().parse::<u32>().unwrap();
    assert!(outside(&a).abs_diff(outside(&b)) >= 500, "{a}\n{b}");
    let lines: Vec<Vec<&str>> = b.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!((lines.len(), &lines[1][..]), (3, &["7", "4242", "1"][..]), "{b}");
    assert_eq!(dhow.run(["exec", "-u", "app", "a", "id", "-u"]).ok().trimmed(), "1000");
    dhow.run(["exec", "a", "touch", "/kept"]).ok();
    dhow.run(["restart", "-t", "0", "a"]).ok();
    assert_eq!(map("a"), a);
    assert_eq!(dhow.run(["exec", "a", "stat", "-c", "%u", "/kept"]).ok().trimmed(), "0");
    assert_eq!(
        dhow.run(["inspect", "-f", "{{.HostConfig.UsernsMode}}", "a"]).ok().trimmed(),
        "auto:size=2000"
    );
    // On disk the layer has the container's own ids, so that it can become an image.
    let upper = dhow.run(["inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "a"]).ok().trimmed();
    let meta = std::fs::metadata(std::path::Path::new(&upper).join("kept")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&meta), 0);
    dhow.run(["rm", "-f", "a", "b"]).ok();
}

#[test]
fn user_namespaces_go_with_the_other_namespaces() {
    let dhow = root();
    for options in [
        &["--pid", "host"][..],
        &["--network", "host"],
        &["--ipc", "host"],
        &["--privileged"],
        &["-t"],
        &["--read-only"],
    ] {
        let options = [&["--userns", "private", "--tmpfs", "/tmp"], options].concat();
        let said = inside(
            &dhow,
            &options,
            "touch /tmp/x && id -u && test -e /proc/self/status && test -d /sys/class && echo ok",
        );
        assert_eq!(said.replace('\r', ""), "0\nok", "{options:?}");
    }
}

#[test]
fn given_ids_are_mapped_as_they_are_given() {
    let dhow = root();
    let maps = "cat /proc/self/uid_map /proc/self/gid_map | tr -s ' ' | tr '\\n' ';'";
    let mapped =
        inside(&dhow, &["--uidmap", "0:5000:100", "--uidmap", "100:9000", "--gidmap", "0:7000:50"], maps);
    assert_eq!(mapped, "0 5000 100; 100 9000 1; 0 7000 50;");
    assert_eq!(inside(&dhow, &["--uidmap", "0:5000:100"], maps), "0 5000 100; 0 5000 100;");
    for (options, complaint) in [
        (&["--uidmap", "1:5000:100"][..], "id 0 must be mapped"),
        (&["--uidmap", "0:5000:100", "--uidmap", "50:9000:10"], "overlap"),
        (&["--uidmap", "0:5000:100", "--userns", "host"], "only private"),
        (&["--userns", "keep-id"], "for ordinary users"),
        (&["--userns", "nomap"], "for ordinary users"),
        (&["--userns", "nonsense"], "invalid USER mode: nonsense"),
        (&["--userns", "auto:size=4000000000"], "no 4000000000 ids are free"),
    ] {
        dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(complaint);
    }
}

fn user() -> Dhow {
    let dhow = Dhow::user();
    dhow.load_busybox();
    dhow
}

const MAP: &str = "tr -s ' ' < /proc/self/uid_map | tr '\\n' ';'";
const OWNERS: &str = "stat -c '%u:%g' / /bin /root /home/app /etc/hosts | tr '\\n' ' '";

#[test]
fn an_ordinary_user_can_keep_its_ids() {
    let dhow = user();
    let (uid, gid) = (dhow.uid, dhow.gid);
    // What podman has, seen from the user namespace around the container's.
    let ranges = format!("0 1 {uid}; {uid} 0 1; {} {} {};", uid + 1, uid + 1, 65_536 - uid);
    assert_eq!(inside(&dhow, &["--userns", "keep-id"], MAP), ranges);
    assert_eq!(
        inside(&dhow, &["--userns", "keep-id"], "id -u; id -g; id -un; echo $HOME"),
        format!("{uid}\n{gid}\ndhowtest\n/")
    );
    // The image's files are its own, and the user's are the user's, on both sides.
    assert_eq!(inside(&dhow, &["--userns", "keep-id"], OWNERS), "0:0 0:0 0:0 1000:1000 0:0");
    let dir = dhow.file("own/file", "mine").parent().unwrap().to_path_buf();
    let bind = format!("{}:/own", dir.display());
    let script =
        "cat /own/file; stat -c %u:%g /own/file; echo new > /own/new; touch /etc/x 2>/dev/null || echo no";
    assert_eq!(inside(&dhow, &["--userns", "keep-id", "-v", &bind], script), format!("mine{uid}:{gid}\nno"));
    let new = std::fs::metadata(dir.join("new")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&new), uid);
    // As root inside it may do what root may; files that it makes belong to a subordinate id outside.
    let script = "id -u; echo x > /s; chown 1000 /s; chmod 4755 /s; echo x >> /etc/hosts; stat -c %u:%a /s";
    assert_eq!(inside(&dhow, &["--userns", "keep-id", "-u", "root"], script), "0\n1000:4755");
    let script = "cat /proc/self/uid_map | head -n 1 | tr -s ' '; id -u; id -g";
    assert_eq!(inside(&dhow, &["--userns", "keep-id:uid=200,gid=210"], script), "0 1 200\n200\n210");
    assert_eq!(inside(&dhow, &["--userns", "keep-id", "-u", "app"], "id -u"), "1000");
}

/// A set-uid program gives its owner's rights, which it would not in a user namespace beside that of the file system.
#[test]
fn programs_keep_their_set_uid_bit() {
    let dhow = user();
    let bind = format!("{}:/probe:ro", crate::probe::path().display());
    for mode in ["keep-id", "nomap", "auto"] {
        let start = [
            "run", "-d", "--name", "c", "--userns", mode, "-u", "root", "-v", &bind, "busybox", "sleep",
            "1000",
        ];
        dhow.run(start).ok();
        dhow.run(["exec", "c", "sh", "-c", "cp /probe /tmp/p; chmod 4755 /tmp/p"]).ok();
        assert_eq!(dhow.run(["exec", "-u", "app", "c", "/tmp/p", "ids"]).ok().trimmed(), "1000 0", "{mode}");
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

#[test]
fn an_ordinary_user_can_leave_its_ids_out() {
    let dhow = user();
    assert_eq!(inside(&dhow, &["--userns", "nomap"], MAP), "0 1 65536;");
    assert_eq!(inside(&dhow, &["--userns", "nomap"], OWNERS), "0:0 0:0 0:0 1000:1000 0:0");
    let file = dhow.file("own/file", "mine");
    let bind = format!("{}:/own", file.parent().unwrap().display());
    let script = "id -u; stat -c %u /own/file; echo x 2>/dev/null > /own/file || echo no; echo x >> /etc/hosts; touch /new; stat -c %u /new";
    assert_eq!(inside(&dhow, &["--userns", "nomap", "-v", &bind], script), "0\n65534\nno\n0");
}

#[test]
fn an_ordinary_users_containers_have_ranges_of_their_own() {
    let dhow = user();
    let start = |name: &str, mode: &str| {
        dhow.run(["run", "-d", "--name", name, "--userns", mode, "busybox", "sleep", "1000"]).ok();
        dhow.run(["exec", name, "sh", "-c", MAP]).ok().trimmed()
    };
    assert_eq!(start("a", "auto"), "0 1 1024;", "as many as the image's users need, at least 1024");
    assert_eq!(start("b", "auto:size=2000"), "0 1025 2000;");
    for name in ["a", "b"] {
        assert_eq!(dhow.run(["exec", name, "sh", "-c", OWNERS]).ok().trimmed(), "0:0 0:0 0:0 1000:1000 0:0");
        dhow.run(["exec", name, "touch", "/kept"]).ok();
        dhow.run(["restart", "-t", "0", name]).ok();
        assert_eq!(dhow.run(["exec", name, "stat", "-c", "%u", "/kept"]).ok().trimmed(), "0");
        assert_eq!(dhow.run(["exec", "-u", "app", name, "id", "-u"]).ok().trimmed(), "1000");
    }
    let map =
        inside(&dhow, &["--userns", "auto:size=100,uidmapping=7:0:1"], "tr -s ' ' < /proc/self/uid_map");
    assert_eq!(map, "0 3025 7\n 7 0 1\n 8 3032 92");
    // Not mapped: nobody's, not somebody else's.
    assert_eq!(inside(&dhow, &["--userns", "auto:size=500"], "stat -c %u /home/app"), "65534");
    dhow.run(["run", "--rm", "--userns", "auto:size=60000000", "busybox"])
        .fails(125)
        .says("no 60000000 ids are free");
    dhow.run(["rm", "-f", "a", "b"]).ok();
    // The copies of the layers for it go with the next collection.
    assert!(dhow.root_dir().join("layers-shifted").read_dir().unwrap().count() > 0);
    dhow.run(["image", "prune", "-f"]).ok();
    assert_eq!(dhow.root_dir().join("layers-shifted").read_dir().unwrap().count(), 0);
}

#[test]
fn an_ordinary_users_ids_are_mapped_as_they_are_given() {
    let dhow = user();
    let options = ["--uidmap", "0:1:1001", "--uidmap", "1001:0:1", "--gidmap", "0:0:2000"];
    assert_eq!(
        inside(
            &dhow,
            &options,
            "id -u; tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map; stat -c %u:%g /home/app"
        ),
        "0\n 0 1 1001\n 1001 0 1\n 0 0 1\n 1 1 1999\n1000:1000"
    );
    for (options, complaint) in [
        (&["--userns", "host"][..], "user namespace of its own"),
        (&["--uidmap", "0:70000:10"], "beyond the 65537 ids"),
        (&["--uidmap", "5:0:1"], "id 0 must be mapped"),
        (&["--userns", "keep-id", "--uidmap", "0:0:1"], "only private"),
        (&["--userns", "keep-id:uid=x"], "not an id"),
    ] {
        dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(complaint);
    }
    dhow.run(["run", "--rm", "--userns", "private", "busybox", "true"]).ok();
}

#[test]
fn an_ordinary_users_mapped_container_is_like_any_other() {
    let dhow = user();
    for mode in ["keep-id", "nomap", "auto"] {
        for options in [
            &["--network", "host"][..],
            &["--pid", "host"],
            &["--ipc", "host"],
            &["--privileged"],
            &["-t"],
            &["--read-only", "--tmpfs", "/tmp"],
            &["--init"],
            &["--device", "/dev/full:/dev/other"],
            &["--cap-drop", "all"],
        ] {
            let options = [&["--userns", mode, "-u", "root"], options].concat();
            let script = "echo x > /tmp/x; id -u; test -e /proc/self/status && test -d /sys/class && echo y > /dev/null && echo ok";
            assert_eq!(inside(&dhow, &options, script).replace('\r', ""), "0\nok", "{options:?}");
        }
    }
    // Its health is checked and its end is noticed.
    dhow.run([
        "run",
        "-d",
        "--name",
        "h",
        "--userns",
        "keep-id",
        "--health-cmd",
        "test $(id -u) != 0",
        "--health-interval",
        "10s",
        "--health-start-interval",
        "100ms",
        "--health-start-period",
        "9s",
        "busybox",
        "sleep",
        "1000",
    ])
    .ok();
    dhow.run(["wait", "--condition", "healthy", "h"]).ok();
    dhow.run(["rm", "-f", "h"]).ok();
}

/// The binary is the user's own, who is among the container's ids: it runs from a sealed mount all the same.
#[test]
fn a_kept_id_does_not_open_the_binary() {
    let dhow = user();
    let before = std::fs::read(crate::harness::binary()).unwrap();
    let own = dhow.file("own/dhow", &before);
    std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let root = dhow.root_dir();
    let runroot = dhow.runroot_dir();
    let run = |args: &[&str]| {
        let roots = ["--root", root.to_str().unwrap(), "--runroot", runroot.to_str().unwrap()];
        dhow.bare_command(&own).args(roots).args(args).output().unwrap()
    };
    let bind = format!("{}:/probe:ro", crate::probe::path().display());
    // Who could write to it is kept from it by the mount; who isn't the user, by its mode.
    for (mode, mount) in [("keep-id", "read-only"), ("nomap", "writable")] {
        let script =
            "id -u; /probe mount /proc/1/exe; (: >> /proc/1/exe) 2> /dev/null && echo overwritten; true";
        let out = run(&[
            "run", "--rm", "--userns", mode, "-u", "root", "--init", "-v", &bind, "busybox", "sh", "-c",
            script,
        ]);
        assert_eq!(String::from_utf8_lossy(&out.stdout), format!("0\n{mount}\n"), "{mode}: {out:?}");
    }
    assert!(std::fs::read(&own).unwrap() == before);
}

#[test]
fn without_subordinate_ids_there_is_nothing_to_map() {
    let dhow = Dhow::bare();
    dhow.load_busybox();
    for mode in ["keep-id", "nomap", "auto"] {
        dhow.run(["run", "--rm", "--userns", mode, "busybox", "true"]).fails(125).says("no subordinate ids");
    }
}

#[test]
fn namespaces_of_mapped_containers_are_their_own() {
    let dhow = user();
    dhow.run([
        "run",
        "-d",
        "--name",
        "a",
        "--userns",
        "keep-id",
        "--ipc",
        "shareable",
        "busybox",
        "sleep",
        "1000",
    ])
    .ok();
    for join in [["--pid", "container:a"], ["--ipc", "container:a"]] {
        let args = [&["run", "--rm", "--userns", "keep-id"], &join[..], &["busybox", "true"]].concat();
        dhow.run(args).fails(125).says("whose ids are mapped in another");
    }
    dhow.run(["rm", "-f", "a"]).ok();
}

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
        (&["--userns", "keep-id"], "not supported"),
        (&["--userns", "nonsense"], "unknown mode"),
        (&["--userns", "auto:size=4000000000"], "no 4000000000 ids are free"),
    ] {
        dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(complaint);
    }
}

#[test]
fn an_ordinary_user_has_only_its_own_ids() {
    let dhow = Dhow::user();
    dhow.load_busybox();
    for options in [&["--userns", "host"][..], &["--userns", "auto"], &["--uidmap", "0:5000:100"]] {
        dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says("user");
    }
    dhow.run(["run", "--rm", "--userns", "private", "busybox", "true"]).ok();
}

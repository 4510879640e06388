//! Volumes: their life, who uses them, what is in them at first, archives.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::fixtures;
use crate::harness::{Dhow, Output};

/// `dhow run --rm … busybox sh -c SCRIPT`
fn run(dhow: &Dhow, options: &[&str], script: &str) -> Output {
    dhow.load_busybox();
    dhow.run([&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat())
}

fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    run(dhow, options, script).ok().trimmed()
}

/// Names of the volumes.
fn names(dhow: &Dhow) -> Vec<String> {
    dhow.run(["volume", "ls", "-q"]).ok().lines()
}

fn data(dhow: &Dhow, name: &str) -> PathBuf {
    dhow.root_dir().join("volumes").join(name).join("_data")
}

/// An image `declares` with a volume on /home, where busybox has the directory `app` of uid 1000.
fn load_declaring(dhow: &Dhow) {
    let config = json!({"Cmd": ["sh"], "Volumes": {"/home": {}}});
    let archive = fixtures::docker_archive(&["declares:latest"], &fixtures::busybox_layer(), &config);
    dhow.run_input(["load"], archive).ok();
}

/// Nothing but whole volumes is in the store.
fn assert_whole(dhow: &Dhow) {
    for entry in std::fs::read_dir(dhow.root_dir().join("volumes")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        assert!(!name.starts_with(".tmp-"), "{name} is half-made");
        if name != ".empty" {
            let mut within: Vec<_> =
                std::fs::read_dir(entry.path()).unwrap().flatten().map(|e| e.file_name()).collect();
            within.sort();
            assert_eq!(within, ["_data", "meta.json"], "{name}");
        }
    }
}

/// What this host has mounted below the test's directory. (Tests beside this one have mounts, too.)
fn mounts_of(dhow: &Dhow) -> Vec<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let base = dhow.base.to_str().unwrap();
    mounts.lines().filter(|line| line.contains(base)).map(str::to_string).collect()
}

fn mounted_volume(dhow: &Dhow, name: &str, kind: &str, device: &str, options: &str) {
    let given = [format!("type={kind}"), format!("device={device}"), format!("o={options}")];
    let given = given.iter().flat_map(|o| ["--opt", o]);
    dhow.run(["volume", "create"].into_iter().chain(given).chain([name])).ok();
}

/// Imports a directory of the container's user with a file in it.
fn import(dhow: &Dhow, volume: &str) -> Output {
    let mut tar = tar::Builder::new(Vec::new());
    fixtures::add(&mut tar, tar::EntryType::Directory, "dir/", 0o755, (1000, 1000), &[]);
    fixtures::add(&mut tar, tar::EntryType::Regular, "dir/file", 0o644, (0, 0), b"text\n");
    dhow.run_input(["volume", "import", volume], tar.into_inner().unwrap())
}

/// What is in the archive of a volume.
fn exported(dhow: &Dhow, volume: &str) -> Vec<String> {
    let out = dhow.run(["volume", "export", volume]).ok().out;
    let mut tar = tar::Archive::new(&out[..]);
    tar.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string()).collect()
}

both! {
    fn live_and_die_in_docker_words(dhow) {
        assert_eq!(dhow.run(["volume", "create", "--label", "a=b", "v1"]).ok().trimmed(), "v1");
        assert_eq!(dhow.run(["volume", "create", "v1"]).ok().trimmed(), "v1", "it is there");
        dhow.run(["volume", "create", "--opt", "o=size=1m", "v1"]).fails(1);
        let anonymous = dhow.run(["volume", "create"]).ok().trimmed();
        assert!(anonymous.len() == 64 && anonymous.bytes().all(|b| b.is_ascii_hexdigit()), "{anonymous}");
        for (name, says) in [("x!", "includes invalid characters for a local volume name"), ("x", "volume name is too short")] {
            dhow.run(["volume", "create", name]).fails(1).says(says);
        }
        dhow.run(["volume", "create", "--opt", "foo=bar", "v2"]).fails(1).says("create v2: invalid option: \"foo\"");
        dhow.run(["volume", "create", "--opt", "type=tmpfs", "v2"]).fails(1).says("create v2: missing required option: \"device\"");
        dhow.run(["volume", "create", "-d", "nope", "v2"]).fails(1).says("plugin \"nope\" not found");
        let shown = dhow.run(["volume", "inspect", "v1"]).ok().json();
        assert_eq!(shown[0]["Labels"], json!({"a": "b"}));
        assert_eq!(shown[0]["Mountpoint"], data(dhow, "v1").display().to_string());
        assert_eq!((&shown[0]["Scope"], &shown[0]["Driver"], &shown[0]["Options"]), (&json!("local"), &json!("local"), &json!(null)));
        assert!(shown[0]["CreatedAt"].as_str().unwrap().ends_with('Z'));
        let missing = dhow.run(["volume", "inspect", "nope"]).fails(1).says("get nope: no such volume");
        assert_eq!(missing.trimmed(), "[]");
        assert_eq!(dhow.run(["volume", "exists", "v1"]).code, 0);
        assert_eq!(dhow.run(["volume", "exists", "nope"]).code, 1);
        dhow.run(["volume", "update", "--label-add", "c=d", "--label-rm", "a", "v1"]).ok();
        assert_eq!(dhow.run(["volume", "inspect", "-f", "{{json .Labels}}", "v1"]).ok().trimmed(), r#"{"c":"d"}"#);
        dhow.run(["volume", "update", "--availability", "drain", "v1"]).fails(1).says("swarm");
        let table = dhow.run(["volume", "ls"]).ok().stdout();
        assert!(table.starts_with("DRIVER    VOLUME NAME\n") && table.contains("local     v1\n"), "{table}");
        let row = dhow.run(["volume", "ls", "--format", "json", "-f", "name=v1"]).ok().json();
        assert_eq!((&row["Labels"], &row["Size"]), (&json!("c=d"), &json!("N/A")));
        for (filter, found) in [("label=c", 1), ("label=c=x", 0), ("label!=c", 1), ("driver=local", 2), ("dangling=true", 2), ("dangling=false", 0), ("until=1s", 0), ("since=v1", 1)] {
            assert_eq!(dhow.run(["volume", "ls", "-q", "-f", filter]).ok().lines().len(), found, "{filter}");
        }
        dhow.run(["volume", "ls", "-f", "foo=x"]).fails(1).says("invalid filter 'foo'");
        dhow.run(["volume", "rm", "nope"]).fails(1).says("get nope: no such volume");
        assert_eq!(dhow.run(["volume", "rm", "-f", "nope", "v1"]).ok().lines(), ["nope", "v1"]);
        let pruned = dhow.run(["volume", "prune", "-f"]).ok().stdout();
        assert_eq!(pruned, format!("Deleted Volumes:\n{anonymous}\n\nTotal reclaimed space: 0B\n"));
        assert_whole(dhow);
        let events = dhow.run(["events", "--since", "1h", "--until", "0s", "--filter", "volume=v1", "--format", "{{.Action}}"]).ok();
        assert_eq!(events.lines(), ["create", "destroy"]);
    }

    fn one_in_use_stays(dhow) {
        dhow.load_busybox();
        let id = dhow.run(["create", "--name", "c1", "-v", "v1:/a", "-v", "/anon", "busybox", "true"]).ok().trimmed();
        assert_eq!(names(dhow).len(), 2);
        dhow.run(["volume", "rm", "v1"]).fails(1).says(&format!("remove v1: volume is in use - [{id}]"));
        assert_eq!(dhow.run(["volume", "prune", "-af"]).ok().trimmed(), "Total reclaimed space: 0B");
        assert_eq!(dhow.run(["volume", "ls", "-q", "-f", "dangling=false"]).ok().lines().len(), 2);
        assert_eq!(dhow.run(["ps", "-aq", "--no-trunc", "--filter", "volume=v1"]).ok().trimmed(), id);
        assert_eq!(dhow.run(["ps", "-aq", "--filter", "volume=v2"]).ok().trimmed(), "");
        assert_eq!(dhow.run(["ps", "-a", "--format", "{{.LocalVolumes}}"]).ok().trimmed(), "2");
        dhow.run(["rm", "c1"]).ok();
        assert_eq!(names(dhow).len(), 2, "rm without -v leaves them");
        assert_eq!(dhow.run(["volume", "prune", "-f"]).ok().lines().len(), 4, "the anonymous one");
        assert_eq!(names(dhow), ["v1"]);
        dhow.run(["create", "--name", "c2", "-v", "v1:/a", "-v", "/anon", "busybox", "true"]).ok();
        dhow.run(["create", "--name", "c3", "--volumes-from", "c2", "busybox", "true"]).ok();
        dhow.run(["rm", "-v", "c2"]).ok();
        assert_eq!(names(dhow).len(), 2, "another container has the anonymous one still");
        dhow.run(["container", "rm", "-v", "c3"]).ok();
        assert_eq!(names(dhow), ["v1"]);
        shell(dhow, &["-v", "/anon"], "true");
        assert_eq!(names(dhow), ["v1"], "--rm takes them with it");
        dhow.run(["run", "--rm", "-v", "/anon", "busybox", "/no/such"]).fails(127);
        run(dhow, &["-v", "new1:/x", "-v", "/anon", "--mount", "type=bind,src=/no/such,dst=/y"], "true").fails(125).says("bind source path does not exist: /no/such");
        assert_eq!(names(dhow), ["v1"], "a failure leaves nothing behind");
        dhow.run(["volume", "rm", "v1"]).ok();
        assert_whole(dhow);
    }

    fn an_empty_one_gets_what_the_image_has(dhow) {
        load_declaring(dhow);
        let owners = "stat -c '%a %u:%g' /v /v/app";
        assert_eq!(shell(dhow, &["-v", "v1:/home"], "stat -c '%a %u:%g' /home /home/app; echo mine > /home/file"), "755 0:0\n755 1000:1000");
        assert_eq!(shell(dhow, &["-v", "v1:/v"], &format!("{owners}; cat /v/file")), "755 0:0\n755 1000:1000\nmine");
        assert_eq!(shell(dhow, &["-v", "v1:/etc"], "ls /etc | grep -c passwd || true"), "0", "one that has something keeps it");
        assert_eq!(shell(dhow, &["-v", "v2:/home:nocopy"], "ls -A /home"), "");
        assert_eq!(shell(dhow, &["-v", "v2:/v"], "ls -A /v"), "");
        assert_eq!(shell(dhow, &["-v", "v2:/home"], "ls -A /home"), "app", "it is still empty");
        assert_eq!(shell(dhow, &["--mount", "src=v3,dst=/home,volume-nocopy"], "ls -A /home"), "");
        // What the image declares, unless something else is there.
        let declared = dhow.run(["run", "--name", "d", "declares", "sh", "-c", "ls /home; grep -c ' /home ' /proc/mounts"]).ok();
        assert_eq!(declared.lines(), ["app", "1"]);
        assert_eq!(dhow.run(["inspect", "d", "-f", "{{json .Config.Volumes}} {{len .Mounts}} {{(index .Mounts 0).Destination}}"]).ok().trimmed(), r#"{"/home":{}} 1 /home"#);
        assert_eq!(dhow.run(["run", "--rm", "-v", "v3:/home", "declares", "ls", "-A", "/home"]).ok().trimmed(), "app");
        assert_eq!(dhow.run(["run", "--rm", "--image-volume", "ignore", "declares", "grep", "-c", " /home ", "/proc/mounts"]).code, 1);
        assert_eq!(dhow.run(["run", "--rm", "--image-volume", "tmpfs", "declares", "sh", "-c", "ls /home; grep -c 'tmpfs /home ' /proc/mounts"]).ok().lines(), ["app", "1"]);
        dhow.run(["rm", "-v", "d"]).ok();
        assert_eq!(names(dhow), ["v1", "v2", "v3"]);
        assert_whole(dhow);
    }

    fn copies_links_and_attributes(dhow) {
        dhow.load_busybox();
        let script = "mkdir -m 2750 /d && echo x > /d/a && chmod 4711 /d/a && ln /d/a /d/b && ln -s a /d/l && mkfifo /d/p && chown -R 1000:100 /d && touch -d @86400 /d/b";
        dhow.run(["run", "--name", "maker", "busybox", "sh", "-c", script]).ok();
        let rootfs = dhow.base.join("w/rootfs");
        // Without an image: from a directory that becomes the root.
        let upper = dhow.run(["inspect", "maker", "-f", "{{.GraphDriver.Data.UpperDir}}"]).ok().trimmed();
        let layer = std::fs::read_dir(dhow.root_dir().join("layers")).unwrap().flatten().find(|e| e.path().join("fs").is_dir()).unwrap();
        for from in [layer.path().join("fs"), PathBuf::from(upper)] {
            let copied = Command::new("cp").arg("-aT").args([from, rootfs.clone()]).status().unwrap();
            assert!(copied.success());
        }
        let look = "cd /d; stat -c '%n %a %u:%g %h %Y' . a b; readlink l; test -p p && echo fifo; test a -ef b && echo same";
        let expected = dhow.run(["run", "--rm", "--rootfs", rootfs.to_str().unwrap(), "sh", "-c", look]).ok().stdout();
        let with_volume = |extra: &str| dhow.run(["run", "--rm", "-v", extra, "--rootfs", rootfs.to_str().unwrap(), "sh", "-c", look]).ok().stdout();
        let copied = with_volume("vol:/d");
        let without_time = |text: &str| text.lines().filter(|l| !l.starts_with(". ")).map(str::to_string).collect::<Vec<_>>();
        assert_eq!(without_time(&copied), without_time(&expected));
        assert!(copied.contains("same") && copied.starts_with(". 2750 1000:100 "), "{copied}");
        dhow.run(["rm", "maker"]).ok();
        dhow.run(["volume", "rm", "vol"]).ok();
    }

    fn archives_go_out_and_in(dhow) {
        shell(dhow, &["-v", "v1:/v"], "mkdir /v/dir; echo text > /v/dir/.wh.file; chown 1000:1000 /v/dir; chmod 700 /v/dir; ln -s dir /v/link");
        let path = dhow.base.join("w/v1.tar");
        dhow.run(["volume", "export", "-o", path.to_str().unwrap(), "v1"]).ok();
        let piped = dhow.run(["volume", "export", "v1"]).ok();
        assert_eq!(piped.out, std::fs::read(&path).unwrap(), "the same either way");
        dhow.run(["volume", "create", "v2"]).ok();
        dhow.run(["volume", "import", "v2", path.to_str().unwrap()]).ok();
        let look = "stat -c '%a %u:%g' /v/dir; cat /v/dir/.wh.file; readlink /v/link; ls -A /v";
        assert_eq!(shell(dhow, &["-v", "v2:/v"], look), "700 1000:1000\ntext\ndir\ndir\nlink");
        dhow.run_input(["volume", "import", "v2"], piped.out.clone()).ok();
        dhow.run_input(["volume", "import", "v2"], "no archive at all, but long enough to be looked at ".repeat(40)).fails(1);
        dhow.run_input(["volume", "import", "nope"], piped.out.clone()).fails(1).says("get nope: no such volume");
        dhow.run(["volume", "export", "nope"]).fails(1).says("get nope: no such volume");
        dhow.run(["volume", "export", "-o", "/no/such/file", "v1"]).fails(1);
        dhow.run(["volume", "rm", "v1", "v2"]).ok();
    }

    fn what_mount_can_mount_is_mounted_where_the_container_is(dhow) {
        dhow.load_busybox();
        dhow.run(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m,mode=0711", "tv"]).ok();
        assert_eq!(shell(dhow, &["-v", "tv:/t"], "stat -f -c %T /t; stat -c %a /t; df -k /t | tail -1 | awk '{print $2}'"), "tmpfs\n711\n1024");
        dhow.run(["run", "-d", "--name", "first", "-v", "tv:/t:ro", "busybox", "sleep", "1000"]).ok();
        if dhow.is_rootless() {
            run(dhow, &["-v", "tv:/u"], "true").fails(125).says("container first has mounted");
        } else {
            assert_eq!(shell(dhow, &["-v", "tv:/u"], "echo shared > /u/f && cat /u/f"), "shared");
            assert_eq!(dhow.run(["exec", "first", "cat", "/t/f"]).ok().trimmed(), "shared", "one file system for both");
            dhow.run(["exec", "first", "touch", "/t/g"]).fails(1).says("Read-only");
        }
        dhow.run(["rm", "-f", "first"]).ok();
        assert_eq!(shell(dhow, &["-v", "tv:/t"], "ls /t"), "", "unmounted when the last one ended");
        let there = dhow.file("w/there/file", "of the host\n");
        let device = format!("device={}", there.parent().unwrap().display());
        dhow.run(["volume", "create", "--opt", "type=none", "--opt", &device, "--opt", "o=bind,ro", "bv"]).ok();
        assert_eq!(shell(dhow, &["-v", "bv:/b"], "cat /b/file; touch /b/x 2>&1 | grep -o Read-only"), "of the host\nRead-only");
        dhow.run(["volume", "create", "--opt", "type=nofs", "--opt", "device=x", "nv"]).ok();
        run(dhow, &["-v", "nv:/n"], "true").fails(125).says(if dhow.is_rootless() { "a file system of the type nofs, which only root can mount" } else { "mounting /n" });
        assert_eq!(mounts_of(dhow), [""; 0]);
        dhow.run(["volume", "rm", "tv", "bv", "nv"]).ok();
        dhow.run(["volume", "create", "--opt", "size=10m", "sv"]).fails(1).says(&format!(
            "create sv: quota size requested but no quota support: {}",
            if dhow.is_rootless() { "only root".into() } else { format!("the file system of {}/volumes is not", dhow.root_dir().display()) }
        ));
    }

    fn only_the_local_driver_makes_volumes(dhow) {
        run(dhow, &["--volume-driver", "nope", "-v", "v2:/x"], "true").fails(125).says("plugin \"nope\" not found");
        assert_eq!(names(dhow), [""; 0]);
        run(dhow, &["--volume-driver", "local", "-v", "v2:/x"], "true").ok();
        dhow.run(["volume", "rm", "v2"]).ok();
    }

    fn what_is_in_memory_is_exported_and_imported_while_it_is_there(dhow) {
        dhow.load_busybox();
        // Of a file system in memory there is nothing while nobody has it.
        mounted_volume(dhow, "tv", "tmpfs", "tmpfs", "size=1m");
        assert_eq!(exported(dhow, "tv"), ["./"]);
        import(dhow, "tv").fails(1).says("importing into the volume tv: it is a tmpfs, which is there only while a container runs");
        let file = dhow.file("w/file", "copied\n").display().to_string();
        dhow.run(["create", "--name", "still", "-v", "tv:/t", "busybox", "true"]).ok();
        dhow.run(["cp", &file, "still:/t/x"]).fails(1).says("mounted volume is marked read-only: it is in memory");
        let copied = dhow.run(["cp", "still:/t", "-"]).ok().out;
        assert_eq!(tar::Archive::new(&copied[..]).entries().unwrap().count(), 1);
        dhow.run(["cp", &file, "still:/x"]).ok();
        for (name, options) in [("part", "/t:ro"), ("whole", "/t")] {
            if name == "part" && dhow.is_rootless() {
                continue;
            }
            dhow.run(["run", "-d", "--name", name, "-v", &format!("tv:{options}"), "busybox", "sleep", "1000"]).ok();
            match name {
                "part" => import(dhow, "tv").fails(1).says("mounted volume is marked read-only"),
                _ => import(dhow, "tv").ok(),
            };
        }
        assert_eq!(dhow.run(["exec", "whole", "stat", "-c", "%u:%g %n", "/t/dir", "/t/dir/file"]).ok().lines(), ["1000:1000 /t/dir", "0:0 /t/dir/file"]);
        assert_eq!(exported(dhow, "tv"), ["./", "./dir/", "./dir/file"]);
        dhow.run(["cp", "still:/x", dhow.base.join("w/x").to_str().unwrap()]).ok();
        dhow.run(["rm", "still"]).ok();
        dhow.run(["rm", "-f", "whole"]).ok();
        if !dhow.is_rootless() {
            dhow.run(["rm", "-f", "part"]).ok();
        }
        // As docker tells of them: where they would be mounted, and no size.
        let mountpoint = dhow.run(["volume", "inspect", "-f", "{{.Mountpoint}}", "tv"]).ok().trimmed();
        assert_eq!(std::path::Path::new(&mountpoint), data(dhow, "tv"));
        let usage = dhow.run(["system", "df", "-v"]).ok().lines();
        assert!(usage.iter().any(|l| l.starts_with("tv ") && l.ends_with("N/A")), "{usage:?}");
        assert_eq!(mounts_of(dhow), [""; 0]);
        dhow.run(["volume", "rm", "tv"]).ok();
    }

    fn what_is_mounted_is_exported_and_imported(dhow) {
        dhow.load_busybox();
        mounted_volume(dhow, "tv", "tmpfs", "tmpfs", "size=1m");
        // An overlay has its upper directory.
        let dir = |name: &str| dhow.file(&format!("w/{name}/.keep"), "").parent().unwrap().display().to_string();
        let (lower, upper, work) = (dir("lower"), dir("upper"), dir("work"));
        std::fs::remove_file(format!("{upper}/.keep")).unwrap();
        std::fs::remove_file(format!("{work}/.keep")).unwrap();
        let own = if dhow.is_rootless() { ",userxattr" } else { "" };
        mounted_volume(dhow, "ov", "overlay", "overlay", &format!("lowerdir={lower},upperdir={upper},workdir={work}{own}"));
        import(dhow, "ov").ok();
        assert!(std::path::Path::new(&upper).join("dir/file").exists());
        assert_eq!(exported(dhow, "ov"), ["./", "./.keep", "./dir/", "./dir/file"]);
        assert_eq!(shell(dhow, &["-v", "ov:/o"], "ls -A /o; stat -c %u /o/dir"), ".keep\ndir\n1000");
        // A container that doesn't run has it, too, and so does one that shares it with one that runs.
        let file = dhow.file("w/copied", "copied\n").display().to_string();
        dhow.run(["create", "--name", "still", "-v", "ov:/o", "-v", "tv:/t", "busybox", "true"]).ok();
        dhow.run(["cp", &file, "still:/o/one"]).ok();
        assert_eq!(std::fs::read_to_string(format!("{upper}/one")).unwrap(), "copied\n");
        dhow.run(["run", "-d", "--name", "runs", "-v", "ov:/o", "-v", "tv:/t", "busybox", "sleep", "1000"]).ok();
        if dhow.is_rootless() {
            dhow.run(["cp", &file, "still:/o/two"]).fails(1).says("container runs has mounted");
        } else {
            for place in ["/o/two", "/t/two"] {
                dhow.run(["cp", &file, &format!("still:{place}")]).ok();
                assert_eq!(dhow.run(["exec", "runs", "cat", place]).ok().trimmed(), "copied", "{place}");
            }
        }
        dhow.run(["rm", "-f", "still", "runs"]).ok();
        // What may only be read is not written to.
        mounted_volume(dhow, "bv", "none", &lower, "bind,ro");
        assert_eq!(exported(dhow, "bv"), ["./", "./.keep"]);
        import(dhow, "bv").fails(1).says("importing into the volume bv: the volume is read-only (--opt o=ro)");
        mounted_volume(dhow, "nv", "none", "/no/such/directory", "bind");
        dhow.run(["volume", "export", "nv"]).fails(1).says("exporting the volume nv: ").says("/no/such/directory");
        import(dhow, "nv").fails(1).says("/no/such/directory");
        assert_eq!(mounts_of(dhow), [""; 0]);
        dhow.run(["volume", "rm", "tv", "ov", "bv", "nv"]).ok();
    }

    fn of_a_killed_copy_nothing_is_seen(dhow) {
        dhow.load_busybox();
        // Each state-changing call of the copy in turn.
        for (call, when) in [("mkdir,mkdirat", 1), ("mkdirat", 2), ("fchownat", 1), ("rename,renameat,renameat2", 1), ("fchmod", 1)] {
            let inner = dhow.command(["create", "-v", "vol:/home", "busybox", "true"]);
            let mut command = dhow.bare_command("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e"]);
            command.arg(format!("inject={call}:signal=KILL:when={when}"));
            command.arg(inner.get_program()).args(inner.get_args());
            let killed = crate::harness::finish(command, format!("{call} {when}"), crate::harness::Stdin::Empty, crate::harness::TIMEOUT);
            if killed.code == 0 {
                dhow.run(["rm", killed.trimmed().as_str()]).ok();
            }
            assert_eq!(shell(dhow, &["-v", "vol:/home"], "stat -c '%a %u' /home/app"), "755 1000", "{call} {when}");
            assert_whole(dhow);
            dhow.run(["volume", "rm", "vol"]).ok();
        }
        for id in dhow.run(["ps", "-aq"]).ok().lines() {
            dhow.run(["rm", &id]).ok();
        }
    }

    fn many_at_once_make_use_and_remove_them(dhow) {
        dhow.load_busybox();
        std::thread::scope(|scope| {
            for worker in 0..4 {
                scope.spawn(move || {
                    for _ in 0..4 {
                        let out = dhow.run(["run", "--rm", "-v", "one:/home", "-v", "two:/b", "-v", "/anon", "busybox", "ls", "/home"]).ok();
                        assert_eq!(out.trimmed(), "app");
                        let removed = dhow.run(["volume", if worker % 2 == 0 { "prune" } else { "rm" }, if worker % 2 == 0 { "-af" } else { "one" }]);
                        assert!(removed.code == 0 || removed.stderr().contains("in use") || removed.stderr().contains("no such volume"), "{removed:?}");
                    }
                });
            }
        });
        dhow.run(["volume", "prune", "-af"]).ok();
        assert_eq!(names(dhow), [""; 0]);
        assert_whole(dhow);
    }
}

#[test]
fn of_root_they_are_closed_to_everybody_else() {
    let dhow = Dhow::root();
    dhow.run(["volume", "create", "vol"]).ok();
    let mode = dhow.root_dir().join("volumes").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "with mapped ids containers make files of root's there");
    assert_eq!(data(&dhow, "vol").metadata().unwrap().mode() & 0o777, 0o755);
    dhow.run(["volume", "rm", "vol"]).ok();
}

#[test]
fn containers_of_different_ids_share_one() {
    let dhow = Dhow::root();
    let options = ["--userns", "auto", "-v", "vol:/home"];
    assert_eq!(shell(&dhow, &options, "stat -c %u /home/app; echo a > /home/f"), "1000");
    assert_eq!(shell(&dhow, &options, "cat /home/f; stat -c %u /home/f"), "a\n0");
    assert_eq!(shell(&dhow, &["-v", "vol:/v"], "stat -c %u /v/f"), "0");
    dhow.run(["volume", "rm", "vol"]).ok();
    let user = Dhow::user();
    for mode in ["keep-id", "nomap", "auto"] {
        assert_eq!(
            shell(&user, &["--userns", mode, "-v", "vol:/empty"], "touch /empty/x && echo ok"),
            "ok",
            "{mode}"
        );
        user.run(["volume", "rm", "vol"]).ok();
    }
}

/// An ext4 file system with project quotas, mounted where a test's root is.
#[test]
fn sizes_hold_where_the_file_system_has_quotas() {
    let dhow = Dhow::root();
    dhow.file("w/here", "");
    let script = "cd $0; truncate -s 200m disk && mkfs.ext4 -q -O quota,project -E quotatype=prjquota disk && mkdir m && mount -o loop,prjquota disk m && exec \"$@\"";
    let within = |args: &[&str]| {
        let mut command = Command::new("unshare");
        let base = dhow.base.join("w");
        let inner = "d=$0; dhow() { \"$d\" --root m/r --runroot m/s \"$@\"; }; dhow load -q -i \"$1\" >/dev/null; eval \"$2\"";
        command.args(["-m", "sh", "-ec", script]).arg(base).args(["sh", "-c", inner]);
        command.arg(crate::harness::binary()).arg(fixtures::busybox_archive()).args(args);
        command.env("HOME", dhow.home());
        crate::harness::finish(
            command,
            format!("{args:?}"),
            crate::harness::Stdin::Empty,
            crate::harness::TIMEOUT,
        )
    };
    let out = within(&[
        "dhow volume create --opt size=4m sized && dhow run --rm -v sized:/home busybox sh -c 'ls /home; df -k /home | tail -1 | awk \"{print \\$2}\"; dd if=/dev/zero of=/home/f bs=1M count=8 2>&1 | grep -o \"No space\\|quota exceeded\"; rm -f /home/f; dd if=/dev/zero of=/home/f bs=1M count=2 2>/dev/null && echo fits'; dhow run --rm --storage-opt size=3m busybox sh -c 'dd if=/dev/zero of=/f bs=1M count=8 2>&1 | grep -o \"No space\\|quota exceeded\"; rm -f /f; dd if=/dev/zero of=/f bs=1M count=1 2>/dev/null && echo fits'",
    ]);
    if out.code == 32 && out.stderr().contains("mount:") {
        // A kernel without CONFIG_QFMT_V2 has none.
        return;
    }
    let lines = out.ok().lines();
    assert_eq!((lines[0].as_str(), lines[1].as_str()), ("app", "4096"), "{lines:?}");
    assert!(lines[2].contains("No space") || lines[2].contains("quota"), "{lines:?}");
    assert_eq!(lines[3], "fits");
    assert!(lines[4].contains("No space") || lines[4].contains("quota"), "{lines:?}");
    assert_eq!(lines[5], "fits");
}

//! `cp`: what a path at either end means, as dockerd 20.10 has it; mounts, owners, links, archives.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::harness::{Dhow, Stdin};

/// Source on the host, destination in the container, and the lines that the container's listing has more than before; `!`: the error.
const INTO: &str = "
file    /t/d        /t/d/file f F
file    /t/d/       /t/d/file f F
file    /t/d/.      /t/d/file f F
file    /t/f        /t/f f F
file    /t/f/       !no such directory
file    /t/new      /t/new f F
file    /t/new/     !no such directory
file    /t/no/new   !Could not find the file /t/no in container cc
file    /t/lf       /t/f f F
file    /t/ld       /t/d/file f F
file    /t/ld/      /t/d/file f F
file    /t/lb       /t/nowhere f F
file    /t          /t/file f F
file    t/rel       /t/rel f F
file    /t/labs     !cannot overwrite directory
file/   /t/d        !not a directory
nofile  /t/d        !w/nofile: no such file or directory
dir     /t/d        /t/d/dir d;/t/d/dir/g f G;/t/d/dir/sub d;/t/d/dir/sub/s f S
dir     /t/f        !cannot copy directory
dir     /t/f/       !cannot overwrite non-directory \"/t/f\" with directory \"/t\"
dir     /t/new      /t/new d;/t/new/g f G;/t/new/sub d;/t/new/sub/s f S
dir     /t/new/     /t/new d;/t/new/g f G;/t/new/sub d;/t/new/sub/s f S
dir     /t/no/new   !Could not find the file /t/no in container cc
dir     /t/lf       !cannot copy directory
dir     /t/ld       /t/d/dir d;/t/d/dir/g f G;/t/d/dir/sub d;/t/d/dir/sub/s f S
dir     /t/lb       /t/nowhere d;/t/nowhere/g f G;/t/nowhere/sub d;/t/nowhere/sub/s f S
dir/    /t/d        /t/d/dir d;/t/d/dir/g f G;/t/d/dir/sub d;/t/d/dir/sub/s f S
dir/.   /t/d        /t/d/g f G;/t/d/sub d;/t/d/sub/s f S
dir/.   /t/f        !cannot copy directory
dir/.   /t/new      /t/new d;/t/new/g f G;/t/new/sub d;/t/new/sub/s f S
dir/.   /t/ld       /t/d/g f G;/t/d/sub d;/t/d/sub/s f S
dir/.   /t/lb       /t/nowhere d;/t/nowhere/g f G;/t/nowhere/sub d;/t/nowhere/sub/s f S
lf      /t/d        /t/d/lf l file
lf      /t/f        /t/f l file
lf      /t/new/     !no such directory
lf      /t/lf       /t/f l file
ld      /t/d        /t/d/ld l dir
ld/     /t/d        /t/d/ld d;/t/d/ld/g f G;/t/d/ld/sub d;/t/d/ld/sub/s f S
ld/     /t          !cannot overwrite non-directory \"/t/ld\" with directory \"/t\"
ld/.    /t/d        /t/d/g f G;/t/d/sub d;/t/d/sub/s f S
lb      /t/d        /t/d/lb l nowhere
-L,lf   /t/d        /t/d/lf f F
-L,ld   /t/d        /t/d/ld d;/t/d/ld/g f G;/t/d/ld/sub d;/t/d/ld/sub/s f S
-L,ld   /t/new      /t/new d;/t/new/g f G;/t/new/sub d;/t/new/sub/s f S
-L,lb   /t          !no such file or directory
file    /t/fifo     !must be a directory or a regular file: got an irregular file
";

/// The same for copies out of the container into `w`.
const OUT: &str = "
/t/f        d       d/f f old
/t/f        d/.     d/f f old
/t/f        f       f f old
/t/f        f/      !not a directory
/t/f        new     new f old
/t/f        new/    !no such directory
/t/f        no/new  !invalid output path: directory
/t/f        lf      f f old
/t/f        ld      d/f f old
/t/f        lb      nowhere f old
/t/f/       d       !/t/f/: not a directory
/t/d        d       d/d d;d/d/in f in;d/d/sub d;d/d/sub/s f s
/t/d        f       !cannot copy directory
/t/d        new     new d;new/in f in;new/sub d;new/sub/s f s
/t/d        new/    new d;new/in f in;new/sub d;new/sub/s f s
/t/d        lb      nowhere d;nowhere/in f in;nowhere/sub d;nowhere/sub/s f s
/t/d        .       d/in f in;d/sub d;d/sub/s f s
/t/d/       d       d/d d;d/d/in f in;d/d/sub d;d/d/sub/s f s
/t/d/.      d       d/in f in;d/sub d;d/sub/s f s
/t/d/.      new     new d;new/in f in;new/sub d;new/sub/s f s
/t/d/.      lf      !cannot copy directory
/t/nofile   d       !Could not find the file /t/nofile in container cc
/t/lf       d       d/lf l f
/t/ld       d       d/ld l d
/t/ld/      d       d/ld d;d/ld/in f in;d/ld/sub d;d/ld/sub/s f s
/t/ld/.     new     new d;new/in f in;new/sub d;new/sub/s f s
/t/lb       d       d/lb l nowhere
-L,/t/lf    d       d/lf f old
-L,/t/ld    d       d/ld d;d/ld/in f in;d/ld/sub d;d/ld/sub/s f s
-L,/t/ld    new     new d;new/in f in;new/sub d;new/sub/s f s
-L,/t/lb    d       !Could not find the file /t/nowhere in container cc
t/f         d       d/f f old
";

/// Makes /t anew.
const TREE: &str = "rm -rf /t; mkdir -p /t/d/sub; echo old >/t/f; echo in >/t/d/in; echo s >/t/d/sub/s; ln -s f /t/lf; \
                    ln -s d /t/ld; ln -s nowhere /t/lb; ln -s /etc /t/labs; mkfifo /t/fifo";
const SMALL: &str = "rm -rf /t; mkdir -p /t/d; echo old >/t/f; echo in >/t/d/in; ln -s f /t/lf; ln -s d /t/ld; \
                     ln -s nowhere /t/lb; ln -s /etc /t/labs; mkfifo /t/fifo; mkdir -p /etc/file";
const LIST: &str = "find /t | sort | while read p; do if [ -L $p ]; then echo \"$p l $(readlink $p)\"; elif [ -d $p ]; then echo \"$p d\"; \
                    elif [ -f $p ]; then echo \"$p f $(cat $p)\"; else echo \"$p ?\"; fi; done";

fn start(dhow: &Dhow, options: &[&str]) {
    dhow.load_busybox();
    let args = [&["run", "-d", "--name", "cc"], options, &["busybox", "sleep", "1000"]].concat();
    dhow.run(args).ok();
}

fn exec(dhow: &Dhow, script: &str) -> Vec<String> {
    dhow.run(["exec", "cc", "sh", "-c", script]).ok().lines()
}

/// The test's own files: `w/file` and so on.
fn own_files(dhow: &Dhow) {
    dhow.file("w/file", "F\n");
    dhow.file("w/dir/g", "G\n");
    dhow.file("w/dir/sub/s", "S\n");
    for (target, name) in [("file", "lf"), ("dir", "ld"), ("nowhere", "lb")] {
        symlink(target, dhow.base.join("w").join(name)).unwrap();
    }
}

fn added(before: &[String], after: &[String]) -> Vec<String> {
    after.iter().filter(|line| !before.contains(line)).cloned().collect()
}

/// The lines of a table: option, source, destination and what is expected.
fn table(text: &str) -> Vec<(Vec<&str>, &str, &str)> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (source, rest) = line.split_once(' ').unwrap();
            let (destination, expected) = rest.trim().split_once(' ').unwrap();
            let source = source.split(',').collect();
            (source, destination, expected.trim())
        })
        .collect()
}

both! {
    fn into_a_container_as_docker_does(dhow) {
        start(dhow, &[]);
        own_files(dhow);
        exec(dhow, SMALL);
        let before = exec(dhow, LIST);
        for (source, destination, expected) in table(INTO) {
            exec(dhow, SMALL);
            let target = format!("cc:{destination}");
            let args = [&["cp"], source.as_slice(), &[&target]].concat();
            let copied = dhow.run(&args);
            if let Some(error) = expected.strip_prefix('!') {
                copied.fails(1).says(error);
                assert_eq!(exec(dhow, LIST), before, "{args:?}");
            } else {
                copied.ok();
                let wanted: Vec<_> = expected.split(';').map(str::to_string).collect();
                assert_eq!(added(&before, &exec(dhow, LIST)), wanted, "{args:?}");
            }
        }
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn large_files_keep_their_holes_and_their_size(dhow) {
        start(dhow, &[]);
        let size = (5 << 20) + 123;
        let mut content = vec![0u8; size];
        content[3 << 20..(3 << 20) + 4].copy_from_slice(b"data");
        content[size - 1] = b'x';
        let from = dhow.file("w/large", "");
        let file = std::fs::File::options().write(true).open(&from).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"data", 3 << 20).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"x", size as u64 - 1).unwrap();
        dhow.file("w/small", "small");
        let to = dhow.base.join("w/back");
        let (from, to) = (from.parent().unwrap().to_str().unwrap(), to.to_str().unwrap());
        dhow.run(["cp", from, "cc:/t"]).ok();
        assert_eq!(exec(dhow, "stat -c %s /t/large; cat /t/small").join(" "), format!("{size} small"));
        dhow.run(["cp", "cc:/t", to]).ok();
        let back = Path::new(to).join("large");
        assert!(std::fs::read(&back).unwrap() == content);
        assert!(back.metadata().unwrap().blocks() < 1000, "the holes were filled");
        // As an archive for others it has everything.
        let tar = dhow.run(["cp", "cc:/t/large", "-"]).ok().out.len();
        assert_eq!(tar, size.next_multiple_of(512) + 1536);
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn out_of_a_container_as_docker_does(dhow) {
        start(dhow, &[]);
        exec(dhow, TREE);
        let fresh = || {
            let w = dhow.base.join("w");
            let script = "rm -rf w; mkdir -p w/d; echo mine >w/f; ln -s f w/lf; ln -s d w/ld; ln -s nowhere w/lb";
            let mut command = dhow.bare_command("sh");
            command.args(["-ec", script]).current_dir(&dhow.base);
            if dhow.is_rootless() {
                // The directory above is the user's own.
                assert!(w.parent().unwrap().metadata().unwrap().uid() == dhow.uid);
            }
            assert!(command.status().unwrap().success());
        };
        let list = || {
            let script = LIST.replace("/t", ".").replace("find .", "find . -mindepth 1");
            let out = dhow.bare_command("sh").args(["-ec", &script]).output().unwrap();
            String::from_utf8(out.stdout).unwrap().lines().map(|l| l.trim_start_matches("./").to_string()).collect::<Vec<_>>()
        };
        fresh();
        let before = list();
        for (mut source, destination, expected) in table(OUT) {
            fresh();
            let from = format!("cc:{}", source.pop().unwrap());
            let args = [&["cp"], source.as_slice(), &[&from, destination]].concat();
            let copied = dhow.run(&args);
            if let Some(error) = expected.strip_prefix('!') {
                copied.fails(1).says(error);
                assert_eq!(list(), before, "{args:?}");
            } else {
                copied.ok();
                let wanted: Vec<_> = expected.split(';').map(str::to_string).collect();
                assert_eq!(added(&before, &list()), wanted, "{args:?}");
            }
        }
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn what_can_not_be_copied_is_refused_in_dockers_words(dhow) {
        start(dhow, &[]);
        let file = dhow.file("w/file", "F");
        for (args, error) in [
            (["a", "b"], "must specify at least one container source"),
            (["file", "nope:/x"], "No such container: nope"),
            (["nope:/x", "."], "No such container: nope"),
            (["cc:/bin", "/dev/null"], "must be a directory or a regular file: got a device"),
            (["cc:/bin", "/nonexistent/dir/"], "directory \"/nonexistent\" does not exist"),
            (["cc:", "x"], "names no path in a container"),
            (["file", ""], "destination can not be empty"),
            (["-", "cc:/etc/passwd"], "destination \"cc:/etc/passwd\" must be a directory"),
            (["-", "cc:/none"], "destination \"cc:/none\" must be a directory"),
            (["file", "cc:/etc/hosts"], "busy"),
        ] {
            dhow.run(["cp", args[0], args[1]]).fails(1).says(error);
        }
        dhow.run_input(["cp", "-", "cc:/tmp"], "this is no archive").fails(1).says("damaged tar archive");
        assert_eq!(std::fs::read(file).unwrap(), b"F");
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn archives_go_through_standard_streams(dhow) {
        start(dhow, &[]);
        exec(dhow, TREE);
        let tar = dhow.run(["cp", "cc:/t/d", "-"]).ok().out;
        let names: Vec<String> = tar::Archive::new(tar.as_slice())
            .entries()
            .unwrap()
            .map(|e| e.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["d/", "d/in", "d/sub/", "d/sub/s"]);
        dhow.run_with(["cp", "-", "cc:/tmp"], Stdin::Bytes(tar)).ok();
        assert_eq!(exec(dhow, "cat /tmp/d/in /tmp/d/sub/s"), ["in", "s"]);
        // Between containers, as podman does.
        dhow.run(["create", "--name", "c2", "busybox"]).ok();
        dhow.run(["cp", "cc:/t/d/.", "c2:/new"]).ok();
        dhow.run(["cp", "c2:/new/in", "cc:/t/back"]).ok();
        assert_eq!(exec(dhow, "cat /t/back"), ["in"]);
        dhow.run(["rm", "-f", "cc", "c2"]).ok();
    }

    fn mounts_are_seen_whether_the_container_runs_or_not(dhow) {
        dhow.file("w/rw/v", "volume");
        dhow.file("w/ro/r", "readonly");
        dhow.file("w/file", "F");
        start(dhow, &["-v", "./rw:/m/rw", "-v", "./ro:/m/ro:ro", "--tmpfs", "/m/tmp"]);
        let w = dhow.base.join("w");
        for state in ["running", "stopped"] {
            dhow.run(["cp", "cc:/m/rw/v", state]).ok();
            assert_eq!(std::fs::read(w.join(state)).unwrap(), b"volume");
            dhow.run(["cp", "file", &format!("cc:/m/rw/{state}")]).ok();
            assert_eq!(std::fs::read(w.join("rw").join(state)).unwrap(), b"F");
            dhow.run(["cp", "file", "cc:/m/ro/x"]).fails(1).says("mounted volume is marked read-only");
            assert!(!w.join("ro/x").exists());
            if state == "running" {
                dhow.run(["cp", "file", "cc:/m/tmp/x"]).ok();
                assert_eq!(exec(dhow, "cat /m/tmp/x"), ["F"]);
                dhow.run(["stop", "-t", "0", "cc"]).ok();
            }
        }
        dhow.run(["start", "cc"]).ok();
        assert_eq!(exec(dhow, "ls /m/rw"), ["running", "stopped", "v"]);
        dhow.run(["rm", "-f", "cc"]).ok();
        dhow.run(["run", "-d", "--name", "cc", "--read-only", "-v", "./rw:/m", "busybox", "sleep", "1000"]).ok();
        for _ in 0..2 {
            dhow.run(["cp", "file", "cc:/tmp/x"]).fails(1).says("container rootfs is marked read-only");
            dhow.run(["cp", "file", "cc:/m/x"]).ok();
            dhow.run(["stop", "-t", "0", "cc"]).ok();
        }
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    // dockerd sees files from outside, where nothing is at the places of /proc and /dev.
    fn what_the_kernel_shows_is_no_file_of_a_container(dhow) {
        start(dhow, &["--tmpfs", "/m"]);
        exec(dhow, "echo own >/dev/own; echo tmp >/m/tmp");
        let listed = |path: &str| -> Vec<String> {
            let tar = dhow.run(["cp", path, "-"]).ok().out;
            let mut archive = tar::Archive::new(tar.as_slice());
            archive.entries().unwrap().map(|e| e.unwrap().path().unwrap().display().to_string()).collect()
        };
        for path in ["cc:/proc", "cc:/proc/.", "cc:/sys/", "cc:/dev/pts"] {
            assert_eq!(listed(path).len(), 1, "{path}");
        }
        let all = listed("cc:/");
        let below = |dir: &str| all.iter().filter(|name| name.starts_with(dir)).count();
        assert_eq!(([below("./proc/"), below("./sys/"), below("./dev/pts/")], below("./dev/null")), ([1; 3], 0));
        assert_eq!([below("./dev/own"), below("./m/tmp"), below("./bin/busybox")], [1; 3]);
        for path in ["/proc/cpuinfo", "/proc/1/cmdline", "/sys/kernel/mm", "/dev/pts/ptmx"] {
            let wanted = format!("Could not find the file {path} in container cc");
            dhow.run(["cp", &format!("cc:{path}"), "-"]).fails(1).says(&wanted);
        }
        dhow.file("w/file", "F");
        dhow.run(["cp", "file", "cc:/proc/"]).fails(1).says("the kernel shows its own state there");
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn of_a_part_of_a_volume_the_rest_is_not_seen(dhow) {
        start(dhow, &["-v", "vol:/v"]);
        exec(dhow, "mkdir /v/part; echo in >/v/part/in; echo out >/v/out");
        dhow.run(["rm", "-f", "cc"]).ok();
        start(dhow, &["--mount", "type=volume,src=vol,dst=/p,volume-subpath=part"]);
        dhow.file("w/file", "F");
        for state in ["running", "stopped"] {
            dhow.run(["cp", "cc:/p/.", state]).ok();
            assert!(dhow.base.join("w").join(state).join("in").exists(), "{state}");
            assert!(!dhow.base.join("w").join(state).join("out").exists(), "{state}");
            dhow.run(["cp", "-q", "file", &format!("cc:/p/{state}")]).ok();
            dhow.run(["stop", "-t", "0", "cc"]).ok();
        }
        dhow.run(["start", "cc"]).ok();
        assert_eq!(exec(dhow, "ls /p"), ["in", "running", "stopped"]);
        dhow.run(["rm", "-f", "cc"]).ok();
        dhow.run(["volume", "rm", "vol"]).ok();
    }

    fn files_are_put_into_a_container_before_its_first_start(dhow) {
        dhow.load_busybox();
        dhow.file("w/file", "F\n");
        for options in [&["--rm"][..], &[]] {
            dhow.run([&["create", "--name", "cc"], options, &["busybox", "cat", "/tmp/x"]].concat()).ok();
            dhow.run(["cp", "file", "cc:/tmp/x"]).ok();
            dhow.run(["cp", "cc:/tmp/x", "back"]).ok();
            assert_eq!(dhow.run(["diff", "cc"]).ok().lines(), ["C /tmp", "A /tmp/x"]);
            assert_eq!(dhow.run(["start", "-a", "cc"]).ok().stdout(), "F\n", "{options:?}");
        }
        dhow.run(["rm", "cc"]).ok();
    }

    fn owners_are_those_of_the_other_side(dhow) {
        start(dhow, &["-u", "app"]);
        let file = dhow.file("w/file", "F");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o2640)).unwrap();
        if !dhow.is_rootless() {
            std::os::unix::fs::chown(&file, Some(1234), Some(2345)).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o2640)).unwrap();
        }
        dhow.run(["cp", "file", "cc:/tmp/x"]).ok();
        dhow.run(["cp", "-a", "file", "cc:/tmp/y"]).ok();
        let of_host = if dhow.is_rootless() { "0:0 2640" } else { "1234:2345 2640" };
        assert_eq!(exec(dhow, "stat -c '%u:%g %a' /tmp/x /tmp/y"), [of_host, "1000:1000 2640"]);
        dhow.run(["exec", "cc", "sh", "-c", "echo 1 >/home/app/own"]).ok();
        dhow.run(["cp", "cc:/home/app/own", "."]).ok();
        dhow.run(["cp", "-a", "cc:/home/app/own", "kept"]).ok();
        let owner = |name: &str| dhow.base.join("w").join(name).metadata().unwrap().uid();
        assert_eq!(owner("own"), dhow.uid);
        assert_eq!(owner("kept"), if dhow.is_rootless() { dhow.uid } else { 1000 });
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn links_of_a_container_lead_nowhere_outside(dhow) {
        start(dhow, &[]);
        let outside = dhow.file("w/outside/secret", "S");
        let dir = outside.parent().unwrap().display().to_string();
        dhow.file("w/file", "F");
        exec(dhow, &format!("mkdir -p /e; ln -s {dir} /e/l; ln -s ../../../../../../../..{dir} /e/up; ln -s /proc/1/root /e/magic"));
        for place in ["/e/l", "/e/up"] {
            dhow.run(["cp", &format!("cc:{place}/secret"), "got"]).fails(1).says("Could not find the file");
            dhow.run(["cp", "file", &format!("cc:{place}/file")]).fails(1);
        }
        // A copy out brings the link, and writes nothing through it.
        dhow.run(["cp", "cc:/e", "."]).ok();
        assert!(dhow.base.join("w/e/l").is_symlink());
        dhow.run(["cp", "file", "cc:/e/magic/"]).fails(1);
        let tar = {
            let mut tar = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            header.set_entry_type(tar::EntryType::Regular);
            tar.append_data(&mut header.clone(), "e/l/planted", std::io::empty()).unwrap();
            header.as_old_mut().name[..11].copy_from_slice(b"../../../xy");
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
            tar.into_inner().unwrap()
        };
        dhow.run_input(["cp", "-", "cc:/"], tar).fails(1);
        let names: Vec<_> = Path::new(&dir).read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["secret"]);
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn a_container_that_swaps_links_meanwhile_gains_nothing(dhow) {
        dhow.load_busybox();
        let outside = dhow.file("w/outside/secret", "SECRET");
        let dir = outside.parent().unwrap().display().to_string();
        dhow.file("w/in/secret", "MINE");
        let race = format!(
            "mkdir -p /r/real /r/l; echo inside >/r/real/secret; ln -s {dir} /r/link; while :; do mv /r/real /r/x; mv /r/link /r/real; \
             mv /r/real /r/link; mv /r/x /r/real; done"
        );
        dhow.run(["run", "-d", "--name", "cc", "busybox", "sh", "-c", &race]).ok();
        for n in 0..40 {
            // Either way may fail: what it must not do is read or write outside.
            let got = format!("got{n}");
            let out = dhow.run(["cp", "cc:/r/real/secret", &got]);
            if out.code == 0 {
                let text = std::fs::read(dhow.base.join("w").join(&got)).unwrap();
                // What the container has there in that moment, which may be a file that mv is just about to fill.
                assert!([&b"inside\n"[..], b"MINE", b""].contains(&text.as_slice()), "{text:?}");
            }
            dhow.run(["cp", "in/.", "cc:/r/real"]);
            dhow.run(["cp", "cc:/r", &format!("all{n}")]);
            assert_eq!(std::fs::read(&outside).unwrap(), b"SECRET");
        }
        assert_eq!(Path::new(&dir).read_dir().unwrap().count(), 1);
        dhow.run(["rm", "-f", "cc"]).ok();
    }
}

#[test]
fn a_container_is_not_started_while_files_are_put_into_it() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow.run(["create", "--name", "cc", "busybox", "ls", "/tmp"]).ok();
    let mut putting =
        dhow.command(["cp", "-", "cc:/tmp"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    // Its layers are mounted by now, or will be before it reads: the work directory is locked all the while.
    let work =
        dhow.base.join("r/containers").read_dir().unwrap().next().unwrap().unwrap().path().join("work");
    let deadline = std::time::Instant::now() + crate::harness::TIMEOUT;
    let moment = std::time::Duration::from_millis(300);
    // Held twice in a row: the second time by the one that waits for the archive.
    while !dhow::state::Lock::is_held(&work).unwrap()
        || crate::harness::wait(&putting, moment)
        || !dhow::state::Lock::is_held(&work).unwrap()
    {
        assert!(std::time::Instant::now() < deadline, "never locked");
    }
    let mut starting =
        dhow.command(["start", "-a", "cc"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    assert!(!crate::harness::wait(&starting, moment), "it was started");
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    tar.append_data(&mut header, "put", b"x\n".as_slice()).unwrap();
    std::io::Write::write_all(&mut putting.stdin.take().unwrap(), &tar.into_inner().unwrap()).unwrap();
    assert!(putting.wait().unwrap().success());
    let mut out = String::new();
    std::io::Read::read_to_string(&mut starting.stdout.take().unwrap(), &mut out).unwrap();
    assert!(starting.wait().unwrap().success());
    assert_eq!(out, "put\n");
    dhow.run(["rm", "cc"]).ok();
}

#[test]
fn a_user_with_one_id_copies_both_ways() {
    let dhow = Dhow::bare();
    start(&dhow, &[]);
    dhow.file("w/file", "F");
    dhow.run(["cp", "file", "cc:/tmp/x"]).ok();
    dhow.run(["cp", "cc:/tmp/x", "back"]).ok();
    assert_eq!(std::fs::read(dhow.base.join("w/back")).unwrap(), b"F");
    dhow.run(["stop", "-t", "0", "cc"]).ok();
    dhow.run(["cp", "file", "cc:/tmp/y"]).ok();
    assert_eq!(dhow.run(["diff", "cc"]).ok().lines(), ["C /tmp", "A /tmp/x", "A /tmp/y"]);
    dhow.run(["rm", "-f", "cc"]).ok();
}

#[test]
fn user_namespaces_show_their_own_ids() {
    for (dhow, options) in [(Dhow::root(), ["--userns", "auto"]), (Dhow::user(), ["--userns", "keep-id"])] {
        start(&dhow, &options);
        dhow.file("w/file", "F");
        for state in ["running", "stopped"] {
            dhow.run(["cp", "file", &format!("cc:/home/{state}")]).ok();
            if state == "running" {
                dhow.run(["stop", "-t", "0", "cc"]).ok();
            }
        }
        dhow.run(["start", "cc"]).ok();
        let owners = exec(&dhow, "stat -c %u:%g /home/running /home/stopped");
        assert_eq!(owners, ["0:0", "0:0"], "{options:?}");
        dhow.run(["rm", "-f", "cc"]).ok();
    }
}

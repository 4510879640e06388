//! What containers mount: `--volume` and `--mount` of every type, what becomes of owners, links that race.

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Dhow, Output};

/// `dhow run --rm … busybox sh -c SCRIPT`
fn run(dhow: &Dhow, options: &[&str], script: &str) -> Output {
    dhow.load_busybox();
    dhow.run([&["run", "--rm"], options, &["busybox", "sh", "-c", script]].concat())
}

fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    run(dhow, options, script).ok().trimmed()
}

/// The options of a mount as a container sees it, without those of its file system.
const FLAGS: &str = "grep ' /m ' /proc/self/mountinfo | awk '{print $6}'";

/// Gives two files each other's names, in one step.
fn exchange(one: &Path, other: &Path) {
    let flags = nix::fcntl::RenameFlags::RENAME_EXCHANGE;
    nix::fcntl::renameat2(nix::fcntl::AT_FDCWD, one, nix::fcntl::AT_FDCWD, other, flags).unwrap();
}

both! {
    fn binds_are_what_their_options_say(dhow) {
        let file = dhow.file("w/dir/file", "of the host\n");
        let (file, dir) = (file.to_str().unwrap(), file.parent().unwrap().to_str().unwrap());
        assert_eq!(shell(dhow, &["-v", &format!("{file}:/f:ro")], "cat /f; echo x > /f || echo no"), "of the host\nno");
        assert_eq!(shell(dhow, &["-v", "./dir:/d"], "cat /d/file; touch /d/new"), "of the host");
        assert!(std::fs::exists(format!("{dir}/new")).unwrap());
        let flags = shell(dhow, &["-v", &format!("{dir}:/m:ro,noexec,nosuid,nodev,z")], FLAGS);
        for flag in ["ro", "noexec", "nosuid", "nodev"] {
            assert!(flags.split(',').any(|f| f == flag), "{flag} in {flags}");
        }
        assert!(shell(dhow, &["-v", &format!("{dir}:/m:exec,suid")], FLAGS).starts_with("rw"));
        let made = dhow.base.join("w/made/deep");
        assert_eq!(shell(dhow, &["-v", &format!("{}:/x", made.display())], "ls -A /x"), "");
        assert_eq!(made.metadata().unwrap().uid(), dhow.uid, "-v makes what is missing");
        run(dhow, &["--mount", &format!("type=bind,src={dir}/no,dst=/x")], "true").fails(125).says(&format!("invalid mount config for type \"bind\": bind source path does not exist: {dir}/no"));
        for (mount, says) in [
            ("type=foo,dst=/x", "mount type unknown"),
            ("type=bind,src=/tmp", "target is required"),
            ("type=volume,dst=/x,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'volume'"),
        ] {
            run(dhow, &["--mount", mount], "true").fails(125).says(says);
        }
        run(dhow, &["-v", "vol:/x", "--mount", "type=tmpfs,dst=/x"], "true").fails(125).says("Duplicate mount point: /x");
        run(dhow, &["-v", &format!("{dir}:/x:zz")], "true").fails(125).says("invalid mode: zz");
        if dhow.is_rootless() {
            run(dhow, &["-v", &format!("{dir}:/x:idmap")], "true").fails(125).says("only root on the host can map");
        } else {
            run(dhow, &["-v", &format!("{dir}:/x:idmap")], "true").fails(125).says("--userns auto");
            assert_eq!(shell(dhow, &["--userns", "auto", "-v", &format!("{dir}:/x:idmap")], "stat -c %u /x/file"), "0");
        }
    }

    fn submounts_are_read_only_or_left_out_as_asked(dhow) {
        dhow.load_busybox();
        dhow.file("w/top/sub/under", "");
        let top = dhow.base.join("w/top");
        let script = format!("mount -t tmpfs -o mode=777 tmpfs {}/sub", top.display());
        let inside = |options: &str| {
            let mount = format!("type=bind,src={},dst=/m,{options}", top.display());
            let look = "test -e /m/sub/under && echo under; touch /m/sub/x 2>/dev/null && echo writable || echo not";
            dhow.run_after(&script, ["run", "--rm", "--mount", &mount, "busybox", "sh", "-c", look])
        };
        assert_eq!(inside("bind-recursive=enabled").ok().trimmed(), "writable");
        assert_eq!(inside("ro").ok().trimmed(), "not");
        assert_eq!(inside("ro,bind-recursive=writable").ok().trimmed(), "writable");
        assert_eq!(inside("ro,bind-propagation=rprivate,bind-recursive=readonly").ok().trimmed(), "not");
        inside("bind-recursive=readonly").fails(125).says("requires 'readonly' to be specified");
        if !dhow.is_rootless() {
            // An ordinary user may not show what a mount covers.
            assert_eq!(inside("bind-nonrecursive").ok().trimmed(), "under\nwritable");
            assert_eq!(inside("ro,bind-recursive=disabled").ok().trimmed(), "under\nnot");
        }
    }

    fn mounts_show_on_the_other_side_as_asked(dhow) {
        dhow.load_busybox();
        dhow.file("w/top/d/x", "");
        let top = dhow.base.join("w/top").display().to_string();
        let fields = |kind: &str, option: &str, runtime: &[&str]| {
            let script = format!("mount -t tmpfs -o mode=777 tmpfs {top}; mount --make-{kind} {top}; mkdir -m 777 {top}/d");
            let mount = format!("{top}/d:/m:{option}");
            let look = "grep ' /m ' /proc/self/mountinfo | cut -d' ' -f7-";
            dhow.run_after(&script, [&["run", "--rm"], runtime, &["-v", &mount, "busybox", "sh", "-c", look]].concat())
        };
        for option in ["slave", "rslave", "shared", "rshared", "private", "rprivate"] {
            let said = fields("shared", option, &[]).ok().trimmed();
            let (shared, slave) = (said.contains("shared:"), said.contains("master:"));
            // The kernel makes an ordinary user's mounts slaves of the host's.
            let expected = (option.ends_with("shared"), option.ends_with("slave") || option.ends_with("shared") && dhow.is_rootless());
            assert_eq!((shared, slave), expected, "{option}: {said}");
        }
        if !dhow.is_rootless() {
            fields("shared", "rshared", &["--runtime", "runc"]).fails(125).says("shared mounts need the built-in runtime");
            fields("private", "rshared", &[]).fails(125).says(&format!("path {top}/d is mounted on {top} but it is not a shared mount: let root make it one (mount --make-shared {top})"));
            fields("private", "slave", &[]).fails(125).says("is not a shared or slave mount");
        }
    }

    fn tmpfs_and_kin(dhow) {
        let size = "df -k /t | tail -1 | awk '{print $2}'";
        assert_eq!(shell(dhow, &["--mount", "type=tmpfs,dst=/t,tmpfs-size=2m,tmpfs-mode=1770"], &format!("stat -c %a /t; {size}")), "1770\n2048");
        assert_eq!(shell(dhow, &["--mount", "type=tmpfs,dst=/home"], "ls /home"), "app");
        assert_eq!(shell(dhow, &["--mount", "type=tmpfs,dst=/home,notmpcopyup"], "ls -A /home"), "");
        assert_eq!(shell(dhow, &["--mount", "type=tmpfs,dst=/t,ro"], "touch /t/x 2>/dev/null || echo no"), "no");
        assert_eq!(shell(dhow, &["--mount", "type=ramfs,dst=/t"], "grep -c 'ramfs /t ' /proc/mounts"), "1");
        assert_eq!(shell(dhow, &["--mount", "type=devpts"], "ls /dev/pts"), "ptmx");
        assert_eq!(shell(dhow, &["--read-only", "--read-only-tmpfs"], "touch /tmp/x /run/x /var/tmp/x && echo ok; touch /x 2>/dev/null || echo no"), "ok\nno");
        assert_eq!(shell(dhow, &["--read-only", "--read-only-tmpfs=false"], "touch /tmp/x 2>/dev/null || echo no"), "no");
        run(dhow, &["--read-only-tmpfs"], "true").fails(125).says("goes with --read-only");
        run(dhow, &["--tmpfs", "/t:lowerdir=/"], "true").fails(125).says("invalid tmpfs option");
    }

    fn other_images_are_read_and_held(dhow) {
        dhow.load_busybox();
        let layer = {
            let mut tar = tar::Builder::new(Vec::new());
            crate::fixtures::add(&mut tar, tar::EntryType::Directory, "only/", 0o755, (7, 7), &[]);
            crate::fixtures::add(&mut tar, tar::EntryType::Regular, "only/file", 0o644, (7, 7), b"of the image\n");
            tar.into_inner().unwrap()
        };
        dhow.run_input(["load"], crate::fixtures::docker_archive(&["other:latest"], &layer, &json!({}))).ok();
        let mount = "type=image,src=other,dst=/i";
        assert_eq!(shell(dhow, &["--mount", mount], "cat /i/only/file; stat -c %u /i/only/file; touch /i/x 2>/dev/null || echo no"), "of the image\n7\nno");
        assert_eq!(shell(dhow, &["--mount", "type=image,src=other,dst=/i,image-subpath=only"], "ls /i"), "file");
        assert_eq!(shell(dhow, &["--mount", "type=image,src=other,dst=/i,image-subpath=only/file"], "cat /i"), "of the image");
        run(dhow, &["--mount", "type=image,src=other,dst=/i,image-subpath=none"], "true").fails(125).says("cannot access path none: it does not exist there");
        let id = dhow.run(["create", "--name", "c", "--mount", "type=image,src=other,dst=/i,rw=true", "busybox", "sh", "-c", "cat /i/only/file; ls /i; echo > /i/new"]).ok().trimmed();
        dhow.run(["rmi", "other"]).fails(1).says(&id[..12]);
        assert_eq!(dhow.run(["image", "prune", "-af"]).ok().trimmed(), "Total reclaimed space: 0B");
        assert_eq!(dhow.run(["start", "-a", "c"]).ok().lines(), ["of the image", "only"]);
        assert_eq!(dhow.run(["start", "-a", "c"]).ok().lines(), ["of the image", "only"], "what it wrote is gone");
        let kind = dhow.run(["inspect", "c", "-f", "{{(index .Mounts 0).Type}} {{(index .Mounts 0).Source}}"]).ok();
        assert_eq!(kind.trimmed(), "image other");
        run(dhow, &["--mount", "type=image,src=nosuch/image:1,dst=/i", "--pull=never"], "true").fails(125);
        dhow.run(["rm", "c"]).ok();
        dhow.run(["rmi", "other"]).ok();
    }

    fn an_overlay_keeps_the_source(dhow) {
        let file = dhow.file("w/src/file", "of the host");
        let src = file.parent().unwrap().to_str().unwrap();
        let script = "echo changed > /o/file; echo > /o/new; cat /o/file; ls /o";
        assert_eq!(shell(dhow, &["-v", &format!("{src}:/o:O")], script), "changed\nfile\nnew");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "of the host");
        run(dhow, &["-v", &format!("{}:/o:O", file.display())], "true").fails(125).says("needs a directory");
        run(dhow, &["-v", &format!("{src}:/o:O,ro")], "true").fails(125).says("goes with none of ro");
        for dir in ["w/up", "w/work"] {
            dhow.file(&format!("{dir}/x"), "");
            std::fs::remove_file(dhow.base.join(dir).join("x")).unwrap();
        }
        let base = dhow.base.join("w").display().to_string();
        let kept = format!("{src}:/o:O,upperdir={base}/up,workdir={base}/work");
        shell(dhow, &["-v", &kept], "echo kept > /o/kept");
        assert_eq!(shell(dhow, &["-v", &kept], "cat /o/kept"), "kept");
        assert_eq!(std::fs::read_to_string(dhow.base.join("w/up/kept")).unwrap(), "kept\n");
        shell(dhow, &["-v", "vol:/v"], "echo v > /v/f");
        assert_eq!(shell(dhow, &["-v", "vol:/v:O"], "rm /v/f; ls -A /v"), "");
        assert_eq!(shell(dhow, &["-v", "vol:/v"], "ls -A /v"), "f");
        dhow.run(["volume", "rm", "vol"]).ok();
        if dhow.is_rootless() {
            // The kernel makes it without permissions, and for a user of the container.
            let _ = std::fs::remove_dir(dhow.base.join("w/work/work"));
        }
    }

    fn what_others_have_comes_along(dhow) {
        dhow.load_busybox();
        let dir = dhow.file("w/d/f", "host").parent().unwrap().display().to_string();
        dhow.run(["create", "--name", "c1", "-v", "vol:/a", "-v", &format!("{dir}:/b:ro"), "-v", "/anon", "--tmpfs", "/t", "busybox", "true"]).ok();
        let look = "ls -d /a /b /anon /t 2>/dev/null; touch /a/x 2>/dev/null && echo writes; touch /b/x 2>/dev/null || echo not";
        assert_eq!(shell(dhow, &["--volumes-from", "c1"], look), "/a\n/anon\n/b\nwrites\nnot");
        assert_eq!(shell(dhow, &["--volumes-from", "c1:ro"], "touch /a/x 2>/dev/null || echo not"), "not");
        assert_eq!(shell(dhow, &["--volumes-from", "c1", "-v", "other:/a"], "ls -A /a"), "", "what is given oneself counts");
        run(dhow, &["--volumes-from", "c1:zz"], "true").fails(125).says("invalid mode: zz");
        run(dhow, &["--volumes-from", "nope"], "true").fails(125).says("No such container: nope");
        dhow.run(["create", "--name", "c2", "--volumes-from", "c1:ro", "busybox", "true"]).ok();
        assert_eq!(dhow.run(["inspect", "c2", "-f", "{{json .HostConfig.VolumesFrom}} {{len .Mounts}}"]).ok().trimmed(), r#"["c1:ro"] 3"#);
        dhow.run(["rm", "-v", "c1", "c2"]).ok();
        dhow.run(["volume", "prune", "-af"]).ok();
    }

    fn files_are_given_to_the_containers_user_once(dhow) {
        let file = dhow.file("w/own/deep/file", "");
        let own = dhow.base.join("w/own");
        let outside = dhow.file("w/outside", "");
        symlink(&outside, own.join("link")).unwrap();
        std::os::unix::fs::lchown(own.join("link"), Some(dhow.uid), Some(dhow.gid)).unwrap();
        let mount = format!("{}:/x:U", own.display());
        assert_eq!(shell(dhow, &["-u", "app", "-v", &mount], "stat -c %u:%g /x /x/deep /x/deep/file; touch /x/mine && echo wrote"), "1000:1000\n1000:1000\n1000:1000\nwrote");
        assert_eq!(outside.metadata().unwrap().uid(), dhow.uid, "no link is followed");
        assert_ne!(file.metadata().unwrap().uid(), dhow.uid);
        assert_eq!(shell(dhow, &["-v", &mount], "stat -c %u /x/deep/file"), "0");
        assert_eq!(shell(dhow, &["-u", "1000:100", "-v", "vol:/x:U"], "stat -c %u:%g /x"), "1000:100");
        dhow.run(["volume", "rm", "vol"]).ok();
        run(dhow, &["-v", "/usr:/x:U"], "true").fails(125).says("don't change directories of the system");
        if dhow.is_rootless() {
            let roots = dhow.base.join("w/roots");
            std::fs::create_dir(&roots).unwrap();
            run(dhow, &["-v", &format!("{}:/x:U", roots.display())], "true").fails(125).says("belongs to uid 0, the container has the uids");
            let closed = dhow.base.join("w/roots/in");
            std::fs::create_dir(&closed).unwrap();
            std::fs::set_permissions(&roots, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
            run(dhow, &["-v", &format!("{}:/x", closed.display())], "true").fails(125).says("belongs to uid 0 and has mode 700");
        }
    }

    fn inspect_is_dockers(dhow) {
        dhow.load_busybox();
        let dir = dhow.base.join("w").display().to_string();
        dhow.run(["create", "--name", "c", "-v", "v1:/a:ro", "-v", "/anon", "-v", &format!("{dir}:/n"), "--tmpfs", "/t:size=1m",
            "--mount", "type=volume,src=mv,dst=/m,volume-nocopy,volume-label=k=v,readonly", "--mount", "type=tmpfs,dst=/tm,tmpfs-size=1m,tmpfs-mode=1770",
            "--mount", &format!("type=bind,src={dir},dst=/bt,bind-propagation=rslave,consistency=cached"), "busybox"]).ok();
        let shown = &dhow.run(["inspect", "c"]).ok().json()[0];
        let host = &shown["HostConfig"];
        assert_eq!(host["Binds"], json!(["v1:/a:ro", format!("{dir}:/n")]));
        assert_eq!(host["Mounts"], json!([
            {"Type": "volume", "Source": "mv", "Target": "/m", "ReadOnly": true, "VolumeOptions": {"NoCopy": true, "Labels": {"k": "v"}}},
            {"Type": "tmpfs", "Target": "/tm", "TmpfsOptions": {"SizeBytes": 1_048_576, "Mode": 1016}},
            {"Type": "bind", "Source": dir, "Target": "/bt", "Consistency": "cached", "BindOptions": {"Propagation": "rslave"}},
        ]));
        assert_eq!(host["Tmpfs"], json!({"/t": "size=1m"}));
        assert_eq!(shown["Config"]["Volumes"], json!({"/anon": {}}));
        let mount = |place: &str| shown["Mounts"].as_array().unwrap().iter().find(|m| m["Destination"] == place).unwrap().clone();
        let data = dhow.root_dir().join("volumes/v1/_data").display().to_string();
        assert_eq!(mount("/a"), json!({"Type": "volume", "Name": "v1", "Source": data, "Destination": "/a", "Driver": "local", "Mode": "ro", "RW": false, "Propagation": ""}));
        assert_eq!(mount("/n"), json!({"Type": "bind", "Source": dir, "Destination": "/n", "Mode": "", "RW": true, "Propagation": "rprivate"}));
        assert_eq!(mount("/m")["Mode"], "z");
        assert_eq!(mount("/tm"), json!({"Type": "tmpfs", "Source": "", "Destination": "/tm", "Mode": "", "RW": true, "Propagation": ""}));
        assert_eq!(mount("/anon")["Name"].as_str().unwrap().len(), 64);
        dhow.run(["rm", "-v", "c"]).ok();
        dhow.run(["volume", "rm", "v1", "mv"]).ok();
    }

    fn parts_of_volumes_and_links_that_lead_out(dhow) {
        shell(dhow, &["-v", "vol:/v"], "mkdir -p /v/sub/deep; echo part > /v/sub/file; ln -s sub /v/near; ln -s /etc /v/far; ln -s ../../.. /v/up");
        let mount = |subpath: &str| format!("type=volume,src=vol,dst=/x,volume-subpath={subpath}");
        assert_eq!(shell(dhow, &["--mount", &mount("sub")], "ls /x; touch /x/new"), "deep\nfile");
        assert_eq!(shell(dhow, &["--mount", &mount("near/file")], "cat /x"), "part");
        for (bad, says) in [("far", "path concatenation escapes the base directory"), ("up", "path concatenation escapes the base directory"), ("none", "cannot access path"), ("../x", "must be a relative path within the volume")] {
            run(dhow, &["--mount", &mount(bad)], "true").fails(125).says(says);
        }
        // What the image has at the place goes into the part that is mounted, if that is empty, and nowhere else.
        shell(dhow, &["-v", "vol:/v"], "mkdir /v/bin /v/full; touch /v/full/own");
        let over = |subpath: &str| format!("type=volume,src=vol,dst=/bin,volume-subpath={subpath}");
        run(dhow, &["--mount", &over("full")], "true").fails(127);
        run(dhow, &["--mount", &over("bin")], "test -e /bin/busybox").ok();
        assert_eq!(shell(dhow, &["-v", "vol:/v"], "ls /v/full; ls /v | grep -c busybox; test -e /v/bin/busybox && rm -r /v/bin /v/full"), "own\n0");
        dhow.run(["volume", "create", "none"]).ok();
        run(dhow, &["--mount", "type=volume,src=none,dst=/bin,volume-subpath=no"], "true").fails(125).says("cannot access path");
        assert_eq!(shell(dhow, &["-v", "none:/n"], "ls /n"), "");
        dhow.run(["volume", "rm", "none"]).ok();
        // Somebody who can write to the volume swaps a directory and a link while containers start.
        let data = dhow.root_dir().join("volumes/vol/_data");
        let secret = dhow.file("w/secret/file", "secret");
        std::fs::create_dir(data.join("swap")).unwrap();
        symlink(secret.parent().unwrap(), data.join("evil")).unwrap();
        let over = AtomicBool::new(false);
        let (mut mounted, mut refused) = (0, 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    exchange(&data.join("evil"), &data.join("swap"));
                }
            });
            for _ in 0..30 {
                let out = run(dhow, &["--mount", &mount("swap")], "cat /x/file 2>/dev/null; true");
                assert!(!out.stdout().contains("secret"), "{out:?}");
                if out.code == 0 { mounted += 1 } else { refused += 1 }
            }
            over.store(true, Ordering::Relaxed);
        });
        assert_eq!(mounted + refused, 30);
        dhow.run(["volume", "rm", "vol"]).ok();
    }

    fn links_in_the_root_lead_nowhere_else(dhow) {
        dhow.load_busybox();
        let victim = dhow.file("w/victim/file", "untouched").parent().unwrap().display().to_string();
        let source = dhow.file("w/source/file", "mounted").parent().unwrap().display().to_string();
        // A container swaps its own directory and a link to the host's path, while another one with the same root starts.
        let rootfs = dhow.base.join("w/rootfs");
        let layer = std::fs::read_dir(dhow.root_dir().join("layers")).unwrap().flatten().find(|e| e.path().join("fs").is_dir()).unwrap();
        assert!(std::process::Command::new("cp").arg("-aT").args([layer.path().join("fs"), rootfs.clone()]).status().unwrap().success());
        std::fs::create_dir(rootfs.join("place")).unwrap();
        symlink(&victim, rootfs.join("evil")).unwrap();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    exchange(&rootfs.join("evil"), &rootfs.join("place"));
                }
            });
            for _ in 0..30 {
                let out = dhow.run(["run", "--rm", "-v", &format!("{source}:/place/below"), "--rootfs", rootfs.to_str().unwrap(), "true"]);
                assert!(!std::fs::exists(format!("{victim}/below")).unwrap(), "{out:?}");
            }
            over.store(true, Ordering::Relaxed);
        });
    }

    fn the_own_layer_can_be_in_memory_or_over_a_directory(dhow) {
        dhow.load_busybox();
        let look = "echo x > /x; mkdir /home/new; stat -c '%a %u' /; cat /x";
        assert_eq!(shell(dhow, &["--ephemeral"], look), "755 0\nx");
        let size = "dd if=/dev/zero of=/f bs=1M count=8 2>&1 | grep -o 'No space'";
        assert_eq!(shell(dhow, &["--ephemeral", "--storage-opt", "size=2m"], size), "No space");
        assert_eq!(shell(dhow, &["--ephemeral", "--userns", if dhow.is_rootless() { "nomap" } else { "host" }], "touch /x && echo ok"), "ok");
        dhow.run(["run", "--ephemeral", "busybox", "true"]).fails(125).says("--ephemeral goes with --rm");
        run(dhow, &["--storage-opt", "size=1m"], "true").fails(125).says("--storage-opt size: quota size requested but no quota support");
        run(dhow, &["--storage-opt", "inodes=1"], "true").fails(125).says("unknown option");
        let rootfs = dhow.base.join("w/rootfs");
        let layer = std::fs::read_dir(dhow.root_dir().join("layers")).unwrap().flatten().find(|e| e.path().join("fs").is_dir()).unwrap();
        assert!(std::process::Command::new("cp").arg("-aT").args([layer.path().join("fs"), rootfs.clone()]).status().unwrap().success());
        let over = format!("{}:O", rootfs.display());
        for extra in [&[][..], &["--ephemeral"]] {
            let script = "echo new > /new; rm /etc/group; ls / | grep -c new";
            let args = [&["run", "--rm"], extra, &["--rootfs", &over, "sh", "-c", script]].concat();
            assert_eq!(dhow.run(args).ok().trimmed(), "1");
            assert!(!rootfs.join("new").exists() && rootfs.join("etc/group").exists());
        }
        dhow.run(["run", "--rm", "--ephemeral", "--rootfs", rootfs.to_str().unwrap(), "true"]).fails(125).says("DIR:O only");
    }

    fn another_runtime_has_them_too(dhow) {
        let dir = dhow.file("w/src/file", "host\n").parent().unwrap().display().to_string();
        let runc = |options: &[&str], script: &str| shell(dhow, &[&["--runtime", "runc"], options].concat(), script);
        assert_eq!(runc(&["-v", "vol:/home", "-v", &format!("{dir}:/d:ro"), "-v", "/anon"], "ls /home; cat /d/file; touch /d/x 2>/dev/null || echo no; echo v > /home/app/f"), "app\nhost\nno");
        assert_eq!(runc(&["--mount", "src=vol,dst=/x,volume-subpath=app/f"], "cat /x"), "v");
        assert_eq!(runc(&["--mount", "type=image,src=busybox,dst=/i"], "ls /i/home; touch /i/x 2>/dev/null || echo no"), "app\nno");
        assert_eq!(runc(&["-v", &format!("{dir}:/o:O")], "echo > /o/file; ls /o"), "file");
        assert_eq!(std::fs::read_to_string(dhow.base.join("w/src/file")).unwrap(), "host\n");
        assert_eq!(runc(&["--ephemeral"], "touch /x && echo ok"), "ok");
        dhow.run(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "tv"]).ok();
        assert_eq!(runc(&["-v", "tv:/t"], "stat -f -c %T /t"), "tmpfs");
        dhow.run(["volume", "rm", "vol", "tv"]).ok();
    }
}

#[test]
fn a_user_without_subordinate_ids_is_told_what_is_lacking() {
    let dhow = Dhow::bare();
    assert_eq!(shell(&dhow, &["-v", "vol:/home"], "ls /home; touch /home/x && echo ok"), "app\nok");
    run(&dhow, &["-u", "1000", "-v", "vol:/home:U"], "true").fails(125).says("get subordinate ids");
    assert_eq!(shell(&dhow, &["-v", "vol:/home:U"], "stat -c %u /home/x"), "0");
    dhow.run(["volume", "rm", "vol"]).ok();
}

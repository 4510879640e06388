//! Where output goes: the files of json-file and local, the journal, the caller's own streams.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use crate::harness::{Dhow, Stdin, TIMEOUT, finish};

/// The names of a container's log files.
fn files(dhow: &Dhow, name: &str) -> Vec<String> {
    let id = dhow.run(["inspect", "-f", "{{.Id}}", name]).ok().trimmed();
    let entries = std::fs::read_dir(dhow.root_dir().join("containers").join(id)).unwrap().flatten();
    let mut names: Vec<_> =
        entries.map(|e| e.file_name().into_string().unwrap()).filter(|n| n.starts_with("log")).collect();
    names.sort();
    names
}

both! {
    fn older_files_are_compressed_and_read_back(dhow) {
        dhow.load_busybox();
        for driver in ["local", "json-file"] {
            // About 1 MB; of the oldest there is nothing left in four files of 200 kB.
            let script = "i=0; while [ $i -lt 20000 ]; do echo out line $i; echo error line $i >&2; i=$((i+1)); done";
            let options = ["--log-driver", driver, "--log-opt", "max-size=200k", "--log-opt", "max-file=4", "--log-opt", "compress=true"];
            dhow.run([&["run", "-d", "--name", driver], options.as_slice(), &["busybox", "sh", "-c", script]].concat()).ok();
            dhow.run(["wait", driver]).ok();
            assert_eq!(files(dhow, driver), ["log", "log.1.gz", "log.2.gz", "log.3.gz"], "{driver}");
            let output = dhow.run(["logs", driver]).ok();
            let lines = output.lines();
            let first: usize = lines[0].rsplit(' ').next().unwrap().parse().unwrap();
            let whole: Vec<_> = (first..20000).map(|i| format!("out line {i}")).collect();
            assert!(lines == whole, "{driver}: from {first}: {} lines", lines.len());
            assert!(output.stderr().trim_end().ends_with("error line 19999"));
            let tail = dhow.run(["logs", "--tail", "2", "-t", driver]).ok();
            let both = format!("{}{}", tail.stdout(), tail.stderr());
            assert!(both.lines().count() == 2 && both.lines().all(|l| l.starts_with("20") && l.contains("Z ")), "{tail:?}");
            assert!(dhow.run(["logs", "--until", "2001-01-01", driver]).ok().out.is_empty());
            dhow.run(["rm", driver]).ok();
        }
    }

    fn a_follower_loses_nothing_when_files_are_compressed(dhow) {
        dhow.load_busybox();
        for driver in ["local", "json-file"] {
            // It writes only after the follower has begun, in files that hold all of it.
            let script = "read go; i=0; while [ $i -lt 10000 ]; do echo line $i; i=$((i+1)); done";
            let options = ["--log-driver", driver, "--log-opt", "max-size=50k", "--log-opt", "max-file=100", "--log-opt", "compress=true"];
            dhow.run([&["run", "-d", "-i", "--name", driver], options.as_slice(), &["busybox", "sh", "-c", script]].concat()).ok();
            let follower = dhow.command(["logs", "-f", driver]).stdout(Stdio::piped()).spawn().unwrap();
            dhow.run_with(["attach", driver], Stdin::Bytes(b"go\n".to_vec())).ok();
            let output = follower.wait_with_output().unwrap();
            let wanted: String = (0..10000).map(|i| format!("line {i}")).collect::<Vec<_>>().join("\n") + "\n";
            assert!(output.stdout == wanted.as_bytes(), "{driver}: {} of {} bytes", output.stdout.len(), wanted.len());
            dhow.run(["rm", driver]).ok();
        }
    }

    fn following_ends_when_the_time_until_comes(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "c", "busybox", "sh", "-c", "echo first; exec sleep 1000"]).ok();
        let soon = jiff::Timestamp::now() + std::time::Duration::from_secs(1);
        assert_eq!(dhow.run(["logs", "-f", "--until", &soon.to_string(), "c"]).ok().stdout(), "first\n");
        assert!(jiff::Timestamp::now() >= soon);
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn bytes_survive_the_local_driver(dhow) {
        dhow.load_busybox();
        let script = "printf 'a\\377\\000b\\nno end'; head -c 40000 /dev/zero | tr '\\000' x";
        dhow.run(["run", "-d", "--name", "c", "--log-driver", "local", "busybox", "sh", "-c", script]).ok();
        dhow.run(["wait", "c"]).ok();
        let wanted = [b"a\xff\0b\nno end".as_slice(), &vec![b'x'; 40000]].concat();
        assert!(dhow.run(["logs", "c"]).ok().out == wanted);
        dhow.run(["rm", "c"]).ok();
    }

    fn labels_variables_and_the_tag_go_with_each_line(dhow) {
        dhow.load_busybox();
        let options = ["--label", "app=web", "--label", "other=1", "-e", "STAGE=test", "--log-opt", "labels=app", "--log-opt", "env=STAGE", "--log-opt", "tag={{.ImageName}}/{{.Name}}"];
        dhow.run([&["run", "--name", "c"], options.as_slice(), &["busybox", "echo", "hi"]].concat()).ok();
        assert_eq!(dhow.run(["logs", "--details", "c"]).ok().stdout(), "STAGE=test,app=web,tag=busybox/c hi\n");
        assert_eq!(dhow.run(["logs", "c"]).ok().stdout(), "hi\n");
        let shown = dhow.run(["inspect", "-f", "{{.HostConfig.LogConfig.Config.labels}}", "c"]).ok().trimmed();
        assert_eq!(shown, "app");
        dhow.run(["rm", "c"]).ok();
        for (option, complaint) in [("nope=1", "unknown log opt \"nope\""), ("tag={{.Nope}}", "no field .Nope"), ("compress=maybe", "want true or false")] {
            dhow.run(["run", "--rm", "--log-opt", option, "busybox", "true"]).fails(125).says(complaint);
        }
        dhow.run(["run", "--rm", "--log-driver", "syslog", "busybox", "true"]).fails(125).says("error looking up logging plugin syslog: plugin \"syslog\" not found (there are");
    }

    fn the_program_can_have_the_callers_streams(dhow) {
        dhow.load_busybox();
        let script = "echo out; echo error >&2; exec cat";
        let output = dhow.run_with(["run", "--name", "c", "--log-driver", "passthrough", "busybox", "sh", "-c", script], Stdin::Bytes(b"typed\n".to_vec())).ok();
        assert_eq!((output.stdout().as_str(), output.stderr().as_str()), ("out\ntyped\n", "error\n"));
        dhow.run(["logs", "c"]).fails(1).says("the log driver passthrough");
        assert!(files(dhow, "c").is_empty());
        // Each start passes its own.
        assert_eq!(dhow.run(["start", "-a", "c"]).ok().stdout(), "out\n");
        dhow.run(["rm", "c"]).ok();
        dhow.run(["run", "--rm", "-t", "--log-driver", "passthrough", "busybox", "true"]).fails(125).says("can't have it");
        dhow.run(["run", "--rm", "--log-driver", "passthrough", "--log-opt", "tag=x", "busybox", "true"]).fails(125).says("it takes none");
        // It holds them as long as it runs.
        let mut detached = dhow.command(["run", "-d", "--name", "d", "--log-driver", "passthrough", "busybox", "sleep", "1000"]);
        assert!(detached.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        dhow.run(["attach", "d"]).fails(1).says("cannot attach");
        dhow.run(["rm", "-f", "d"]).ok();
    }

    fn the_journal_gets_entries_with_dockers_fields(dhow) {
        dhow.load_busybox();
        let journal = UnixDatagram::bind(dhow.base.join("w/socket")).unwrap();
        std::fs::set_permissions(dhow.base.join("w/socket"), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        let args = ["run", "--name", "c", "--log-driver", "journald", "--label", "my.app=x", "--log-opt", "labels=my.app", "--log-opt", "tag={{.Name}}!", "busybox", "sh", "-c", "echo hello; echo trouble >&2"];
        let output = with_journal(dhow, args);
        assert_eq!((output.stdout().as_str(), output.code), ("hello\n", 0), "{output:?}");
        let id = dhow.run(["inspect", "-f", "{{.Id}}", "c"]).ok().trimmed();
        let mut entries: Vec<String> = (0..2).map(|_| {
            let mut buffer = [0; 4096];
            let n = journal.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..n].to_vec()).unwrap()
        }).collect();
        entries.sort();
        let fields = format!("CONTAINER_ID={}\nCONTAINER_ID_FULL={id}\nCONTAINER_NAME=c\nCONTAINER_TAG=c!\nIMAGE_NAME=busybox\nSYSLOG_IDENTIFIER=c!\nMY_APP=x\n", &id[..12]);
        assert_eq!(entries, [format!("{fields}PRIORITY=3\nMESSAGE=trouble\n"), format!("{fields}PRIORITY=6\nMESSAGE=hello\n")]);
        dhow.run(["logs", "c"]).fails(1).says("journalctl CONTAINER_NAME=c");
        dhow.run(["rm", "c"]).ok();
        // Without a journal.
        drop(journal);
        let refused = with_journal(dhow, ["run", "--rm", "--log-driver", "journald", "busybox", "true"]);
        refused.fails(125).says("there is no journal at /run/systemd/journal/socket");
    }
}

/// Runs dhow where this test's socket is the journal's.
fn with_journal<const N: usize>(dhow: &Dhow, args: [&str; N]) -> crate::harness::Output {
    let inner = dhow.command(args);
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs tmpfs /run && mkdir /run/systemd && ln -s \"$1\" /run/systemd/journal && shift && exec \"$@\"";
    command.args(["-m", "sh", "-c", script, "sh"]).arg(dhow.base.join("w"));
    command.args([
        "setpriv",
        "--clear-groups",
        &format!("--reuid={}", dhow.uid),
        &format!("--regid={}", dhow.gid),
    ]);
    command.arg(inner.get_program()).args(inner.get_args());
    command
        .env_clear()
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .current_dir(dhow.base.join("w"));
    finish(command, format!("dhow {}", args.join(" ")), Stdin::Empty, TIMEOUT)
}

//! Namespaces that containers share with each other.

use crate::harness::Dhow;

fn refused(dhow: &Dhow, options: &[&str], complaint: &str) {
    dhow.run([&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(complaint);
}

fn exec(dhow: &Dhow, name: &str, script: &str) -> String {
    dhow.run(["exec", name, "sh", "-c", script]).ok().trimmed()
}

fn start(dhow: &Dhow, name: &str, options: &[&str]) {
    let args = [&["run", "-d", "--name", name], options, &["busybox", "sleep", "1000"]].concat();
    dhow.run(args).ok();
}

const IPC: &str = "readlink /proc/self/ns/ipc";
const MOUNTS: &str = "grep -cE ' /dev/(shm|mqueue) ' /proc/self/mounts";

both! {
    fn ipc_namespaces_are_shared_with_their_shm(dhow) {
        dhow.load_busybox();
        start(dhow, "donor", &["--ipc", "shareable", "--shm-size", "1m"]);
        exec(dhow, "donor", "echo one > /dev/shm/one");
        start(dhow, "joiner", &["--ipc", "container:donor"]);
        assert_eq!(exec(dhow, "joiner", IPC), exec(dhow, "donor", IPC));
        assert_eq!(exec(dhow, "joiner", "cat /dev/shm/one; echo two > /dev/shm/two; df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d' ' -f2"), "one\n1024");
        assert_eq!(exec(dhow, "donor", "cat /dev/shm/two"), "two");
        assert_eq!(exec(dhow, "joiner", MOUNTS), "2");
        assert_ne!(exec(dhow, "joiner", "readlink /proc/self/ns/mnt"), exec(dhow, "donor", "readlink /proc/self/ns/mnt"));
        assert_ne!(exec(dhow, "joiner", "readlink /proc/self/ns/pid"), exec(dhow, "donor", "readlink /proc/self/ns/pid"));
        let id = dhow.run(["inspect", "-f", "{{.Id}}", "donor"]).ok().trimmed();
        assert_eq!(dhow.run(["inspect", "-f", "{{.HostConfig.IpcMode}}", "joiner", "donor"]).ok().trimmed(), format!("container:{id}\nshareable"));
        // A new donor is joined by the joiner's next start, and one that is down is missed.
        dhow.run(["restart", "-t", "0", "donor"]).ok();
        assert_eq!(exec(dhow, "joiner", "cat /dev/shm/one"), "one", "what it has it keeps");
        exec(dhow, "donor", "echo new > /dev/shm/new");
        dhow.run(["restart", "-t", "0", "joiner"]).ok();
        assert_eq!(exec(dhow, "joiner", "ls /dev/shm"), "new");
        dhow.run(["stop", "-t", "0", "donor"]).ok();
        dhow.run(["restart", "-t", "0", "joiner"]).fails(1).says(&format!("container {id} is not running"));
        dhow.run(["rm", "-f", "joiner", "donor"]).ok();
    }

    fn ipc_is_refused_where_it_is_private(dhow) {
        dhow.load_busybox();
        start(dhow, "own", &[]);
        assert_eq!(dhow.run(["inspect", "-f", "{{.HostConfig.IpcMode}}", "own"]).ok().trimmed(), "private");
        refused(dhow, &["--ipc", "container:own"], "non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
        refused(dhow, &["--ipc", "container:nobody"], "No such container: nobody");
        refused(dhow, &["--ipc", "container:"], "Invalid IPC mode");
        refused(dhow, &["--ipc", "bogus"], "Invalid IPC mode: bogus");
        dhow.run(["rm", "-f", "own"]).ok();
        let none = dhow.run(["run", "--rm", "--ipc", "none", "busybox", "sh", "-c", &format!("{IPC}; {MOUNTS}; ls -d /dev/shm")]);
        let lines = none.lines();
        assert_eq!((lines.len(), lines[1].as_str()), (2, "1"), "{none:?}");
        let own = std::fs::read_link("/proc/self/ns/ipc").unwrap();
        assert_ne!(lines[0], own.to_str().unwrap());
        let host = dhow.run(["run", "--rm", "--ipc", "host", "busybox", "sh", "-c", IPC]).ok().trimmed();
        assert_eq!(host, own.to_str().unwrap());
    }

    fn pid_and_ipc_of_one_container_are_joined_together(dhow) {
        dhow.load_busybox();
        start(dhow, "donor", &["--ipc", "shareable"]);
        for (option, text) in [("--pid", "invalid PID mode"), ("--uts", "invalid UTS mode"), ("--cgroupns", "invalid cgroup namespace mode")] {
            dhow.run(["run", option, "elsewhere", "busybox", "true"]).fails(125).says(text);
        }
        let both = dhow.run(["run", "--rm", "--ipc", "container:donor", "--pid", "container:donor", "busybox", "sh", "-c", "ps | grep -c '[s]leep 1000'; readlink /proc/self/ns/ipc"]).ok().lines();
        assert_eq!(both, ["1".to_string(), exec(dhow, "donor", IPC)]);
        dhow.run(["rm", "-f", "donor"]).ok();
    }
}

/// The donor's /dev/shm is what is mounted there, even if a link to our own descriptors lies in its place.
#[test]
fn a_donor_cannot_give_what_is_not_its_own() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    start(&dhow, "donor", &["--ipc", "shareable", "--privileged", "--pid", "host"]);
    for target in ["/proc/self/fd/3", "/proc/self/root", "/etc"] {
        exec(&dhow, "donor", &format!("umount /dev/shm; rm -rf /dev/shm; ln -s {target} /dev/shm"));
        refused(&dhow, &["--ipc", "container:donor"], "/dev/shm");
    }
    dhow.run(["rm", "-f", "donor"]).ok();
}

/// In a user namespace of root's the joiner can't reach the other's mounts itself: its creator does.
#[test]
fn roots_container_in_a_user_namespace_shares_ipc_too() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    start(&dhow, "donor", &["--ipc", "shareable"]);
    exec(&dhow, "donor", "echo one > /dev/shm/one");
    let script = format!("cat /dev/shm/one; {IPC}");
    let out = dhow
        .run([
            "run",
            "--rm",
            "--userns",
            "private",
            "--ipc",
            "container:donor",
            "busybox",
            "sh",
            "-c",
            &script,
        ])
        .ok();
    assert_eq!(out.lines(), ["one".to_string(), exec(&dhow, "donor", IPC)]);
    dhow.run(["rm", "-f", "donor"]).ok();
}

//! `dhow hello`: what the embedded image runs. It tells what the process that prints it can see, and what it may do.

use std::fs;

use clap::Args;

use super::{App, Verb};
use crate::error::Result;

/// Tell what isolates this process
#[derive(Debug, Args)]
pub(crate) struct Hello {}

impl Verb for Hello {
    const NAME: &'static str = "hello";
    const ABOUT: &'static str = "Tell what isolates this process";
    const HIDDEN: bool = true;

    fn run(self, _app: &App) -> Result<u8> {
        let status = read("/proc/self/status");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map_or("?", str::trim).to_string()
        };
        // The image has the binary there; nobody installs it so.
        let inside = fs::read_link("/proc/self/exe").is_ok_and(|exe| exe.as_os_str() == "/dhow");
        let first = if inside {
            "Hello from a dhow container! It was made of the dhow binary itself: no daemon, no network, no helper.\n"
        } else {
            "Hello from dhow. This process is not in dhow's hello container; try `dhow run --rm hello`.\n"
        };
        println!("{first}");
        let rows = [
            ("process", format!("pid {} of {} visible here", field("Pid"), visible_processes())),
            ("host name", read("/proc/sys/kernel/hostname").trim().to_string()),
            ("user", user(&field("Uid"))),
            ("mounts", mounts()),
            (
                "cgroup",
                read("/proc/self/cgroup").lines().last().unwrap_or("?").trim_start_matches("0::").to_string(),
            ),
            ("capabilities", capabilities(&field("CapEff"), &field("CapBnd"))),
            ("system calls", seccomp(&field("Seccomp"), &field("NoNewPrivs"))),
        ];
        for (name, value) in rows {
            println!("  {name:13} {value}");
        }
        Ok(0)
    }
}

/// What can't be read is shown as such; this command never fails.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn visible_processes() -> usize {
    let numbers = |e: &fs::DirEntry| e.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit());
    fs::read_dir("/proc").map_or(0, |dir| dir.flatten().filter(numbers).count())
}

/// User id, and what it is outside (user_namespaces(7), "uid_map": inside, outside, count).
fn user(uids: &str) -> String {
    let uid: u64 = uids.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let map = read("/proc/self/uid_map");
    let ranges = map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().filter_map(|n| n.parse::<u64>().ok());
        Some((numbers.next()?, numbers.next()?, numbers.next()?))
    });
    let ranges: Vec<_> = ranges.collect();
    if ranges == [(0, 0, u64::from(u32::MAX))] {
        return format!("uid {uid}, in the host's user namespace");
    }
    let outside = ranges.iter().find(|(inside, _, count)| (*inside..inside + count).contains(&uid));
    let total: u64 = ranges.iter().map(|r| r.2).sum();
    match outside {
        // A user's containers with networks: their user namespaces are within the one of the networks.
        Some((inside, outside, _)) if inside == outside => {
            format!("uid {uid} here, and in the user namespace around this one; {total} ids mapped")
        }
        Some((inside, outside, _)) => {
            format!("uid {uid} here is uid {} outside; {total} ids mapped", outside + uid - inside)
        }
        None => format!("uid {uid}; {total} ids mapped"),
    }
}

fn mounts() -> String {
    let info = read("/proc/self/mountinfo");
    let root = info.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        (left.split(' ').nth(4)? == "/").then(|| right.split(' ').next())?
    });
    format!("{} in all; the root is {}", info.lines().count(), root.unwrap_or("?"))
}

fn capabilities(effective: &str, bounding: &str) -> String {
    let count = |mask: &str| u64::from_str_radix(mask, 16).map_or(0, u64::count_ones);
    let last: u32 = read("/proc/sys/kernel/cap_last_cap").trim().parse().unwrap_or(40);
    format!("{} of {} effective, {} in the bounding set", count(effective), last + 1, count(bounding))
}

fn seccomp(mode: &str, no_new_privileges: &str) -> String {
    let filter = match mode {
        "2" => "filtered by seccomp",
        "1" => "strict seccomp",
        _ => "not filtered",
    };
    let privileges = if no_new_privileges == "1" { ", no new privileges" } else { "" };
    format!("{filter}{privileges}")
}

//! Processes as ps(1) and docker's `top` show them, read from /proc (proc(5)) by this process: no ps program is run.

use std::collections::BTreeMap;

use crate::error::{Kind, Result};

/// Column titles and a row a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessTable {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What `ps -o` calls them, and the titles that it prints.
const COLUMNS: [(&str, &str); 12] = [
    ("user", "UID"),
    ("uid", "UID"),
    ("pid", "PID"),
    ("ppid", "PPID"),
    ("c", "C"),
    ("stime", "STIME"),
    ("tty", "TTY"),
    ("time", "TIME"),
    ("cmd", "CMD"),
    ("args", "COMMAND"),
    ("comm", "COMMAND"),
    ("stat", "STAT"),
];

const DEFAULT: [&str; 8] = ["user", "pid", "ppid", "c", "stime", "tty", "time", "cmd"];

impl ProcessTable {
    /// The processes with the columns (names of `ps -o`), or docker's usual ones.
    pub fn read(pids: &[i32], columns: &[String]) -> Result<Self> {
        let columns: Vec<&str> =
            if columns.is_empty() { DEFAULT.to_vec() } else { columns.iter().map(String::as_str).collect() };
        let titles = columns.iter().map(|c| title(c)).collect::<Result<_>>()?;
        let users = users();
        // One that has ended meanwhile isn't there to be shown.
        let processes = pids.iter().filter_map(|pid| Process::read(*pid));
        let rows = processes.map(|p| columns.iter().map(|c| p.column(c, &users)).collect()).collect();
        Ok(Self { titles, rows })
    }
}

fn title(column: &str) -> Result<String> {
    if let Some((_, title)) = COLUMNS.iter().find(|(name, _)| *name == column) {
        Ok((*title).to_string())
    } else {
        let known: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        Kind::Invalid.err(format!("unknown column {column:?} (known: {})", known.join(", ")))
    }
}

fn users() -> BTreeMap<u32, String> {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_string();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    passwd.lines().filter_map(user).collect()
}

struct Process {
    pid: i32,
    uid: u32,
    /// Fields of proc(5)'s stat from the third on.
    stat: Vec<String>,
    comm: String,
    cmdline: String,
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let uid = std::fs::metadata(format!("/proc/{pid}")).ok()?.uid();
        let stat = String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/stat")).ok()?).into_owned();
        let (head, tail) = stat.rsplit_once(')')?;
        let comm = head.split_once('(')?.1.to_string();
        let raw = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let text = raw
            .split(|b| *b == 0)
            .filter(|a| !a.is_empty())
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join(" ");
        let cmdline = if text.is_empty() { format!("[{comm}]") } else { text };
        Some(Self { pid, uid, stat: tail.split_whitespace().map(String::from).collect(), comm, cmdline })
    }

    /// Field `n` of stat as proc(5) counts them.
    fn field(&self, n: usize) -> u64 {
        self.stat.get(n - 3).and_then(|f| f.parse().ok()).unwrap_or(0)
    }

    fn column(&self, column: &str, users: &BTreeMap<u32, String>) -> String {
        let cpu = (self.field(14) + self.field(15)) / ticks();
        match column {
            "user" => users.get(&self.uid).cloned().unwrap_or_else(|| self.uid.to_string()),
            "uid" => self.uid.to_string(),
            "pid" => self.pid.to_string(),
            "ppid" => self.field(4).to_string(),
            "c" => (cpu * 100)
                .checked_div(uptime().saturating_sub(self.field(22) / ticks()))
                .unwrap_or(0)
                .min(99)
                .to_string(),
            "stime" => self.start(),
            "tty" => tty(self.field(7)),
            "time" => format!("{:02}:{:02}:{:02}", cpu / 3600, cpu / 60 % 60, cpu % 60),
            "comm" => self.comm.clone(),
            "stat" => self.stat.first().cloned().unwrap_or_default(),
            _ => self.cmdline.clone(),
        }
    }

    /// Time of day at which it started, in local time.
    fn start(&self) -> String {
        let seconds_ago = uptime().saturating_sub(self.field(22) / ticks());
        let started = jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_secs(seconds_ago as i64));
        started
            .map(|t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string())
            .unwrap_or_default()
    }
}

fn ticks() -> u64 {
    // USER_HZ is 100 on every architecture that containers run on, whatever the kernel's own rate.
    100
}

fn uptime() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split('.').next().and_then(|s| s.parse().ok()).unwrap_or(0)
}

fn tty(number: u64) -> String {
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
    match major {
        0 => "?".into(),
        136..=143 => format!("pts/{}", minor + (major - 136) * 256),
        4 => format!("tty{minor}"),
        _ => format!("{major}:{minor}"),
    }
}

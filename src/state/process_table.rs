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
const COLUMNS: [(&str, &str); 28] = [
    ("user", "USER"),
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
    ("command", "COMMAND"),
    ("stat", "STAT"),
    ("s", "S"),
    ("state", "S"),
    ("pcpu", "%CPU"),
    ("%cpu", "%CPU"),
    ("pmem", "%MEM"),
    ("%mem", "%MEM"),
    ("vsz", "VSZ"),
    ("rss", "RSS"),
    ("ni", "NI"),
    ("nlwp", "NLWP"),
    ("pgid", "PGID"),
    ("sid", "SID"),
    ("etimes", "ELAPSED"),
    // As `ps aux` has them.
    ("start_time", "START"),
    ("bsdtime", "TIME"),
];

/// As `ps aux` has them.
const USERS: [&str; 11] =
    ["user", "pid", "pcpu", "pmem", "vsz", "rss", "tty", "stat", "start_time", "bsdtime", "args"];

const DEFAULT: [&str; 8] = ["user", "pid", "ppid", "c", "stime", "tty", "time", "cmd"];

impl ProcessTable {
    /// The processes with the columns (names of `ps -o`), or docker's usual ones.
    pub fn read(pids: &[i32], columns: &[String]) -> Result<Self> {
        let is_default = columns.is_empty();
        let columns: Vec<&str> =
            if is_default { DEFAULT.to_vec() } else { columns.iter().map(String::as_str).collect() };
        let mut titles = columns.iter().map(|c| title(c)).collect::<Result<Vec<_>>>()?;
        if is_default {
            // As `ps -f` calls the user's name.
            titles[0] = "UID".into();
        }
        let users = users();
        // One that has ended meanwhile isn't there to be shown.
        let processes = pids.iter().filter_map(|pid| Process::read(*pid));
        let rows = processes.map(|p| columns.iter().map(|c| p.column(c, &users)).collect()).collect();
        Ok(Self { titles, rows })
    }
}

/// The columns that options of ps(1) ask for, `-ef`, `aux`, `-o COLUMN,…`, with or without the dash, or names of columns alone, as podman
/// takes them. Which processes are meant is known: options that choose some have nothing to say.
pub fn columns(options: &[String]) -> Result<Vec<String>> {
    let split = |list: &str| list.split(',').filter(|c| !c.is_empty()).map(String::from).collect::<Vec<_>>();
    let is_column = |name: &str| COLUMNS.iter().any(|(known, _)| *known == name);
    let mut columns = Vec::new();
    let mut words = options.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if !word.starts_with('-') && split(word).iter().any(|name| is_column(name)) {
            columns.extend(split(word));
            continue;
        }
        let letters = word.trim_start_matches('-');
        let (before, list) = match letters.split_once('o') {
            Some((before, "")) => (before, words.next()),
            Some((before, list)) => (before, Some(list)),
            None => (letters, Some("")),
        };
        let known = !before.contains(|letter| !"aAefuwx".contains(letter)) && !word.starts_with("--");
        let (true, Some(list)) = (known, list) else {
            return Kind::Unsupported.err(format!(
                "the options of ps {:?} are not supported: use -ef, aux, -o COLUMN,... or columns alone ({})",
                options.join(" "),
                COLUMNS.map(|(name, _)| name).join(", ")
            ));
        };
        if before.contains('u') && columns.is_empty() {
            columns = USERS.map(String::from).into();
        }
        columns.extend(split(list));
    }
    Ok(columns)
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

    /// So many thousandths of the time that it has been there it has worked.
    fn load(&self) -> u64 {
        let ticks_there = (uptime() * ticks()).saturating_sub(self.field(22));
        ((self.field(14) + self.field(15)) * 1000).checked_div(ticks_there).unwrap_or(0)
    }

    /// KiB in memory.
    fn resident(&self) -> u64 {
        let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096);
        self.field(24) * page as u64 / 1024
    }

    /// The state, and what else ps(1) tells of it.
    fn stat(&self) -> String {
        let nice = self.stat.get(16).and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
        let marks = [
            (nice < 0, '<'),
            (nice > 0, 'N'),
            (self.field(6) == self.pid as u64, 's'),
            (self.field(20) > 1, 'l'),
            (self.stat.get(5) == self.stat.get(2), '+'),
        ];
        let marks = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark);
        self.stat.first().map(String::as_str).unwrap_or_default().chars().chain(marks).collect()
    }

    fn column(&self, column: &str, users: &BTreeMap<u32, String>) -> String {
        let cpu = (self.field(14) + self.field(15)) / ticks();
        let tenths = |thousandths: u64| format!("{}.{}", thousandths / 10, thousandths % 10);
        match column {
            "user" => users.get(&self.uid).cloned().unwrap_or_else(|| self.uid.to_string()),
            "uid" => self.uid.to_string(),
            "pid" => self.pid.to_string(),
            "ppid" => self.field(4).to_string(),
            "c" => (self.load() / 10).min(99).to_string(),
            "pcpu" | "%cpu" => tenths(self.load().min(999)),
            "pmem" | "%mem" => tenths((self.resident() * 1000).checked_div(memory()).unwrap_or(0)),
            "vsz" => (self.field(23) / 1024).to_string(),
            "rss" => self.resident().to_string(),
            "ni" => self.stat.get(16).cloned().unwrap_or_default(),
            "nlwp" => self.field(20).to_string(),
            "pgid" => self.field(5).to_string(),
            "sid" => self.field(6).to_string(),
            "etimes" => uptime().saturating_sub(self.field(22) / ticks()).to_string(),
            "stime" | "start_time" => self.start(),
            "bsdtime" => format!("{}:{:02}", cpu / 60, cpu % 60),
            "tty" => tty(self.field(7)),
            "time" => format!("{:02}:{:02}:{:02}", cpu / 3600, cpu / 60 % 60, cpu % 60),
            "comm" => self.comm.clone(),
            "stat" => self.stat(),
            "s" | "state" => self.stat.first().cloned().unwrap_or_default(),
            _ => self.cmdline.clone(),
        }
    }

    /// Time of day at which it started, in local time; of one that started on another day which that was.
    fn start(&self) -> String {
        let seconds_ago = uptime().saturating_sub(self.field(22) / ticks());
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::system());
        started(&now, seconds_ago as i64).unwrap_or_default()
    }
}

fn started(now: &jiff::Zoned, seconds_ago: i64) -> Option<String> {
    let started = now.checked_sub(jiff::SignedDuration::from_secs(seconds_ago)).ok()?;
    let format = match (started.date() == now.date(), started.year() == now.year()) {
        (true, _) => "%H:%M",
        (false, true) => "%b%d",
        (false, false) => "%Y",
    };
    Some(started.strftime(format).to_string())
}

/// KiB that this machine has.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_something_to_tell() {
        let own = std::process::id() as i32;
        let names: Vec<String> = COLUMNS.iter().map(|(name, _)| (*name).to_string()).collect();
        let table = ProcessTable::read(&[own], &names).unwrap();
        let of = |name: &str| table.rows[0][names.iter().position(|n| n == name).unwrap()].as_str();
        assert!(table.rows[0].iter().all(|cell| !cell.is_empty()), "{table:?}");
        assert_eq!(of("pid"), own.to_string());
        assert!(of("args").contains("process_table") || of("args").contains("dhow"), "{}", of("args"));
        let (rss, vsz): (u64, u64) = (of("rss").parse().unwrap(), of("vsz").parse().unwrap());
        assert!(rss > 500 && rss < vsz, "{rss} {vsz}");
        assert!(of("nlwp").parse::<u32>().unwrap() > 1 && of("stat").contains('l'), "{}", of("stat"));
        assert!(of("pcpu").contains('.') && of("pmem").contains('.'));
        assert_eq!((of("s"), of("ni")), (&of("stat")[..1], "0"));
    }

    #[test]
    fn options_of_ps_ask_for_columns() {
        let read = |text: &str| columns(&text.split_whitespace().map(String::from).collect::<Vec<_>>());
        for usual in ["", "-ef", "ef", "-e -f", "axww"] {
            assert!(read(usual).unwrap().is_empty(), "{usual}");
        }
        for users in ["aux", "-aux", "-A u"] {
            assert_eq!(read(users).unwrap(), USERS, "{users}");
        }
        for named in [
            "-o pid,comm",
            "-opid,comm",
            "-eo pid,comm",
            "-e -o pid,comm",
            "axo pid,comm",
            "pid,comm",
            "pid comm",
            "-o pid -o comm",
        ] {
            assert_eq!(read(named).unwrap(), ["pid", "comm"], "{named}");
        }
        for refused in ["-l", "-o", "nope", "--forest", "-p 1"] {
            assert!(read(refused).unwrap_err().to_string().contains("not supported"), "{refused}");
        }
    }

    #[test]
    fn columns_and_their_titles() {
        assert_eq!(ProcessTable::read(&[], &[]).unwrap().titles[..2], ["UID", "PID"]);
        assert_eq!(ProcessTable::read(&[], &["user".into()]).unwrap().titles, ["USER"]);
        let refused = ProcessTable::read(&[], &["nope".into()]).unwrap_err().to_string();
        assert!(refused.contains("known: user, uid"), "{refused}");
    }

    #[test]
    fn starts_on_this_day_and_on_others() {
        let now: jiff::Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let now = now.to_zoned(jiff::tz::TimeZone::UTC);
        for (ago, shown) in [(5, "03:04"), (4 * 3600, "Jan01"), (3 * 86400, "2025")] {
            assert_eq!(started(&now, ago).unwrap(), shown);
        }
    }
}

//! config.toml: defaults for what the command line leaves open. The system's file, then the user's over it, or one that was named.
//!
//! A file that isn't there costs one failed open(2). Unknown keys and wrong types are refused with file and line: a setting that is
//! silently without effect is worse than none.

mod item;
mod keys;
mod runtimes;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use toml::de::DeTable;

pub use keys::{KEYS, Key};
pub use runtimes::BUILT_IN as BUILT_IN_RUNTIME;

use crate::container::config::{SeccompProfile, SecurityConfig, Ulimit};
use crate::container::log::{LogConfig, LogDriver};
use crate::engine::images::PullPolicy;
use crate::error::{Context, Kind, Result};
use crate::netns::{AddressPool, NetworkOption, PublishMode};
use crate::state::roots;
use item::{Fault, Item};

const SYSTEM: &str = "/etc/dhow/config.toml";

/// What is in force.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub root: Option<PathBuf>,
    pub runroot: Option<PathBuf>,
    pub log_driver: Option<LogDriver>,
    pub log_opts: BTreeMap<String, String>,
    pub pull_policy: Option<PullPolicy>,
    pub registries_file: Option<PathBuf>,
    pub stop_timeout: Option<i32>,
    pub init: bool,
    /// What --ipc, --cgroupns and --userns are where they are not given.
    pub ipc: Option<String>,
    pub cgroupns: Option<String>,
    pub userns: Option<String>,
    /// The usual OCI runtime, by name or path.
    pub runtime: Option<String>,
    /// Programs of OCI runtimes by name.
    pub runtimes: BTreeMap<String, PathBuf>,
    pub detach_keys: Option<String>,
    /// The file of the time zone.
    pub tz: Option<PathBuf>,
    pub umask: Option<u32>,
    pub shm_size: Option<u64>,
    pub pids_limit: Option<i64>,
    pub cgroup_parent: Option<PathBuf>,
    pub ulimits: Vec<Ulimit>,
    /// As `CAP_…` or `ALL`.
    pub capabilities: Option<Vec<String>>,
    pub no_new_privileges: bool,
    pub seccomp_profile: Option<PathBuf>,
    pub sysctls: BTreeMap<String, String>,
    pub env: Vec<String>,
    pub annotations: BTreeMap<String, String>,
    pub dns: Vec<IpAddr>,
    pub network: Option<NetworkOption>,
    pub address_pools: Vec<AddressPool>,
    pub publish_address: Option<IpAddr>,
    pub publish_mode: Option<PublishMode>,
    /// The keys that were set, and by which file and line.
    origins: BTreeMap<&'static str, String>,
    files: Vec<PathBuf>,
}

impl Settings {
    /// Those of `file` alone, or of the system's and this user's files.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut settings = Self::default();
        if let Some(file) = file {
            if !settings.add_file(file)? {
                return Kind::NotFound.err(format!("configuration file {}: no such file", file.display()));
            }
            return Ok(settings);
        }
        settings.add_file(Path::new(SYSTEM))?;
        // A user that has no home directory has no file there.
        if let Ok(dir) = roots::config_home() {
            settings.add_file(&dir.join("dhow/config.toml"))?;
        }
        Ok(settings)
    }

    /// Whether it is there.
    fn add_file(&mut self, path: &Path) -> Result<bool> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(false),
            Err(e) => return Err(e).with_context(|| format!("opening {}", path.display())),
        };
        let owner = file.metadata().with_context(|| format!("looking at {}", path.display()))?.uid();
        let user = nix::unistd::geteuid().as_raw();
        if owner != 0 && owner != user {
            // sudo may keep HOME: what an ordinary user wrote must not decide what root does.
            return Kind::Forbidden.err(format!(
                "{} belongs to user {owner}, whom user {user} does not follow: give it to the latter, or set HOME",
                path.display()
            ));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("reading {}", path.display()))?;
        self.add(path, &text)?;
        self.files.push(path.into());
        Ok(true)
    }

    /// What the text of a file says replaces what was said before.
    fn add(&mut self, path: &Path, text: &str) -> Result<()> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let fault = |at: usize, what: &str| {
            let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
            Kind::Invalid.error(format!("{}:{}: {what}", path.display(), line(at)))
        };
        let document =
            DeTable::parse(text).map_err(|e| fault(e.span().map_or(0, |s| s.start), e.message()))?;
        let table = document.get_ref();
        for (name, _) in table {
            if KEYS.iter().all(|key| key.name != name.get_ref().as_ref()) {
                let what = format!("unknown key {:?} (see dhow-config.toml(5))", name.get_ref());
                return Err(fault(name.span().start, &what));
            }
        }
        for key in KEYS {
            let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == key.name) else {
                continue;
            };
            (key.read)(self, Item(value))
                .map_err(|Fault { at, what }| fault(at, &format!("{}: {what}", key.name)))?;
            let origin = format!("{}:{}", path.display(), line(name.span().start));
            self.origins.insert(key.name, origin);
        }
        Ok(())
    }

    /// The log of a container for which this was asked.
    pub fn log_config(&self, driver: Option<LogDriver>, options: &[(String, String)]) -> Result<LogConfig> {
        let usual = self.log_driver.unwrap_or(LogDriver::JsonFile);
        let driver = driver.unwrap_or(usual);
        // Options of another driver mean nothing to this one.
        let mut given = if driver == usual { self.log_opts.clone() } else { BTreeMap::new() };
        given.extend(options.iter().cloned());
        LogConfig::parse(driver, given)
    }

    /// What the options about security start from.
    pub fn security(&self) -> Result<SecurityConfig> {
        Ok(SecurityConfig {
            no_new_privileges: self.no_new_privileges,
            capabilities: self.capabilities.clone(),
            seccomp: match &self.seccomp_profile {
                Some(path) => SeccompProfile::Custom(
                    std::fs::read_to_string(path)
                        .with_context(|| format!("opening seccomp profile ({}) failed", path.display()))?,
                ),
                None => SeccompProfile::Default,
            },
            ..SecurityConfig::default()
        })
    }

    /// The limits by name, those of the request first.
    pub fn ulimits(&self, given: Vec<Ulimit>) -> Vec<Ulimit> {
        let usual = self.ulimits.iter().filter(|usual| given.iter().all(|g| g.name != usual.name)).cloned();
        usual.chain(given.iter().cloned()).collect()
    }

    /// For `info`: the files, and each key that one of them sets, with its value and where it comes from.
    pub fn shown(&self) -> Value {
        let keys: serde_json::Map<String, Value> = KEYS
            .iter()
            .filter_map(|key| {
                let origin = self.origins.get(key.name)?;
                Some((key.name.to_string(), json!({"Value": (key.show)(self), "Origin": origin})))
            })
            .collect();
        let files: Vec<_> = self.files.iter().map(|f| f.display().to_string()).collect();
        json!({"Files": files, "Keys": keys})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(settings: &mut Settings, text: &str) -> Result<()> {
        settings.add(Path::new("/etc/x.toml"), text)
    }

    fn refused(text: &str) -> String {
        crate::error::one_line(&add(&mut Settings::default(), text).unwrap_err())
    }

    #[test]
    fn every_key_is_read_and_shown() {
        let text = r#"
root = "/r"
runroot = "/s"
log-driver = "local"
log-opts = { max-size = "1m", max-file = 3, compress = false }
pull-policy = "newer"
registries-file = "/x"
stop-timeout = -1
init = true
detach-keys = "ctrl-x"
tz = "UTC"
umask = "0027"
shm-size = "1m"
pids-limit = 100
cgroup-parent = "/a/b"
ulimits = ["nofile=1:2"]
capabilities = ["chown", "CAP_KILL"]
no-new-privileges = true
seccomp-profile = "/p"
env = ["A=b"]
dns = ["10.0.0.1", "::1"]
network = "host"
default-address-pools = [{ base = "172.30.0.0/16", size = 24 }]
default-publish-address = "127.0.0.1"
publish-mode = "proxy"
runtime = "crun"
ipc = "shareable"
cgroupns = "host"
userns = "auto"
runtimes = { crun = "/usr/bin/crun" }
[sysctls]
"net.core.somaxconn" = 10
[annotations]
a = "b"
"#;
        let mut settings = Settings::default();
        add(&mut settings, text).unwrap();
        let shown = settings.shown();
        for key in KEYS {
            let value = &shown["Keys"][key.name];
            assert!(
                value["Origin"].as_str().is_some_and(|o| o.starts_with("/etc/x.toml:")),
                "{}: {shown}",
                key.name
            );
            let empty = matches!(&value["Value"], Value::Null)
                || value["Value"] == json!([])
                || value["Value"] == json!({});
            assert!(!empty, "{}: {shown}", key.name);
        }
        assert_eq!(shown["Keys"]["init"]["Origin"], "/etc/x.toml:9");
        let log = settings.log_config(None, &[("max-size".into(), "2m".into())]).unwrap();
        assert_eq!(
            (log.driver, log.max_size, log.max_file, log.compress),
            (LogDriver::Local, 2 << 20, 3, false)
        );
        // Another driver has its own defaults.
        assert_eq!(settings.log_config(Some(LogDriver::JsonFile), &[]).unwrap().max_file, 3);
        assert!(settings.log_config(Some(LogDriver::None), &[]).is_ok());
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        for (text, complaint) in [
            ("init = true\nfrobnicate = 1\n", "/etc/x.toml:2: unknown key \"frobnicate\""),
            ("\n\ninit = \"yes\"", "/etc/x.toml:3: init: expected true or false, found string"),
            ("dns = [\"1.1.1.1\",\n\"nonsense\"]", "/etc/x.toml:2: dns: \"nonsense\" is not an IP address"),
            ("stop-timeout = -2", "/etc/x.toml:1: stop-timeout: -2 is not from -1"),
            ("log-driver = \"syslog\"", "/etc/x.toml:1: log-driver: error looking up logging plugin"),
            ("[log-opts]\nmax-size = \"1m\"\nwhat = \"1\"", "unknown log opt \"what\" for json-file"),
            ("root = \"relative\"", "not an absolute path"),
            ("default-address-pools = [{ base = \"10.0.0.0/8\" }]", "want base and size"),
            ("default-address-pools = [{ base = \"10.0.0.1/8\", size = 24 }]", "bits beyond its prefix"),
            ("init = true\ninit = false", "/etc/x.toml:2: "),
            ("init =", "/etc/x.toml:1: "),
            ("capabilities = [\"FLY\"]", "unknown capability"),
            ("env = [\"=x\"]", "want NAME=VALUE"),
            ("ipc = \"container:x\"", "want private, shareable, none or host"),
            ("cgroupns = \"x\"", "want private or host"),
            ("userns = \"x\"", "userns"),
            ("runtimes = { dhow = \"/x\" }", "the built-in runtime's name"),
        ] {
            let said = refused(text);
            assert!(said.contains(complaint), "{text:?}: {said}");
        }
    }

    #[test]
    fn a_later_file_wins_key_by_key() {
        let mut settings = Settings::default();
        add(&mut settings, "stop-timeout = 1\ninit = true\nlog-opts = { max-size = \"1m\" }").unwrap();
        add(
            &mut settings,
            "stop-timeout = 2\nlog-driver = \"journald\"\nulimits = [\"core=0\", \"nofile=5\"]",
        )
        .unwrap();
        assert_eq!((settings.stop_timeout, settings.init), (Some(2), true));
        // The options were the other driver's.
        assert!(settings.log_config(None, &[]).is_ok_and(|c| c.driver == LogDriver::Journald));
        let nofile = |n| Ulimit { name: "nofile".into(), soft: n, hard: n };
        let limits = settings.ulimits(vec![nofile(7)]);
        assert!(limits.contains(&nofile(7)) && !limits.contains(&nofile(5)) && limits.len() == 2);
    }
}

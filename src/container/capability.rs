//! Which capabilities a container gets (docker's `--cap-add`, `--cap-drop`, `--privileged`).

use std::str::FromStr;

use oci_spec::runtime::{Capabilities, Capability};

use super::config::SecurityConfig;
use crate::error::{Kind, Result};

/// What a container has when nothing was asked, as docker.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

/// A capability as typed (`NET_ADMIN`, `cap_net_admin`, `ALL`), in the form `CAP_NET_ADMIN` or `ALL`.
pub fn normalize(text: &str) -> Result<String> {
    let upper = text.to_uppercase();
    if upper == "ALL" {
        return Ok(upper);
    }
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    match Capability::from_str(name) {
        Ok(_) => Ok(format!("CAP_{name}")),
        Err(_) => Kind::Invalid.err(format!("unknown capability: {text:?}")),
    }
}

/// The names that a container has, as `CAP_…`, sorted.
pub fn granted(security: &SecurityConfig) -> Vec<String> {
    let every = || caps::all().into_iter().map(|c| c.to_string()).collect::<Vec<_>>();
    if security.privileged {
        let mut all = every();
        all.sort();
        return all;
    }
    let has_all = |list: &[String]| list.iter().any(|c| c == "ALL");
    let mut names = match (has_all(&security.cap_add), has_all(&security.cap_drop)) {
        (true, _) => every(),
        (false, true) => Vec::new(),
        (false, false) if security.capabilities.is_some() => base(security, every),
        (false, false) => DEFAULT.iter().map(|c| format!("CAP_{c}")).collect(),
    };
    // Dropping one that is not ALL comes last, adding one after `--cap-drop ALL` counts.
    names.extend(security.cap_add.iter().filter(|c| *c != "ALL").cloned());
    names.retain(|c| !security.cap_drop.contains(c));
    names.sort();
    names.dedup();
    names
}

/// The set of a configuration.
fn base(security: &SecurityConfig, every: impl Fn() -> Vec<String>) -> Vec<String> {
    let names = security.capabilities.clone().unwrap_or_default();
    if names.iter().any(|n| n == "ALL") { every() } else { names }
}

/// As the Spec wants them; names that only newer kernels have are left to them.
pub fn to_spec(names: &[String]) -> Capabilities {
    names.iter().filter_map(|n| Capability::from_str(n.trim_start_matches("CAP_")).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(add: &[&str], drop: &[&str]) -> Vec<String> {
        let list = |l: &[&str]| l.iter().map(|c| normalize(c).unwrap()).collect();
        granted(&SecurityConfig { cap_add: list(add), cap_drop: list(drop), ..SecurityConfig::default() })
    }

    #[test]
    fn adding_and_dropping_as_docker_does() {
        assert_eq!(names(&[], &[]).len(), 14);
        assert_eq!(names(&["net_admin"], &["ALL"]), ["CAP_NET_ADMIN"]);
        assert!(!names(&["ALL"], &["CAP_SYS_ADMIN"]).contains(&"CAP_SYS_ADMIN".to_string()));
        assert_eq!(names(&["ALL"], &[]).len(), caps::all().len());
        assert!(!names(&[], &["chown"]).contains(&"CAP_CHOWN".to_string()));
        assert!(normalize("CAP_NOPE").is_err());
    }

    #[test]
    fn every_name_means_the_same_capability_to_both_crates() {
        for c in caps::all() {
            let spec = Capability::from_str(c.to_string().trim_start_matches("CAP_")).unwrap();
            assert_eq!(format!("CAP_{spec}"), c.to_string());
        }
    }
}

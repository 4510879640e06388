//! Mount options as they stand in a Spec: attributes of the mount, propagation, and what is left for the file system
//! (OCI runtime specification, config.md "Mounts", "Linux mount options"; mount(8)).

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};
use crate::sys::mount as m;

/// Options sorted by whom they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountOptions {
    /// Attributes to set on and clear from this mount (`sys::mount::ATTR_…`).
    pub set: u64,
    pub clear: u64,
    /// The same for this mount and all below it (`rro` and the like).
    pub set_recursive: u64,
    pub clear_recursive: u64,
    /// `MS_PRIVATE` and the like, and whether for everything below too; 0 for none.
    pub propagation: u64,
    pub propagation_recursive: bool,
    /// Show the files with the ids of the container's user namespace.
    pub idmap: Option<Idmap>,
    /// `bind` or `rbind`.
    pub bind: Option<Bind>,
    /// Copy what the image has at the destination into the new file system.
    pub copy_up: bool,
    /// `key` or `key=value` for the file system.
    pub data: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bind {
    Plain,
    Recursive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Idmap {
    Plain,
    Recursive,
}

impl MountOptions {
    pub fn parse<S: AsRef<str>>(options: &[S]) -> Result<Self> {
        let mut parsed = Self::default();
        for option in options {
            parsed.add(option.as_ref())?;
        }
        Ok(parsed)
    }

    fn add(&mut self, option: &str) -> Result<()> {
        match option {
            "defaults" | "" => {}
            "bind" => self.bind = self.bind.or(Some(Bind::Plain)),
            "rbind" => self.bind = Some(Bind::Recursive),
            "tmpcopyup" => self.copy_up = true,
            "shared" | "private" | "slave" | "unbindable" => self.propagate(option, false),
            "rshared" | "rprivate" | "rslave" | "runbindable" => self.propagate(&option[1..], true),
            "idmap" => self.idmap = Some(Idmap::Plain),
            "ridmap" => self.idmap = Some(Idmap::Recursive),
            "remount" => {
                return Kind::Invalid.err("the mount option \"remount\" has no meaning for a new mount");
            }
            _ => match attribute(option) {
                Some((bits, on)) => self.attribute(bits, on, false),
                None => match option.strip_prefix('r').and_then(attribute) {
                    Some((bits, on)) => self.attribute(bits, on, true),
                    None if option.contains('\0') => {
                        return Kind::Invalid.err("a mount option has a NUL byte in it");
                    }
                    None => self.data.push(option.to_string()),
                },
            },
        }
        Ok(())
    }

    fn attribute(&mut self, bits: u64, on: bool, recursive: bool) {
        let (set, clear) = if recursive {
            (&mut self.set_recursive, &mut self.clear_recursive)
        } else {
            (&mut self.set, &mut self.clear)
        };
        // The access-time modes are values of one field, which has to be cleared to be set.
        if bits & m::ATTR_ATIME != 0 || bits == 0 {
            *set &= !m::ATTR_ATIME;
            *clear |= m::ATTR_ATIME;
        }
        if on {
            *set |= bits;
            *clear &= !(bits & !m::ATTR_ATIME);
        } else {
            *set &= !bits;
            *clear |= bits;
        }
    }

    fn propagate(&mut self, name: &str, recursive: bool) {
        self.propagation = match name {
            "shared" => libc::MS_SHARED,
            "slave" => libc::MS_SLAVE,
            "unbindable" => libc::MS_UNBINDABLE,
            _ => libc::MS_PRIVATE,
        };
        self.propagation_recursive = recursive;
    }
}

/// Options that mean something whatever the file system, as `features` lists them.
pub fn names() -> Vec<String> {
    let attributes = [
        "ro",
        "rw",
        "nosuid",
        "suid",
        "nodev",
        "dev",
        "noexec",
        "exec",
        "nodiratime",
        "diratime",
        "nosymfollow",
        "symfollow",
        "noatime",
        "atime",
        "strictatime",
        "nostrictatime",
        "relatime",
        "norelatime",
    ];
    let own = [
        "bind",
        "rbind",
        "defaults",
        "tmpcopyup",
        "private",
        "rprivate",
        "shared",
        "rshared",
        "slave",
        "rslave",
        "unbindable",
        "runbindable",
    ];
    let recursive = attributes.iter().map(|a| format!("r{a}"));
    let plain = attributes.iter().chain(&own).map(|o| (*o).to_string());
    let mut all: Vec<String> = plain.chain(recursive).collect();
    all.sort();
    all
}

/// The attribute that an option stands for and whether it sets or clears it; `relatime` is the field's zero.
fn attribute(option: &str) -> Option<(u64, bool)> {
    Some(match option {
        "ro" => (m::ATTR_RDONLY, true),
        "rw" => (m::ATTR_RDONLY, false),
        "nosuid" => (m::ATTR_NOSUID, true),
        "suid" => (m::ATTR_NOSUID, false),
        "nodev" => (m::ATTR_NODEV, true),
        "dev" => (m::ATTR_NODEV, false),
        "noexec" => (m::ATTR_NOEXEC, true),
        "exec" => (m::ATTR_NOEXEC, false),
        "nodiratime" => (m::ATTR_NODIRATIME, true),
        "diratime" => (m::ATTR_NODIRATIME, false),
        "nosymfollow" => (m::ATTR_NOSYMFOLLOW, true),
        "symfollow" => (m::ATTR_NOSYMFOLLOW, false),
        "noatime" => (m::ATTR_NOATIME, true),
        "strictatime" => (m::ATTR_STRICTATIME, true),
        "relatime" | "atime" | "norelatime" | "nostrictatime" => (0, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_sorted_by_whom_they_are_for() {
        let o =
            MountOptions::parse(&["nosuid", "strictatime", "mode=755", "rro", "rslave", "rbind", "size=64k"])
                .unwrap();
        assert_eq!(o.set, m::ATTR_NOSUID | m::ATTR_STRICTATIME);
        assert_eq!(o.clear, m::ATTR_ATIME);
        assert_eq!(o.set_recursive, m::ATTR_RDONLY);
        assert_eq!((o.propagation, o.propagation_recursive), (libc::MS_SLAVE, true));
        assert_eq!(o.bind, Some(Bind::Recursive));
        assert_eq!(o.data, ["mode=755", "size=64k"]);
    }

    #[test]
    fn the_last_of_contradictory_options_wins() {
        let o = MountOptions::parse(&["ro", "rw", "nodev", "noatime", "relatime"]).unwrap();
        assert_eq!((o.set, o.clear), (m::ATTR_NODEV, m::ATTR_RDONLY | m::ATTR_ATIME));
    }
}

//! Ids for containers in user namespaces of their own: as root each gets a range that no other container has; an ordinary user's ids are laid
//! out inside the user namespace that its containers have usually.

use std::fs::File;
use std::io::Read;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::unistd::{getegid, geteuid};

use crate::container::config::ContainerConfig;
use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::layers::LayerStore;
use crate::namespaces::mode::{self, Auto, UserMode};
use crate::namespaces::{Mapping, subid};
use crate::state::{Digest, Lock};

/// The least and the most ids that `auto` gives to an ordinary user's container, as podman has it.
const AUTO_SIZES: std::ops::RangeInclusive<u32> = 1024..=65_536;
/// No user database is larger, in bytes; more is not read.
const MAX_FILE: u64 = 16 * 1024 * 1024;

impl Engine {
    /// Sets the container's id mapping. The lock that is returned keeps the ids until others can see the config.
    /// With `keep-id` the container runs as that user, unless another was asked for.
    pub(super) fn map_ids(
        &self,
        mode: &UserMode,
        config: &mut ContainerConfig,
        user_asked: bool,
    ) -> Result<Option<Lock>> {
        match mode {
            UserMode::Usual | UserMode::Host => Ok(None),
            UserMode::Private if self.roots.rootless => Ok(None),
            UserMode::Private => self.allocate(&Auto::default(), config).map(Some),
            UserMode::Auto(auto) => self.allocate(auto, config).map(Some),
            UserMode::Mapped(mapping) if !self.roots.rootless => {
                config.id_mapping = Some(mapping.clone());
                Ok(None)
            }
            UserMode::KeepId { .. } | UserMode::NoMap if !self.roots.rootless => Kind::Unsupported.err(
                "the USER modes keep-id and nomap are for ordinary users; root has host, private and auto",
            ),
            UserMode::KeepId { .. } | UserMode::NoMap | UserMode::Mapped(_) => {
                let own = (geteuid().as_raw(), getegid().as_raw());
                let usual = Mapping::of_this_user()?;
                config.id_mapping = mode::nested(mode, &usual, own)?;
                if let UserMode::KeepId { uid, gid } = mode
                    && !user_asked
                {
                    run_as(config, (uid.unwrap_or(own.0), gid.unwrap_or(own.1)));
                }
                Ok(None)
            }
        }
    }

    fn allocate(&self, auto: &Auto, config: &mut ContainerConfig) -> Result<Lock> {
        let lock = Lock::exclusive(&self.roots.root)?;
        let mut used = Vec::new();
        for dir in self.containers().list()? {
            // One that goes away meanwhile has none any more.
            used.extend(dir.config().ok().and_then(|c| c.id_mapping));
        }
        config.id_mapping = Some(if self.roots.rootless {
            let usual = Mapping::of_this_user()?;
            // Says why if there are none.
            mode::nested(&UserMode::NoMap, &usual, (0, 0))?;
            let size = auto.size.unwrap_or_else(|| self.needed_ids(config));
            mode::allocate_nested(&usual, auto, size, &used)?
        } else {
            mode::allocate(auto, &used)?
        });
        Ok(lock)
    }

    /// How many ids the container's user, and the users and groups of its image, need.
    fn needed_ids(&self, config: &ContainerConfig) -> u32 {
        let store = LayerStore::new(&self.roots);
        let highest = |file: &str| {
            let found = config.layers.iter().rev().find_map(|layer| read(&store, layer, file));
            found.map_or(0, |text| highest_id(&text))
        };
        let user = config.process.user.split(':').filter_map(|id| id.parse().ok()).max().unwrap_or(0);
        let needed = highest("etc/passwd").max(highest("etc/group")).max(user).saturating_add(1);
        needed.clamp(*AUTO_SIZES.start(), *AUTO_SIZES.end())
    }
}

/// Has the container run as the user whose ids were kept, known to its user database.
fn run_as(config: &mut ContainerConfig, (uid, gid): (u32, u32)) {
    config.process.user = format!("{uid}:{gid}");
    let own = subid::user_name(geteuid().as_raw()).filter(|_| geteuid().as_raw() == uid);
    let (name, comment) = own.map_or_else(|| (uid.to_string(), "container user"), |name| (name, ""));
    let home = config.process.cwd.display();
    config.tuning.passwd.push(format!("{name}:*:{uid}:{gid}:{comment}:{home}:/bin/sh"));
}

/// A file of a layer that has it as a plain file.
fn read(store: &LayerStore, layer: &Digest, file: &str) -> Option<String> {
    let root = File::open(store.fs_dir(layer)).ok()?;
    // The layer is an image's: no link of it may lead anywhere, no pipe may make us wait.
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
    let opened = File::from(openat2(&root, file, how).ok()?);
    let mut text = Vec::new();
    opened.take(MAX_FILE).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The highest number in passwd(5) or group(5). "nobody" has a high one that programs don't need.
fn highest_id(text: &str) -> u32 {
    let id = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let ids = match fields.as_slice() {
            ["nobody" | "nogroup", ..] => return None,
            [_, _, uid, gid, _, ..] => [uid, gid].map(|t| t.parse().ok()),
            [_, _, gid, ..] => [gid.parse::<u32>().ok(), None],
            _ => return None,
        };
        ids.into_iter().flatten().max()
    };
    text.lines().filter_map(id).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_id_is_found() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:\napp:x:1000:2000::/:\nbad\nx:y:z\n";
        assert_eq!(highest_id(passwd), 2000);
        assert_eq!(highest_id("root:x:0:\nnogroup:x:65534:\nusers:x:100:a,b\n"), 100);
        assert_eq!(highest_id(""), 0);
    }
}

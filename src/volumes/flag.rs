//! `--volume [SOURCE:]DESTINATION[:OPTION,…]`, as docker reads it, with podman's further options.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::driver::DriverOptions;
use super::point::{
    Given, MountPoint, MountSource, OverlayDirs, Readonly, Recursion, Relabel, container_path,
};
use super::store::check_name;
use crate::error::{Context, Error, Kind, Result};

impl FromStr for MountPoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Kind::Invalid.err("invalid empty volume spec");
        }
        let fields: Vec<&str> = text.split(':').collect();
        if fields.iter().any(|f| f.is_empty()) {
            return Kind::Invalid.err(format!("invalid spec: {text}: empty section between colons"));
        }
        let invalid = || format!("invalid volume specification: '{text}'");
        let (source, destination, options) = match fields.as_slice() {
            [destination] => (None, *destination, ""),
            [source, destination] => (Some(*source), *destination, ""),
            [source, destination, options] => (Some(*source), *destination, *options),
            _ => return Kind::Invalid.err(invalid()),
        };
        let destination = container_path(destination).with_context(invalid)?;
        let given = Given::Volume(options.into());
        let mut point = match source {
            None => Self::anonymous(destination, given),
            Some(source) => Self::new(destination, origin(source)?, given),
        };
        let mut seen = Seen::default();
        for option in options.split(',').filter(|o| !o.is_empty()) {
            seen.add(option, options)?;
            apply(&mut point, option).with_context(|| format!("invalid mode: {options}"))?;
        }
        finish(&mut point).with_context(invalid)?;
        Ok(point)
    }
}

/// A path of the host, absolute or after `.` and `..`; or the name of a volume.
fn origin(text: &str) -> Result<MountSource> {
    if text.starts_with('/') {
        return Ok(MountSource::Bind { path: text.into(), create: true });
    }
    if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
        let path = std::path::absolute(text).with_context(|| format!("finding {text}"))?;
        return Ok(MountSource::Bind { path: super::point::plain(&path), create: true });
    }
    check_name(text)?;
    Ok(MountSource::Volume {
        name: text.into(),
        anonymous: false,
        subpath: None,
        labels: BTreeMap::new(),
        driver: DriverOptions::default(),
    })
}

/// Which groups of options were given: of each at most one.
#[derive(Default)]
struct Seen {
    groups: Vec<&'static str>,
}

impl Seen {
    fn add(&mut self, option: &str, all: &str) -> Result<()> {
        let group = match option {
            "ro" | "rw" | "readonly" => "access",
            "z" | "Z" => "label",
            "exec" | "noexec" => "exec",
            "dev" | "nodev" => "dev",
            "suid" | "nosuid" => "suid",
            "bind" | "rbind" => "bind",
            "copy" | "nocopy" => "copy",
            "consistent" | "cached" | "delegated" => "consistency",
            o if is_propagation(o) => "propagation",
            _ => return Ok(()),
        };
        if self.groups.contains(&group) {
            return Kind::Invalid.err(format!("invalid mode: {all}"));
        }
        self.groups.push(group);
        Ok(())
    }
}

pub fn is_propagation(option: &str) -> bool {
    matches!(
        option,
        "shared" | "slave" | "private" | "unbindable" | "rshared" | "rslave" | "rprivate" | "runbindable"
    )
}

/// One option of either notation that stands for itself.
pub fn apply(point: &mut MountPoint, option: &str) -> Result<()> {
    match option {
        "ro" | "readonly" => point.readonly = Readonly::Yes,
        "rw" => point.readonly = Readonly::No,
        "z" => point.relabel = Some(Relabel::Shared),
        "Z" => point.relabel = Some(Relabel::Private),
        "U" => point.chown = true,
        "O" => drop(point.overlay.get_or_insert_with(OverlayDirs::default)),
        "copy" => point.copy = true,
        "nocopy" => point.copy = false,
        "idmap" => point.idmap = true,
        "rbind" => point.recursion = Recursion::Enabled,
        "bind" => point.recursion = Recursion::Disabled,
        "consistent" | "cached" | "delegated" => point.consistency = Some(option.into()),
        "exec" | "noexec" | "dev" | "nodev" | "suid" | "nosuid" => point.flags.push(option.into()),
        o if is_propagation(o) => point.propagation = o.into(),
        other => match other.split_once('=') {
            Some(("upperdir", dir)) => overlay_dirs(point).upper = Some(overlay_dir(dir)?),
            Some(("workdir", dir)) => overlay_dirs(point).work = Some(overlay_dir(dir)?),
            Some(("idmap", _)) => {
                return Kind::Unsupported.err(format!(
                    "{other}: only idmap, with the ids of the container's user namespace; give those with --uidmap and --gidmap"
                ));
            }
            _ => return Kind::Invalid.err(format!("unknown option {other:?}")),
        },
    }
    Ok(())
}

fn overlay_dirs(point: &mut MountPoint) -> &mut OverlayDirs {
    point.overlay.get_or_insert_with(OverlayDirs::default)
}

fn overlay_dir(text: &str) -> Result<PathBuf> {
    if Path::new(text).is_absolute() {
        return Ok(text.into());
    }
    Kind::Invalid.err(format!("the overlay directory {text:?} must be an absolute path"))
}

/// Refuses what doesn't go together, in whatever order it was given.
pub fn finish(point: &mut MountPoint) -> Result<()> {
    let is_bind = matches!(point.source, MountSource::Bind { .. });
    let of_volume = |field: &str| {
        Kind::Invalid.err(format!(
            "invalid mount config for type \"{}\": field {field} must not be specified",
            if is_bind { "bind" } else { "volume" }
        ))
    };
    if is_bind && !point.copy {
        return of_volume("VolumeOptions");
    }
    if !is_bind && (!point.propagation.is_empty() || point.recursion == Recursion::Disabled) {
        return of_volume("BindOptions");
    }
    if let Some(dirs) = &point.overlay {
        if dirs.upper.is_some() != dirs.work.is_some() {
            return Kind::Invalid.err("an overlay with upperdir needs workdir too, and the other way round");
        }
        if point.readonly.is_set() || point.idmap || point.recursion == Recursion::Disabled {
            return Kind::Invalid.err("the option O goes with none of ro, idmap and bind");
        }
    }
    if is_bind && point.propagation.is_empty() {
        point.propagation = "rprivate".into();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> MountPoint {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e:#}"))
    }

    #[test]
    fn binds_and_volumes_as_docker_reads_them() {
        let m = parse("/a:/b/../c:ro,rslave,z,noexec");
        assert_eq!(m.source, MountSource::Bind { path: "/a".into(), create: true });
        assert_eq!(
            (m.destination, m.readonly, m.relabel),
            ("/c".into(), Readonly::Yes, Some(Relabel::Shared))
        );
        assert_eq!((m.propagation.as_str(), m.flags), ("rslave", vec!["noexec".to_string()]));
        let MountSource::Bind { path, .. } = parse("./x:/b").source else { panic!() };
        assert!(path.is_absolute() && path.ends_with("x"));
        let m = parse("name:/b:nocopy,U");
        assert_eq!((m.volume(), m.copy, m.chown, m.propagation.as_str()), (Some("name"), false, true, ""));
        assert_eq!(parse("/b").anonymous_volume(), Some(""));
        assert_eq!(parse("/b:/c").propagation, "rprivate");
        let m = parse("/a:/b:O,upperdir=/u,workdir=/w");
        assert_eq!(m.overlay, Some(OverlayDirs { upper: Some("/u".into()), work: Some("/w".into()) }));
    }

    #[test]
    fn mistakes_are_told_in_dockers_words() {
        for (text, says) in [
            ("", "invalid empty volume spec"),
            ("/tmp:", "empty section between colons"),
            ("a:b:c:d", "invalid volume specification: 'a:b:c:d'"),
            ("/tmp:/x:zz", "invalid mode: zz"),
            ("v1:/x:ro,rw", "invalid mode: ro,rw"),
            ("v1:/x:z,Z", "invalid mode: z,Z"),
            ("v1:x", "invalid mount path: 'x' mount path must be absolute"),
            ("v1:/", "destination can't be '/'"),
            ("/x/..", "destination can't be '/'"),
            ("x!:/y", "includes invalid characters for a local volume name"),
            ("rel/p:/x", "If you intended to pass a host directory, use absolute path"),
            ("/tmp:/x:nocopy", "type \"bind\": field VolumeOptions must not be specified"),
            ("vol:/x:rslave", "type \"volume\": field BindOptions must not be specified"),
            ("/a:/b:O,upperdir=/u", "needs workdir"),
            ("/a:/b:O,ro", "goes with none of ro"),
            ("/a:/b:upperdir=u", "must be an absolute path"),
        ] {
            let error = format!("{:#}", text.parse::<MountPoint>().unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}

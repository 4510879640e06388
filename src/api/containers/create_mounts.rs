//! The mounts of a request to make a container: the JSON of the Engine API (Mount) becomes what `--mount` means, so that both have the same
//! rules.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::create_host::HostBody;
use crate::api::json::{Set, or_default};
use crate::api::version::ApiVersion;
use crate::engine::containers::{
    FilesRequest, MountPoint, MountSource, OwnLayer, TmpfsMount, parse_mount, quantity,
};
use crate::error::{Kind, Result};

/// `Mount`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct MountBody {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    kind: String,
    #[serde(deserialize_with = "or_default")]
    source: String,
    #[serde(deserialize_with = "or_default")]
    target: String,
    #[serde(deserialize_with = "or_default")]
    read_only: bool,
    #[serde(deserialize_with = "or_default")]
    consistency: String,
    bind_options: Option<BindOptionsBody>,
    volume_options: Option<VolumeOptionsBody>,
    tmpfs_options: Option<TmpfsOptionsBody>,
    image_options: Option<ImageOptionsBody>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct BindOptionsBody {
    #[serde(deserialize_with = "or_default")]
    propagation: String,
    #[serde(deserialize_with = "or_default")]
    non_recursive: bool,
    #[serde(deserialize_with = "or_default")]
    create_mountpoint: bool,
    #[serde(deserialize_with = "or_default")]
    read_only_non_recursive: bool,
    #[serde(deserialize_with = "or_default")]
    read_only_force_recursive: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct VolumeOptionsBody {
    #[serde(deserialize_with = "or_default")]
    no_copy: bool,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    driver_config: DriverBody,
    #[serde(deserialize_with = "or_default")]
    subpath: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DriverBody {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    options: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TmpfsOptionsBody {
    #[serde(deserialize_with = "or_default")]
    size_bytes: u64,
    #[serde(deserialize_with = "or_default")]
    mode: u32,
    /// Each a name, or a name and its value.
    #[serde(deserialize_with = "or_default")]
    options: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ImageOptionsBody {
    #[serde(deserialize_with = "or_default")]
    subpath: String,
}

impl MountBody {
    /// What a client of this version means by it.
    pub fn settle(&mut self, version: ApiVersion) -> Result<()> {
        let kind = self.kind.clone();
        if version < ApiVersion(42) {
            self.bind_options = self.bind_options.take().filter(|_| kind == "bind");
            self.volume_options = self.volume_options.take().filter(|_| kind == "volume");
            self.tmpfs_options = self.tmpfs_options.take().filter(|_| kind == "tmpfs");
        }
        for (name, is_there, of) in [
            ("BindOptions", self.bind_options.is_some(), "bind"),
            ("VolumeOptions", self.volume_options.is_some(), "volume"),
            ("TmpfsOptions", self.tmpfs_options.is_some(), "tmpfs"),
            ("ImageOptions", self.image_options.is_some(), "image"),
        ] {
            if is_there && kind != of {
                return Kind::Invalid.err(format!("{name} must not be specified on mount type {kind:?}"));
            }
        }
        let newer = |what: &str, since| Kind::Invalid.err(format!("{what} needs API v{since} or newer"));
        if let Some(bind) = &mut self.bind_options {
            bind.non_recursive &= version >= ApiVersion(40);
            bind.create_mountpoint &= version >= ApiVersion(42);
            if bind.read_only_force_recursive && version < ApiVersion(44) {
                return newer("BindOptions.ReadOnlyForceRecursive", ApiVersion(44));
            }
        }
        if kind == "bind" && self.read_only && version < ApiVersion(44) {
            self.bind_options.get_or_insert_default().read_only_non_recursive = true;
        }
        let subpath = self.volume_options.as_ref().is_some_and(|o| !o.subpath.is_empty());
        match kind.as_str() {
            "volume" if subpath && version < ApiVersion(45) => newer("VolumeOptions.Subpath", ApiVersion(45)),
            "image" if version < ApiVersion(48) => newer("Mount type \"Image\"", ApiVersion(48)),
            _ => Ok(()),
        }
    }

    /// Whether it is a volume that doesn't say by which driver.
    pub fn has_no_driver(&self) -> bool {
        let driver = self.volume_options.as_ref().map_or("", |o| &o.driver_config.name);
        self.kind == "volume" && driver.is_empty()
    }

    fn point(&self) -> Result<MountPoint> {
        let bind = self.bind_options.clone().unwrap_or_default();
        let volume = self.volume_options.clone().unwrap_or_default();
        let mut fields = vec![format!("type={}", self.kind), format!("target={}", self.target)];
        let mut add = |key: &str, value: &str| {
            if !value.is_empty() {
                fields.push(format!("{key}={value}"));
            }
        };
        let truth = |on: bool| if on { "true" } else { "" };
        add("source", &self.source);
        add("readonly", truth(self.read_only));
        add("consistency", &self.consistency);
        add("bind-propagation", &bind.propagation);
        add("bind-nonrecursive", truth(bind.non_recursive));
        add("bind-recursive", if bind.read_only_non_recursive { "writable" } else { "" });
        add("bind-recursive", if bind.read_only_force_recursive { "readonly" } else { "" });
        add("volume-nocopy", truth(volume.no_copy));
        add("volume-subpath", &volume.subpath);
        add("volume-driver", &volume.driver_config.name);
        volume.labels.iter().for_each(|(key, value)| add("volume-label", &format!("{key}={value}")));
        let options = volume.driver_config.options.iter();
        options.for_each(|(key, value)| add("volume-opt", &format!("{key}={value}")));
        add("image-subpath", self.image_options.as_ref().map_or("", |o| &o.subpath));
        let tmpfs = self.tmpfs_options.clone().unwrap_or_default();
        let positive = |n: u64| (n > 0).then_some(n);
        add("tmpfs-size", &positive(tmpfs.size_bytes).map_or(String::new(), |n| n.to_string()));
        add("tmpfs-mode", &positive(tmpfs.mode.into()).map_or(String::new(), |n| format!("{n:o}")));
        let quoted = fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect::<Vec<_>>();
        let mut point = parse_mount(&quoted.join(","))?;
        match &mut point.source {
            MountSource::Bind { create, .. } => *create = bind.create_mountpoint,
            MountSource::Tmpfs { options } => options.extend(tmpfs.further()?),
            _ => {}
        }
        Ok(point)
    }
}

impl TmpfsOptionsBody {
    /// Those that have no field of their own, as the command line writes them.
    fn further(&self) -> Result<Vec<String>> {
        let written = |option: &Vec<String>| match &option[..] {
            [name] => Ok(name.clone()),
            [name, value] => Ok(format!("{name}={value}")),
            _ => Kind::Invalid
                .err("invalid option in TmpfsOptions.Options: it has a name and at most one value"),
        };
        let all = self.options.iter().map(written).collect::<Result<Vec<_>>>()?.join(",");
        Ok(format!("/tmpfs:{all}").parse::<TmpfsMount>()?.options)
    }
}

/// Everything of a request that is about files. `declared`: the places that its own configuration has for volumes.
pub fn files(host: &HostBody, declared: &Set) -> Result<FilesRequest> {
    let mut mounts: Vec<MountPoint> = host.binds.iter().map(|b| b.parse()).collect::<Result<_>>()?;
    for mount in &host.mounts {
        mounts.push(mount.point()?);
    }
    let tmpfs = host.tmpfs.iter().map(|(path, options)| format!("{path}:{options}").parse());
    let tmpfs: Vec<TmpfsMount> = tmpfs.collect::<Result<_>>()?;
    for place in declared.keys() {
        let point: MountPoint = place.parse()?;
        let taken = mounts.iter().any(|m| m.destination == point.destination)
            || tmpfs.iter().any(|t| t.destination == point.destination);
        if !taken {
            mounts.push(point);
        }
    }
    Ok(FilesRequest {
        mounts,
        tmpfs,
        volumes_from: host.volumes_from.iter().map(|v| v.parse()).collect::<Result<_>>()?,
        readonly_rootfs: host.readonly_rootfs,
        layer: OwnLayer { size: size(host)?, ..OwnLayer::default() },
        ..FilesRequest::default()
    })
}

fn size(host: &HostBody) -> Result<Option<u64>> {
    match host.storage_opt.keys().find(|key| *key != "size") {
        Some(other) => Kind::Invalid.err(format!("unknown option {other:?} in StorageOpt: size is known")),
        None => host.storage_opt.get("size").map(|text| quantity::size(text)).transpose(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_of_the_api_mean_what_the_option_means() {
        let point =
            |body: serde_json::Value| serde_json::from_value::<MountBody>(body).unwrap().point().unwrap();
        let bind = point(serde_json::json!({
            "Type": "bind", "Source": "/a,\"b", "Target": "/c", "ReadOnly": true, "BindOptions": {"CreateMountpoint": true, "Propagation": "rslave"},
        }));
        assert_eq!(bind.source, MountSource::Bind { path: "/a,\"b".into(), create: true });
        let asked = "type=volume,src=v1,dst=/x,volume-nocopy,volume-subpath=s,volume-label=k=v,\"volume-opt=o=a,b\",volume-opt=type=tmpfs,volume-opt=device=d";
        let volume = point(serde_json::json!({
            "Type": "volume", "Source": "v1", "Target": "/x", "TmpfsOptions": null,
            "VolumeOptions": {"NoCopy": true, "Subpath": "s", "Labels": {"k": "v"}, "DriverConfig": {"Options": {"o": "a,b", "type": "tmpfs", "device": "d"}}},
        }));
        assert_eq!(volume, parse_mount(asked).unwrap());
        let tmpfs = point(
            serde_json::json!({"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 1016}}),
        );
        assert_eq!(tmpfs, parse_mount("type=tmpfs,dst=/t,tmpfs-size=1024,tmpfs-mode=1770").unwrap());
        let options = point(
            serde_json::json!({"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"Options": [["exec"], ["uid", "5"]]}}),
        );
        assert_eq!(options.source, MountSource::Tmpfs { options: vec!["exec".into(), "uid=5".into()] });
    }
}

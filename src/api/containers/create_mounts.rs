//! The mounts of a request to make a container: the JSON of the Engine API (Mount) becomes what `--mount` means, so that both have the same
//! rules.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::create_host::HostBody;
use crate::api::json::{Set, or_default};
use crate::engine::containers::{FilesRequest, MountPoint, MountSource, OwnLayer, parse_mount, quantity};
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
    #[serde(deserialize_with = "or_default")]
    bind_options: BindOptionsBody,
    #[serde(deserialize_with = "or_default")]
    volume_options: VolumeOptionsBody,
    #[serde(deserialize_with = "or_default")]
    tmpfs_options: TmpfsOptionsBody,
    #[serde(deserialize_with = "or_default")]
    image_options: ImageOptionsBody,
}

#[derive(Debug, Default, Deserialize)]
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

#[derive(Debug, Default, Deserialize)]
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

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DriverBody {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    options: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TmpfsOptionsBody {
    #[serde(deserialize_with = "or_default")]
    size_bytes: u64,
    #[serde(deserialize_with = "or_default")]
    mode: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ImageOptionsBody {
    #[serde(deserialize_with = "or_default")]
    subpath: String,
}

impl MountBody {
    fn point(&self) -> Result<MountPoint> {
        let (bind, volume) = (&self.bind_options, &self.volume_options);
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
        add("image-subpath", &self.image_options.subpath);
        let tmpfs = &self.tmpfs_options;
        add(
            "tmpfs-size",
            &Some(tmpfs.size_bytes).filter(|n| *n > 0).map_or(String::new(), |n| n.to_string()),
        );
        add("tmpfs-mode", &Some(tmpfs.mode).filter(|n| *n > 0).map_or(String::new(), |n| format!("{n:o}")));
        let quoted = fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect::<Vec<_>>();
        let mut point = parse_mount(&quoted.join(","))?;
        if let MountSource::Bind { create, .. } = &mut point.source {
            *create = bind.create_mountpoint;
        }
        Ok(point)
    }
}

/// Everything of a request that is about files. `declared`: the places that its own configuration has for volumes.
pub fn files(host: &HostBody, declared: &Set) -> Result<FilesRequest> {
    let mut mounts: Vec<MountPoint> = host.binds.iter().map(|b| b.parse()).collect::<Result<_>>()?;
    for mount in &host.mounts {
        mounts.push(mount.point()?);
    }
    let tmpfs = host.tmpfs.iter().map(|(path, options)| format!("{path}:{options}").parse());
    let tmpfs: Vec<crate::engine::containers::TmpfsMount> = tmpfs.collect::<Result<_>>()?;
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
    }
}

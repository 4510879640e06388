//! What `inspect` says of a container's mounts, in docker's shape.

use serde_json::{Map, Value, json};

use crate::container::ContainerDir;
use crate::container::config::ContainerConfig;
use crate::sys::mount::is_mounted_at;
use crate::volumes::{Given, MountPoint, MountSource, Recursion, Relabel};

/// `.Mounts`
pub fn mounts(dir: &ContainerDir, config: &ContainerConfig) -> Vec<Value> {
    // ROOT/containers/<id> → ROOT/volumes
    let volumes =
        dir.path.parent().and_then(|p| p.parent()).map(|root| root.join("volumes")).unwrap_or_default();
    let one = |point: &MountPoint| {
        let mut value = json!({ "Type": point.source.kind() });
        match &point.source {
            MountSource::Volume { name, .. } => {
                value["Name"] = name.as_str().into();
                value["Source"] = volumes.join(name).join("_data").display().to_string().into();
            }
            MountSource::Bind { path, .. } => value["Source"] = path.display().to_string().into(),
            MountSource::Image { image, .. } => value["Source"] = image.as_str().into(),
            _ => value["Source"] = "".into(),
        }
        value["Destination"] = point.destination.display().to_string().into();
        if point.volume().is_some() {
            value["Driver"] = "local".into();
        }
        value["Mode"] = mode(point).into();
        value["RW"] = (!point.readonly.is_set()).into();
        value["Propagation"] = point.propagation.as_str().into();
        value
    };
    config.mounts.iter().map(one).collect()
}

/// As it was typed; a volume of a name has docker's default.
fn mode(point: &MountPoint) -> String {
    let named = point.volume().is_some() && point.anonymous_volume().is_none();
    match &point.given {
        Given::Volume(options) if !options.is_empty() => options.clone(),
        Given::Volume(_) | Given::Mount if named => "z".into(),
        _ => String::new(),
    }
}

/// `.HostConfig.Binds`: what `--volume` gave a source.
pub fn binds(config: &ContainerConfig) -> Vec<String> {
    let one = |point: &MountPoint| {
        let Given::Volume(options) = &point.given else { return None };
        let source = match &point.source {
            MountSource::Bind { path, .. } => path.display().to_string(),
            MountSource::Volume { name, anonymous: false, .. } => name.clone(),
            _ => return None,
        };
        let options = if options.is_empty() { String::new() } else { format!(":{options}") };
        Some(format!("{source}:{}{options}", point.destination.display()))
    };
    config.mounts.iter().filter_map(one).collect()
}

/// Fields of `.HostConfig` that are there only with a content.
pub fn fields(config: &ContainerConfig) -> Map<String, Value> {
    let mut fields = Map::new();
    let given: Vec<Value> = config.mounts.iter().filter(|m| m.given == Given::Mount).map(asked).collect();
    if !given.is_empty() {
        fields.insert("Mounts".into(), given.into());
    }
    if let Some(size) = config.layer.size {
        fields.insert("StorageOpt".into(), json!({ "size": size.to_string() }));
    }
    fields
}

/// One `--mount` (Engine API, Mount).
fn asked(point: &MountPoint) -> Value {
    let mut value = json!({ "Type": point.source.kind() });
    let source = match &point.source {
        MountSource::Volume { anonymous: true, .. } => None,
        _ => point.shown_source(),
    };
    if let Some(source) = source {
        value["Source"] = source.into();
    }
    value["Target"] = point.destination.display().to_string().into();
    if point.readonly.is_set() {
        value["ReadOnly"] = true.into();
    }
    if let Some(consistency) = &point.consistency {
        value["Consistency"] = consistency.as_str().into();
    }
    let (key, options) = options(point);
    if options.as_object().is_some_and(|o| !o.is_empty()) {
        value[key] = options;
    }
    value
}

/// The options of its type.
fn options(point: &MountPoint) -> (&'static str, Value) {
    let mut options = json!({});
    match &point.source {
        MountSource::Bind { .. } => {
            options["Propagation"] = point.propagation.as_str().into();
            match point.recursion {
                Recursion::Enabled => {}
                Recursion::Disabled => options["NonRecursive"] = true.into(),
                Recursion::Writable => options["ReadOnlyNonRecursive"] = true.into(),
                Recursion::Readonly => options["ReadOnlyForceRecursive"] = true.into(),
            }
            if let Some(relabel) = point.relabel {
                options["Relabel"] = if relabel == Relabel::Shared { "shared" } else { "private" }.into();
            }
            ("BindOptions", options)
        }
        MountSource::Volume { labels, driver, subpath, .. } => {
            if !point.copy {
                options["NoCopy"] = true.into();
            }
            if !labels.is_empty() {
                options["Labels"] = json!(labels);
            }
            if !driver.is_empty() {
                options["DriverConfig"] = json!({ "Name": "local", "Options": driver.all() });
            }
            if let Some(subpath) = subpath {
                options["Subpath"] = subpath.display().to_string().into();
            }
            ("VolumeOptions", options)
        }
        MountSource::Tmpfs { options: given } | MountSource::Ramfs { options: given } => {
            let value = |key: &str| given.iter().find_map(|o| o.strip_prefix(key));
            if let Some(size) = value("size=").and_then(|s| s.parse::<u64>().ok()) {
                options["SizeBytes"] = size.into();
            }
            if let Some(mode) = value("mode=").and_then(|m| u32::from_str_radix(m, 8).ok()) {
                options["Mode"] = mode.into();
            }
            ("TmpfsOptions", options)
        }
        MountSource::Image { subpath, .. } => {
            if let Some(subpath) = subpath {
                options["Subpath"] = subpath.display().to_string().into();
            }
            ("ImageOptions", options)
        }
        MountSource::Devpts { .. } => ("DevptsOptions", options),
    }
}

/// `.Config.Volumes`
pub fn declared(config: &ContainerConfig) -> Value {
    if config.volumes.is_empty() {
        return Value::Null;
    }
    config.volumes.iter().map(|place| (place.clone(), json!({}))).collect::<Map<_, _>>().into()
}

/// Whether its files are mounted by `mount`. The container's own mount is no one else's to see.
pub fn is_mounted(dir: &ContainerDir, config: &ContainerConfig) -> bool {
    let may_be = config.has_layer() && !config.layer.ephemeral;
    may_be && is_mounted_at(&dir.path.join("rootfs")).unwrap_or(false)
}

/// Where its own layer is on the disk; nowhere, if that is in memory.
pub fn graph_driver(dir: &ContainerDir, config: &ContainerConfig, is_mounted: bool) -> Value {
    let mut data = json!({});
    if config.has_layer() && !config.layer.ephemeral {
        data["UpperDir"] = dir.path.join("upper").display().to_string().into();
        data["WorkDir"] = dir.path.join("work").display().to_string().into();
        if is_mounted {
            data["MergedDir"] = dir.path.join("rootfs").display().to_string().into();
        }
    }
    json!({ "Name": "overlay2", "Data": data })
}

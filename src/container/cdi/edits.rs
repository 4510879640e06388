//! What a description changes in a container's Spec.

use std::path::{Component, Path, PathBuf};

use oci_spec::runtime::{Hook, HookBuilder, Hooks, Mount, Spec};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Kind, Result};

/// As in the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ContainerEdits {
    env: Vec<String>,
    device_nodes: Vec<DeviceNode>,
    hooks: Vec<DescribedHook>,
    mounts: Vec<DescribedMount>,
    /// The specification's text and its example disagree on the name.
    #[serde(alias = "additionalGIDs")]
    additional_gids: Option<Vec<u32>>,
    intel_rdt: Option<Value>,
    net_devices: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DeviceNode {
    /// In the container.
    pub path: PathBuf,
    pub host_path: Option<PathBuf>,
    /// `b`, `c`, `u` or `p`
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub major: Option<i64>,
    pub minor: Option<i64>,
    pub file_mode: Option<u32>,
    pub permissions: Option<String>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribedMount {
    host_path: PathBuf,
    container_path: PathBuf,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    options: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribedHook {
    hook_name: String,
    path: PathBuf,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: Vec<String>,
    timeout: Option<i64>,
}

const HOOKS: [&str; 6] =
    ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

impl ContainerEdits {
    /// What not every version of the specification has.
    pub fn needs(&self) -> Vec<(&'static str, &'static str)> {
        let asked = [
            (self.net_devices.is_some(), "netDevices", "1.1.0"),
            (self.intel_rdt.is_some(), "intelRdt", "0.7.0"),
            (self.additional_gids.is_some(), "additionalGids", "0.7.0"),
            (self.device_nodes.iter().any(|n| n.host_path.is_some()), "hostPath of a device node", "0.5.0"),
            (self.mounts.iter().any(|m| m.kind.is_some()), "type of a mount", "0.4.0"),
        ];
        asked.into_iter().filter(|(asked, ..)| *asked).map(|(_, what, version)| (what, version)).collect()
    }

    pub fn check(&self) -> Result<()> {
        let invalid = |what: String| Kind::Invalid.err(what);
        if let Some(text) = self.env.iter().find(|e| e.find('=').is_none_or(|at| at == 0)) {
            return invalid(format!("env: {text:?} is not NAME=VALUE"));
        }
        for node in &self.device_nodes {
            let places = [Some(&node.path), node.host_path.as_ref()];
            if places.into_iter().flatten().any(|p| !is_plain(p)) {
                return invalid(format!(
                    "device node {}: the path must be absolute and plain",
                    node.path.display()
                ));
            }
            let access = node.permissions.as_deref().unwrap_or_default();
            if access.chars().any(|c| !"rwm".contains(c)) {
                return invalid(format!("device node {}: permissions {access:?}", node.path.display()));
            }
            if node.kind.as_deref().is_some_and(|k| !["", "b", "c", "u", "p"].contains(&k)) {
                return invalid(format!("device node {}: type {:?}", node.path.display(), node.kind));
            }
        }
        for hook in &self.hooks {
            if !HOOKS.contains(&hook.hook_name.as_str()) {
                return invalid(format!("there is no hook {:?}", hook.hook_name));
            }
            if !hook.path.is_absolute() {
                return invalid(format!("{} hook: the path must be absolute", hook.hook_name));
            }
        }
        match self.mounts.iter().find(|m| m.host_path.as_os_str().is_empty() || !is_plain(&m.container_path))
        {
            Some(mount) => invalid(format!("mount on {}: incomplete paths", mount.container_path.display())),
            None => self.refuse_unsupported(),
        }
    }

    fn refuse_unsupported(&self) -> Result<()> {
        let asked = [(self.intel_rdt.is_some(), "intelRdt"), (self.net_devices.is_some(), "netDevices")];
        match asked.into_iter().find(|(asked, _)| *asked) {
            Some((_, what)) => Kind::Unsupported.err(format!("{what} in containerEdits is not supported")),
            None => Ok(()),
        }
    }
}

fn is_plain(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|c| c != Component::ParentDir)
}

/// All edits for a container.
#[derive(Debug, Default)]
pub struct Edits {
    pub env: Vec<String>,
    /// To be completed from the host's nodes by the caller.
    pub device_nodes: Vec<DeviceNode>,
    pub additional_gids: Vec<u32>,
    hooks: Vec<DescribedHook>,
    mounts: Vec<DescribedMount>,
}

impl Edits {
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.hooks.is_empty() && self.mounts.is_empty()
    }

    pub(super) fn extend(&mut self, edits: &ContainerEdits) {
        self.env.extend(edits.env.iter().cloned());
        self.device_nodes.extend(edits.device_nodes.iter().cloned());
        self.hooks.extend(edits.hooks.iter().cloned());
        self.mounts.extend(edits.mounts.iter().cloned());
        // The specification: values of 0 are ignored.
        self.additional_gids.extend(edits.additional_gids.iter().flatten().filter(|g| **g != 0));
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.mounts.iter().find(|m| !m.host_path.is_absolute() && m.kind.is_none()) {
            Some(mount) => Kind::Invalid
                .err(format!("CDI: the source {} of a mount must be absolute", mount.host_path.display())),
            None => Ok(()),
        }
    }

    /// Makes the edits, but for the device nodes.
    pub fn apply(&self, spec: &mut Spec) -> Result<()> {
        if let Some(mut process) = spec.process().clone() {
            let mut env = process.env().clone().unwrap_or_default();
            let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_string();
            env.retain(|e| self.env.iter().all(|new| name(new) != name(e)));
            env.extend(self.env.iter().cloned());
            process.set_env(Some(env));
            spec.set_process(Some(process));
        }
        let mut mounts = spec.mounts().clone().unwrap_or_default();
        mounts.extend(self.mounts.iter().map(mount));
        // The root first, parents before what lies below them; otherwise as they came.
        mounts.sort_by_key(|m| m.destination().components().count());
        spec.set_mounts(Some(mounts));
        if !self.hooks.is_empty() {
            spec.set_hooks(Some(self.hooks()?));
        }
        Ok(())
    }

    fn hooks(&self) -> Result<Hooks> {
        let mut hooks = Hooks::default();
        let of = |name: &str| -> Result<Option<Vec<Hook>>> {
            let list: Vec<_> = self.hooks.iter().filter(|h| h.hook_name == name).collect();
            let made = list.into_iter().map(hook).collect::<Result<Vec<_>>>()?;
            Ok(Some(made).filter(|l| !l.is_empty()))
        };
        #[allow(deprecated)] // by the specification, and used by vendors
        hooks.set_prestart(of("prestart")?);
        hooks
            .set_create_runtime(of("createRuntime")?)
            .set_create_container(of("createContainer")?)
            .set_start_container(of("startContainer")?)
            .set_poststart(of("poststart")?)
            .set_poststop(of("poststop")?);
        Ok(hooks)
    }
}

fn mount(described: &DescribedMount) -> Mount {
    let mut options = described.options.clone();
    let binds = options.iter().any(|o| o == "bind" || o == "rbind");
    if described.kind.is_none() && !binds {
        options.push("bind".into());
    }
    let mut mount = Mount::default();
    mount
        .set_destination(described.container_path.clone())
        .set_source(Some(described.host_path.clone()))
        .set_typ(Some(described.kind.clone().unwrap_or_else(|| "bind".into())))
        .set_options(Some(options));
    mount
}

fn hook(described: &DescribedHook) -> Result<Hook> {
    let mut builder = HookBuilder::default()
        .path(described.path.clone())
        .args(described.args.clone())
        .env(described.env.clone());
    if let Some(seconds) = described.timeout {
        builder = builder.timeout(seconds);
    }
    Ok(builder.build()?)
}

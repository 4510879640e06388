//! `commit`: what a container has changed becomes a layer, and that with its configuration an image.

use serde_json::{Map, Value, json};

use super::assemble::Made;
use super::instructions;
use super::merge::merge;
use super::new_layer::NewLayer;
use crate::container::ContainerConfig;
use crate::container::owners;
use crate::engine::Engine;
use crate::engine::files::Work;
use crate::engine::progress::Progress;
use crate::error::{self, Context, Kind, Result};
use crate::image::document::{Descriptor, Manifest};
use crate::image::media::{DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, OCI_CONFIG, OCI_LAYER, is_manifest};
use crate::image::{ImageReference, Platform, config, lookup};
use crate::state::Digest;

/// The diff ID of a layer in which nothing is: 1024 bytes of zeros.
const EMPTY_LAYER: u64 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum CommitFormat {
    /// Manifest and configuration of the OCI
    #[default]
    Oci,
    /// Docker's manifest, schema 2
    Docker,
}

#[derive(Debug, Clone, Default)]
pub struct CommitRequest {
    pub container: String,
    pub name: Option<ImageReference>,
    pub author: Option<String>,
    pub message: Option<String>,
    /// Dockerfile instructions (see [`instructions`]).
    pub changes: Vec<String>,
    /// What the changes are made to, the `config` of an image; where it is empty it becomes as the container is ([`merge`]). None: they
    /// are made to what the container has.
    pub config: Option<Map<String, Value>>,
    /// Freeze the container meanwhile; none: if that can be done.
    pub pause: Option<bool>,
    /// One layer with everything.
    pub squash: bool,
    /// Seconds since the epoch: when the image was made, and the newest time that its new files have.
    pub timestamp: Option<i64>,
    pub format: CommitFormat,
}

/// The image that a container was made of, as far as it is still there.
struct Base {
    document: Value,
    layers: Vec<Descriptor>,
    diff_ids: Vec<Digest>,
}

impl Engine {
    /// Makes an image of a container; answers its ID.
    pub fn commit(&self, request: &CommitRequest, progress: &dyn Progress) -> Result<Digest> {
        let (dir, _) = self.find(&request.container)?;
        let container = dir.config()?;
        let own = self.own_layer(&dir, &container)?;
        let base = self.base(&container, request.squash)?;
        // Before anything is read.
        let run = changed(request, &container, &base)?;
        let (newest, owners) = (request.timestamp, owners::to_image(&self.roots, &container));
        let work = if request.squash {
            Work::Squash { layers: own.layers.clone(), own, newest, owners }
        } else {
            Work::Layer { own, newest, owners }
        };
        let frozen = self.freeze_for(request)?;
        let made = Self::layer_stream(&work)
            .and_then(|stream| self.new_layer(stream))
            .context("reading what the container has changed");
        let thawed = match frozen.then(|| self.unpause(&request.container)) {
            // It was killed, or let go by another, meanwhile.
            Some(Err(e)) if error::is(&e, Kind::Conflict) || error::is(&e, Kind::NotFound) => Ok(()),
            Some(result) => result,
            None => Ok(()),
        };
        let made = made.and_then(|layer| thawed.map(|()| layer))?;
        let layer = (made.size() != EMPTY_LAYER).then_some(made);
        let (document, manifest) = describe(request, &container, (base, run), layer.as_ref())?;
        let made = Made { manifest: &manifest, document: &document, layer, name: request.name.as_ref() };
        let id = self.add_made(made, progress)?;
        if let Some(name) = &request.name {
            self.tell_image("tag", &id.to_string(), &name.familiar());
        }
        self.tell(&container, "commit");
        Ok(id)
    }

    /// Whether the container was frozen by this.
    fn freeze_for(&self, request: &CommitRequest) -> Result<bool> {
        let (_, state) = self.find(&request.container)?;
        if request.pause == Some(false) || !state.status.is_active() || state.paused {
            return Ok(false);
        }
        match self.pause(&request.container) {
            Ok(()) => Ok(true),
            // It has ended, or was paused by another, meanwhile.
            Err(e) if error::is(&e, Kind::Conflict) => Ok(false),
            Err(e) if request.pause.is_none() && error::is(&e, Kind::Unsupported) => {
                log::warn!(
                    "the container runs on while its files are read, and may change them: {}",
                    error::one_line(&e)
                );
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }

    /// What the new image begins with.
    fn base(&self, container: &ContainerConfig, squash: bool) -> Result<Base> {
        let images = self.images();
        let records = images.records()?;
        let id = container.image_id.as_ref().context("the container's image has no ID")?;
        let found = lookup::find_opt(&images, &records, &id.to_string())?;
        let Some(found) = found else {
            return Kind::NotFound.err(format!(
                "the image {} that container {} was made of is gone, and its layers with it: pull or load it again, then commit",
                container.image, container.name
            ));
        };
        let (_, manifest, config) = images.documents(found.record.manifest())?;
        let mut document = config.raw;
        if squash {
            document["history"] = json!([]);
            return Ok(Base { document, layers: Vec::new(), diff_ids: Vec::new() });
        }
        Ok(Base { document, layers: manifest.layers, diff_ids: config.diff_ids })
    }
}

/// What the new image's containers are run with.
fn changed(request: &CommitRequest, container: &ContainerConfig, base: &Base) -> Result<Map<String, Value>> {
    let mut run = run_config(container, base.document.get("config"));
    if let Some(mut given) = request.config.clone() {
        instructions::apply(&mut given, &request.changes)?;
        return Ok(merge(given, &run));
    }
    instructions::apply(&mut run, &request.changes)?;
    Ok(run)
}

/// The new image's configuration and manifest.
fn describe(
    request: &CommitRequest,
    container: &ContainerConfig,
    (mut base, run): (Base, Map<String, Value>),
    new: Option<&NewLayer>,
) -> Result<(Vec<u8>, Manifest)> {
    let docker = request.format == CommitFormat::Docker;
    let created = match request.timestamp {
        Some(seconds) => jiff::Timestamp::from_second(seconds).context("the time of the image")?,
        None => jiff::Timestamp::now(),
    };
    if let Some(layer) = new {
        base.layers.push(layer.descriptor(if docker { DOCKER_LAYER } else { OCI_LAYER }));
        base.diff_ids.push(layer.digest());
    }
    let mut history = base.document.get("history").and_then(Value::as_array).cloned().unwrap_or_default();
    history.push(step(request, container, &created.to_string(), new.is_none()));
    let platform = config::parse(&serde_json::to_vec(&base.document)?)
        .map_or_else(|_| Platform::host(), |config| config.platform());
    let mut document = json!({
        "created": created.to_string(),
        "architecture": platform.architecture,
        "os": platform.os,
        "config": run,
        "rootfs": {"type": "layers", "diff_ids": base.diff_ids},
        "history": history,
    });
    if let Some(variant) = platform.variant {
        document["variant"] = variant.into();
    }
    if let Some(author) = &request.author {
        document["author"] = author.clone().into();
    }
    if docker {
        document["container"] = container.id.as_str().into();
        document["comment"] = request.message.clone().unwrap_or_default().into();
    }
    let bytes = serde_json::to_vec(&document).context("encoding the configuration")?;
    let config_type = if docker { DOCKER_CONFIG } else { OCI_CONFIG };
    let mut manifest = Manifest::new(Descriptor::of(config_type, &bytes), base.layers);
    if docker {
        manifest.media_type = Some(DOCKER_MANIFEST.to_string());
        debug_assert!(is_manifest(DOCKER_MANIFEST));
    }
    Ok((bytes, manifest))
}

fn step(request: &CommitRequest, container: &ContainerConfig, created: &str, empty: bool) -> Value {
    let mut step = json!({"created": created, "created_by": container.process.command.join(" ")});
    if let Some(author) = &request.author {
        step["author"] = author.clone().into();
    }
    if let Some(message) = &request.message {
        step["comment"] = message.clone().into();
    }
    if empty {
        step["empty_layer"] = true.into();
    }
    step
}

/// What a container is run with, as the configuration of an image has it.
fn run_config(container: &ContainerConfig, base: Option<&Value>) -> Map<String, Value> {
    let mut run = Map::new();
    let of_base = |key: &str| base.and_then(|b| b.get(key)).filter(|v| !v.is_null());
    let process = &container.process;
    let mut set = |key: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
            || value.as_str().is_some_and(str::is_empty);
        if !empty && !value.is_null() {
            run.insert(key.to_string(), value);
        }
    };
    set("User", process.user.clone().into());
    let ports: Map<String, Value> = container.exposed_ports.iter().map(|p| (p.clone(), json!({}))).collect();
    set("ExposedPorts", ports.into());
    set("Env", process.env.clone().into());
    set("Entrypoint", process.entrypoint.clone().into());
    set("Cmd", process.command.clone().into());
    set("Volumes", of_base("Volumes").cloned().unwrap_or_default());
    let cwd = process.cwd.to_string_lossy().into_owned();
    if cwd != "/" || of_base("WorkingDir").is_some() {
        set("WorkingDir", cwd.into());
    }
    set("Labels", json!(container.labels));
    set("StopSignal", stop_signal(container, of_base("StopSignal")));
    if let Some(health) = &container.health {
        set(
            "Healthcheck",
            json!({
                "Test": health.test,
                "Interval": health.interval.as_nanos() as u64,
                "Timeout": health.timeout.as_nanos() as u64,
                "StartPeriod": health.start_period.as_nanos() as u64,
                "StartInterval": health.start_interval.as_nanos() as u64,
                "Retries": health.retries,
            }),
        );
    } else if of_base("Healthcheck").is_some() {
        // It was switched off.
        set("Healthcheck", json!({"Test": ["NONE"]}));
    }
    set("Shell", of_base("Shell").cloned().unwrap_or_default());
    run
}

fn stop_signal(container: &ContainerConfig, base: Option<&Value>) -> Value {
    let of_base = base.and_then(Value::as_str).unwrap_or_default();
    let same = crate::engine::containers::parse_signal(of_base).is_ok_and(|s| s == container.stop_signal);
    match (same, container.stop_signal) {
        (true, _) => of_base.into(),
        (false, libc::SIGTERM) if of_base.is_empty() => Value::Null,
        (false, signal) => crate::engine::containers::signal_name(signal).into(),
    }
}

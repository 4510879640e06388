//! Calls about images.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use serde_json::{Value, json};

use super::body::Out;
use super::call::Call;
use super::errors;
use super::image_versions;
use super::metrics::Metrics;
use super::reply::{Reply, TAR};
use super::version::ApiVersion;
use crate::engine::images::{
    Digest, ImageReference, ImportRequest, ListRequest, Platform, PruneRequest, RemoveRequest, Removed,
    SaveFormat, SaveTarget,
};
use crate::engine::login::RegistryAuth;
use crate::engine::progress::{Event, LayerState, Progress, Silent};
use crate::engine::search::SearchRequest;
use crate::engine::{PullRequest, Pulled, PushRequest, Pushed};
use crate::error::{self, Error, Kind, Result};

/// `GET /images/json`
pub fn list(call: &mut Call) -> Result<Reply> {
    let mut filters = call.query.filters()?.iter().map(|f| f.parse()).collect::<Result<Vec<_>>>()?;
    if let Some(name) = call.query.text("filter").filter(|_| call.version < ApiVersion(41)) {
        filters.push(format!("reference={name}").parse()?);
    }
    let images = call.engine().list_images(&ListRequest {
        filters,
        count_users: call.version >= ApiVersion(51),
        measure_shared: call.version >= ApiVersion(42) && call.query.flag("shared-size"),
    })?;
    let mut list: Vec<Value> = images.iter().map(|image| json!(image)).collect();
    for image in &mut list {
        image_versions::summary(image, call.version);
    }
    Reply::json(&list)
}

/// `GET /images/{name}/json`
pub fn inspect(call: &mut Call) -> Result<Reply> {
    let platform = platform(call, ApiVersion(49))?;
    if platform.is_some() && call.query.flag("manifests") {
        return Kind::Invalid.err("conflicting options: manifests and platform options cannot both be set");
    }
    let mut value = json!(call.engine().inspect_image(call.name(), platform.as_ref())?);
    image_versions::inspect(&mut value, call.version);
    Reply::json(&value)
}

/// `GET /images/{name}/history`
pub fn history(call: &mut Call) -> Result<Reply> {
    Reply::json(&call.engine().image_history(call.name(), platform(call, ApiVersion(48))?.as_ref())?)
}

/// The platform that is wanted of an image, by clients that can ask for it.
fn platform(call: &Call, since: ApiVersion) -> Result<Option<Platform>> {
    call.query.text("platform").filter(|_| call.version >= since).map(Platform::of_client).transpose()
}

/// A repository and a tag as clients give them: the tag may stand in either.
pub fn reference(repository: &str, tag: Option<&str>) -> String {
    match tag {
        None => repository.to_string(),
        Some(digest) if digest.contains(':') => format!("{repository}@{digest}"),
        Some(tag) => format!("{repository}:{tag}"),
    }
}

/// `POST /images/{name}/tag`
pub fn tag(call: &mut Call) -> Result<Reply> {
    let name = reference(call.required("repo")?, call.query.text("tag"));
    call.engine().tag_image(call.name(), &name)?;
    Ok(Reply::Empty(StatusCode::CREATED))
}

fn removed(report: &[Removed]) -> Vec<Value> {
    let one = |r: &Removed| {
        let untagged = r.untagged.iter().map(|name| json!({"Untagged": name}));
        untagged.chain(r.deleted.iter().chain(&r.layers).map(|id| json!({"Deleted": id}))).collect::<Vec<_>>()
    };
    report.iter().flat_map(one).collect()
}

/// `DELETE /images/{name}`
pub fn remove(call: &mut Call) -> Result<Reply> {
    // An image has one platform here: without that one it is no image.
    for platform in call.query.all("platforms").filter(|_| call.version >= ApiVersion(50)) {
        call.engine().inspect_image(call.name(), Some(&Platform::of_client(platform)?))?;
    }
    let request = RemoveRequest {
        image: call.name().to_string(),
        force: call.query.flag("force"),
        no_prune: call.query.flag("noprune"),
    };
    Reply::json(&removed(&[call.engine().remove_image(&request)?]))
}

/// `POST /images/prune`
pub fn prune(call: &mut Call) -> Result<Reply> {
    let mut request = PruneRequest::default();
    for text in call.query.filters()? {
        match text.split_once('=').unwrap_or((&text, "")) {
            ("dangling", "true" | "1") => request.all = false,
            ("dangling", "false" | "0") => request.all = true,
            ("label", label) => request.labels.push(label.into()),
            ("label!", label) => request.not_labels.push(label.into()),
            ("until", time) => request.until = Some(crate::engine::time::parse(time)?.as_second()),
            (key, _) => return Kind::Invalid.err(format!("invalid filter '{key}'")),
        }
    }
    let report = call.engine().prune_images(&request)?;
    call.prunes.begin();
    let deleted = removed(&report.images);
    Reply::json(&json!({
        "ImagesDeleted": if deleted.is_empty() { None } else { Some(deleted) },
        "SpaceReclaimed": report.reclaimed,
    }))
}

/// `POST /images/create`: pulls, or imports the body.
pub fn create(call: &mut Call) -> Result<Reply> {
    let platform = call.query.text("platform").map(str::parse::<Platform>).transpose()?;
    if let Some(image) = call.query.text("fromImage") {
        let name = reference(image, call.query.text("tag"));
        return pull(call, name, platform);
    }
    let Some(source) = call.query.text("fromSrc") else {
        return Kind::Invalid.err("one of fromImage and fromSrc must be given");
    };
    let name = call.query.text("repo").map(|repo| reference(repo, call.query.text("tag")));
    let request = ImportRequest {
        name: name.as_deref().map(ImageReference::parse).transpose()?,
        message: call.query.text("message").map(String::from),
        changes: call.query.all("changes").map(String::from).collect(),
        platform,
        source: source.to_string(),
    };
    let id = if request.source == "-" {
        let server = call.server.clone();
        server.engine.import(&request, &mut call.body, &Silent)?
    } else {
        call.engine().import_url(&request, &Silent)?
    };
    Ok(Reply::progress(move |out| out.line(&json!({"status": id.to_string()}))))
}

/// What the client knows of registries' accounts.
fn auth(call: &Call) -> Result<Option<RegistryAuth>> {
    call.header("X-Registry-Auth").map_or(Ok(None), RegistryAuth::decode)
}

fn pull(call: &mut Call, name: String, platform: Option<Platform>) -> Result<Reply> {
    let client = call.engine().registry_client_as(auth(call)?)?;
    let server = call.server.clone();
    let all = ImageReference::parse_untagged(&name).is_ok_and(|r| r.tag().is_none() && r.digest().is_none());
    Ok(Reply::progress(move |out| {
        let request = PullRequest { name, platform };
        let lines = Lines { metrics: Some(&server.metrics), ..Lines::new(out) };
        let report = |pulled: &Pulled| {
            lines.say(&json!({"status": format!("Digest: {}", pulled.digest)}));
            let state = if pulled.up_to_date { "Image is up to date" } else { "Downloaded newer image" };
            lines.say(&json!({"status": format!("Status: {state} for {}", pulled.reference.familiar())}));
        };
        let done = if all {
            server.engine.pull_all_tags(&client, &request, &lines, report)
        } else {
            server.engine.pull(&client, &request, &lines).map(|pulled| report(&pulled))
        };
        done.map_err(|error| denied(error, &request.name))
    }))
}

/// As dockerd tells of a registry that doesn't let a client in. (With 401 docker's command line would ask for a password.)
fn denied(error: Error, name: &str) -> Error {
    if !error::is(&error, Kind::Unauthorized) {
        return error;
    }
    let name = ImageReference::parse_untagged(name).map_or_else(|_| name.into(), |r| r.familiar_name());
    Kind::NotFound.error(format!(
        "pull access denied for {name}, repository does not exist or may require 'docker login': {}",
        error::one_line(&error)
    ))
}

/// `POST /images/{name}/push`
pub fn push(call: &mut Call) -> Result<Reply> {
    let client = call.engine().registry_client_as(auth(call)?)?;
    let tag = call.query.text("tag").map(String::from);
    let request = PushRequest {
        // As dockerd: without a tag all of them.
        all_tags: tag.is_none(),
        name: reference(call.name(), tag.as_deref()),
        destination: None,
        platform: platform(call, ApiVersion(46))?,
    };
    let server = call.server.clone();
    Ok(Reply::progress(move |out| {
        let lines = Lines::new(out);
        let report = |pushed: &Pushed| {
            let Pushed { tag, digest, size } = pushed;
            lines.say(&json!({"status": format!("{tag}: digest: {digest} size: {size}")}));
            lines.say(&json!({
                "progressDetail": {},
                "aux": {"Tag": tag, "Digest": digest.to_string(), "Size": size},
            }));
        };
        server.engine.push(&client, &request, &lines, report)
    }))
}

/// `GET /distribution/{name}/json` (DistributionInspect)
pub fn distribution(call: &mut Call) -> Result<Reply> {
    let client = call.engine().registry_client_as(auth(call)?)?;
    let found = call.engine().inspect_distribution(&client, call.name())?;
    Reply::json(&json!({
        "Descriptor": {"mediaType": found.media_type, "digest": found.digest.to_string(), "size": found.size},
        "Platforms": found.platforms,
    }))
}

/// `GET /images/search`
pub fn search(call: &mut Call) -> Result<Reply> {
    let client = call.engine().registry_client_as(auth(call)?)?;
    let limit = match call.query.text("limit").map(str::parse::<i64>) {
        None => 0,
        Some(Ok(limit)) => usize::try_from(limit)
            .map_err(|_| Kind::Invalid.error(format!("limit {limit} is outside the range of [1, 100]")))?,
        Some(Err(_)) => return Kind::Invalid.err("invalid limit specified"),
    };
    let filters = call.query.filters()?.iter().map(|f| f.parse()).collect::<Result<_>>()?;
    let term = call.query.get("term").unwrap_or_default().to_string();
    let found = call.engine().search(&client, &SearchRequest { term, limit, filters })?;
    let shown = found.iter().map(|one| {
        json!({
            "name": one.name,
            "description": one.description,
            "star_count": one.star_count,
            "is_official": one.is_official,
            "is_automated": one.is_automated,
        })
    });
    Reply::json(&shown.collect::<Vec<_>>())
}

/// How often the state of one layer is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Progress as lines of JSON (JSONMessage). Told by several threads.
struct Lines<'a> {
    out: Mutex<&'a mut Out>,
    /// When each layer was last told of, and what.
    told: Mutex<HashMap<Digest, (Instant, std::mem::Discriminant<LayerState>)>>,
    /// Bytes of each layer that have come.
    counted: Mutex<HashMap<Digest, u64>>,
    metrics: Option<&'a Metrics>,
}

impl<'a> Lines<'a> {
    fn new(out: &'a mut Out) -> Self {
        Self { out: Mutex::new(out), told: Mutex::default(), counted: Mutex::default(), metrics: None }
    }

    fn say(&self, line: &Value) {
        if let Ok(mut out) = self.out.lock() {
            // The pull goes on when the client has gone: others may wait for it.
            let _ = out.line(line);
        }
    }

    fn count(&self, digest: &Digest, come: u64) {
        if let (Some(metrics), Ok(mut counted)) = (self.metrics, self.counted.lock()) {
            let before = counted.insert(digest.clone(), come).unwrap_or(0);
            metrics.pulled(come.saturating_sub(before));
        }
    }

    fn is_due(&self, digest: &Digest, state: LayerState) -> bool {
        let Ok(mut told) = self.told.lock() else { return false };
        let (now, kind) = (Instant::now(), std::mem::discriminant(&state));
        match told.get(digest) {
            Some((then, last)) if *last == kind && now - *then < TOLD_EVERY => false,
            _ => {
                told.insert(digest.clone(), (now, kind));
                true
            }
        }
    }
}

impl Progress for Lines<'_> {
    fn event(&self, event: Event<'_>) {
        if let Event::Layer(digest, LayerState::Downloading(come, _)) = event {
            self.count(digest, come);
        }
        match event {
            Event::Notice(text) => match text.split_once(": Pulling from ") {
                Some((tag, name)) => self.say(&json!({"status": format!("Pulling from {name}"), "id": tag})),
                None => self.say(&json!({"status": text})),
            },
            Event::Layer(digest, state) if self.is_due(digest, state) => {
                let id = digest.short();
                let line = match state {
                    LayerState::Pending => {
                        json!({"status": "Pulling fs layer", "progressDetail": {}, "id": id})
                    }
                    LayerState::Exists => json!({"status": "Already exists", "progressDetail": {}, "id": id}),
                    LayerState::Waiting => json!({"status": "Waiting", "progressDetail": {}, "id": id}),
                    LayerState::Downloading(current, total) => moving("Downloading", id, current, total),
                    LayerState::Loading(current, total) => moving("Loading layer", id, current, total),
                    LayerState::Extracting => json!({"status": "Extracting", "progressDetail": {}, "id": id}),
                    LayerState::Done => json!({"status": "Pull complete", "progressDetail": {}, "id": id}),
                    LayerState::Preparing => json!({"status": "Preparing", "progressDetail": {}, "id": id}),
                    LayerState::Uploading(current, total) => moving("Pushing", id, current, total),
                    LayerState::Remote => {
                        json!({"status": "Layer already exists", "progressDetail": {}, "id": id})
                    }
                    LayerState::Uploaded => json!({"status": "Pushed", "progressDetail": {}, "id": id}),
                };
                self.say(&line);
            }
            Event::Layer(..) => {}
        }
    }
}

fn moving(status: &str, id: &str, current: u64, total: u64) -> Value {
    let progress = bar(current, total);
    json!({
        "status": status,
        "progressDetail": {"current": current, "total": total},
        "progress": progress,
        "id": id,
    })
}

/// `[====>     ]  1.2MB/4.5MB`, as dockerd draws it.
fn bar(current: u64, total: u64) -> String {
    const WIDTH: u64 = 50;
    let done = (current.min(total) * WIDTH).checked_div(total).unwrap_or(0) as usize;
    let rest = WIDTH as usize - done;
    let size = |bytes: u64| format!("{}kB", bytes / 1000);
    format!(
        "[{}>{}] {:>9}/{}",
        "=".repeat(done.saturating_sub(1)),
        " ".repeat(rest),
        size(current),
        size(total)
    )
}

/// `POST /images/load`
pub fn load(call: &mut Call) -> Result<Reply> {
    let platform = platform(call, ApiVersion(48))?;
    let server = call.server.clone();
    // Read to its end before the first line of the answer: a client may send all of it before it reads.
    let loaded = server.engine.load(&mut call.body, platform.as_ref(), &Silent);
    Ok(Reply::progress(move |out| {
        let loaded = match loaded {
            Ok(loaded) => loaded,
            // As dockerd: told in the stream, whenever it was found.
            Err(error) => return out.line(&errors::in_stream(&error)),
        };
        for image in loaded {
            if image.names.is_empty() {
                out.line(&json!({"stream": format!("Loaded image ID: {}\n", image.id)}))?;
            }
            for name in &image.names {
                out.line(&json!({"stream": format!("Loaded image: {}\n", name.familiar())}))?;
            }
        }
        Ok(())
    }))
}

/// `GET /images/{name}/get`, `GET /images/get`
pub fn save(call: &mut Call) -> Result<Reply> {
    let names: Vec<String> = match call.parameters.first() {
        Some(name) => vec![name.clone()],
        None => call.query.all("names").map(String::from).collect(),
    };
    if names.is_empty() {
        return Kind::Invalid.err("no image was named");
    }
    let (server, platform) = (call.server.clone(), platform(call, ApiVersion(48))?);
    Ok(Reply::stream(TAR, move |out| {
        server.engine.save(&names, platform.as_ref(), SaveFormat::DockerArchive, SaveTarget::Stream(out))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags() {
        assert_eq!(reference("a/b", Some("1")), "a/b:1");
        assert_eq!(reference("a/b", Some("sha256:12")), "a/b@sha256:12");
        assert_eq!(reference("a/b:2", None), "a/b:2");
    }

    #[test]
    fn bars_grow() {
        assert!(bar(0, 0).starts_with("[>") && bar(5, 10).contains("=>") && bar(10, 10).contains("=>]"));
    }
}

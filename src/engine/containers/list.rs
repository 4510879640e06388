//! Which containers there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::container::config::ContainerConfig;
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Kind, Result, is};
use crate::netns::{Binding, Record};
use crate::state::{ContainerId, file};

use super::known::Known;
use super::memory::Room;
use super::remembered::{Form, Text, TextKey};
use super::status::{Liveness, liveness};
use super::summary::linked_names;
use crate::volumes::{MountPoint, MountSource};

/// A container as `ps` has it.
#[derive(Debug, Clone)]
pub struct ContainerSummary {
    // Both on the heap: a summary is sorted and moved a lot.
    pub config: Arc<ContainerConfig>,
    /// Ports of the host that lead to it now.
    pub bindings: Vec<Binding>,
    pub state: Arc<ContainerState>,
    pub(super) known: Arc<Known>,
}

/// Which ones are wanted: for each key one of its values must fit, as in docker; several labels must all fit.
#[derive(Debug, Clone, Default)]
pub struct ContainerFilter {
    /// Also those that aren't running. A `status` filter implies it.
    pub all: bool,
    filters: BTreeMap<String, Vec<String>>,
}

const KEYS: [&str; 17] = [
    "health",
    "id",
    "name",
    "label",
    "label!",
    "status",
    "exited",
    "ancestor",
    "before",
    "since",
    "until",
    "network",
    "volume",
    "expose",
    "publish",
    "is-task",
    "isolation",
];

impl ContainerFilter {
    /// Everything, or everything that runs.
    pub fn new(all: bool) -> Self {
        Self { all, filters: BTreeMap::new() }
    }

    /// Adds `KEY=VALUE`.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let Some((key, value)) = text.split_once('=') else {
            return Kind::Invalid.err(format!("invalid filter {text:?}: use KEY=VALUE"));
        };
        if !KEYS.contains(&key) {
            return Kind::Invalid.err(format!("invalid filter {key:?} (known: {})", KEYS.join(", ")));
        }
        let why = match key {
            "status" => {
                let known = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];
                (!known.contains(&value)).then_some("")
            }
            "health" => (!["none", "starting", "healthy", "unhealthy"].contains(&value)).then_some(""),
            "is-task" => (!["true", "1", "false", "0"].contains(&value)).then_some(""),
            "exited" => value.parse::<u8>().is_err().then_some(": not an exit code"),
            "expose" | "publish" => Ports::parse(value).is_none().then_some(": use PORT[-PORT][/PROTOCOL]"),
            _ => None,
        };
        if let Some(why) = why {
            return Kind::Invalid.err(format!("invalid filter '{text}'{why}"));
        }
        self.all |= matches!(key, "status" | "exited");
        self.filters.entry(key.into()).or_default().push(value.into());
        Ok(())
    }

    fn any(&self, key: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.filters.get(key).is_none_or(|values| values.iter().any(|v| fits(v)))
    }
}

/// Containers that fit.
#[derive(Debug)]
pub struct Listing<T> {
    /// The newest first.
    pub found: Vec<T>,
    /// By container the names that others have for it (`--link`), as `web/app`: all that were looked at, whether they fit or not.
    pub linked: BTreeMap<ContainerId, Vec<String>>,
}

impl Engine {
    /// The containers that fit, the newest first.
    pub fn list_containers(&self, filter: &ContainerFilter) -> Result<Vec<ContainerSummary>> {
        Ok(self.list_containers_as(filter, Ok)?.found)
    }

    /// What `make` makes of them, in the same order. It is made when one has been looked at, by several threads, so that of many containers no
    /// more is in memory than that.
    pub fn list_containers_as<T: Send>(
        &self,
        filter: &ContainerFilter,
        make: impl Fn(ContainerSummary) -> Result<T> + Sync,
    ) -> Result<Listing<T>> {
        let bounds = Bounds::new(self, filter)?;
        let dirs = self.containers().list()?;
        let few = if self.memory.is_some() { FEW_TO_RECALL } else { FEW };
        let links = Mutex::new(Vec::new());
        let wanted = |summary: Option<ContainerSummary>| -> Result<Option<(jiff::Timestamp, T)>> {
            if let Some(by) = summary.as_ref().filter(|s| !s.config.networking.links.is_empty()) {
                links.lock().unwrap_or_else(PoisonError::into_inner).extend(by.names_of_others());
            }
            let fitting = summary.filter(|s| bounds.fits(s) && fits(filter, s));
            fitting.map(|s| Ok((s.config.created, make(s)?))).transpose()
        };
        self.learn();
        let seen_by_threads = in_threads(&dirs, few, |dir| match self.look(dir, filter.all)? {
            Seen::As(summary) => Ok(Some(wanted(summary)?)),
            Seen::WithoutMonitor => Ok(None),
        });
        let mut found = Vec::new();
        for (dir, seen) in dirs.iter().zip(seen_by_threads) {
            let looked = match seen {
                Ok(Some(made)) => Ok(made),
                // What is left of it is cleaned up by this thread alone, as that may have to join namespaces.
                Ok(None) => {
                    self.status(dir).and_then(|state| summary(dir, state, filter.all)).and_then(&wanted)
                }
                Err(e) => Err(e),
            };
            match looked {
                Ok(made) => found.extend(made),
                Err(e) if !is(&e, Kind::NotFound) => return Err(e),
                Err(_) if file::is_ephemeral(&dir.path) => self.sweep_lost()?,
                // Removed in between.
                Err(_) => {}
            }
        }
        found.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
        if let Some(memory) = &self.memory {
            memory.keep_only(&dirs);
        }
        Ok(Listing {
            found: found.into_iter().map(|(_, made)| made).collect(),
            linked: linked_names(links.into_inner().unwrap_or_else(PoisonError::into_inner)),
        })
    }

    /// Looks at a container, `all`: whatever its state.
    fn look(&self, dir: &ContainerDir, all: bool) -> Result<Seen> {
        if let Some((dir, known)) = self.recall(&dir.id)? {
            return Ok(match known.liveness(&dir)? {
                Liveness::WithoutMonitor => Seen::WithoutMonitor,
                _ if !all && !known.state.status.is_active() => Seen::As(None),
                liveness => Seen::As(Some(ContainerSummary::new(known, liveness))),
            });
        }
        let before = self.before(dir)?;
        let state = dir.recorded_state()?;
        let liveness = liveness(dir, &state, || dir.paused_path().exists())?;
        if liveness == Liveness::WithoutMonitor {
            return Ok(Seen::WithoutMonitor);
        }
        if !all && !state.status.is_active() {
            return Ok(Seen::As(None));
        }
        let known = match before {
            Some(before) => self.keep(dir, Known::read(dir, state)?, before, Room::Free)?,
            None => read_for_list(dir, state)?.into(),
        };
        Ok(Seen::As(Some(ContainerSummary::new(known, liveness))))
    }
}

impl ContainerSummary {
    /// What `make` makes of the container's files, and whether it is paused: remembered for as long as they stay as they are.
    pub fn text(&self, form: Form, make: impl FnOnce() -> Result<Text>) -> Result<Text> {
        self.known.text(TextKey { form, paused: self.state.paused }, make)
    }

    pub(super) fn new(known: Arc<Known>, liveness: Liveness) -> Self {
        let state = known.state(liveness);
        let bindings = known.record.as_ref().map(|record| record.bindings.clone()).unwrap_or_default();
        Self { config: known.config.clone(), bindings, state, known }
    }
}

/// What a look at a container's files has found.
enum Seen {
    /// As it is, if its state is one that is wanted.
    As(Option<ContainerSummary>),
    WithoutMonitor,
}

/// Of one whose state is known already.
fn summary(dir: &ContainerDir, state: ContainerState, all: bool) -> Result<Option<ContainerSummary>> {
    if !all && !state.status.is_active() {
        return Ok(None);
    }
    let known = read_for_list(dir, state)?;
    Ok(Some(ContainerSummary::new(known.into(), Liveness::AsRecorded)))
}

/// With its place on networks only if ports lead to it.
fn read_for_list(dir: &ContainerDir, state: ContainerState) -> Result<Known> {
    let config = dir.config()?;
    let publishes = state.status.is_active() && !config.networking.published.is_empty();
    let record = if publishes { Record::read(&dir.run)? } else { None };
    Ok(Known::new(config, state, record))
}

/// So many are taken at a time; more than that, and another thread is worth its while.
const FEW: usize = 16;
/// The same if most of them are remembered, which takes a tenth of the time.
const FEW_TO_RECALL: usize = 160;

/// The work on each, in their order, done by as many threads as there are processors. Whoever is ready takes the next few: a processor
/// that slept may need milliseconds to begin.
fn in_threads<T: Sync, R: Send>(all: &[T], few: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let chunks: Vec<&[T]> = all.chunks(few).collect();
    let next = AtomicUsize::new(0);
    let share = || {
        let mine = std::iter::from_fn(|| {
            let number = next.fetch_add(1, Ordering::Relaxed);
            chunks.get(number).map(|chunk| (number, chunk.iter().map(&work).collect::<Vec<R>>()))
        });
        mine.collect::<Vec<_>>()
    };
    let others = match chunks.len() {
        0 | 1 => 0,
        several => std::thread::available_parallelism().map_or(1, usize::from).min(several) - 1,
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// The ports of the host that lead to a container now.
fn bindings(dir: &ContainerDir) -> Result<Vec<Binding>> {
    Ok(Record::read(&dir.run)?.map(|record| record.bindings).unwrap_or_default())
}

impl Engine {
    /// The ports of the host that lead to it now.
    pub fn published(&self, dir: &ContainerDir) -> Result<Vec<Binding>> {
        let state = self.status(dir)?;
        if state.status.is_active() { bindings(dir) } else { Ok(Vec::new()) }
    }
}

/// Times that filters give, directly or by a container.
struct Bounds {
    before: Option<jiff::Timestamp>,
    since: Option<jiff::Timestamp>,
}

impl Bounds {
    fn new(engine: &Engine, filter: &ContainerFilter) -> Result<Self> {
        let created = |key: &str| -> Result<Option<jiff::Timestamp>> {
            let Some(wanted) = filter.filters.get(key).and_then(|v| v.last()) else { return Ok(None) };
            Ok(Some(engine.find(wanted)?.0.config()?.created))
        };
        let until = match filter.filters.get("until").and_then(|v| v.last()) {
            Some(text) => Some(crate::engine::time::parse(text)?),
            None => None,
        };
        Ok(Self { before: created("before")?.or(until), since: created("since")? })
    }

    fn fits(&self, c: &ContainerSummary) -> bool {
        self.before.is_none_or(|t| c.config.created < t) && self.since.is_none_or(|t| c.config.created > t)
    }
}

fn fits(filter: &ContainerFilter, c: &ContainerSummary) -> bool {
    let labels = filter.filters.get("label").into_iter().flatten();
    let networks = super::network_names(&c.config);
    let unwanted = filter.filters.get("label!").into_iter().flatten();
    labels.into_iter().all(|wanted| label_fits(&c.config.labels, wanted))
        && !unwanted.into_iter().any(|unwanted| label_fits(&c.config.labels, unwanted))
        && filter.any("id", |v| c.config.id.as_str().starts_with(v))
        && filter.any("name", |v| name_fits(&c.config.name, v))
        && filter.any("status", |v| c.state.status_name() == v)
        && filter.any("health", |v| c.state.health.as_ref().map_or("none", |h| h.status.name()) == v)
        && filter.any("exited", |v| {
            c.state.status == Status::Exited && c.state.exit_code.map(|e| e.to_string()).as_deref() == Some(v)
        })
        && filter.any("ancestor", |v| ancestor_fits(&c.config, v))
        && filter.any("network", |v| networks.iter().any(|n| n == v))
        && filter.any("volume", |v| c.config.mounts.iter().any(|m| has_volume(m, v)))
        // Of services of a swarm; and `isolation` is Windows' alone: docker compares it nowhere else.
        && filter.any("is-task", |v| matches!(v, "false" | "0"))
        && fits_ports(filter, c)
}

/// Of an active container: a port of the host that leads to it, or one of its own that it exposes. Either is enough.
fn fits_ports(filter: &ContainerFilter, c: &ContainerSummary) -> bool {
    let any = |key: &str, fits: &dyn Fn(Ports<'_>) -> bool| {
        filter.filters.get(key).map(|values| values.iter().filter_map(|v| Ports::parse(v)).any(fits))
    };
    let published =
        any("publish", &|ports| c.bindings.iter().any(|b| ports.contain(b.host_port, b.protocol.name())));
    let exposed = any("expose", &|ports| {
        let declared = c.config.exposed_ports.iter().filter(|_| c.state.status.is_active());
        let mut declared = declared.map(|port| port.split_once('/').unwrap_or((port, "tcp")));
        c.bindings.iter().any(|b| ports.contain(b.container_port, b.protocol.name()))
            || declared.any(|(port, protocol)| port.parse().is_ok_and(|n| ports.contain(n, protocol)))
    });
    match (published, exposed) {
        (None, None) => true,
        (published, exposed) => published == Some(true) || exposed == Some(true),
    }
}

/// `PORT[-PORT][/PROTOCOL]`
struct Ports<'a> {
    numbers: std::ops::RangeInclusive<u16>,
    protocol: &'a str,
}

impl<'a> Ports<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let numbers = first.parse().ok()?..=last.parse().ok()?;
        let is_known = ["tcp", "udp", "sctp"].contains(&protocol);
        (is_known && !numbers.is_empty()).then_some(Self { numbers, protocol })
    }

    fn contain(&self, port: u16, protocol: &str) -> bool {
        self.numbers.contains(&port) && self.protocol == protocol
    }
}

/// By the volume's name, the source on the host, or the place in the container.
fn has_volume(mount: &MountPoint, wanted: &str) -> bool {
    let by_source = match &mount.source {
        MountSource::Volume { name, .. } => name == wanted,
        MountSource::Bind { path, .. } => path.as_os_str() == wanted,
        _ => false,
    };
    by_source || mount.destination.as_os_str() == wanted
}

/// As docker has it a name is looked for by a regular expression, with the slash before it or without.
fn name_fits(name: &str, wanted: &str) -> bool {
    if name.contains(wanted.trim_start_matches('/')) {
        return true;
    }
    let found = |re: regex_lite::Regex| re.is_match(name) || re.is_match(&format!("/{name}"));
    regex_lite::Regex::new(wanted).is_ok_and(found)
}

fn label_fits(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|v| v == value),
        None => labels.contains_key(wanted),
    }
}

fn ancestor_fits(config: &ContainerConfig, wanted: &str) -> bool {
    let tagged = |name: &str| {
        if name.rsplit('/').next().is_some_and(|n| n.contains(':')) {
            name.to_string()
        } else {
            format!("{name}:latest")
        }
    };
    let id = config.image_id.as_ref().map(|d| d.hex().to_string()).unwrap_or_default();
    tagged(&config.image) == tagged(wanted)
        || (wanted.len() >= 4 && id.starts_with(wanted.trim_start_matches("sha256:")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_expressions() {
        for wanted in ["b", "web1", "/web1", "^web1$", "^/web1$", "^we.[0-9]$", "x|w"] {
            assert!(name_fits("web1", wanted), "{wanted}");
        }
        for wanted in ["^eb", "web$", "webx", "[", "^web1/$"] {
            assert!(!name_fits("web1", wanted), "{wanted}");
        }
    }
}

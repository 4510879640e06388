//! registries.conf, version 2 (containers-registries.conf(5)): where a name is really fetched from, and what a short name means.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Context, Kind, Result};
use crate::image::ImageReference;
use crate::image::reference::{DEFAULT_DOMAIN, has_domain};
use crate::state::{file, roots};

/// The host that serves what docker.io names.
const DOCKER_HUB: &str = "registry-1.docker.io";
/// The host that answers searches of docker.io.
const DOCKER_INDEX: &str = "index.docker.io";

/// All configuration files, merged.
#[derive(Debug, Clone, Default)]
pub struct RegistriesConf {
    search: Option<Vec<String>>,
    short_name_mode: ShortNameMode,
    /// By prefix; a later file replaces the entry of an earlier one whole.
    registries: BTreeMap<String, Registry>,
    aliases: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ShortNameMode {
    /// dhow never asks, so an ambiguous short name is refused.
    Enforcing,
    /// The registries are tried in turn.
    #[default]
    Permissive,
    Disabled,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    unqualified_search_registries: Option<Vec<String>>,
    short_name_mode: Option<ShortNameMode>,
    #[serde(default)]
    registry: Vec<Registry>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    /// Version 1 of the format.
    registries: Option<toml::Table>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    prefix: Option<String>,
    location: Option<String>,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    blocked: bool,
    #[serde(default)]
    mirror_by_digest_only: bool,
    #[serde(default)]
    mirror: Vec<Mirror>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Mirror {
    location: String,
    #[serde(default)]
    insecure: bool,
    #[serde(default, rename = "pull-from-mirror")]
    applies_to: PullFromMirror,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PullFromMirror {
    #[default]
    All,
    DigestOnly,
    TagOnly,
}

/// One place to ask for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host and port to connect to.
    pub host: String,
    /// The repository there.
    pub repository: String,
    /// Take any certificate, or none.
    pub insecure: bool,
    /// The name under which its credentials and certificates are kept: `docker.io` for Docker Hub's host.
    pub known_as: String,
}

impl Endpoint {
    /// A registry by its name, with the given repository.
    fn new(domain: &str, repository: &str, insecure: bool) -> Self {
        let host = if domain == DEFAULT_DOMAIN { DOCKER_HUB } else { domain };
        Self {
            host: host.to_string(),
            repository: repository.to_string(),
            insecure,
            known_as: domain.to_string(),
        }
    }
}

impl RegistriesConf {
    /// `$CONTAINERS_REGISTRIES_CONF` or `configured` alone, or else the user's or the system's file, then both `registries.conf.d`
    /// directories.
    pub fn load(configured: Option<&Path>) -> Result<Self> {
        let mut conf = Self::default();
        let variable = env::var_os("CONTAINERS_REGISTRIES_CONF").filter(|p| !p.is_empty()).map(PathBuf::from);
        let named_by = if variable.is_some() { "CONTAINERS_REGISTRIES_CONF" } else { "registries-file" };
        if let Some(path) = variable.as_deref().or(configured) {
            match file::read_opt(path)? {
                Some(bytes) => conf.add_file(path, &bytes)?,
                None => {
                    return Kind::NotFound
                        .err(format!("{named_by} names {}, which does not exist", path.display()));
                }
            }
            return Ok(conf);
        }
        let system = Path::new("/etc/containers");
        let user = config_home()?.join("containers");
        for dir in [user.as_path(), system] {
            let path = dir.join("registries.conf");
            if let Some(bytes) = file::read_opt(&path)? {
                conf.add_file(&path, &bytes)?;
                break;
            }
        }
        for path in drop_ins(&[system, &user]) {
            if let Some(bytes) = file::read_opt(&path)? {
                conf.add_file(&path, &bytes)?;
            }
        }
        Ok(conf)
    }

    fn add_file(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Kind::Invalid.error(format!("{} is not text", path.display())))?;
        self.add(text).with_context(|| format!("reading {}", path.display()))
    }

    /// Adds the text of one file; what it says replaces what was said before.
    fn add(&mut self, text: &str) -> Result<()> {
        let document: Document = match toml::from_str(text) {
            Ok(document) => document,
            Err(error) => return Kind::Invalid.err(error.to_string().trim()),
        };
        if document.registries.is_some() {
            return Kind::Unsupported
                .err("this is version 1 of the format; see containers-registries.conf(5) for version 2");
        }
        self.search = document.unqualified_search_registries.or(self.search.take());
        self.short_name_mode = document.short_name_mode.unwrap_or(self.short_name_mode);
        for registry in document.registry {
            let Some(prefix) = registry.prefix.clone().or_else(|| registry.location.clone()) else {
                return Kind::Invalid.err("a [[registry]] has neither prefix nor location");
            };
            if prefix.starts_with("*.") && registry.location.is_some() {
                log::debug!("registries.conf: the wildcard {prefix} has a location, which replaces the host");
            }
            self.registries.insert(prefix.trim_end_matches('/').to_string(), registry);
        }
        for (name, target) in document.aliases {
            // An empty alias takes back one of an earlier file.
            if target.is_empty() {
                self.aliases.remove(&name)
            } else {
                self.aliases.insert(name, target)
            };
        }
        Ok(())
    }

    /// What a name that a user typed may mean, best first; a name with a domain means only itself.
    pub fn candidates(&self, typed: &str) -> Result<Vec<ImageReference>> {
        ImageReference::parse_untagged(typed)?;
        if has_domain(typed) {
            return Ok(vec![ImageReference::parse(typed)?]);
        }
        let name_end = typed.find([':', '@']).unwrap_or(typed.len());
        let (name, suffix) = typed.split_at(name_end);
        if let Some(target) = self.aliases.get(name) {
            let reference = ImageReference::parse(&format!("{target}{suffix}"));
            return Ok(vec![reference.with_context(|| format!("the alias of {name} in registries.conf"))?]);
        }
        let default = [DEFAULT_DOMAIN.to_string()];
        let search = self.search.as_deref().filter(|s| !s.is_empty()).unwrap_or(&default);
        if search.len() > 1 && self.short_name_mode == ShortNameMode::Enforcing {
            return Kind::Invalid.err(format!(
                "the short name {typed:?} could come from {}; give the whole name, or an alias in registries.conf",
                search.join(", ")
            ));
        }
        search.iter().map(|domain| ImageReference::parse(&format!("{domain}/{typed}"))).collect()
    }

    /// Where to ask for an image, in order: the mirrors that apply, then the registry itself.
    pub fn endpoints(&self, image: &ImageReference) -> Result<Vec<Endpoint>> {
        let name = image.name();
        let Some((prefix, registry)) = self.registry_of(&name) else {
            return Ok(vec![Endpoint::new(image.domain(), image.path(), false)]);
        };
        if registry.blocked {
            return Kind::Forbidden.err(format!("registries.conf blocks {prefix}, so {name} cannot be used"));
        }
        let rest = rest_after(prefix, image);
        let by_digest = image.digest().is_some();
        let mut endpoints = Vec::new();
        for mirror in &registry.mirror {
            let only =
                if registry.mirror_by_digest_only { PullFromMirror::DigestOnly } else { mirror.applies_to };
            let applies = match only {
                PullFromMirror::All => true,
                PullFromMirror::DigestOnly => by_digest,
                PullFromMirror::TagOnly => !by_digest,
            };
            if applies {
                endpoints.push(relocate(&mirror.location, &rest, mirror.insecure)?);
            }
        }
        endpoints.push(match &registry.location {
            Some(location) => relocate(location, &rest, registry.insecure)?,
            None => Endpoint::new(image.domain(), image.path(), registry.insecure),
        });
        Ok(endpoints)
    }

    /// The registry itself, for `login`.
    pub fn registry(&self, domain: &str) -> Endpoint {
        let insecure = self.registry_of(domain).is_some_and(|(_, r)| r.insecure);
        Endpoint::new(domain, "", insecure)
    }

    /// Where to search a registry: itself, or what stands in its place. Mirrors have no index.
    pub fn search_endpoint(&self, domain: &str) -> Result<Endpoint> {
        let index = |insecure| {
            let endpoint = Endpoint::new(domain, "", insecure);
            let host = if domain == DEFAULT_DOMAIN { DOCKER_INDEX.into() } else { endpoint.host.clone() };
            Endpoint { host, ..endpoint }
        };
        match self.registry_of(domain) {
            Some((prefix, registry)) if registry.blocked => Kind::Forbidden
                .err(format!("registries.conf blocks {prefix}, so {domain} cannot be searched")),
            Some((_, registry)) => match &registry.location {
                Some(location) if location != domain => {
                    // With the credentials of that place, not of the name.
                    let place = relocate(location, "/x", registry.insecure)?;
                    Ok(Endpoint { repository: String::new(), ..place })
                }
                _ => Ok(index(registry.insecure)),
            },
            None => Ok(index(false)),
        }
    }

    /// The entry with the longest prefix of `name` (domain and path).
    fn registry_of(&self, name: &str) -> Option<(&str, &Registry)> {
        let best = self
            .registries
            .iter()
            .filter(|(prefix, _)| matches(prefix, name))
            .max_by_key(|(p, _)| p.len())?;
        Some((best.0, best.1))
    }
}

fn matches(prefix: &str, name: &str) -> bool {
    if let Some(suffix) = prefix.strip_prefix('*') {
        let host = name.split('/').next().unwrap_or(name);
        return suffix.starts_with('.') && host.len() > suffix.len() && host.ends_with(suffix);
    }
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What follows the prefix, with its slash. A wildcard stands for the whole domain.
fn rest_after(prefix: &str, image: &ImageReference) -> String {
    if prefix.starts_with('*') {
        return format!("/{}", image.path());
    }
    image.name()[prefix.len()..].to_string()
}

fn relocate(location: &str, rest: &str, insecure: bool) -> Result<Endpoint> {
    let whole = format!("{}{rest}", location.trim_end_matches('/'));
    let (domain, path) = whole.split_once('/').unwrap_or((&whole, ""));
    // Checked as any name: the text goes into URLs. (The domain is explicit, so `library/` is never added.)
    match ImageReference::parse_untagged(&format!("{domain}/{path}")) {
        Ok(checked) if checked.tag().is_none() && checked.digest().is_none() => {
            Ok(Endpoint::new(domain, path, insecure))
        }
        _ => Kind::Invalid.err(format!(
            "registries.conf: the location {location:?} gives {whole:?}, which is not a repository"
        )),
    }
}

/// The `*.conf` files of the drop-in directories, by file name; of two with the same name the later directory's counts.
fn drop_ins(dirs: &[&Path]) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    for dir in dirs {
        let Ok(entries) = std::fs::read_dir(dir.join("registries.conf.d")) else { continue };
        for path in entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "conf"))
        {
            found.insert(path.file_name().map(std::ffi::OsStr::to_os_string), path);
        }
    }
    found.into_values().collect()
}

/// `$XDG_CONFIG_HOME`, else `~/.config`.
pub fn config_home() -> Result<PathBuf> {
    match env::var_os("XDG_CONFIG_HOME").map(PathBuf::from) {
        Some(dir) if dir.is_absolute() => Ok(dir),
        _ => Ok(roots::home()?.join(".config")),
    }
}

/// The `certs.d` directories, best first.
pub fn certs_dirs() -> Result<Vec<PathBuf>> {
    let user = config_home()?;
    Ok(vec![
        user.join("containers/certs.d"),
        user.join("docker/certs.d"),
        "/etc/containers/certs.d".into(),
        "/etc/docker/certs.d".into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(text: &str) -> RegistriesConf {
        let mut conf = RegistriesConf::default();
        conf.add(text).unwrap();
        conf
    }

    fn asked(conf: &RegistriesConf, name: &str) -> Vec<String> {
        let endpoints = conf.endpoints(&ImageReference::parse(name).unwrap()).unwrap();
        endpoints
            .iter()
            .map(|e| format!("{}/{}{}", e.host, e.repository, if e.insecure { "!" } else { "" }))
            .collect()
    }

    fn meant(conf: &RegistriesConf, typed: &str) -> Vec<String> {
        conf.candidates(typed).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_configuration_docker_io_is_meant() {
        let conf = RegistriesConf::default();
        assert_eq!(meant(&conf, "busybox:1"), ["docker.io/library/busybox:1"]);
        assert_eq!(asked(&conf, "busybox"), ["registry-1.docker.io/library/busybox"]);
        assert_eq!(asked(&conf, "localhost:5000/a/b"), ["localhost:5000/a/b"]);
    }

    #[test]
    fn short_names() {
        let text = "unqualified-search-registries = [\"reg.lan\", \"docker.io\"]\n[aliases]\nfedora = \"quay.io/fedora/fedora\"\n";
        let both = conf(text);
        assert_eq!(meant(&both, "busybox:1"), ["reg.lan/busybox:1", "docker.io/library/busybox:1"]);
        assert_eq!(meant(&both, "ann/app"), ["reg.lan/ann/app:latest", "docker.io/ann/app:latest"]);
        assert_eq!(meant(&both, "fedora:40"), ["quay.io/fedora/fedora:40"]);
        assert_eq!(meant(&both, "localhost/x"), ["localhost/x:latest"]);
        let enforcing = conf(&format!("short-name-mode = \"enforcing\"\n{text}"));
        let error = enforcing.candidates("busybox").unwrap_err();
        assert!(error.to_string().contains("reg.lan, docker.io"), "{error}");
        assert_eq!(meant(&enforcing, "fedora"), ["quay.io/fedora/fedora:latest"]);
    }

    #[test]
    fn mirrors_prefixes_and_wildcards() {
        let conf = conf(
            r#"
            [[registry]]
            location = "docker.io"
            [[registry.mirror]]
            location = "mirror.lan:5000/hub"
            insecure = true
            [[registry.mirror]]
            location = "digests.lan"
            pull-from-mirror = "digest-only"
            [[registry]]
            prefix = "docker.io/ann"
            location = "ann.lan/images"
            [[registry]]
            prefix = "*.corp.example"
            location = "all.lan"
            [[registry]]
            prefix = "bad.lan"
            blocked = true
        "#,
        );
        assert_eq!(
            asked(&conf, "busybox"),
            ["mirror.lan:5000/hub/library/busybox!", "registry-1.docker.io/library/busybox"]
        );
        let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(asked(&conf, &format!("busybox@{digest}")).len(), 3);
        assert_eq!(asked(&conf, "ann/app"), ["ann.lan/images/app"]);
        assert_eq!(asked(&conf, "annette/app").last().unwrap(), "registry-1.docker.io/annette/app");
        assert_eq!(asked(&conf, "a.corp.example/x/y"), ["all.lan/x/y"]);
        assert_eq!(asked(&conf, "corp.example/x"), ["corp.example/x"]);
        let blocked = conf.endpoints(&ImageReference::parse("bad.lan/x").unwrap()).unwrap_err();
        assert!(crate::error::is(&blocked, Kind::Forbidden));
    }

    #[test]
    fn later_files_win_and_damaged_ones_are_refused() {
        let mut merged = conf("unqualified-search-registries = [\"a.lan\"]\n[aliases]\nx = \"a.lan/x\"\n");
        merged.add("[[registry]]\nlocation = \"a.lan\"\ninsecure = true\n[aliases]\nx = \"\"\n").unwrap();
        assert_eq!(meant(&merged, "x"), ["a.lan/x:latest"]);
        assert_eq!(asked(&merged, "a.lan/x"), ["a.lan/x!"]);
        for bad in
            ["[[registry]]\n", "= 1", "[registries.search]\nregistries = []\n", "short-name-mode = \"maybe\""]
        {
            assert!(merged.add(bad).is_err(), "{bad}");
        }
        let wrong = conf("[[registry]]\nprefix = \"a.lan\"\nlocation = \"http://x/..\"\n");
        assert!(wrong.endpoints(&ImageReference::parse("a.lan/x").unwrap()).is_err());
    }
}

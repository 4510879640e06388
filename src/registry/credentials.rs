//! Credentials in files: Docker's config.json and the containers' auth.json (containers-auth.json(5)), which share one format.
//!
//! ```json
//! {"auths": {"reg.lan:5000": {"auth": "base64(user:password)"}, "docker.io/ann": {"identitytoken": "…"}},
//!  "credsStore": "pass", "credHelpers": {"gcr.io": "gcloud"}}
//! ```
//! What else the files hold is kept as it is. They are replaced whole, readable by their owner only.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::helper::{Helper, HelperCredential};
use crate::error::{Context, Kind, Result};
use crate::image::reference::DEFAULT_DOMAIN;
use crate::state::file::{self, Durability};
use crate::state::{Lock, roots};

/// The key of Docker Hub in Docker's own files.
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// The user name by which helpers mark an identity token.
const TOKEN_USER: &str = "<token>";

/// Who we are to a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    Password {
        username: String,
        password: String,
    },
    /// A refresh token, exchanged for access tokens at the registry's token server.
    IdentityToken(String),
}

/// Never the secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => write!(f, "Password {{ username: {username:?} }}"),
            Self::IdentityToken(_) => f.write_str("IdentityToken"),
        }
    }
}

impl Credential {
    pub fn username(&self) -> &str {
        match self {
            Self::Password { username, .. } => username,
            Self::IdentityToken(_) => TOKEN_USER,
        }
    }
}

/// The files that hold credentials, in the order in which they are asked.
#[derive(Debug, Clone)]
pub struct CredentialStore {
    files: Vec<PathBuf>,
    /// Where a registry that no file knows is written.
    default: PathBuf,
}

impl CredentialStore {
    /// `authfile` or `$REGISTRY_AUTH_FILE` alone; else the containers' files, then Docker's, to which new credentials are added.
    pub fn locate(authfile: Option<&Path>) -> Result<Self> {
        let set = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        if let Some(only) = authfile.map(Path::to_path_buf).or_else(|| set("REGISTRY_AUTH_FILE")) {
            return Ok(Self { files: vec![only.clone()], default: only });
        }
        let docker = match set("DOCKER_CONFIG") {
            Some(dir) => dir,
            None => roots::home()?.join(".docker"),
        };
        let default = docker.join("config.json");
        let runtime = set("XDG_RUNTIME_DIR").map(|d| d.join("containers/auth.json"));
        let config = super::config::config_home()?.join("containers/auth.json");
        let files = runtime.into_iter().chain([config, default.clone()]).collect();
        Ok(Self { files, default })
    }

    /// The credential for a repository of a registry (`docker.io`, `reg.lan:5000`), the most specific entry first.
    pub fn get(&self, registry: &str, repository: &str) -> Result<Option<Credential>> {
        for path in &self.files {
            let Some(document) = read(path)? else { continue };
            if let Some(found) = document.get(registry, repository)? {
                log::debug!("credentials of {registry} from {}", path.display());
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Stores the credential of a registry and answers the file (or the file that names the helper) it went to.
    pub fn store(&self, registry: &str, credential: &Credential) -> Result<PathBuf> {
        // Where the registry is known already, so that what is written is what will be read.
        let mut path = &self.default;
        for candidate in &self.files {
            if read(candidate)?.is_some_and(|d| d.keys(registry).next().is_some()) {
                path = candidate;
                break;
            }
        }
        change(path, |document| document.store(registry, credential))?;
        Ok(path.clone())
    }

    /// Forgets a registry in every file; answers whether any knew it.
    pub fn erase(&self, registry: &str) -> Result<bool> {
        let mut known = false;
        for path in &self.files {
            if read(path)?.is_some_and(|d| d.knows(registry)) {
                known = true;
                change(path, |document| document.erase(registry))?;
            }
        }
        Ok(known)
    }

    /// Forgets every registry in every file; answers which they were.
    pub fn erase_all(&self) -> Result<Vec<String>> {
        let mut erased = Vec::new();
        for path in &self.files {
            let Some(document) = read(path)? else { continue };
            let names: Vec<String> = document.registries()?;
            if !names.is_empty() {
                change(path, |document| names.iter().try_for_each(|n| document.erase(&registry_of(n))))?;
                erased.extend(names);
            }
        }
        Ok(erased)
    }
}

/// One file's JSON object.
struct Document(Map<String, Value>);

impl Document {
    fn get(&self, registry: &str, repository: &str) -> Result<Option<Credential>> {
        if let Some(helper) = self.helper(registry)
            && let Some(found) = helper.get(server_key(registry))?
        {
            return Ok(Some(from_helper(found)));
        }
        for key in keys_for(registry, repository) {
            let entry = self.auths().into_iter().flatten().find(|(name, _)| normal_key(name) == key);
            if let Some((_, entry)) = entry
                && let Some(credential) =
                    decode(entry).with_context(|| format!("the credentials of {key}"))?
            {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }

    fn store(&mut self, registry: &str, credential: &Credential) -> Result<()> {
        let helper = self.helper(registry);
        let entry = match &helper {
            Some(helper) => {
                helper.store(&to_helper(server_key(registry), credential))?;
                json!({})
            }
            None => encode(credential),
        };
        let stale: Vec<String> = self.keys(registry).map(str::to_string).collect();
        let auths = self.0.entry("auths").or_insert_with(|| json!({}));
        let Some(auths) = auths.as_object_mut() else {
            return Kind::Corrupt.err("\"auths\" is not an object");
        };
        for key in stale {
            auths.shift_remove(&key);
        }
        auths.insert(server_key(registry).to_string(), entry);
        Ok(())
    }

    fn erase(&mut self, registry: &str) -> Result<()> {
        if let Some(helper) = self.helper(registry) {
            helper.erase(server_key(registry))?;
        }
        let keys: Vec<String> = self.keys(registry).map(str::to_string).collect();
        if let Some(auths) = self.0.get_mut("auths").and_then(Value::as_object_mut) {
            for key in keys {
                auths.shift_remove(&key);
            }
        }
        Ok(())
    }

    /// Every registry with a credential here, as it is named here.
    fn registries(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> =
            self.auths().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        if let Some(store) = self.0.get("credsStore").and_then(Value::as_str).filter(|s| !s.is_empty()) {
            names.extend(Helper::new(store)?.list()?);
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|n| seen.insert(registry_of(n)));
        Ok(names)
    }

    fn knows(&self, registry: &str) -> bool {
        self.keys(registry).next().is_some()
            || self.helper(registry).is_some_and(|h| matches!(h.get(server_key(registry)), Ok(Some(_))))
    }

    /// The keys that mean this registry as a whole.
    fn keys<'a>(&'a self, registry: &'a str) -> impl Iterator<Item = &'a str> {
        self.auths()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .filter(move |n| normal_key(n) == registry)
    }

    fn auths(&self) -> Option<&Map<String, Value>> {
        self.0.get("auths").and_then(Value::as_object)
    }

    /// The program that keeps the credentials of a registry: its own, else the one for all.
    fn helper(&self, registry: &str) -> Option<Helper> {
        let own = self.0.get("credHelpers").and_then(Value::as_object).and_then(|helpers| {
            helpers.iter().find(|(name, _)| normal_key(name) == registry).and_then(|(_, h)| h.as_str())
        });
        let name =
            own.or_else(|| self.0.get("credsStore").and_then(Value::as_str)).filter(|n| !n.is_empty())?;
        match Helper::new(name) {
            Ok(helper) => Some(helper),
            Err(error) => {
                log::warn!("{error}");
                None
            }
        }
    }
}

/// `docker.io/ann/app`, `docker.io/ann`, `docker.io`.
fn keys_for(registry: &str, repository: &str) -> Vec<String> {
    let whole = format!("{registry}/{repository}");
    let mut keys = vec![whole.trim_end_matches('/').to_string()];
    while let Some((parent, _)) = keys.last().and_then(|k| k.rsplit_once('/')) {
        let parent = parent.to_string();
        keys.push(parent);
    }
    keys
}

/// A key without what older versions wrote around it: `https://reg.lan/v1/` is `reg.lan`, Docker Hub's names are `docker.io`.
fn normal_key(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
    let name = match bare {
        // An URL names a host; its path is that of the API.
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => key.trim_end_matches('/').trim_end_matches("/v1").trim_end_matches("/v2"),
    };
    match name {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DEFAULT_DOMAIN.to_string(),
        _ => name.to_string(),
    }
}

fn registry_of(key: &str) -> String {
    normal_key(key)
}

/// The key to write: Docker's programs look Docker Hub up under its old URL.
fn server_key(registry: &str) -> &str {
    if registry == DEFAULT_DOMAIN { HUB_KEY } else { registry }
}

fn decode(entry: &Value) -> Result<Option<Credential>> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Credential::IdentityToken(token.to_string())));
    }
    if let Some(auth) = text("auth") {
        let plain = BASE64_STANDARD.decode(auth.trim()).ok().and_then(|b| String::from_utf8(b).ok());
        let Some((username, password)) = plain.as_deref().and_then(|p| p.split_once(':')) else {
            return Kind::Corrupt.err("\"auth\" is not base64 of user:password");
        };
        let password = password.trim_end_matches('\0');
        return Ok(Some(Credential::Password { username: username.into(), password: password.into() }));
    }
    Ok(match (text("username"), text("password")) {
        (Some(username), Some(password)) => {
            Some(Credential::Password { username: username.into(), password: password.into() })
        }
        _ => None,
    })
}

fn encode(credential: &Credential) -> Value {
    match credential {
        Credential::Password { username, password } => {
            json!({"auth": BASE64_STANDARD.encode(format!("{username}:{password}"))})
        }
        Credential::IdentityToken(token) => json!({"identitytoken": token}),
    }
}

fn from_helper(found: HelperCredential) -> Credential {
    if found.username == TOKEN_USER {
        Credential::IdentityToken(found.secret)
    } else {
        Credential::Password { username: found.username, password: found.secret }
    }
}

fn to_helper(server: &str, credential: &Credential) -> HelperCredential {
    let secret = match credential {
        Credential::Password { password, .. } => password,
        Credential::IdentityToken(token) => token,
    };
    HelperCredential {
        server_url: server.to_string(),
        username: credential.username().to_string(),
        secret: secret.clone(),
    }
}

fn read(path: &Path) -> Result<Option<Document>> {
    Ok(file::read_json_opt::<Map<String, Value>>(path)?.map(Document))
}

/// Reads, changes and replaces a file, alone: two logins at once must not lose one.
fn change(path: &Path, edit: impl FnOnce(&mut Document) -> Result<()>) -> Result<()> {
    // A link (dotfiles kept elsewhere) stays a link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let dir = path.parent().unwrap_or(Path::new("."));
    if !dir.is_dir() {
        file::make_dirs(dir, 0o700)?;
    }
    let dir_file = std::fs::File::open(dir).with_context(|| format!("opening {}", dir.display()))?;
    let _alone = Lock::exclusive_on(dir_file)?;
    let mut document = read(&path)?.unwrap_or(Document(Map::new()));
    edit(&mut document).with_context(|| format!("changing {}", path.display()))?;
    let mut text = serde_json::to_vec_pretty(&document.0)?;
    text.push(b'\n');
    file::write_mode(&path, &text, 0o600, Durability::Durable)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;

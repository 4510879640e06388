//! What a server of the API asks beside what the command line asks.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Engine;
use super::login::Account;
use crate::error::{Context, Kind, Result};
use crate::registry::{ClientConfig, Credential, RegistryClient};
use crate::state::watch;
pub use crate::sys::readiness::{StreamSocket, watch as watch_descriptor};
pub use crate::sys::socket::has_unread;
use crate::sys::{fd, heap, program, rlimit};

/// Who a client is to a registry (Engine API, AuthConfig in `X-Registry-Auth`).
#[derive(Debug)]
pub struct RegistryAuth(Credential);

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthConfig {
    username: Option<String>,
    password: Option<String>,
    auth: Option<String>,
    identitytoken: Option<String>,
}

impl RegistryAuth {
    /// From the header's value: base64 of JSON, with or without padding. `None` if it names nobody.
    pub fn decode(header: &str) -> Result<Option<Self>> {
        let invalid = || Kind::Invalid.error("invalid X-Registry-Auth header: want JSON in base64url");
        let header = header.trim();
        if header.is_empty() {
            return Ok(None);
        }
        let bytes = [&BASE64_URL_SAFE, &BASE64_URL_SAFE_NO_PAD, &BASE64_STANDARD]
            .into_iter()
            .find_map(|engine| engine.decode(header).ok())
            .with_context(invalid)?;
        // An object, or null: a list would be taken for the values of the fields.
        let fields: Option<Map<String, Value>> = serde_json::from_slice(&bytes).ok().with_context(invalid)?;
        let config: AuthConfig =
            serde_json::from_value(fields.unwrap_or_default().into()).ok().with_context(invalid)?;
        if let Some(token) = config.identitytoken.filter(|t| !t.is_empty()) {
            return Ok(Some(Self(Credential::IdentityToken(token))));
        }
        let of_auth = || -> Option<(String, String)> {
            let text = BASE64_STANDARD.decode(config.auth.as_deref()?).ok()?;
            let (user, password) = std::str::from_utf8(&text).ok()?.split_once(':')?;
            Some((user.into(), password.into()))
        };
        let given = config.username.clone().zip(config.password.clone()).filter(|(u, _)| !u.is_empty());
        Ok(given
            .or_else(of_auth)
            .map(|(username, password)| Self(Credential::Password { username, password })))
    }
}

/// Sees to it that memory which a large answer needed doesn't stay with the server.
#[derive(Debug, Default)]
pub struct Heap {
    /// Pages that were resident when nothing could be given back.
    base: AtomicU64,
    /// Requests that were worked on.
    count: AtomicU64,
}

impl Heap {
    /// Pages that may be free: 4 MiB, where they have 4 KiB.
    const SLACK: u64 = 1024;
    /// Each how manieth request is looked after, if it was not large.
    const EACH: u64 = 8;

    /// To be called when nothing is to be done, maybe for long: what was needed until now isn't kept in memory for the next time.
    pub fn rest(&self) {
        heap::give_back();
        program::let_go();
        self.base.store(resident().unwrap_or(0), Ordering::Relaxed);
    }

    /// To be called when a request has been worked on. One that `was_large` leaves nothing: of several the last to end sees to that, whatever
    /// the others needed meanwhile.
    pub fn ease(&self, was_large: bool) {
        if !was_large && !self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(Self::EACH) {
            return;
        }
        let Some(now) = resident() else { return };
        let base = self.base.load(Ordering::Relaxed);
        if was_large || now > base + Self::SLACK {
            heap::give_back();
            self.base.store(resident().unwrap_or(now), Ordering::Relaxed);
        } else if now < base {
            self.base.store(now, Ordering::Relaxed);
        }
    }
}

/// Pages of this process that are in memory (proc_pid_statm(5)).
fn resident() -> Option<u64> {
    std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()
}

impl Engine {
    /// The client for somebody else's account; without one for this user's.
    pub fn registry_client_as(&self, auth: Option<RegistryAuth>) -> Result<RegistryClient> {
        let config = ClientConfig::load(self.settings()?.registries_file.as_deref())?;
        RegistryClient::new(ClientConfig { credential: auth.map(|a| a.0), ..config })
    }

    /// Checks an account with its registry, and forgets it.
    pub fn check_login(&self, registry: &str, account: Account) -> Result<()> {
        let registry = Self::registry_name(Some(registry).filter(|r| !r.is_empty()))?;
        let Account { username, password } = account;
        let client =
            self.registry_client_as(Some(RegistryAuth(Credential::Password { username, password })))?;
        client.check_access(&client.registry(&registry))
    }

    /// Prepares this process for many clients.
    pub fn expect_many_clients() {
        heap::share();
        watch::share();
        if let Err(error) = crate::monitor::children::wait_for_all() {
            log::warn!("ended monitors are not waited for: {}", crate::error::one_line(&error));
        }
        if let Err(error) = rlimit::raise_descriptors() {
            log::warn!("the limit on descriptors stays as it is: {error}");
        }
    }

    /// Where the API is offered when nobody says where.
    pub fn default_socket(&self) -> PathBuf {
        self.roots.runroot.join("dhow.sock")
    }

    /// Something that is the same for this root at every time, and for no other.
    pub fn host_id(&self) -> String {
        use sha2::Digest;
        let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let text = format!("dhow {} {}", machine.trim(), self.roots.root.display());
        crate::state::id::hex(&sha2::Sha256::digest(text.as_bytes()))
    }

    /// Sockets that a service manager has opened for this process (sd_listen_fds(3)). To be called before anything is opened.
    pub fn activated_sockets() -> Result<Vec<OwnedFd>> {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
        if number("LISTEN_PID") != Some(std::process::id()) {
            return Ok(Vec::new());
        }
        let count = number("LISTEN_FDS").unwrap_or(0);
        fd::inherited(count).with_context(|| format!("taking the {count} sockets of $LISTEN_FDS"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_clients() {
        let of = |json: &str| RegistryAuth::decode(&BASE64_URL_SAFE.encode(json));
        let Some(RegistryAuth(Credential::Password { username, password })) =
            of(r#"{"username":"ann","password":"s>?"}"#).unwrap()
        else {
            panic!()
        };
        assert_eq!((username.as_str(), password.as_str()), ("ann", "s>?"));
        assert!(of("{}").unwrap().is_none() && of("null").unwrap().is_none());
        assert!(
            RegistryAuth::decode("").unwrap().is_none() && RegistryAuth::decode("e30").unwrap().is_none()
        );
        assert!(RegistryAuth::decode("?").is_err() && of("[]").is_err());
        assert!(matches!(
            of(r#"{"identitytoken":"t"}"#).unwrap(),
            Some(RegistryAuth(Credential::IdentityToken(_)))
        ));
        let auth = format!(r#"{{"auth":"{}"}}"#, BASE64_STANDARD.encode("bob:x:y"));
        assert!(
            matches!(of(&auth).unwrap(), Some(RegistryAuth(Credential::Password { password, .. })) if password == "x:y")
        );
    }
}

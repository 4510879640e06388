//! Logging in: a credential is stored only after the registry has taken it.

use std::path::PathBuf;

use super::client::{ClientConfig, RegistryClient};
use super::config::RegistriesConf;
use super::credentials::{Credential, CredentialStore};
use crate::error::{Context, Kind, Result};
use crate::image::ImageReference;

/// The registry that a user means by `HOST[:PORT]`, possibly typed as an URL or with a repository: `docker.io`, `reg.lan:5000`.
pub fn registry_name(typed: &str) -> Result<String> {
    let bare = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(typed);
    let host = bare.split('/').next().unwrap_or_default();
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" | "" if !typed.is_empty() => "docker.io",
        host => host,
    };
    // The grammar of references decides what a registry may be called. A bare word is one too, as for docker.
    let whole = if host.contains(['.', ':']) || host == "localhost" {
        host.to_string()
    } else {
        format!("{host}:443")
    };
    match ImageReference::parse_untagged(&format!("{whole}/x")) {
        Ok(_) => Ok(host.to_string()),
        Err(_) => Kind::Invalid.err(format!("{typed:?} is not the name of a registry (HOST[:PORT])")),
    }
}

/// Checks the credential with the registry and stores it; answers the file it went to.
pub fn login(
    registries: RegistriesConf,
    store: CredentialStore,
    registry: &str,
    credential: Credential,
) -> Result<PathBuf> {
    let config =
        ClientConfig { registries, credentials: store.clone(), credential: Some(credential.clone()) };
    let client = RegistryClient::new(config)?;
    client.check_access(&client.registry(registry))?;
    store.store(registry, &credential).context("storing the credentials")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_as_users_type_them() {
        for (typed, name) in [
            ("docker.io", "docker.io"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("reg.lan:5000", "reg.lan:5000"),
            ("http://localhost:5000/", "localhost:5000"),
            ("registry", "registry"),
            ("[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(registry_name(typed).unwrap(), name, "{typed}");
        }
        for bad in ["", "a b", "ann@reg.lan", "-x.lan", "reg.lan:port"] {
            assert!(registry_name(bad).is_err(), "{bad}");
        }
    }
}

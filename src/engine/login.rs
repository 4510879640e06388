//! Logging in to registries and out of them.

use std::path::{Path, PathBuf};

use super::Engine;
pub use super::serving::RegistryAuth;
use crate::error::{Kind, Result};
use crate::registry::{Credential, CredentialStore, RegistriesConf, login};

/// Who wants to log in where.
#[derive(Debug, Clone)]
pub struct LoginRequest {
    /// As typed; [`Engine::registry_name`] makes a name of it.
    pub registry: String,
    /// `None` checks the credentials that are stored already.
    pub account: Option<Account>,
    /// Another file than the usual ones.
    pub authfile: Option<PathBuf>,
}

#[derive(Clone)]
pub struct Account {
    pub username: String,
    pub password: String,
}

/// Never the password.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Engine {
    /// The registry that `typed` means; without a text, docker.io.
    pub fn registry_name(typed: Option<&str>) -> Result<String> {
        typed.map_or_else(|| Ok("docker.io".to_string()), login::registry_name)
    }

    /// Checks the account with the registry, then stores it; answers the file.
    pub fn login(&self, request: LoginRequest) -> Result<PathBuf> {
        let store = CredentialStore::locate(request.authfile.as_deref())?;
        let registry = Self::registry_name(Some(&request.registry))?;
        let credential = match request.account {
            Some(Account { username, password }) => {
                if username.contains(':') || username.is_empty() || password.is_empty() {
                    return Kind::Invalid
                        .err("user name and password must not be empty, nor the user name have a colon");
                }
                Credential::Password { username, password }
            }
            None => match store.get(&registry, "")? {
                Some(credential) => credential,
                None => return Kind::NotFound.err(format!("not logged in to {registry}")),
            },
        };
        login::login(
            RegistriesConf::load(self.settings()?.registries_file.as_deref())?,
            store,
            &registry,
            credential,
        )
    }

    /// The user name under which credentials of a registry are stored.
    pub fn logged_in_as(&self, registry: &str, authfile: Option<&Path>) -> Result<Option<String>> {
        let found = CredentialStore::locate(authfile)?.get(registry, "")?;
        Ok(found.map(|credential| credential.username().to_string()))
    }

    /// Forgets the credentials of a registry; answers whether there were any.
    pub fn logout(&self, registry: &str, authfile: Option<&Path>) -> Result<bool> {
        CredentialStore::locate(authfile)?.erase(registry)
    }

    /// Forgets all credentials; answers of which registries.
    pub fn logout_all(&self, authfile: Option<&Path>) -> Result<Vec<String>> {
        CredentialStore::locate(authfile)?.erase_all()
    }
}

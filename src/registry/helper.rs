//! Credential helpers: programs named `docker-credential-NAME` that keep secrets elsewhere (docker-credential-helpers protocol). They
//! are the user's own, named in his configuration; the protocol is one JSON document or line over standard input and output.

use std::io::Write;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::error::{Context, Kind, Result};

/// What helpers answer when they have nothing (the protocol fixes this text).
const NOT_FOUND: &str = "credentials not found in native keychain";

pub struct Helper {
    program: String,
}

#[derive(Serialize, Deserialize)]
pub struct HelperCredential {
    #[serde(rename = "ServerURL", default)]
    pub server_url: String,
    #[serde(rename = "Username")]
    pub username: String,
    #[serde(rename = "Secret")]
    pub secret: String,
}

impl Helper {
    /// The helper `docker-credential-NAME`, looked up in `PATH`.
    pub fn new(name: &str) -> Result<Self> {
        // A name with a slash would choose a program by path.
        if name.contains('/') || name.is_empty() {
            return Kind::Invalid.err(format!("{name:?} cannot name a credential helper"));
        }
        Ok(Self { program: format!("docker-credential-{name}") })
    }

    pub fn get(&self, server: &str) -> Result<Option<HelperCredential>> {
        match self.call("get", server.as_bytes())? {
            Ok(out) => {
                let found: HelperCredential = serde_json::from_slice(&out)
                    .map_err(|e| Kind::Corrupt.error(format!("{} gave no credential: {e}", self.program)))?;
                Ok((!found.username.is_empty() || !found.secret.is_empty()).then_some(found))
            }
            Err(message) if message.contains(NOT_FOUND) => Ok(None),
            Err(message) => Kind::Unavailable.err(format!("{} get: {message}", self.program)),
        }
    }

    pub fn store(&self, credential: &HelperCredential) -> Result<()> {
        self.succeed("store", &serde_json::to_vec(credential)?).map(drop)
    }

    pub fn erase(&self, server: &str) -> Result<()> {
        match self.call("erase", server.as_bytes())? {
            Err(message) if !message.contains(NOT_FOUND) => {
                Kind::Unavailable.err(format!("{} erase: {message}", self.program))
            }
            _ => Ok(()),
        }
    }

    /// The servers that it keeps credentials of.
    pub fn list(&self) -> Result<Vec<String>> {
        let out = self.succeed("list", b"")?;
        let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&out)
            .map_err(|e| Kind::Corrupt.error(format!("{} gave no list: {e}", self.program)))?;
        Ok(map.into_iter().map(|(server, _)| server).collect())
    }

    fn succeed(&self, verb: &str, input: &[u8]) -> Result<Vec<u8>> {
        match self.call(verb, input)? {
            Ok(out) => Ok(out),
            Err(message) => Kind::Unavailable.err(format!("{} {verb}: {message}", self.program)),
        }
    }

    /// Its output, or (as the inner error) its message.
    fn call(&self, verb: &str, input: &[u8]) -> Result<std::result::Result<Vec<u8>, String>> {
        let mut child = Command::new(&self.program)
            .arg(verb)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting the credential helper {}", self.program))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that needs no input may be gone already: its exit code tells.
            let _ = stdin.write_all(input).and_then(|()| stdin.write_all(b"\n"));
        }
        let out = child.wait_with_output().with_context(|| format!("waiting for {}", self.program))?;
        if out.status.success() {
            return Ok(Ok(out.stdout));
        }
        // Helpers print their errors on standard output.
        let text = if out.stdout.is_empty() { &out.stderr } else { &out.stdout };
        Ok(Err(String::from_utf8_lossy(text).trim().to_string()))
    }
}

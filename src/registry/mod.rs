//! The client side of the OCI distribution specification: names and credentials in, verified manifests and resumable blob streams out.
//!
//! Owns the configuration (registries.conf, certs.d, proxies), credentials, name resolution and HTTP. Never stores images, and never
//! sends credentials to another host than the one they are for.

mod agents;
mod auth;
mod blob;
mod client;
pub mod config;
pub mod credentials;
pub mod dns;
pub mod download;
mod helper;
mod http;
pub mod login;
pub mod push;
mod request;
mod search;

pub use blob::BlobReader;
pub use client::{ClientConfig, Manifest, RegistryClient};
pub use config::RegistriesConf;
pub use credentials::{Credential, CredentialStore};
pub use search::Found;

//! `pull`: an image from a registry into the store.
//!
//! The manifest first, then what it names: the configuration, and the layers, three at a time, each in one streaming pass. Nothing is
//! listed before all of it is there.

use std::io::Read;

use super::Engine;
use super::images::{PullPolicy, Source, parts};
use super::progress::{Event, Progress};
use crate::error::{self, Context, Kind, Result};
use crate::image::document::{self, Descriptor, Document, MAX_CONFIG};
use crate::image::store::NewImage;
use crate::image::{ImageReference, Platform, config, media};
use crate::registry::{ClientConfig, RegistryClient};
use crate::state::Digest;

#[derive(Debug, Clone)]
pub struct PullRequest {
    /// As typed.
    pub name: String,
    pub platform: Option<Platform>,
}

/// An image that was pulled.
#[derive(Debug)]
pub struct Pulled {
    pub reference: ImageReference,
    /// What the registry has under the name: of an index, if it is one.
    pub digest: Digest,
    pub id: Digest,
    /// Whether the name meant the same image before.
    pub up_to_date: bool,
}

/// What a registry has under a name, resolved to one platform.
struct Resolved {
    reference: ImageReference,
    /// Of what the name means: the index, if there is one.
    digest: Digest,
    descriptor: Descriptor,
    bytes: Vec<u8>,
    manifest: document::Manifest,
}

impl Engine {
    /// Pulls one image.
    pub fn pull(
        &self,
        client: &RegistryClient,
        request: &PullRequest,
        progress: &dyn Progress,
    ) -> Result<Pulled> {
        let candidates = client.candidates(&request.name)?;
        let mut failure = None;
        for reference in candidates {
            match self.pull_reference(client, &reference, request.platform.as_ref(), progress) {
                // The next of the names that a short name may mean. Some registries forbid what they don't have.
                Err(e)
                    if matches!(
                        error::kind_of(&e),
                        Some(Kind::NotFound | Kind::Unauthorized | Kind::Forbidden)
                    ) =>
                {
                    failure.get_or_insert(e);
                }
                other => return other,
            }
        }
        Err(failure.unwrap_or_else(|| {
            Kind::NotFound.error(format!("no registry is configured for {:?}", request.name))
        }))
    }

    /// Pulls every tag of a repository; each is reported as it is done.
    pub fn pull_all_tags(
        &self,
        client: &RegistryClient,
        request: &PullRequest,
        progress: &dyn Progress,
        mut each: impl FnMut(&Pulled),
    ) -> Result<()> {
        let repository = ImageReference::parse_untagged(&request.name)?;
        if repository.tag().is_some() || repository.digest().is_some() {
            return Kind::Invalid.err("tag can't be used with --all-tags/-a");
        }
        for tag in client.list_tags(&repository)? {
            each(&self.pull_reference(
                client,
                &repository.with_tag(&tag)?,
                request.platform.as_ref(),
                progress,
            )?);
        }
        Ok(())
    }

    /// The client as this user has configured it.
    pub fn registry_client(&self) -> Result<RegistryClient> {
        RegistryClient::new(ClientConfig::load(self.settings()?.registries_file.as_deref())?)
    }

    pub(crate) fn pull_for_run(
        &self,
        name: &str,
        policy: PullPolicy,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let client = self.registry_client()?;
        if policy == PullPolicy::Missing {
            progress.event(Event::Notice(&format!("Unable to find image '{name}' locally")));
        }
        let request = PullRequest { name: name.to_string(), platform: platform.cloned() };
        self.pull(&client, &request, progress).map(drop)
    }

    /// Pulls what one whole reference names.
    fn pull_reference(
        &self,
        client: &RegistryClient,
        reference: &ImageReference,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Pulled> {
        let host = Platform::host();
        let resolved = resolve(client, reference, platform.unwrap_or(&host))?;
        let shown = resolved.reference.tag().map_or_else(|| resolved.reference.identifier(), str::to_string);
        progress.event(Event::Notice(&format!("{shown}: Pulling from {}", short_path(reference))));
        let pulled = self.fetch(client, &resolved, platform, progress);
        if pulled.is_ok() {
            self.tell_image("pull", &reference.familiar(), &reference.familiar());
        } else {
            // Whatever was fetched is referenced by nothing. The failure of the pull is the one to report.
            if let Err(error) = self.collect_images() {
                log::debug!("{error:#}");
            }
        }
        pulled
    }

    fn fetch(
        &self,
        client: &RegistryClient,
        resolved: &Resolved,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Pulled> {
        let store = self.images();
        let Resolved { reference, descriptor, manifest, .. } = resolved;
        let name = reference.tag().map(|tag| reference.with_tag(tag)).transpose()?;
        let repo_digest = format!("{}@{}", reference.name(), resolved.digest);
        let _blobs = store.lease(&parts(&descriptor.digest, manifest, None))?;
        let config_bytes = fetch_config(client, reference, &manifest.config, &store.blobs)?;
        let config =
            config::parse(&config_bytes).with_context(|| format!("image {}", manifest.config.digest))?;
        if let Some(wanted) = platform
            && wanted.rank(&config.platform()).is_none()
        {
            return Kind::NotFound.err(format!(
                "{} is for {}, not for {wanted}",
                reference.familiar(),
                config.platform()
            ));
        }
        let _layers = store.lease(&config.diff_ids)?;
        let source = Registry { client, reference };
        self.ensure_layers(manifest, &config, &source, progress)?;
        store.blobs.put(&config_bytes)?;
        let stored = store.blobs.put(&resolved.bytes)?;
        // A manifest under a digest of another algorithm is kept under SHA-256: its bytes are what counts.
        let descriptor = Descriptor { digest: stored, ..descriptor.clone() };
        let up_to_date = is_listed(&store.records()?, name.as_ref(), &descriptor.digest, &repo_digest);
        let id = manifest.config.digest.clone();
        let new = NewImage {
            manifest: descriptor,
            id: id.clone(),
            names: name.as_slice(),
            repo_digest: Some(repo_digest),
        };
        if !up_to_date {
            self.list_image(new)?;
        }
        Ok(Pulled { reference: reference.clone(), digest: resolved.digest.clone(), id, up_to_date })
    }
}

/// Follows indexes to the manifest for the platform.
fn resolve(client: &RegistryClient, reference: &ImageReference, platform: &Platform) -> Result<Resolved> {
    let shown = reference.familiar();
    let first = client.fetch_manifest(reference)?;
    let digest = first.digest.clone();
    let mut current = first;
    // An index may name indexes, but no real one goes deeper.
    for _ in 0..3 {
        let declared =
            Some(current.media_type.as_str()).filter(|t| media::is_index(t) || media::is_manifest(t));
        let document = document::parse(&current.bytes, declared).with_context(|| shown.clone())?;
        match document {
            Document::Manifest(manifest) => {
                let media_type = declared.or(manifest.media_type.as_deref()).unwrap_or(media::OCI_MANIFEST);
                let descriptor = Descriptor::new(media_type, current.digest, current.bytes.len() as u64);
                return Ok(Resolved {
                    reference: reference.clone(),
                    digest,
                    descriptor,
                    bytes: current.bytes,
                    manifest,
                });
            }
            Document::Index(index) => {
                let Some(chosen) = index.select(platform) else {
                    return Kind::NotFound.err(format!(
                        "no matching manifest for {platform} in the manifest list entries of {shown}"
                    ));
                };
                if chosen.size > document::MAX_DOCUMENT {
                    return Kind::Corrupt
                        .err(format!("{shown}: the manifest {} is too large", chosen.digest));
                }
                current = client.fetch_manifest(&reference.with_digest(chosen.digest.clone()))?;
                if current.bytes.len() as u64 != chosen.size {
                    return Kind::Corrupt.err(format!(
                        "{shown}: the manifest {} has another size than its index says",
                        chosen.digest
                    ));
                }
            }
        }
    }
    Kind::Corrupt.err(format!("{shown}: indexes inside indexes inside indexes"))
}

/// The configuration, from the store if it is there.
fn fetch_config(
    client: &RegistryClient,
    reference: &ImageReference,
    config: &Descriptor,
    blobs: &crate::image::blob::Blobs,
) -> Result<Vec<u8>> {
    if blobs.contains(config)
        && let Ok(bytes) = blobs.read(&config.digest, MAX_CONFIG)
    {
        return Ok(bytes);
    }
    if config.size > MAX_CONFIG {
        return Kind::Corrupt.err(format!("the image configuration {} is larger than 8 MiB", config.digest));
    }
    let mut bytes = Vec::new();
    let reader = client.open_blob(reference, &config.digest, config.size, 0)?;
    let read = reader.take(MAX_CONFIG + 1).read_to_end(&mut bytes);
    read.map_err(error::from_io)
        .with_context(|| format!("fetching the image configuration {}", config.digest))?;
    let mut hasher = crate::state::digest::Hasher::new(config.digest.algorithm());
    hasher.update(&bytes);
    let found = hasher.finish();
    if found != config.digest {
        return Kind::Corrupt.err(format!(
            "the content of the blob {} has the digest {found}: it was changed or damaged",
            config.digest
        ));
    }
    Ok(bytes)
}

fn is_listed(
    records: &[crate::image::store::Record],
    name: Option<&ImageReference>,
    manifest: &Digest,
    repo_digest: &str,
) -> bool {
    let name = name.map(ToString::to_string);
    records.iter().any(|record| {
        record.manifest() == manifest
            && (name.is_none() || record.name() == name.as_deref())
            && record.repo_digests().any(|d| d == repo_digest)
    })
}

/// As docker says it: the repository without docker.io's domain.
fn short_path(reference: &ImageReference) -> String {
    if reference.domain() == crate::image::reference::DEFAULT_DOMAIN {
        return reference.path().to_string();
    }
    reference.name()
}

/// Blobs of one repository.
struct Registry<'a> {
    client: &'a RegistryClient,
    reference: &'a ImageReference,
}

impl Source for Registry<'_> {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.client.open_blob(self.reference, &blob.digest, blob.size, 0)?))
    }
}

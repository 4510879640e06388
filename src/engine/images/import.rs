//! `import`: a root file system as a tar stream becomes an image of one layer.

use std::io::{BufReader, Read, Write};

use serde_json::{Map, Value, json};

use super::{Nowhere, assemble};
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result};
use crate::image::document::{Descriptor, Manifest};
use crate::image::media::{Compression, OCI_CONFIG, OCI_MANIFEST};
use crate::image::store::NewImage;
use crate::image::{ImageReference, Platform, archive, config};
use crate::registry::download;
use crate::state::Digest;
use crate::state::digest::{Algorithm, HashingReader};

#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    pub name: Option<ImageReference>,
    pub message: Option<String>,
    /// Dockerfile instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR.
    pub changes: Vec<String>,
    pub platform: Option<Platform>,
    /// Where it came from, for the comment.
    pub source: String,
}

impl Engine {
    /// Imports what the request's source, a URL, has.
    pub fn import_url(&self, request: &ImportRequest, progress: &dyn Progress) -> Result<Digest> {
        let body = download::open(&request.source)?;
        self.import(request, body, progress).with_context(|| format!("importing {}", request.source))
    }

    /// Imports a root file system; answers the image ID.
    pub fn import(&self, request: &ImportRequest, tar: impl Read, progress: &dyn Progress) -> Result<Digest> {
        // Before a gigabyte is read.
        let run_config = apply_changes(&request.changes)?;
        let store = self.images();
        let plain = archive::decompressed(BufReader::with_capacity(256 << 10, tar))?;
        let mut reader = HashingReader::new(plain, Algorithm::Sha256);
        let mut blob = store.blobs.create(Algorithm::Sha256)?;
        std::io::copy(&mut reader, &mut blob).context("reading the archive")?;
        blob.flush()?;
        if blob.size() == 0 {
            return Kind::Corrupt.err("the archive is empty");
        }
        let diff_id = reader.finish();
        let layer = Descriptor::new(Compression::Plain.layer_type(), blob.digest(), blob.size());
        let platform = request.platform.clone().unwrap_or_else(Platform::host);
        let created = jiff::Timestamp::now().to_string();
        let comment = request.message.clone().unwrap_or_else(|| format!("Imported from {}", request.source));
        let mut document = json!({
            "created": created,
            "architecture": platform.architecture,
            "os": platform.os,
            "config": run_config,
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": created, "comment": comment}],
        });
        if let Some(variant) = &platform.variant {
            document["variant"] = variant.clone().into();
        }
        let config_bytes = serde_json::to_vec(&document).context("encoding the configuration")?;
        let manifest = Manifest::new(Descriptor::of(OCI_CONFIG, &config_bytes), vec![layer]);
        let bytes = serde_json::to_vec(&manifest).context("encoding the manifest")?;
        let descriptor = Descriptor::of(OCI_MANIFEST, &bytes);
        let config = config::parse(&config_bytes)?;
        let lease = store.lease(&assemble::parts(&descriptor.digest, &manifest, Some(&config)))?;
        blob.finish(None)?;
        if let Err(error) = self.ensure_layers(&manifest, &config, &Nowhere, progress) {
            drop(lease);
            self.collect_images()?;
            return Err(error);
        }
        store.blobs.put(&config_bytes)?;
        store.blobs.put(&bytes)?;
        let id = manifest.config.digest;
        store.add(NewImage {
            manifest: descriptor,
            id: id.clone(),
            name: request.name.as_ref(),
            repo_digest: None,
        })?;
        self.tell_image("import", &id.to_string(), &id.to_string());
        Ok(id)
    }
}

/// The `config` of an image as Dockerfile instructions make it.
fn apply_changes(changes: &[String]) -> Result<Value> {
    let mut config = Map::new();
    for change in changes {
        let (instruction, rest) =
            change.trim().split_once(char::is_whitespace).unwrap_or((change.trim(), ""));
        let rest = rest.trim();
        let invalid = || Kind::Invalid.error(format!("invalid change {change:?}"));
        if rest.is_empty() {
            return Err(invalid());
        }
        let object = |config: &mut Map<String, Value>, key: &str, name: &str, value: Value| {
            let map = config.entry(key).or_insert_with(|| json!({}));
            map[name] = value;
        };
        match instruction.to_ascii_uppercase().as_str() {
            "CMD" => drop(config.insert("Cmd".into(), command(rest))),
            "ENTRYPOINT" => drop(config.insert("Entrypoint".into(), command(rest))),
            "USER" => drop(config.insert("User".into(), rest.into())),
            "WORKDIR" => drop(config.insert("WorkingDir".into(), rest.into())),
            "STOPSIGNAL" => drop(config.insert("StopSignal".into(), rest.into())),
            "ENV" => {
                let env = config.entry("Env").or_insert_with(|| json!([])).as_array_mut().expect("made here");
                env.extend(pairs(rest).ok_or_else(invalid)?.iter().map(|(k, v)| format!("{k}={v}").into()));
            }
            "LABEL" => {
                for (key, value) in pairs(rest).ok_or_else(invalid)? {
                    object(&mut config, "Labels", &key, value.into());
                }
            }
            "EXPOSE" => {
                for port in rest.split_whitespace() {
                    let port = if port.contains('/') { port.to_string() } else { format!("{port}/tcp") };
                    object(&mut config, "ExposedPorts", &port, json!({}));
                }
            }
            "VOLUME" => {
                let list: Vec<String> = match serde_json::from_str(rest) {
                    Ok(list) => list,
                    Err(_) => rest.split_whitespace().map(str::to_string).collect(),
                };
                for volume in &list {
                    object(&mut config, "Volumes", volume, json!({}));
                }
            }
            other => return Kind::Invalid.err(format!("{other} is not a valid change command")),
        }
    }
    Ok(config.into())
}

/// A command in exec form, or in shell form.
fn command(text: &str) -> Value {
    if text.starts_with('[')
        && let Ok(list) = serde_json::from_str::<Vec<String>>(text)
    {
        return json!(list);
    }
    json!(["/bin/sh", "-c", text])
}

/// `key=value …` with quotes and backslashes, or the old form `key value`.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let words = words(text)?;
    if !words.first()?.contains('=') {
        let (key, value) = text.split_once(char::is_whitespace)?;
        return Some(vec![(key.to_string(), value.trim().to_string())]);
    }
    words.into_iter().map(|word| word.split_once('=').map(|(k, v)| (k.to_string(), v.to_string()))).collect()
}

fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word.push(chars.next()?),
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            (c, None) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (c, _) => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_make_a_configuration() {
        let changes = [
            "CMD [\"/bin/x\", \"-y\"]",
            "entrypoint /bin/sh -l",
            "ENV A=1 B=\"two words\" C=\\ c",
            "ENV OLD form of it",
            "LABEL a=b",
            "EXPOSE 80 53/udp",
            "VOLUME [\"/data\"]",
            "USER 1:2",
            "WORKDIR /w",
        ];
        let config = apply_changes(&changes.map(String::from)).unwrap();
        assert_eq!(
            config,
            json!({"Cmd": ["/bin/x", "-y"], "Entrypoint": ["/bin/sh", "-c", "/bin/sh -l"],
                "Env": ["A=1", "B=two words", "C= c", "OLD=form of it"], "Labels": {"a": "b"},
                "ExposedPorts": {"80/tcp": {}, "53/udp": {}}, "Volumes": {"/data": {}}, "User": "1:2", "WorkingDir": "/w"})
        );
        for bad in ["RUN x", "CMD", "ENV A", "LABEL \"a=b", ""] {
            assert!(apply_changes(&[bad.to_string()]).is_err(), "{bad}");
        }
    }
}

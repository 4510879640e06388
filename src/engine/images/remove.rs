//! `rmi`: takes names, and with the last of them the image. The rules and the words are docker's.

use std::collections::{HashMap, HashSet};

use super::tree::chain_ids;
use crate::engine::Engine;
use crate::error::{self, Kind, Result};
use crate::image::lookup;
use crate::image::roots::{self, ContainerUse};
use crate::image::store::{ImageStore, Record, take_name};
use crate::state::Digest;

#[derive(Debug, Clone)]
pub struct RemoveRequest {
    pub image: String,
    /// Also with several names, and although stopped containers use it.
    pub force: bool,
    /// Leave blobs and layers that nothing needs any more to a later collection.
    pub no_prune: bool,
}

/// What became of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Names as docker shows them.
    pub untagged: Vec<String>,
    pub deleted: Vec<Digest>,
    /// Chain IDs of the layers that nothing needs any more, the top one first.
    pub layers: Vec<Digest>,
}

impl Engine {
    pub fn remove_image(&self, request: &RemoveRequest) -> Result<Removed> {
        let mut removed = self.remove_records(request)?;
        if request.no_prune {
            removed.layers.clear();
        } else if !removed.deleted.is_empty() {
            self.collect_images()?;
        }
        Ok(removed)
    }

    /// The same without removing any content.
    fn remove_records(&self, request: &RemoveRequest) -> Result<Removed> {
        let store = self.images();
        if store.records()?.is_empty() {
            lookup::find(&store, &[], &request.image)?;
        }
        let removed = store.update(|records| Standing::now(self)?.take_out(records, request))?;
        self.tell_removed(&removed);
        Ok(removed)
    }

    /// The same for many images, in one step. What was taken into use, or removed, in this moment is left out.
    pub(super) fn remove_many(&self, requests: &[RemoveRequest]) -> Result<Vec<Removed>> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let removed = self.images().update(|records| {
            let mut standing = Standing::now(self)?;
            let mut removed = Vec::new();
            for request in requests {
                match standing.take_out(records, request) {
                    Ok(one) => removed.push(one),
                    Err(e) if error::is(&e, Kind::Conflict) || error::is(&e, Kind::NotFound) => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(removed)
        })?;
        for one in &removed {
            self.tell_removed(one);
        }
        Ok(removed)
    }

    fn tell_removed(&self, removed: &Removed) {
        for name in &removed.untagged {
            self.tell_image("untag", name, name);
        }
        for id in removed.deleted.iter().map(ToString::to_string) {
            self.tell_image("delete", &id, &id);
        }
    }
}

/// What stands on layers, while the list of images is locked.
struct Standing<'a> {
    engine: &'a Engine,
    store: ImageStore,
    containers: Vec<ContainerUse>,
    /// Chain IDs of images by their manifests, as far as they were asked for.
    chains: HashMap<Digest, Vec<Digest>>,
}

impl<'a> Standing<'a> {
    fn now(engine: &'a Engine) -> Result<Self> {
        let containers = roots::containers(&engine.roots)?;
        Ok(Self { engine, store: engine.images(), containers, chains: HashMap::new() })
    }

    /// Takes what is asked for from the list.
    fn take_out(&mut self, records: &mut Vec<Record>, request: &RemoveRequest) -> Result<Removed> {
        let found = lookup::find(&self.store, records, &request.image)?;
        let id = self.store.id_of(&found.record)?;
        let mut same = Vec::new();
        for record in records.iter() {
            if self.store.id_of(record)? == id {
                same.push(record.clone());
            }
        }
        let users: Vec<&ContainerUse> = self.containers.iter().filter(|c| c.needs(&id)).collect();
        let by_digest = request.image.contains('@');
        let mut removed = if found.by_id || by_digest {
            check_id(&request.image, &id, &same, &users, request.force)?;
            delete(records, &same, id)
        } else {
            remove_name(records, &found.record, &same, &users, id, request)?
        };
        removed.deleted.iter().try_for_each(|id| self.engine.let_go(id, request.force))?;
        if !removed.deleted.is_empty() {
            removed.layers = self.unneeded(found.record.manifest(), records);
        }
        Ok(removed)
    }

    /// The layers of an image that neither the images that are left nor containers stand on.
    fn unneeded(&mut self, manifest: &Digest, left: &[Record]) -> Vec<Digest> {
        let mut needed: HashSet<Digest> = HashSet::new();
        for record in left {
            needed.extend(self.chain(record.manifest()).iter().cloned());
        }
        needed.extend(self.containers.iter().flat_map(|c| chain_ids(&c.layers)));
        let chain = self.chain(manifest).iter().rev();
        chain.filter(|id| !needed.contains(id)).cloned().collect()
    }

    fn chain(&mut self, manifest: &Digest) -> &[Digest] {
        let store = &self.store;
        self.chains.entry(manifest.clone()).or_insert_with(|| {
            // A damaged image has no layers that could be named.
            store.documents(manifest).map_or(Vec::new(), |(_, _, config)| chain_ids(&config.diff_ids))
        })
    }
}

impl Engine {
    /// Unmounts an image that is going to be removed, if that is wanted.
    fn let_go(&self, id: &Digest, force: bool) -> Result<()> {
        if !self.is_image_mounted(id)? {
            return Ok(());
        }
        if !force {
            return Kind::Conflict.err(format!(
                "conflict: unable to delete {} (must be forced) - image is mounted: dhow image unmount {}",
                id.short(),
                id.short()
            ));
        }
        self.unmount_image_id(id, true).map(drop)
    }
}

fn check_id(typed: &str, id: &Digest, same: &[Record], users: &[&ContainerUse], force: bool) -> Result<()> {
    let refuse = |how: &str, why: String| {
        Kind::Conflict.err(format!(
            "conflict: unable to delete {} ({how}) - {why}",
            if typed.contains('@') { typed } else { id.short() }
        ))
    };
    if let Some(user) = users.iter().find(|c| c.running) {
        return refuse(
            "cannot be forced",
            format!("image is being used by running container {}", short(&user.id)),
        );
    }
    if force {
        return Ok(());
    }
    if same.iter().filter(|r| r.name().is_some()).count() > 1 {
        return refuse("must be forced", "image is referenced in multiple repositories".into());
    }
    match users.first() {
        Some(user) => {
            refuse("must be forced", format!("image is being used by stopped container {}", short(&user.id)))
        }
        None => Ok(()),
    }
}

fn remove_name(
    records: &mut Vec<Record>,
    record: &Record,
    same: &[Record],
    users: &[&ContainerUse],
    id: Digest,
    request: &RemoveRequest,
) -> Result<Removed> {
    let Some(name) = record.name() else { return Ok(delete(records, same, id)) };
    let is_last = same.iter().filter(|r| r.name().is_some()).count() == 1;
    if is_last && let Some(user) = users.first() {
        if !request.force {
            return Kind::Conflict.err(format!(
                "conflict: unable to remove repository reference {:?} (must force) - container {} is using its referenced image {}",
                request.image,
                short(&user.id),
                id.short()
            ));
        }
        if users.iter().any(|c| c.running) {
            take_name(records, name);
            return Ok(Removed { untagged: vec![familiar(record)], ..Removed::default() });
        }
    }
    if is_last {
        return Ok(delete(records, same, id));
    }
    // The name only, and the record with it: the image has others.
    records.retain(|r| r.name() != Some(name));
    Ok(Removed { untagged: vec![familiar(record)], ..Removed::default() })
}

/// Takes all records of an image from the list.
fn delete(records: &mut Vec<Record>, same: &[Record], id: Digest) -> Removed {
    let mut untagged: Vec<String> = same.iter().filter(|r| r.name().is_some()).map(familiar).collect();
    let mut digests: Vec<String> = same.iter().flat_map(Record::repo_digests).map(familiar_text).collect();
    digests.sort();
    digests.dedup();
    untagged.append(&mut digests);
    records.retain(|r| !same.iter().any(|s| s == r));
    Removed { untagged, deleted: vec![id], layers: Vec::new() }
}

fn familiar(record: &Record) -> String {
    familiar_text(record.name().unwrap_or_default())
}

/// A whole reference as docker shows it.
pub(super) fn familiar_text(text: &str) -> String {
    crate::image::ImageReference::parse_untagged(text)
        .map_or_else(|_| text.to_string(), |name| name.familiar())
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

//! `tag` and `untag`.

use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::image::store::take_name;
use crate::image::{ImageReference, lookup};
use crate::state::digest::Algorithm;

impl Engine {
    /// Gives an image one more name, taking it from another image that may have it.
    pub fn tag_image(&self, image: &str, name: &str) -> Result<ImageReference> {
        let target = ImageReference::parse(name)?;
        if target.digest().is_some() {
            return Kind::Invalid.err(format!("refusing to create a tag with a digest reference: {name}"));
        }
        // Or `sha256:abc` could mean an image by its ID, and another by its name.
        if target.familiar_name() == Algorithm::Sha256.name() {
            return Kind::Invalid.err("refusing to create an ambiguous tag using digest algorithm as name");
        }
        let store = self.images();
        let found = lookup::find(&store, &store.records()?, image)?;
        store.tag(&found.record, &target)?;
        self.tell_image("tag", &store.id_of(&found.record)?.to_string(), &target.familiar());
        Ok(target)
    }

    /// Takes names from an image: those given, or all of them. The image itself stays.
    pub fn untag_image(&self, image: &str, names: &[String]) -> Result<Vec<String>> {
        let store = self.images();
        let untagged = store.update(|records| {
            let found = lookup::find(&store, records, image)?;
            let id = store.id_of(&found.record)?;
            let mut wanted = Vec::new();
            for name in names {
                let name = ImageReference::parse(name)?.to_string();
                let theirs = records.iter().find(|r| r.name() == Some(&*name));
                match theirs {
                    Some(record) if store.id_of(record)? == id => wanted.push(name),
                    _ => return Kind::NotFound.err(format!("the image {image} has no name {name}")),
                }
            }
            if names.is_empty() {
                for record in records.iter() {
                    if store.id_of(record)? == id {
                        wanted.extend(record.name().map(str::to_string));
                    }
                }
            }
            for name in &wanted {
                take_name(records, name);
            }
            Ok(wanted)
        })?;
        for name in &untagged {
            self.tell_image("untag", name, name);
        }
        Ok(untagged)
    }
}

//! `image tree`: the layers of an image, and the images that are made of them.

use std::collections::BTreeMap;

use super::remove::familiar_text;
use crate::engine::Engine;
use crate::error::Result;
use crate::image::lookup;
use crate::image::store::Image;
use crate::state::Digest;

/// A layer on all those below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeLayer {
    /// The chain ID: the digest that stands for it and all below (image specification, config.md, "Layer ChainID").
    pub chain: String,
    /// Bytes of its files.
    pub size: u64,
    /// Names of the images that end with it.
    pub tags: Vec<String>,
    /// What other images have on top of it.
    pub children: Vec<Self>,
}

#[derive(Debug, Clone)]
pub struct ImageTree {
    pub id: Digest,
    pub tags: Vec<String>,
    pub size: u64,
    /// From the lowest to the top one.
    pub layers: Vec<TreeLayer>,
}

/// The chain ID of each of these layers, the lowest first.
pub(super) fn chain_ids(diff_ids: &[Digest]) -> Vec<Digest> {
    let mut chain: Vec<Digest> = Vec::with_capacity(diff_ids.len());
    for diff_id in diff_ids {
        chain.push(match chain.last() {
            None => diff_id.clone(),
            Some(below) => Digest::of(format!("{below} {diff_id}").as_bytes()),
        });
    }
    chain
}

impl Engine {
    /// The layers of an image; `children`: below the top one everything that other images have on it.
    pub fn image_tree(&self, name: &str, children: bool) -> Result<ImageTree> {
        let store = self.images();
        let records = store.records()?;
        let found = lookup::find(&store, &records, name)?;
        let image = store.image(&found.record)?;
        let mut tags = BTreeMap::<Digest, Vec<String>>::new();
        let mut others = Vec::new();
        for record in &records {
            // One damaged image is no reason to hide the others.
            let Ok(other) = store.image(record) else { continue };
            if let (Some(top), Some(name)) = (chain_ids(&other.config.diff_ids).pop(), record.name()) {
                tags.entry(top).or_default().push(familiar_text(name));
            }
            others.push(other);
        }
        for names in tags.values_mut() {
            names.sort();
        }
        let mut layers = Vec::new();
        for (chain, diff_id) in chain_ids(&image.config.diff_ids).iter().zip(&image.config.diff_ids) {
            layers.push(self.tree_layer(chain, diff_id, &tags)?);
        }
        if children && let Some(top) = layers.last_mut() {
            self.add_children(top, image.config.diff_ids.len(), &image, &others, &tags)?;
        }
        let mut own: Vec<String> = Vec::new();
        for record in &records {
            if store.id_of(record)? == image.id {
                own.extend(record.name().map(familiar_text));
            }
        }
        own.sort();
        Ok(ImageTree { id: image.id.clone(), tags: own, size: self.image_size(&image)?, layers })
    }

    fn tree_layer(
        &self,
        chain: &Digest,
        diff_id: &Digest,
        tags: &BTreeMap<Digest, Vec<String>>,
    ) -> Result<TreeLayer> {
        Ok(TreeLayer {
            chain: chain.hex().to_string(),
            size: self.layers().meta(diff_id)?.map_or(0, |meta| meta.summary.size),
            tags: tags.get(chain).cloned().unwrap_or_default(),
            children: Vec::new(),
        })
    }

    /// Adds the layers that stand on the first `depth` of `base`, each once, and what stands on them.
    fn add_children(
        &self,
        parent: &mut TreeLayer,
        depth: usize,
        base: &Image,
        others: &[Image],
        tags: &BTreeMap<Digest, Vec<String>>,
    ) -> Result<()> {
        let below = &base.config.diff_ids[..depth];
        let mut next: BTreeMap<&Digest, &Image> = BTreeMap::new();
        for other in others {
            let layers = &other.config.diff_ids;
            if layers.len() > depth && layers[..depth] == *below {
                next.entry(&layers[depth]).or_insert(other);
            }
        }
        for (diff_id, image) in next {
            let chain = chain_ids(&image.config.diff_ids[..=depth]).pop().unwrap_or_else(|| diff_id.clone());
            let mut child = self.tree_layer(&chain, diff_id, tags)?;
            self.add_children(&mut child, depth + 1, image, others, tags)?;
            parent.children.push(child);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_id_stands_for_a_layer_and_all_below() {
        let layers = [Digest::of(b"a"), Digest::of(b"b"), Digest::of(b"c")];
        let chain = chain_ids(&layers);
        assert_eq!(chain[0], layers[0]);
        assert_eq!(chain[1], Digest::of(format!("{} {}", layers[0], layers[1]).as_bytes()));
        assert_eq!(chain[2], Digest::of(format!("{} {}", chain[1], layers[2]).as_bytes()));
        assert!(chain_ids(&[]).is_empty());
    }
}

//! Which image a user means: a name, a name with a digest, or an image ID or the start of one.

use super::reference::{ImageReference, has_domain};
use super::store::{ImageStore, Record};
use crate::error::{Kind, Result};
use crate::state::id::is_lower_hex;

/// What the embedded image is listed as, and the short name that means it if no other image has that.
pub const EMBEDDED: &str = "localhost/dhow/hello:latest";
const EMBEDDED_SHORT: &[&str] = &["hello", "hello:latest"];

/// Whether a name means the embedded image, if no other image has the name.
pub fn is_embedded(typed: &str) -> bool {
    typed == EMBEDDED || EMBEDDED_SHORT.contains(&typed)
}

/// An image that was found, and how it was named.
#[derive(Debug, Clone)]
pub struct Found {
    pub record: Record,
    /// Whether the user gave an image ID.
    pub by_id: bool,
}

/// The image that `text` means, or [`Kind::NotFound`].
pub fn find(store: &ImageStore, records: &[Record], text: &str) -> Result<Found> {
    match find_opt(store, records, text)? {
        Some(found) => Ok(found),
        None => Kind::NotFound.err(format!("No such image: {}", shown(text))),
    }
}

/// The image that `text` means, if there is one. What can be no name and no ID is an error.
pub fn find_opt(store: &ImageStore, records: &[Record], text: &str) -> Result<Option<Found>> {
    let digits = text.strip_prefix("sha256:");
    if digits.is_none()
        && let Some(record) = by_name(records, text)
    {
        return Ok(Some(Found { record, by_id: false }));
    }
    let digits = digits.unwrap_or(text);
    if !digits.is_empty() && digits.len() <= 64 && is_lower_hex(digits) {
        if let Some(record) = by_id(store, records, digits)? {
            return Ok(Some(Found { record, by_id: true }));
        }
        return Ok(None);
    }
    ImageReference::parse(text)?;
    Ok(None)
}

/// The whole names of all that a name without a tag stands for; the text itself where that is none.
pub fn tags_of(records: &[Record], text: &str) -> Vec<String> {
    let all = match ImageReference::parse_untagged(text) {
        Ok(name) if name.tag().is_none() && name.digest().is_none() => records
            .iter()
            .filter_map(Record::reference)
            .filter(|r| r.name() == name.name())
            .map(|r| r.to_string())
            .collect(),
        _ => Vec::new(),
    };
    if all.is_empty() { vec![text.to_string()] } else { all }
}

fn by_name(records: &[Record], text: &str) -> Option<Record> {
    let reference = ImageReference::parse(text).ok()?;
    let found = match reference.digest() {
        Some(digest) => {
            let repo_digest = format!("{}@{digest}", reference.name());
            records.iter().find(|r| {
                r.repo_digests().any(|d| d == repo_digest)
                    || r.manifest() == digest && r.reference().is_some_and(|n| n.name() == reference.name())
            })
        }
        None => with_name(records, &reference.to_string()),
    };
    // What podman builds and saves is named localhost/…; users leave that out.
    let local =
        || if has_domain(text) { None } else { ImageReference::parse(&format!("localhost/{text}")).ok() };
    let found = found.or_else(|| with_name(records, &local()?.to_string()));
    found.or_else(|| is_embedded(text).then(|| with_name(records, EMBEDDED))?).cloned()
}

fn with_name<'a>(records: &'a [Record], name: &str) -> Option<&'a Record> {
    records.iter().find(|r| r.name() == Some(name))
}

fn by_id(store: &ImageStore, records: &[Record], digits: &str) -> Result<Option<Record>> {
    let mut found: Option<(crate::state::Digest, &Record)> = None;
    for record in records {
        let id = store.id_of(record)?;
        if !id.hex().starts_with(digits) {
            continue;
        }
        match &found {
            Some((other, _)) if *other != id => {
                return Kind::Conflict
                    .err(format!("the image ID {digits} is ambiguous; give more of its digits"));
            }
            Some(_) => {}
            None => found = Some((id, record)),
        }
    }
    Ok(found.map(|(_, record)| record.clone()))
}

/// As docker shows a name that it did not find.
fn shown(text: &str) -> String {
    ImageReference::parse(text).map_or_else(|_| text.to_string(), |reference| reference.familiar())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::is;
    use crate::image::document::Descriptor;
    use crate::image::media;
    use crate::image::store::NewImage;
    use crate::state::Digest;

    #[test]
    fn names_digests_and_prefixes() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::at(dir.path().to_path_buf());
        let mut ids = Vec::new();
        for n in 0..20 {
            let name = ImageReference::parse(&format!("app:{n}")).unwrap();
            let id = Digest::of(&[n]);
            let manifest = Descriptor::of(media::OCI_MANIFEST, &[n]);
            let repo_digest = Some(format!("quay.io/x/app@{}", Digest::of(b"index")));
            store.add(NewImage { manifest, id: id.clone(), names: &[name], repo_digest }).unwrap();
            ids.push(id);
        }
        let name = ImageReference::parse("localhost/made").unwrap();
        let manifest = Descriptor::of(media::OCI_MANIFEST, b"made");
        let id = Digest::of(b"made");
        store.add(NewImage { manifest, id, names: &[name], repo_digest: None }).unwrap();
        let records = store.records().unwrap();
        let find = |text: &str| find(&store, &records, text);
        assert_eq!(find("app:3").unwrap().record.id().unwrap(), ids[3]);
        assert!(!find("docker.io/library/app:3").unwrap().by_id);
        assert!(find(ids[4].short()).unwrap().by_id && find(&ids[4].to_string()).unwrap().by_id);
        assert_eq!(find("made").unwrap().record.id().unwrap(), Digest::of(b"made"));
        find(&format!("app@{}", records[2].manifest())).unwrap();
        find(&format!("quay.io/x/app:ignored@{}", Digest::of(b"index"))).unwrap();
        assert!(is(&find(&format!("other@{}", records[2].manifest())).unwrap_err(), Kind::NotFound));
        let first = ids[0].hex().chars().next().unwrap();
        if ids[1..].iter().any(|id| id.hex().starts_with(first)) {
            assert!(is(&find(&first.to_string()).unwrap_err(), Kind::Conflict));
        }
        let missing = find("app").unwrap_err();
        assert!(is(&missing, Kind::NotFound) && missing.to_string() == "No such image: app:latest");
        assert!(is(&find("UPPER").unwrap_err(), Kind::Invalid));
    }
}

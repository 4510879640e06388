//! `dhow images`.

use clap::Args;
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::{App, Verb, units};
use crate::engine::images::{ImageFilter, ImageReference, ImageSummary, ListRequest};
use crate::engine::system::ImageUsage;
use crate::error::{Kind, Result};

/// List images
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only this repository, or this pattern
    #[arg(value_name = "REPOSITORY[:TAG]")]
    reference: Option<String>,
    /// Also intermediate images (there are none)
    #[arg(short, long)]
    all: bool,
    /// Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<ImageFilter>,
    /// Show digests
    #[arg(long)]
    digests: bool,
    /// Print whole IDs
    #[arg(long)]
    no_trunc: bool,
    /// Print IDs only
    #[arg(short, long)]
    quiet: bool,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

pub(crate) const TITLES: &[(&str, &str)] = &[
    ("ID", "IMAGE ID"),
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Size", "SIZE"),
    ("VirtualSize", "SIZE"),
    ("SharedSize", "SHARED SIZE"),
    ("UniqueSize", "UNIQUE SIZE"),
    ("Containers", "CONTAINERS"),
];
const TABLE: &str = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
const TABLE_WITH_DIGESTS: &str =
    "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";

/// A row, with docker's field names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Row {
    repository: String,
    tag: String,
    digest: String,
    #[serde(rename = "ID")]
    id: String,
    created_since: String,
    created_at: String,
    size: String,
    virtual_size: String,
    shared_size: String,
    unique_size: String,
    containers: String,
}

impl Verb for List {
    const NAME: &'static str = "images";
    const ABOUT: &'static str = "List images";

    fn run(mut self, app: &App) -> Result<u8> {
        if let Some(reference) = self.reference.take() {
            if self.filters.iter().any(|f| matches!(f, ImageFilter::Reference(_))) {
                return Kind::Invalid.err("a repository and a filter for references can't be used together");
            }
            // Without a tag it means all of them.
            self.filters.push(ImageFilter::Reference(reference));
        }
        // Before anything is read: a template that can't be parsed is a mistake in the command line.
        let table = if self.digests { TABLE_WITH_DIGESTS } else { TABLE };
        let columns = Columns { titles: TITLES, table, quiet: "{{.ID}}" };
        let listing = Listing::new(self.format.as_deref(), self.quiet, columns)?;
        // A template that asks for digests has the rows that digests make.
        self.digests |= self.format.as_deref().is_some_and(|format| format.contains(".Digest"));
        let images = app.engine()?.list_images(&ListRequest {
            filters: std::mem::take(&mut self.filters),
            ..ListRequest::default()
        })?;
        let mut rows: Vec<Row> = images.iter().flat_map(|image| self.rows(image)).collect();
        if self.quiet && self.format.is_none() {
            // Once, however many names it has.
            rows.dedup_by(|a, b| a.id == b.id);
        }
        listing.print(&rows)?;
        Ok(0)
    }
}

impl List {
    /// One row for each name, as docker has it; with digests, one for each digest of each repository.
    fn rows(&self, image: &ImageSummary) -> Vec<Row> {
        let none = || "<none>".to_string();
        let parse = |names: &[String]| -> Vec<ImageReference> {
            names.iter().filter_map(|name| ImageReference::parse_untagged(name).ok()).collect()
        };
        let (tags, digests) = (parse(&image.repo_tags), parse(&image.repo_digests));
        let mut rows = Vec::new();
        for name in &tags {
            let tag = name.tag().unwrap_or_default().to_string();
            let own: Vec<_> =
                digests.iter().filter(|d| d.name() == name.name()).filter_map(|d| d.digest()).collect();
            if !self.digests || own.is_empty() {
                rows.push((name.familiar_name(), tag, none()));
                continue;
            }
            rows.extend(own.iter().map(|digest| (name.familiar_name(), tag.clone(), digest.to_string())));
        }
        // Repositories that have the image by digest only.
        let orphans = digests.iter().filter(|d| tags.iter().all(|t| t.name() != d.name()));
        let mut named = Vec::new();
        for orphan in orphans {
            let digest = orphan.digest().map_or_else(none, ToString::to_string);
            if self.digests || !named.contains(&orphan.name()) && tags.is_empty() {
                rows.push((orphan.familiar_name(), none(), digest));
            }
            named.push(orphan.name());
        }
        if rows.is_empty() {
            rows.push((none(), none(), none()));
        }
        rows.into_iter().map(|(repository, tag, digest)| self.row(image, repository, tag, digest)).collect()
    }

    fn row(&self, image: &ImageSummary, repository: String, tag: String, digest: String) -> Row {
        let id = if self.no_trunc { image.id.to_string() } else { image.id.short().to_string() };
        Row { repository, tag, digest, id, ..Row::nameless(image) }
    }
}

impl Row {
    fn nameless(image: &ImageSummary) -> Self {
        let size = if image.created == 0 && image.size == 0 { "0B".into() } else { units::size(image.size) };
        let none = || "<none>".to_string();
        Self {
            repository: none(),
            tag: none(),
            digest: none(),
            id: image.id.short().to_string(),
            created_since: if image.created == 0 { "N/A".into() } else { units::since(image.created) },
            created_at: units::at(image.created),
            virtual_size: size.clone(),
            size,
            shared_size: "N/A".into(),
            unique_size: "N/A".into(),
            containers: "N/A".into(),
        }
    }

    /// One row for an image that has been measured, under the first of its names.
    pub(crate) fn measured(usage: &ImageUsage) -> Self {
        let image = &usage.summary;
        let mut row = Self::nameless(image);
        let name = image.repo_tags.first().and_then(|name| ImageReference::parse_untagged(name).ok());
        if let Some(name) = name {
            row.repository = name.familiar_name();
            row.tag = name.tag().unwrap_or_default().to_string();
        }
        row.shared_size = units::size4(image.shared_size.max(0).unsigned_abs());
        row.unique_size = units::size4(usage.unique);
        row.containers = image.containers.to_string();
        row
    }
}

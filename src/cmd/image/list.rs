//! `dhow images`.

use clap::Args;
use serde::Serialize;

use crate::cmd::{App, Verb, output, units};
use crate::engine::images::{ImageFilter, ImageSummary, ListRequest};
use crate::error::{Kind, Result};
use crate::image::ImageReference;

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
}

/// A row, with docker's field names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
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
        let images =
            app.engine()?.list_images(&ListRequest { filters: std::mem::take(&mut self.filters) })?;
        let rows: Vec<Row> = images.iter().flat_map(|image| self.rows(image)).collect();
        output::write(&self.render(&rows))?;
        Ok(0)
    }
}

impl List {
    fn render(&self, rows: &[Row]) -> String {
        if self.quiet {
            let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            ids.dedup();
            return ids.iter().flat_map(|id| [*id, "\n"]).collect();
        }
        let header = ["REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"].map(String::from);
        let cells = rows.iter().map(|row| {
            [&row.repository, &row.tag, &row.digest, &row.id, &row.created_since, &row.size].map(Clone::clone)
        });
        let table: Vec<Vec<String>> = std::iter::once(header)
            .chain(cells)
            .map(|row| {
                let shown = row.into_iter().enumerate().filter(|(i, _)| *i != 2 || self.digests);
                shown.map(|(_, cell)| cell).collect()
            })
            .collect();
        output::columns(&table)
    }

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
        let size = if image.created == 0 && image.size == 0 { "0B".into() } else { units::size(image.size) };
        Row {
            repository,
            tag,
            digest,
            id,
            created_since: if image.created == 0 { "N/A".into() } else { units::since(image.created) },
            created_at: units::at(image.created),
            virtual_size: size.clone(),
            size,
            shared_size: "N/A".into(),
            unique_size: "N/A".into(),
            containers: "N/A".into(),
        }
    }
}

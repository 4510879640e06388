//! `dhow search`.

use clap::Args;
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::{App, Verb, units};
use crate::engine::search::{Found, SearchFilter, SearchRequest};
use crate::error::Result;

/// Longer descriptions are cut, as docker does it.
const DESCRIPTION: usize = 45;

/// Search a registry for images
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// What to search docker.io for, or HOST/TERM for another registry
    term: String,
    /// Conditions: stars=NUMBER, is-official=BOOL, is-automated=BOOL
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<SearchFilter>,
    /// At most so many results, 1 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// Print descriptions whole
    #[arg(long)]
    no_trunc: bool,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

const TITLES: &[(&str, &str)] = &[
    ("Name", "NAME"),
    ("Description", "DESCRIPTION"),
    ("StarCount", "STARS"),
    ("IsOfficial", "OFFICIAL"),
    ("IsAutomated", "AUTOMATED"),
];
const TABLE: &str = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}";

/// A row, with docker's field names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    name: String,
    description: String,
    star_count: String,
    is_official: &'static str,
    is_automated: &'static str,
}

impl Verb for Search {
    const NAME: &'static str = "search";
    const ABOUT: &'static str = "Search a registry for images";

    fn run(self, app: &App) -> Result<u8> {
        let columns = Columns { titles: TITLES, table: TABLE, quiet: "{{.Name}}" };
        let listing = Listing::new(self.format.as_deref(), false, columns)?;
        let engine = app.engine()?;
        let client = engine.registry_client()?;
        let request = SearchRequest {
            term: self.term.clone(),
            limit: self.limit.into(),
            filters: self.filters.clone(),
        };
        let mut found = engine.search(&client, &request)?;
        // The best known first; others in the registry's order.
        found.sort_by_key(|one| std::cmp::Reverse(one.star_count));
        listing.print(found.iter().map(|one| self.row(one)))?;
        Ok(0)
    }
}

impl Search {
    fn row(&self, found: &Found) -> Row {
        // Among other data it is a truth, for people a mark.
        let as_data = self.format.as_deref().is_some_and(|format| format.contains("json"));
        let mark = |is: bool| match (as_data, is) {
            (true, true) => "true",
            (true, false) => "false",
            (false, true) => "[OK]",
            (false, false) => "",
        };
        // Somebody else's text, which a terminal might obey.
        let plain = |text: &str| text.replace(|c: char| c.is_control(), " ");
        let description = plain(&found.description);
        Row {
            name: plain(&found.name),
            description: if self.no_trunc { description } else { units::ellipsis(&description, DESCRIPTION) },
            star_count: found.star_count.to_string(),
            is_official: mark(found.is_official),
            is_automated: mark(found.is_automated),
        }
    }
}

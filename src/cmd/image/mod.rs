//! `dhow image …` and the short forms.

mod diff;
mod exists;
mod history;
mod import;
mod inspect;
mod list;
mod load;
mod mount;
mod progress;
pub(crate) use list::{Row, TITLES};
pub(crate) use progress::LineOrBar;
pub(crate) use remove::pruned;
mod prune;
mod pull;
mod push;
mod remove;
mod save;
mod search;
mod tag;
mod tree;

use super::Entry;

pub(super) use history::History;
pub(super) use import::Import;
pub(super) use list::List;
pub(super) use load::Load;
pub(super) use pull::Pull;
pub(super) use push::Push;
pub(super) use remove::Remove;
pub(super) use save::Save;
pub(super) use search::Search;
pub(super) use tag::{Tag, Untag};

/// `dhow image NAME`.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::of::<diff::Diff>(),
    Entry::of::<exists::Exists>(),
    Entry::of::<History>(),
    Entry::of::<Import>(),
    Entry::of::<inspect::Inspect>(),
    Entry::of::<Load>(),
    Entry::of::<mount::Mount>(),
    Entry::named::<List>("ls", &["list"]),
    Entry::of::<prune::Prune>(),
    Entry::of::<Pull>(),
    Entry::of::<Push>(),
    Entry::named::<Remove>("rm", &["remove"]),
    Entry::of::<Save>(),
    Entry::of::<Tag>(),
    Entry::of::<tree::Tree>(),
    Entry::of::<mount::Unmount>(),
    Entry::of::<Untag>(),
];

//! `dhow system …` and `dhow builder …`.

mod check;
mod df;
mod prune;

use super::Entry;
use super::events::Events;
use super::version::Info;

pub(crate) const ENTRIES: &[Entry] = &[
    Entry::of::<check::Check>(),
    Entry::of::<df::Df>(),
    Entry::of::<Events>(),
    Entry::of::<Info>(),
    Entry::of::<check::Migrate>(),
    Entry::of::<prune::Prune>(),
    Entry::of::<check::Reset>(),
];

pub(crate) const BUILDER: &[Entry] = &[Entry::of::<prune::BuilderPrune>()];

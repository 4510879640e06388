//! `dhow system …` and `dhow builder …`.

mod df;
mod prune;

use super::Entry;
use super::events::Events;
use super::version::Info;

pub(crate) const ENTRIES: &[Entry] =
    &[Entry::of::<df::Df>(), Entry::of::<Events>(), Entry::of::<Info>(), Entry::of::<prune::Prune>()];

pub(crate) const BUILDER: &[Entry] = &[Entry::of::<prune::BuilderPrune>()];

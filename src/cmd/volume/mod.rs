//! `dhow volume …`.

mod archive;
mod create;
mod list;
mod show;
mod update;

use super::Entry;

pub(crate) const ENTRIES: &[Entry] = &[
    Entry::of::<create::Create>(),
    Entry::of::<show::Exists>(),
    Entry::of::<archive::Export>(),
    Entry::of::<archive::Import>(),
    Entry::of::<show::Inspect>(),
    Entry::of::<list::List>(),
    Entry::of::<list::Prune>(),
    Entry::of::<show::Remove>(),
    Entry::of::<update::Update>(),
];

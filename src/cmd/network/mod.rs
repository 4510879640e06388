//! `dhow network …`.

mod connect;
mod create;
mod list;
mod show;
mod update;

use super::Entry;

pub(crate) const ENTRIES: &[Entry] = &[
    Entry::of::<connect::Connect>(),
    Entry::of::<create::Create>(),
    Entry::of::<connect::Disconnect>(),
    Entry::of::<show::Exists>(),
    Entry::of::<show::Inspect>(),
    Entry::of::<list::List>(),
    Entry::of::<list::Prune>(),
    Entry::of::<show::Reload>(),
    Entry::of::<show::Remove>(),
    Entry::of::<update::Update>(),
];

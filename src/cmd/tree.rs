//! Which commands there are: `dhow NAME` and the noun forms `dhow image NAME`, `dhow container NAME`.

use super::Entry;
use super::completion::Completion;
use super::hello::Hello;
use super::image;
use super::login::{Login, Logout};
use super::version::Version;

pub(crate) const COMMANDS: &[Entry] = &[
    Entry::group("image", "Manage images", image::ENTRIES),
    Entry::of::<image::History>(),
    Entry::of::<image::List>(),
    Entry::of::<image::Import>(),
    Entry::of::<image::Load>(),
    Entry::of::<Login>(),
    Entry::of::<Logout>(),
    Entry::of::<image::Pull>(),
    Entry::of::<image::Remove>(),
    Entry::of::<image::Save>(),
    Entry::of::<image::Tag>(),
    Entry::of::<image::Untag>(),
    Entry::of::<Version>(),
    Entry::of::<Completion>(),
    Entry::of::<Hello>(),
];

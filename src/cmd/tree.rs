//! Which commands there are: `dhow NAME` and the noun forms `dhow image NAME`, `dhow container NAME`.

use super::Entry;
use super::completion::Completion;
use super::login::{Login, Logout};
use super::version::Version;

pub(crate) const COMMANDS: &[Entry] =
    &[Entry::of::<Login>(), Entry::of::<Logout>(), Entry::of::<Version>(), Entry::of::<Completion>()];

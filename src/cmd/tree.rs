//! Which commands there are: `dhow NAME` and the noun forms `dhow image NAME`, `dhow container NAME`.

use super::Entry;
use super::version::Version;

pub(crate) const COMMANDS: &[Entry] = &[Entry::of::<Version>()];

//! regex-lite under the name by which oci-spec asks for it, for two expressions of plain ASCII. The real one brings Unicode's tables, which are
//! names by reference: the loader of a position-independent binary writes each reference at every start, which took a tenth of the time
//! of a short command.

pub use regex_lite::{Captures, Error, Match, Regex, RegexBuilder};

//! Names that containers get when nobody gave them one.

use crate::error::Result;
use crate::sys::random;

const ADJECTIVES: [&str; 64] = [
    "able", "agile", "amber", "ancient", "azure", "bold", "brave", "breezy", "bright", "brisk", "calm",
    "candid", "clever", "coastal", "coral", "crimson", "daring", "deep", "eager", "early", "easy", "fair",
    "fleet", "fond", "frank", "free", "gentle", "glad", "golden", "grand", "hardy", "hidden", "ivory",
    "jolly", "keen", "kind", "light", "lively", "loyal", "lucky", "merry", "mighty", "neat", "noble", "open",
    "patient", "plucky", "proud", "quick", "quiet", "rapid", "salty", "sharp", "silver", "steady", "stout",
    "sunny", "swift", "tidal", "tidy", "true", "vivid", "warm", "wise",
];

const SAILORS: [&str; 64] = [
    "amundsen",
    "anson",
    "aylward",
    "barbarossa",
    "barents",
    "bart",
    "battuta",
    "beaufort",
    "bering",
    "bligh",
    "bougainville",
    "bowditch",
    "cabot",
    "cabral",
    "cavendish",
    "chichester",
    "columbus",
    "cook",
    "cousteau",
    "crowhurst",
    "dampier",
    "davis",
    "dias",
    "drake",
    "earhart",
    "eriksson",
    "fitzroy",
    "flinders",
    "franklin",
    "frobisher",
    "gama",
    "grace",
    "hanno",
    "harrison",
    "hawkins",
    "henry",
    "hudson",
    "jones",
    "knox",
    "lovelace",
    "magellan",
    "majid",
    "marchand",
    "maury",
    "moitessier",
    "nansen",
    "nelson",
    "nemo",
    "pytheas",
    "raleigh",
    "rickover",
    "ross",
    "sacagawea",
    "selkirk",
    "shackleton",
    "sindbad",
    "slocum",
    "tabarly",
    "tasman",
    "tupaia",
    "vancouver",
    "vespucci",
    "zarco",
    "zheng",
];

/// A random `adjective_sailor`, with a number from the second attempt on.
pub fn random(attempt: u32) -> Result<String> {
    let mut bytes = [0u8; 3];
    random::fill(&mut bytes)?;
    let name = format!("{}_{}", ADJECTIVES[bytes[0] as usize % 64], SAILORS[bytes[1] as usize % 64]);
    Ok(if attempt == 0 { name } else { format!("{name}{}", u32::from(bytes[2]) * attempt) })
}

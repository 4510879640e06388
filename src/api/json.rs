//! JSON as docker's clients send it: fields in any case, `null` for what isn't there.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::error::{Kind, Result};

/// Decodes a request's body.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // All of them are objects. A list would be taken for the values of the fields, in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Kind::Invalid.err("invalid JSON: want an object");
    }
    serde_json::from_slice(bytes).map_err(|e| Kind::Invalid.error(format!("invalid JSON: {e}")))
}

/// `null` is the same as nothing.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Go's `map[string]struct{}`.
pub type Set = BTreeMap<String, serde_json::Value>;

/// A command: a list of words, or one string.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Words {
    List(Vec<String>),
    One(String),
}

impl Words {
    pub fn into_list(self) -> Vec<String> {
        match self {
            Self::List(list) => list,
            Self::One(word) => vec![word],
        }
    }
}

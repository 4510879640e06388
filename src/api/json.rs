//! JSON as docker's clients send it: fields in any case, `null` for what isn't there.

use std::collections::BTreeMap;

use serde::de::value::SeqDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Error, Map, Value};

use crate::error::{Kind, Result};

/// Decodes a request's body.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let value = values.next().transpose().map(Option::unwrap_or_default);
    if value.is_ok() && !bytes[values.byte_offset()..].trim_ascii().is_empty() {
        return Kind::Invalid.err("unexpected content after JSON");
    }
    let value = value.and_then(|value| T::deserialize(Folding(value)));
    value.map_err(|e| Kind::Invalid.error(format!("invalid JSON: {e}")))
}

/// Fields that belong to two types: docker's have some that are written into others.
#[derive(Debug, Default)]
pub struct Both<A, B>(pub A, pub B);

impl<'de, A: DeserializeOwned, B: DeserializeOwned> Deserialize<'de> for Both<A, B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let first = A::deserialize(Folding(value.clone())).map_err(D::Error::custom)?;
        Ok(Self(first, B::deserialize(Folding(value)).map_err(D::Error::custom)?))
    }
}

/// A value in which names of fields are found as Go finds them: if no field is called that, the one that differs in upper and lower case
/// only. What isn't a field, as the name of a label, stays as it is.
struct Folding(Value);

impl IntoDeserializer<'_, Error> for Folding {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Folding {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        match self.0 {
            Value::Array(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Folding))),
            Value::Object(map) => visitor.visit_map(Fields::new(map, &[])),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        match self.0 {
            Value::Object(map) => visitor.visit_map(Fields::new(map, fields)),
            // It would be taken for the values of the fields, in their order.
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            Value::Null => Err(Error::invalid_type(Unexpected::Unit, &"an object")),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map enum
        identifier ignored_any
    }
}

/// The fields of an object, or the entries of a map. Of an error they say where it was.
struct Fields {
    rest: serde_json::map::IntoIter,
    next: Option<(String, Value)>,
}

impl Fields {
    fn new(map: Map<String, Value>, known: &'static [&'static str]) -> Self {
        // Of those that mean the same field the last counts.
        let mut named = Map::new();
        for (name, value) in map {
            let field = known.iter().find(|f| **f == name);
            let field = field.or_else(|| known.iter().find(|f| f.eq_ignore_ascii_case(&name)));
            named.insert(field.map_or(name, |f| (*f).to_string()), value);
        }
        Self { rest: named.into_iter(), next: None }
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> std::result::Result<Option<K::Value>, Error> {
        self.next = self.rest.next();
        let Some((name, _)) = &self.next else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> std::result::Result<V::Value, Error> {
        let (name, value) = self.next.take().unwrap_or_default();
        seed.deserialize(Folding(value)).map_err(|e| Error::custom(format!("{name}: {e}")))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Outer {
        #[serde(deserialize_with = "or_default")]
        image: String,
        cmd: Option<Words>,
        labels: BTreeMap<String, String>,
        #[serde(deserialize_with = "or_default")]
        host_config: Both<Inner, Other>,
        list: Vec<Inner>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        #[serde(rename = "EnableIPv6")]
        ipv6: bool,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Other {
        #[serde(rename = "Memory", deserialize_with = "or_default")]
        memory: i64,
    }

    fn refused(text: &str) -> String {
        decode::<Outer>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn names_in_any_case() {
        let text = r#"{"image": "a", "CMD": ["x"], "labels": {"Image": "i", "image": "j"}, "nobody's": {},
            "hostConfig": {"enableipv6": true, "MEMORY": 5}, "List": [{"enableIpv6": true}]}"#;
        let read: Outer = decode(text.as_bytes()).unwrap();
        assert_eq!((read.image.as_str(), read.cmd.unwrap().into_list()), ("a", vec!["x".to_string()]));
        assert_eq!((read.labels["Image"].as_str(), read.labels["image"].as_str()), ("i", "j"));
        assert!(read.host_config.0.ipv6 && read.list[0].ipv6);
        assert_eq!(read.host_config.1.memory, 5);
        let twice: Outer = decode(br#"{"image": "a", "Image": "b", "HostConfig": null}"#).unwrap();
        assert_eq!((twice.image.as_str(), twice.host_config.1.memory), ("b", 0));
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(
            refused(r#"{"hostconfig": {"Memory": "x"}}"#),
            "invalid JSON: HostConfig: Memory: invalid type: string \"x\", expected i64"
        );
        assert_eq!(
            refused(r#"{"labels": {"a": 1}}"#),
            "invalid JSON: Labels: a: invalid type: integer `1`, expected a string"
        );
        assert_eq!(refused("[]"), "invalid JSON: invalid type: sequence, expected an object");
        assert!(refused("{").contains("line 1 column 1"));
        assert_eq!(refused("{} {}"), "unexpected content after JSON");
    }
}

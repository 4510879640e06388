//! The query string of a request, as dockerd reads it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Context, Kind, Result};

/// Names and values in the order in which they stand.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of that name if it isn't empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|v| !v.is_empty())
    }

    /// All values of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// As dockerd has it everything is true but what says no.
    pub fn flag(&self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    pub fn flag_or(&self, name: &str, default: bool) -> bool {
        match self.get(name) {
            None => default,
            Some(value) => {
                !matches!(value.trim().to_lowercase().as_str(), "" | "0" | "no" | "false" | "none")
            }
        }
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Kind::Invalid.err(format!("invalid value {text:?} for {name}: not a number")),
        }
    }

    /// The filters, all of which have to be of these kinds.
    pub fn filters_of(&self, known: &[&str]) -> Result<Vec<String>> {
        let filters = self.filters()?;
        for text in &filters {
            let key = text.split('=').next().unwrap_or_default();
            if !known.contains(&key) {
                return Kind::Invalid.err(format!("invalid filter '{key}'"));
            }
        }
        Ok(filters)
    }

    /// `filters`: a JSON object, of lists or (as old clients send it) of objects whose keys are the values. Answers `KEY=VALUE` each.
    pub fn filters(&self) -> Result<Vec<String>> {
        let Some(text) = self.text("filters") else { return Ok(Vec::new()) };
        let invalid = || Kind::Invalid.error(format!("invalid filter: {text}"));
        let parsed: Option<BTreeMap<String, Value>> =
            serde_json::from_str(text).ok().with_context(invalid)?;
        let mut found = Vec::new();
        for (key, values) in parsed.unwrap_or_default() {
            let values: Vec<String> = match values {
                Value::Array(list) => list
                    .into_iter()
                    .map(|v| v.as_str().map(String::from).with_context(invalid))
                    .collect::<Result<_>>()?,
                Value::Object(map) => map
                    .into_iter()
                    .filter(|(_, wanted)| wanted.as_bool() != Some(false))
                    .map(|(value, _)| value)
                    .collect(),
                Value::Null => Vec::new(),
                _ => return Err(invalid()),
            };
            found.extend(values.into_iter().map(|value| format!("{key}={value}")));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_dockerd_reads_them() {
        let q = Query::parse("a=1&b=&c=No&d=x%20y&e=0&d=z&t=5");
        assert!(q.flag("a") && !q.flag("b") && !q.flag("c") && q.flag("d") && !q.flag("e") && !q.flag("zz"));
        assert_eq!(q.get("d"), Some("x y"));
        assert_eq!(q.all("d").collect::<Vec<_>>(), ["x y", "z"]);
        assert_eq!(q.number::<u32>("t").unwrap(), Some(5));
        assert!(q.number::<u32>("d").is_err());
    }

    #[test]
    fn filters_in_both_forms() {
        let of = |text: &str| Query(vec![("filters".into(), text.into())]).filters();
        assert_eq!(of(r#"{"label":["a","b=c"],"id":[]}"#).unwrap(), ["label=a", "label=b=c"]);
        assert_eq!(of(r#"{"status":{"running":true}}"#).unwrap(), ["status=running"]);
        assert!(of("[1]").is_err() && of(r#"{"a":1}"#).is_err() && of("{").is_err());
        assert!(of("").unwrap().is_empty() && of("null").unwrap().is_empty());
        let query = Query(vec![("filters".into(), r#"{"a":["1"],"b":["2"]}"#.into())]);
        assert_eq!(query.filters_of(&["a", "b"]).unwrap(), ["a=1", "b=2"]);
        assert!(query.filters_of(&["a"]).unwrap_err().to_string().contains("invalid filter 'b'"));
    }
}

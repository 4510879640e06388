//! The definition of the Docker Engine API (tests/docker-api), and whether an answer is what it says. Swagger 2.0, as much of it as that
//! file uses; stricter in one point: an object whose properties are listed may have no others.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

const DEFINITION: &str = include_str!("../docker-api/v1.51.yaml");

/// Where an answer is not as it should be, and how.
pub type Complaint = (String, String);

/// The operation that answers a request: its path's template, and its definition.
pub fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == asked.len() && parts.iter().zip(&asked).all(|(p, a)| p == a || p.starts_with('{'))
    };
    let paths = definition()["paths"].as_object().unwrap();
    // "/containers/json" is no container of that name.
    let found = paths.iter().filter(|(t, _)| fits(t)).min_by_key(|(t, _)| t.matches('{').count())?;
    let operation = found.1.get(method.to_lowercase())?;
    Some((found.0, operation))
}

/// What is wrong with an answer of this status and body.
pub fn complaints(operation: &'static Value, status: u64, body: &Value) -> Vec<Complaint> {
    let Some(response) = operation["responses"].get(status.to_string()) else {
        let mut found = if status >= 400 { against("ErrorResponse", body) } else { Vec::new() };
        // Of every call: what can't be had here is refused, where dockerd would try.
        if status != 501 {
            found.push(("status".into(), format!("{status} is not defined: {body}")));
        }
        return found;
    };
    let mut found = Vec::new();
    if let Some(schema) = response.get("schema") {
        check(schema, body, "", &mut found);
    }
    found
}

/// What is wrong with a value that should be of this definition.
pub fn against(name: &str, value: &Value) -> Vec<Complaint> {
    let mut found = Vec::new();
    check(&definition()["definitions"][name], value, "", &mut found);
    found
}

fn definition() -> &'static Value {
    static PARSED: OnceLock<Value> = OnceLock::new();
    PARSED.get_or_init(|| json(&YamlLoader::load_from_str(&without_examples(DEFINITION)).unwrap()[0]))
}

/// Examples are of no use here, and some of them have brackets where this parser doesn't take them.
fn without_examples(text: &str) -> String {
    let mut kept = String::new();
    let mut skipped = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let goes_on =
            |of: usize| indent > of || bare.is_empty() || (indent == of && bare.starts_with(['}', ']']));
        if skipped.is_some_and(goes_on) {
            continue;
        }
        let is_example = bare.starts_with("example:") || bare.starts_with("examples:");
        skipped = is_example.then_some(indent);
        if !is_example {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text.parse::<f64>().unwrap().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::String(text) => text.clone().into(),
        Yaml::Boolean(yes) => (*yes).into(),
        Yaml::Array(list) => list.iter().map(json).collect(),
        Yaml::Hash(map) => {
            let key = |k: &Yaml| match json(k) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            map.iter().map(|(k, v)| (key(k), json(v))).collect::<Map<_, _>>().into()
        }
        Yaml::Null => Value::Null,
        Yaml::Alias(_) | Yaml::BadValue => panic!("YAML that isn't understood"),
    }
}

/// What a schema consists of: itself, what it refers to, and what it is all of.
fn parts(schema: &'static Value) -> Vec<&'static Value> {
    let mut found = vec![schema];
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        found.extend(parts(definition().pointer(pointer).unwrap_or_else(|| panic!("no {reference}"))));
    }
    found.extend(schema["allOf"].as_array().into_iter().flatten().flat_map(parts));
    found
}

fn check(schema: &'static Value, value: &Value, at: &str, found: &mut Vec<Complaint>) {
    let parts = parts(schema);
    if value.is_null() {
        if !parts.iter().any(|p| p["x-nullable"] == true) {
            found.push((at.into(), "null".into()));
        }
        return;
    }
    for part in &parts {
        check_part(part, value, at, found);
    }
    let listed: BTreeSet<&String> =
        parts.iter().filter_map(|p| p["properties"].as_object()).flat_map(Map::keys).collect();
    let open = listed.is_empty() || parts.iter().any(|p| p.get("additionalProperties").is_some());
    for name in value.as_object().into_iter().flat_map(Map::keys).filter(|n| !open && !listed.contains(n)) {
        found.push((format!("{at}.{name}"), format!("not defined: {}", value[name])));
    }
}

fn check_part(schema: &'static Value, value: &Value, at: &str, found: &mut Vec<Complaint>) {
    if let Some(wrong) = mismatch(schema, value) {
        found.push((at.into(), wrong));
        return;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            found.push((format!("{at}.{name}"), "missing".into()));
        }
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            check(part, inner, &format!("{at}.{name}"), found);
        }
    }
    let more = &schema["additionalProperties"];
    for (name, inner) in value.as_object().into_iter().flatten() {
        if schema["properties"].get(name).is_some() {
            continue;
        }
        if more.is_object() {
            check(more, inner, &format!("{at}{{}}"), found);
        } else if more == false {
            found.push((format!("{at}.{name}"), "not defined".into()));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        if schema["items"].is_object() {
            check(&schema["items"], item, &format!("{at}[]"), found);
        }
    }
}

/// What of a value alone, without what is in it, is not as the schema says.
fn mismatch(schema: &Value, value: &Value) -> Option<String> {
    let is = match schema["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some(other) => panic!("a type {other}"),
    };
    if !is {
        return Some(format!("no {}: {value}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
        return Some(format!("{value} is none of {}", schema["enum"]));
    }
    if let Some(format) = schema["format"].as_str()
        && !is_format(format, value)
    {
        return Some(format!("no {format}: {value}"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !regex_lite::Regex::new(pattern).unwrap().is_match(text)
    {
        return Some(format!("{value} is not like {pattern}"));
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        let fits = schema["minLength"].as_u64().is_none_or(|least| length >= least)
            && schema["maxLength"].as_u64().is_none_or(|most| length <= most);
        return (!fits).then(|| format!("{value} has not the length it should have"));
    }
    let number = value.as_f64()?;
    let outside = schema["minimum"].as_f64().is_some_and(|least| number < least)
        || schema["maximum"].as_f64().is_some_and(|most| number > most);
    outside.then(|| format!("{value} is outside its bounds"))
}

fn is_format(format: &str, value: &Value) -> bool {
    let text = value.as_str();
    let unsigned = |most: u64| value.as_u64().is_some_and(|n| n <= most);
    let is_network = |text: &str| match text.split_once('/') {
        Some((address, length)) => {
            address.parse::<std::net::IpAddr>().is_ok() && length.parse::<u8>().is_ok_and(|n| n <= 128)
        }
        None => false,
    };
    match format {
        "int64" => value.is_i64(),
        "uint8" => unsigned(u8::MAX.into()),
        "uint16" => unsigned(u16::MAX.into()),
        "uint32" => unsigned(u32::MAX.into()),
        "uint64" => value.is_u64(),
        "dateTime" | "date-time" => text.is_some_and(|t| t.parse::<jiff::Timestamp>().is_ok()),
        "ip-address" => text.is_some_and(|t| t.parse::<std::net::IpAddr>().is_ok()),
        "CIDR" | "cidr" => text.is_some_and(is_network),
        "json" => text.is_some_and(|t| serde_json::from_str::<Value>(t).is_ok()),
        "uri" => text.is_some_and(|t| t.contains("://")),
        "binary" => text.is_some(),
        other => panic!("a format {other}"),
    }
}

#[test]
fn the_definition_is_followed() {
    let (template, version) = operation("GET", "/version").unwrap();
    assert_eq!(template, "/version");
    assert!(operation("GET", "/containers/a/json").unwrap().0.contains("{id}"));
    assert_eq!(operation("GET", "/containers/json?all=1").unwrap().0, "/containers/json");
    assert!(operation("PATCH", "/version").is_none() && operation("GET", "/nonsense").is_none());
    let places = |status: u64, body: Value| -> Vec<String> {
        complaints(version, status, &body).into_iter().map(|(place, _)| place).collect()
    };
    let good = serde_json::json!({"Version": "1", "Components": [{"Name": "a", "Version": "b"}]});
    assert!(places(200, good).is_empty());
    let bad = serde_json::json!({"Version": 1, "Components": [{"Name": "a"}], "Arch": null, "Nope": 1});
    let mut found = places(200, bad);
    found.sort();
    assert_eq!(found, [".Arch", ".Components[].Version", ".Nope", ".Version"]);
    assert_eq!(places(200, serde_json::json!([])), [""]);
    assert_eq!(places(299, Value::Null), ["status"]);
    assert_eq!(places(500, serde_json::json!({})), [".message"]);
    let state = |value: Value| against("ContainerState", &value);
    assert_eq!(state(serde_json::json!({"Status": "running", "Pid": 1, "Health": null})).len(), 0);
    assert_eq!(state(serde_json::json!({"Status": "gone"})).len(), 1, "none of the enumeration");
    assert_eq!(against("Port", &serde_json::json!({"PrivatePort": 70000, "Type": "tcp"})).len(), 1);
    let container = serde_json::json!({"Created": "yesterday", "Id": "x"});
    assert_eq!(against("ContainerInspectResponse", &container).len(), 2, "no time, no id");
}

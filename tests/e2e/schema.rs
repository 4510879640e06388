//! As much of JSON Schema (draft 4) as the OCI schemas in tests/oci-schema use.

use std::path::Path;

use serde_json::Value;

/// Fails with every place in `value` that the schema forbids.
#[track_caller]
pub fn check(schema: &str, value: &Value) {
    let mut complaints = Vec::new();
    validate(&load(schema), schema, value, "", &mut complaints);
    assert!(complaints.is_empty(), "against {schema}: {complaints:#?}\n{value:#}");
}

fn load(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oci-schema").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn validate(schema: &Value, file: &str, value: &Value, at: &str, complaints: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let (other, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let other = if other.is_empty() { file } else { other };
        let document = load(other);
        let target = document.pointer(pointer).unwrap_or_else(|| panic!("{file} refers to {reference}"));
        return validate(target, other, value, at, complaints);
    }
    if let Some(kind) = schema["type"].as_str() {
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => panic!("{file}: type {other}"),
        };
        if !fits {
            complaints.push(format!("{at}: not of type {kind}: {value}"));
            return;
        }
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        complaints.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        complaints.push(format!("{at}: {number} is below {least}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            complaints.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(inner) = value.get(name) {
            validate(part, file, inner, &format!("{at}/{name}"), complaints);
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            validate(&schema["items"], file, item, &format!("{at}/{index}"), complaints);
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        validate(part, file, value, at, complaints);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = choices.iter().any(|choice| {
            let mut inner = Vec::new();
            validate(choice, file, value, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            complaints.push(format!("{at}: {value} fits none of the choices"));
        }
    }
}

#[test]
fn the_checks_would_see_it() {
    let bad = serde_json::json!({"ociVersion": "1.0.0", "id": "a", "status": "gone", "pid": -1});
    let mut complaints = Vec::new();
    validate(&load("state-schema.json"), "state-schema.json", &bad, "", &mut complaints);
    assert_eq!(complaints.len(), 3, "{complaints:?}");
}

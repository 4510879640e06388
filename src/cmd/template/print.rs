//! How Go prints values (fmt's `%v`), and how docker's `json` does.

use serde_json::Value;

/// Appends what `{{.}}` prints of a value that is not null.
pub fn plain(value: &Value, out: &mut String) {
    match value {
        // Inside of a list or map.
        Value::Null => out.push_str("<nil>"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => match n.as_f64().filter(|_| n.is_f64()) {
            Some(float) => out.push_str(&shortest(float)),
            None => out.push_str(&n.to_string()),
        },
        Value::String(s) => out.push_str(s),
        Value::Array(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                plain(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str("map[");
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                plain(item, out);
            }
            out.push(']');
        }
    }
}

/// A float in the fewest digits, with an exponent where Go's `%v` has one.
pub fn shortest(n: f64) -> String {
    if n != 0.0 && !(1e-4..1e21).contains(&n.abs()) {
        let text = format!("{n:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let value: i32 = exponent.parse().unwrap_or(0);
        return format!("{mantissa}e{}{:02}", if value < 0 { '-' } else { '+' }, value.abs());
    }
    n.to_string()
}

/// Compact JSON, keys in their order, `<`, `>` and `&` as they are.
pub(crate) fn json_text(value: &Value) -> String {
    value.to_string()
}

/// What Go calls the type of a decoded JSON value.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "interface {}",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

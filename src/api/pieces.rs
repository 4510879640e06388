//! JSON texts of objects with fields left open: what is written once is sent many times, with what the fields have now.

use serde_json::{Map, Value};

use crate::engine::containers::Text;
use crate::error::{Context, Result};

/// What comes before the first field's value, and what comes after each. They must be there, in this order.
pub fn open(object: &Map<String, Value>, fields: &[&str]) -> Result<Text> {
    let (mut texts, mut text) = (Vec::with_capacity(fields.len() + 1), String::from("{"));
    for (number, (name, value)) in object.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text += &serde_json::to_string(name).context("encoding an answer")?;
        text.push(':');
        if fields.get(texts.len()) == Some(&name.as_str()) {
            texts.push(std::mem::take(&mut text).into());
        } else {
            text += &serde_json::to_string(value).context("encoding an answer")?;
        }
    }
    text.push('}');
    texts.push(text.into());
    anyhow::ensure!(texts.len() == fields.len() + 1, "an answer has not all of the fields {fields:?}");
    Ok(texts.into())
}

/// Appends the whole, with the fields' values in JSON.
pub fn fill(out: &mut Vec<u8>, text: &Text, values: &[String]) {
    for (number, piece) in text.iter().enumerate() {
        out.extend_from_slice(piece.as_bytes());
        out.extend_from_slice(values.get(number).map_or(b"", |value| value.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_whole_is_what_it_was() {
        let object = json!({"a": 1, "é\"": {"b": null}, "c": [1, "x"]});
        for field in ["a", "é\"", "c"] {
            let text = open(object.as_object().unwrap(), &[field]).unwrap();
            let mut out = Vec::new();
            fill(&mut out, &text, &[object[field].to_string()]);
            assert_eq!(String::from_utf8(out).unwrap(), object.to_string());
        }
        let text = open(object.as_object().unwrap(), &["a", "c"]).unwrap();
        let mut out = b"[".to_vec();
        fill(&mut out, &text, &["[\"now\"]".into(), "2".into()]);
        assert_eq!(String::from_utf8(out).unwrap(), r#"[{"a":["now"],"é\"":{"b":null},"c":2}"#);
        assert!(open(object.as_object().unwrap(), &["d"]).is_err());
    }
}

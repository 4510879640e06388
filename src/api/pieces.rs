//! JSON texts of objects with one field left open: what is written once is sent many times, with what the field has now.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::engine::containers::Text;
use crate::error::{Context, Result};

/// What comes before the field's value, and what comes after it. The field must be there.
pub fn open(object: &Map<String, Value>, field: &str) -> Result<Text> {
    let (mut texts, mut text) = (Vec::with_capacity(2), String::from("{"));
    for (number, (name, value)) in object.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text += &serde_json::to_string(name).context("encoding an answer")?;
        text.push(':');
        if name == field {
            texts.push(std::mem::take(&mut text).into());
        } else {
            text += &serde_json::to_string(value).context("encoding an answer")?;
        }
    }
    text.push('}');
    texts.push(text.into());
    anyhow::ensure!(texts.len() == 2, "an answer has no field {field}");
    Ok(texts.into())
}

/// Appends the whole.
pub fn fill<T: Serialize>(out: &mut Vec<u8>, text: &Text, value: &T) -> Result<()> {
    let mut pieces = text.iter();
    pieces.next().inspect(|piece| out.extend_from_slice(piece.as_bytes()));
    serde_json::to_writer(&mut *out, value).context("encoding an answer")?;
    pieces.for_each(|piece| out.extend_from_slice(piece.as_bytes()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_whole_is_what_it_was() {
        let object = json!({"a": 1, "é\"": {"b": null}, "c": [1, "x"]});
        for field in ["a", "é\"", "c"] {
            let text = open(object.as_object().unwrap(), field).unwrap();
            let mut out = Vec::new();
            fill(&mut out, &text, &object[field]).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), object.to_string());
        }
        let text = open(object.as_object().unwrap(), "a").unwrap();
        let mut out = b"[".to_vec();
        fill(&mut out, &text, &["now"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"[{"a":["now"],"é\"":{"b":null},"c":[1,"x"]}"#);
        assert!(open(object.as_object().unwrap(), "d").is_err());
    }
}

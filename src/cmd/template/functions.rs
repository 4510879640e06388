//! The functions: Go's built-in ones, and those that docker adds for `--format`.

use std::cmp::Ordering;

use serde_json::Value;

use super::eval::Val;
use super::print::{json_text, plain, type_name};
use super::printf;

/// What `pad` may add, and any repetition: a format is no way to fill the memory.
const MAX_PADDING: i64 = 10_000;

const NAMES: &[&str] = &[
    "and", "eq", "ge", "gt", "html", "index", "join", "js", "json", "le", "len", "lower", "lt", "ne", "not",
    "or", "pad", "print", "printf", "println", "slice", "split", "title", "truncate", "upper", "urlquery",
];

pub fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What is wrong with a call: as a whole, or with one argument.
#[derive(Debug)]
pub struct CallError {
    pub argument: Option<usize>,
    pub message: String,
}

impl<T: Into<String>> From<T> for CallError {
    fn from(message: T) -> Self {
        Self { argument: None, message: message.into() }
    }
}

type Called<'a> = Result<Val<'a>, CallError>;

/// Calls a function other than `and` and `or`. In a header, docker's functions leave the column's name as it is.
pub fn call<'a>(name: &str, args: &[Val<'a>], header: bool) -> Called<'a> {
    if header && matches!(name, "json" | "title" | "lower" | "upper" | "truncate" | "join" | "split" | "pad")
    {
        return Ok(args.iter().find(|a| a.json().is_string()).cloned().unwrap_or_else(|| Val::own("")));
    }
    match name {
        "eq" => equal_any(args).map(Val::own),
        "ne" | "lt" | "le" | "gt" | "ge" => compare(name, args).map(Val::own),
        "not" => fixed::<1>(name, args).map(|[a]| Val::own(!a.is_true())),
        "len" => fixed::<1>(name, args).and_then(|[a]| length(a)),
        "index" => index(args),
        "slice" => slice(args),
        "print" => Ok(Val::own(print(args, false))),
        "println" => Ok(Val::own(print(args, true))),
        "printf" => {
            let (format, rest) =
                args.split_first().ok_or("wrong number of args for printf: want at least 1 got 0")?;
            let values: Vec<&Value> = rest.iter().map(Val::json).collect();
            format
                .json()
                .as_str()
                .map(|f| Val::own(printf::format(f, &values)))
                .ok_or_else(|| wrong_type(args, 0, "string"))
        }
        "html" => Ok(Val::own(escape_html(&print(args, false)))),
        "js" => Ok(Val::own(escape_js(&print(args, false)))),
        "urlquery" => Ok(Val::own(escape_query(&print(args, false)))),
        _ => docker(name, args),
    }
}

/// What docker adds.
fn docker<'a>(name: &str, args: &[Val<'a>]) -> Called<'a> {
    match name {
        "json" => fixed::<1>(name, args).map(|[a]| Val::own(json_text(a.json()))),
        "lower" => fixed::<1>(name, args).and_then(|_| Ok(Val::own(string(args, 0)?.to_lowercase()))),
        "upper" => fixed::<1>(name, args).and_then(|_| Ok(Val::own(string(args, 0)?.to_uppercase()))),
        "title" => fixed::<1>(name, args).and_then(|_| Ok(Val::own(title(string(args, 0)?)))),
        "join" => fixed::<2>(name, args).and_then(|[list, separator]| {
            let separator = separator.json().as_str().ok_or_else(|| wrong_type(args, 1, "string"))?;
            match list.json() {
                Value::Array(items) => {
                    Ok(Val::own(items.iter().map(text_of).collect::<Vec<_>>().join(separator)))
                }
                // Go's nil slice.
                Value::Null => Ok(Val::own("")),
                _ => Err(wrong_type(args, 0, "[]string")),
            }
        }),
        "split" => fixed::<2>(name, args).and_then(|_| {
            let (text, separator) = (string(args, 0)?, string(args, 1)?);
            let parts: Vec<Value> = if separator.is_empty() {
                text.chars().map(|c| Value::from(c.to_string())).collect()
            } else {
                text.split(separator).map(Value::from).collect()
            };
            Ok(Val::own(parts))
        }),
        "pad" => fixed::<3>(name, args).and_then(|_| {
            let text = string(args, 0)?;
            let blanks = |n| integer(args, n).map(|n| " ".repeat(n.clamp(0, MAX_PADDING) as usize));
            let (before, after) = (blanks(1)?, blanks(2)?);
            Ok(Val::own(if text.is_empty() { String::new() } else { format!("{before}{text}{after}") }))
        }),
        "truncate" => fixed::<2>(name, args).and_then(|_| {
            let (text, length) = (string(args, 0)?, integer(args, 1)?.max(0) as usize);
            // Bytes, as docker counts; but never half a character.
            Ok(Val::own(&text[..text.floor_char_boundary(length)]))
        }),
        _ => Err(format!("function {name:?} not defined").into()),
    }
}

/// docker's method `.Label "key"` of a row: from `Labels`, an object or `a=b,c=d`. `None`: not one argument.
pub fn label(owner: &Value, args: &[Val<'_>]) -> Option<String> {
    let [key] = args else { return None };
    let key = key.json().as_str()?;
    Some(match &owner["Labels"] {
        Value::Object(map) => map.get(key).map(text_of).unwrap_or_default(),
        Value::String(list) => {
            let found = list.split(',').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            found.unwrap_or_default().to_string()
        }
        _ => String::new(),
    })
}

fn fixed<'r, 'a, const N: usize>(name: &str, args: &'r [Val<'a>]) -> Result<&'r [Val<'a>; N], CallError> {
    args.try_into()
        .map_err(|_| format!("wrong number of args for {name}: want {N} got {}", args.len()).into())
}

fn string<'v>(args: &'v [Val<'_>], n: usize) -> Result<&'v str, CallError> {
    args[n].json().as_str().ok_or_else(|| wrong_type(args, n, "string"))
}

fn integer(args: &[Val<'_>], n: usize) -> Result<i64, CallError> {
    args[n].json().as_i64().ok_or_else(|| wrong_type(args, n, "int"))
}

fn wrong_type(args: &[Val<'_>], n: usize, wanted: &str) -> CallError {
    let message = match &args[n] {
        Val::Missing { .. } => format!("invalid value; expected {wanted}"),
        Val::Is(value) => format!("wrong type for value; expected {wanted}; got {}", type_name(value)),
    };
    CallError { argument: Some(n), message }
}

fn text_of(value: &Value) -> String {
    let mut text = String::new();
    plain(value, &mut text);
    text
}

fn length<'a>(value: &Val<'_>) -> Called<'a> {
    let length = match value.json() {
        Value::String(s) => s.len(),
        Value::Array(a) => a.len(),
        Value::Object(o) => o.len(),
        // Lists and maps that are unset.
        Value::Null => 0,
        other => return Err(format!("error calling len: len of type {}", type_name(other)).into()),
    };
    Ok(Val::own(length))
}

fn index<'a>(args: &[Val<'a>]) -> Called<'a> {
    let (first, keys) = args.split_first().ok_or("wrong number of args for index: want at least 1 got 0")?;
    let mut value = first.json().clone();
    for key in keys {
        value = match (&mut value, key.json()) {
            (Value::Array(list), Value::Number(n)) => {
                let at = n.as_i64().and_then(|n| usize::try_from(n).ok());
                let Some(item) = at.and_then(|n| list.get_mut(n)) else {
                    return Err(format!("error calling index: index out of range: {n}").into());
                };
                item.take()
            }
            (Value::Object(map), Value::String(key)) => match map.get_mut(key) {
                Some(item) => item.take(),
                None => zero_value(map),
            },
            (Value::String(text), Value::Number(n)) => {
                let at = n.as_i64().and_then(|n| usize::try_from(n).ok());
                match at.and_then(|n| text.as_bytes().get(n)) {
                    Some(byte) => Value::from(*byte),
                    None => return Err(format!("error calling index: index out of range: {n}").into()),
                }
            }
            // An unset map has no keys.
            (Value::Null, Value::String(_)) => Value::from(""),
            (Value::Null, _) => return Err("error calling index: index of untyped nil".into()),
            (value, key) => {
                let (item, key) = (type_name(value), type_name(key));
                return Err(format!("error calling index: can't index item of type {item} with {key}").into());
            }
        };
    }
    Ok(Val::own(value))
}

/// What a map lacks: the empty string if it is one of strings.
fn zero_value(map: &serde_json::Map<String, Value>) -> Value {
    if map.values().all(Value::is_string) { Value::from("") } else { Value::Null }
}

fn slice<'a>(args: &[Val<'a>]) -> Called<'a> {
    let (first, bounds) =
        args.split_first().ok_or("wrong number of args for slice: want at least 1 got 0")?;
    let size = match first.json() {
        Value::String(s) => s.len(),
        Value::Array(list) => list.len(),
        other => {
            return Err(format!("error calling slice: can't slice item of type {}", type_name(other)).into());
        }
    };
    if bounds.len() > 2 {
        return Err(format!("error calling slice: too many slice indexes: {}", bounds.len()).into());
    }
    let bound = |n: usize, default: usize| match bounds.get(n) {
        None => Ok(default),
        Some(value) => match usize::try_from(integer(args, n + 1)?) {
            Ok(n) if n <= size => Ok(n),
            _ => Err(CallError::from(format!("error calling slice: index out of range: {}", value.json()))),
        },
    };
    let (from, to) = (bound(0, 0)?, bound(1, size)?);
    if from > to {
        return Err(format!("error calling slice: invalid slice index: {from} > {to}").into());
    }
    Ok(match first.json() {
        // Bytes, as in Go; half a character is not text here.
        Value::String(s) => Val::own(String::from_utf8_lossy(&s.as_bytes()[from..to]).into_owned()),
        Value::Array(list) => Val::own(list[from..to].to_vec()),
        _ => Val::own(Value::Null),
    })
}

fn equal_any(args: &[Val<'_>]) -> Result<bool, CallError> {
    let [first, others @ ..] = args else {
        return Err("wrong number of args for eq: want at least 1 got 0".into());
    };
    if others.is_empty() {
        return Err("error calling eq: missing argument for comparison".into());
    }
    for other in others {
        if equal(first.json(), other.json())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Null, _) | (_, Value::Null) => Ok(false),
        (Value::Number(_), Value::Number(_)) => Ok(order(a, b)? == Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        (odd @ (Value::Array(_) | Value::Object(_)), _) | (_, odd @ (Value::Array(_) | Value::Object(_))) => {
            Err(format!("error calling eq: non-comparable type {}: {}", text_of(odd), type_name(odd)))
        }
        _ => Err("error calling eq: incompatible types for comparison".into()),
    }
}

fn compare(name: &str, args: &[Val<'_>]) -> Result<bool, CallError> {
    let [a, b] = fixed::<2>(name, args)?;
    let (a, b) = (a.json(), b.json());
    let renamed = |message: String| message.replace("calling eq", &format!("calling {name}"));
    if name == "ne" {
        return Ok(!equal(a, b).map_err(renamed)?);
    }
    let order = order(a, b).map_err(renamed)?;
    Ok(match name {
        "lt" => order == Ordering::Less,
        "le" => order != Ordering::Greater,
        "gt" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

fn order(a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            // Whole numbers exactly: a float cannot tell large ones apart.
            let whole = |n: &serde_json::Number| n.as_i64().map(i128::from).or(n.as_u64().map(i128::from));
            match (whole(x), whole(y)) {
                (Some(x), Some(y)) => Ok(x.cmp(&y)),
                _ => Ok(x.as_f64().partial_cmp(&y.as_f64()).unwrap_or(Ordering::Equal)),
            }
        }
        (Value::String(x), Value::String(y)) => Ok(x.cmp(y)),
        (Value::Bool(_), Value::Bool(_)) => Err("error calling eq: invalid type for comparison".into()),
        _ => Err("error calling eq: incompatible types for comparison".into()),
    }
}

/// fmt.Sprint: blanks only between operands neither of which is a string; fmt.Sprintln: always.
fn print(args: &[Val<'_>], line: bool) -> String {
    let mut out = String::new();
    let mut after_string = true;
    for (i, arg) in args.iter().enumerate() {
        let value = arg.json();
        if i > 0 && (line || !(after_string || value.is_string())) {
            out.push(' ');
        }
        after_string = value.is_string();
        plain(value, &mut out);
    }
    if line {
        out.push('\n');
    }
    out
}

/// strings.Title: the first letter of each word.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.push(c);
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || c == '_' || !(c.is_ascii() || c.is_whitespace());
    }
    out
}

fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn escape_js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c if c < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn escape_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

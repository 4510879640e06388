//! Go's fmt.Sprintf over JSON values: the verbs and flags that make sense for them.

use serde_json::Value;

use super::print::{plain, type_name};

/// The widest field: a format is no way to fill the memory.
const MAX_WIDTH: usize = 10_000;

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub fn format(format: &str, args: &[&Value]) -> String {
    let mut out = String::new();
    let mut rest = format;
    let mut args_left = args.iter();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (spec, after) = Spec::parse(&rest[at + 1..], &mut args_left);
        let Some(verb) = after.chars().next() else {
            out.push_str("%!(NOVERB)");
            return out;
        };
        rest = &after[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        match args_left.next() {
            Some(value) => out.push_str(&spec.one(verb, value)),
            None => out.push_str(&format!("%!{verb}(MISSING)")),
        }
    }
    out.push_str(rest);
    let extra: Vec<String> = args_left.map(|v| format!("{}={}", type_name(v), text(v))).collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

impl Spec {
    fn parse<'a>(text: &'a str, args: &mut std::slice::Iter<'_, &Value>) -> (Self, &'a str) {
        let mut spec = Self::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        (spec.width, rest) = number(rest, args);
        if let Some(after) = rest.strip_prefix('.') {
            (spec.precision, rest) = number(after, args);
            spec.precision = spec.precision.or(Some(0));
        }
        (spec, rest)
    }

    fn one(&self, verb: char, value: &Value) -> String {
        // Lists are formatted element by element.
        if let (Value::Array(items), false) = (value, matches!(verb, 'v' | 'T')) {
            let parts: Vec<String> = items.iter().map(|item| self.one(verb, item)).collect();
            return format!("[{}]", parts.join(" "));
        }
        let body = match (verb, value) {
            ('v', _) => Some(text(value)),
            ('T', _) => Some(type_name(value).to_string()),
            ('s', Value::String(s)) => Some(self.cut(s)),
            ('q', Value::String(s)) if self.sharp && !s.contains('`') => Some(format!("`{s}`")),
            ('q', Value::String(s)) => Some(quote(&self.cut(s))),
            ('x' | 'X', Value::String(s)) => {
                let hex = s.bytes().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
                Some(if verb == 'X' { hex.to_uppercase() } else { hex })
            }
            ('t', Value::Bool(b)) => Some(b.to_string()),
            (_, Value::Number(n)) => self.number(verb, n),
            _ => None,
        };
        match body {
            Some(body) => self.pad(&body, matches!(value, Value::Number(_))),
            None if value.is_null() => format!("%!{verb}(<nil>)"),
            None => format!("%!{verb}({}={})", type_name(value), text(value)),
        }
    }

    fn number(&self, verb: char, number: &serde_json::Number) -> Option<String> {
        let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
        if let Some(n) = whole {
            let digits = match verb {
                'd' => n.unsigned_abs().to_string(),
                'b' => format!("{:b}", n.unsigned_abs()),
                'o' => format!("{}{:o}", if self.sharp { "0" } else { "" }, n.unsigned_abs()),
                'x' => format!("{}{:x}", if self.sharp { "0x" } else { "" }, n.unsigned_abs()),
                'X' => format!("{}{:X}", if self.sharp { "0X" } else { "" }, n.unsigned_abs()),
                'c' => return char::from_u32(u32::try_from(n).ok()?).map(String::from),
                'q' => return char::from_u32(u32::try_from(n).ok()?).map(|c| format!("'{c}'")),
                'U' => return Some(format!("U+{n:04X}")),
                _ => return None,
            };
            let zeros = self.precision.unwrap_or(0).min(MAX_WIDTH).saturating_sub(digits.len());
            return Some(format!("{}{}{digits}", self.sign(n < 0), "0".repeat(zeros)));
        }
        let n = number.as_f64()?;
        let precision = self.precision.map(|p| p.min(MAX_WIDTH));
        let body = match verb {
            'f' | 'F' => format!("{:.*}", precision.unwrap_or(6), n.abs()),
            'e' => exponent(n.abs(), precision.unwrap_or(6)),
            'g' => match precision {
                Some(digits) => crate::cmd::units::significant(n.abs(), digits),
                None => super::print::shortest(n.abs()),
            },
            _ => return None,
        };
        Some(format!("{}{body}", self.sign(n < 0.0)))
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn cut(&self, text: &str) -> String {
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn pad(&self, body: &str, number: bool) -> String {
        let missing = self.width.unwrap_or(0).min(MAX_WIDTH).saturating_sub(body.chars().count());
        if self.minus {
            return format!("{body}{}", " ".repeat(missing));
        }
        if self.zero && number && self.precision.is_none() {
            let (sign, digits) = match body.strip_prefix(['-', '+', ' ']) {
                Some(digits) => body.split_at(body.len() - digits.len()),
                None => ("", body),
            };
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        format!("{}{body}", " ".repeat(missing))
    }
}

/// A width or precision: digits, or `*` for the next argument.
fn number<'a>(text: &'a str, args: &mut std::slice::Iter<'_, &Value>) -> (Option<usize>, &'a str) {
    if let Some(rest) = text.strip_prefix('*') {
        return (args.next().and_then(|v| v.as_u64()).map(|n| n as usize), rest);
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].parse().ok(), &text[end..])
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    plain(value, &mut out);
    out
}

/// strconv.Quote.
fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `1.500000e+06`.
fn exponent(n: f64, precision: usize) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let value: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if value < 0 { '-' } else { '+' }, value.abs())
}

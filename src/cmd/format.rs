//! `--format`, the same for every command: `json`, `table`, `table TEMPLATE`, `TEMPLATE`; and the tables themselves.

use std::io::Write;

use serde::Serialize;
use serde_json::{Map, Value};
use tabwriter::TabWriter;

use super::output;
use super::template::{Template, json_text};
use crate::error::{self, Context, Kind, Result};

/// docker's: 3 blanks between columns, which with them are at least 10 wide.
const PADDING: usize = 3;
const MIN_WIDTH: usize = 10 - PADDING;

/// What a listing command can print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    /// Column titles by field: `("ID", "CONTAINER ID")`. Every field that a row has is here.
    pub titles: &'static [(&'static str, &'static str)],
    /// The usual table, as a template: `{{.ID}}\t{{.Image}}`.
    pub table: &'static str,
    /// What `--quiet` prints of a row: `{{.ID}}`.
    pub quiet: &'static str,
}

/// A `--format` that was understood.
#[derive(Debug)]
pub(crate) struct Listing {
    columns: Columns,
    style: Style,
}

#[derive(Debug)]
enum Style {
    Json,
    Table(Template),
    Plain(Template),
}

impl Listing {
    /// `format` as typed. With `quiet`, only what identifies a row, unless a template says otherwise.
    pub fn new(format: Option<&str>, quiet: bool, columns: Columns) -> Result<Self> {
        let format = format.map_or("", str::trim);
        let style = match format {
            "json" => Style::Json,
            "" | "table" | "pretty" if quiet => Style::Plain(Template::parse(columns.quiet)?),
            "" | "table" | "pretty" => Style::Table(Template::parse(columns.table)?),
            "raw" => return Kind::Unsupported.err("--format raw is not supported; use json or a template"),
            _ => match format.strip_prefix("table").filter(|rest| rest.starts_with([' ', '\t', '{', '\\'])) {
                Some(template) => Style::Table(Template::parse(&unescape(template))?),
                None => Style::Plain(Template::parse(&unescape(format))?),
            },
        };
        Ok(Self { columns, style })
    }

    /// Whether any row will show this field: costly ones need not be computed otherwise.
    pub fn wants(&self, field: &str, format: Option<&str>) -> bool {
        match (&self.style, format) {
            (Style::Json, _) => true,
            (_, Some(format)) if format.contains("{{") => format.contains(field),
            _ => self.columns.table.contains(field),
        }
    }

    /// Prints the rows, each of which serialises to an object with the fields of [`Columns::titles`].
    pub fn print(&self, rows: impl IntoIterator<Item = impl Serialize>) -> Result<()> {
        output::write(&self.render(rows)?)
    }

    /// What [`Self::print`] prints.
    pub fn render(&self, rows: impl IntoIterator<Item = impl Serialize>) -> Result<String> {
        let rows: Vec<Value> =
            rows.into_iter().map(serde_json::to_value).collect::<Result<_, _>>().context("encoding a row")?;
        let mut text = String::new();
        match &self.style {
            Style::Json => rows.into_iter().for_each(|row| text += &format!("{}\n", json_text(&row))),
            Style::Plain(template) => {
                for row in rows {
                    text += &template.render(&row)?;
                    text.push('\n');
                }
            }
            Style::Table(template) => {
                let titles: Map<String, Value> =
                    self.columns.titles.iter().map(|(f, t)| ((*f).to_string(), Value::from(*t))).collect();
                // `.Label "x"` has the label's name as its title.
                text += &template.render_header(&Value::Object(titles))?;
                text.push('\n');
                for row in rows {
                    // A line end within a cell would break the table.
                    text += &template.render(&row)?.replace(['\n', '\r'], " ");
                    text.push('\n');
                }
                text = align(&text)?;
            }
        }
        Ok(text)
    }
}

/// Aligns lines whose cells are separated by tabs.
pub(crate) fn align(text: &str) -> Result<String> {
    let mut writer = TabWriter::new(Vec::new()).minwidth(MIN_WIDTH).padding(PADDING);
    writer.write_all(text.as_bytes()).and_then(|()| writer.flush()).context("aligning the table")?;
    let bytes = writer.into_inner().map_err(|e| Kind::Corrupt.error(format!("aligning the table: {e}")))?;
    String::from_utf8(bytes).context("aligning the table")
}

/// The `--format` of `inspect`: indented JSON of all objects, `json` for one line, or a template for each object.
#[derive(Debug)]
pub(crate) enum Inspection {
    Indented,
    Json,
    Template(Template),
}

impl Inspection {
    pub fn new(format: Option<&str>) -> Result<Self> {
        Ok(match format {
            None | Some("") => Self::Indented,
            Some("json") => Self::Json,
            Some(template) => Self::Template(Template::parse(template)?),
        })
    }

    /// Prints the objects. A template that fails for one of them prints none.
    pub fn print(&self, objects: &[Value]) -> Result<()> {
        output::write(&self.render(objects)?)
    }

    /// Prints what is found, then says what isn't; the exit code.
    pub fn print_each<T: Serialize>(&self, names: &[String], find: impl Fn(&str) -> Result<T>) -> Result<u8> {
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        for name in names {
            match find(name) {
                Ok(object) => found.push(serde_json::to_value(object).context("encoding the answer")?),
                Err(error) => failed.push(error),
            }
        }
        self.print(&found)?;
        for error in &failed {
            eprintln!("dhow: {}", error::one_line(error));
        }
        Ok(u8::from(!failed.is_empty()))
    }

    fn render(&self, objects: &[Value]) -> Result<String> {
        match self {
            Self::Indented if objects.is_empty() => Ok("[]\n".into()),
            Self::Indented => {
                let mut bytes = Vec::new();
                let style = serde_json::ser::PrettyFormatter::with_indent(b"    ");
                let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, style);
                Serialize::serialize(objects, &mut serializer).context("encoding the objects")?;
                bytes.push(b'\n');
                String::from_utf8(bytes).context("encoding the objects")
            }
            Self::Json => Ok(format!("{}\n", json_text(&Value::from(objects.to_vec())))),
            Self::Template(template) => {
                let lines = objects.iter().map(|object| template.render(object).map(|text| text + "\n"));
                lines.collect()
            }
        }
    }
}

/// How each line of a stream is printed: `json`, or a template.
#[derive(Debug)]
pub(crate) struct Line {
    template: Option<Template>,
}

impl Line {
    pub fn new(format: &str) -> Result<Self> {
        let template = if format == "json" { None } else { Some(Template::parse(&unescape(format))?) };
        Ok(Self { template })
    }

    pub fn render(&self, object: &Value) -> Result<String> {
        match &self.template {
            Some(template) => template.render(object),
            None => Ok(json_text(object)),
        }
    }
}

/// Prints one object that is no list, as `info` and `version` do: `json`, or a template.
pub(crate) fn print_one(format: &str, object: &Value) -> Result<()> {
    output::write(&format!("{}\n", Line::new(format)?.render(object)?))
}

/// `\t` and `\n` typed in a shell's quotes mean the characters.
fn unescape(format: &str) -> String {
    format.trim().replace("\\t", "\t").replace("\\n", "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: Columns = Columns {
        titles: &[("ID", "IMAGE ID"), ("Repository", "REPOSITORY"), ("Size", "SIZE")],
        table: "{{.Repository}}\t{{.ID}}\t{{.Size}}",
        quiet: "{{.ID}}",
    };

    fn listed(format: Option<&str>, quiet: bool) -> String {
        let rows = [
            json!({"ID": "0123456789ab", "Repository": "busybox", "Size": "4.26MB"}),
            json!({"ID": "ba9876543210", "Repository": "localhost:5000/a/b", "Size": "1B"}),
        ];
        Listing::new(format, quiet, COLUMNS).unwrap().render(rows).unwrap()
    }

    #[test]
    fn tables_look_like_docker_s() {
        let table = "REPOSITORY           IMAGE ID       SIZE\n\
                     busybox              0123456789ab   4.26MB\n\
                     localhost:5000/a/b   ba9876543210   1B\n";
        assert_eq!(listed(None, false), table);
        assert_eq!(listed(Some("table"), false), table);
        assert_eq!(
            listed(Some("table {{.ID}}\\t{{lower .Size}}"), false),
            "IMAGE ID       SIZE\n0123456789ab   4.26mb\nba9876543210   1b\n"
        );
        // Narrow columns are 10 wide.
        assert_eq!(listed(Some("table {{.Size}}\t{{.Size}}"), false).lines().nth(2).unwrap(), "1B        1B");
    }

    #[test]
    fn other_styles() {
        assert_eq!(listed(None, true), "0123456789ab\nba9876543210\n");
        assert_eq!(listed(Some("{{.Size}}\\t{{.ID}}"), true), "4.26MB\t0123456789ab\n1B\tba9876543210\n");
        assert_eq!(
            listed(Some("json"), false).lines().next().unwrap(),
            r#"{"ID":"0123456789ab","Repository":"busybox","Size":"4.26MB"}"#
        );
        assert!(Listing::new(Some("{{.ID"), false, COLUMNS).is_err());
        let row = json!({"ID": "x"});
        assert!(Listing::new(Some("{{.Nope}}"), false, COLUMNS).unwrap().render([row]).is_err());
    }

    #[test]
    fn inspections() {
        let objects = [json!({"Id": "a", "Labels": {}}), json!({"Id": "b", "Labels": null})];
        let render = |format| Inspection::new(format).unwrap().render(&objects).unwrap();
        assert_eq!(render(Some("json")), "[{\"Id\":\"a\",\"Labels\":{}},{\"Id\":\"b\",\"Labels\":null}]\n");
        assert_eq!(render(Some("{{.Id}}")), "a\nb\n");
        assert!(
            render(None).starts_with("[\n    {\n        \"Id\": \"a\",\n        \"Labels\": {}\n    },\n")
        );
        assert_eq!(Inspection::Indented.render(&[]).unwrap(), "[]\n");
        assert!(Inspection::new(Some("{{.Nope}}")).unwrap().render(&objects).is_err());
    }
}

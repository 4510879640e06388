//! What templates give, compared with what the real docker CLI gave for the same document (docker_says.json; made with docker 28.2.2
//! against a server that answers with that document), and templates that try to hurt.

use serde_json::{Value, json};

use super::Template;
use crate::error::{Kind, is};

/// Where dhow differs on purpose: a field that a struct lacks is false in a condition and has the length 0, and an empty object is an
/// empty map, never an empty struct.
const KINDER: &[&str] =
    &["{{with .Nope}}x{{end}}", "{{len .Config.Labels.nope}}", "{{.Config.ExposedPorts}}"];

fn render(template: &str, data: &Value) -> Result<String, String> {
    let rendered = Template::parse(template).and_then(|t| t.render(data));
    rendered.map_err(|error| {
        assert!(is(&error, Kind::Invalid));
        error.to_string()
    })
}

#[test]
fn docker_says_the_same() {
    let golden: Value = serde_json::from_str(include_str!("docker_says.json")).unwrap();
    let mut wrong = Vec::new();
    for case in golden["cases"].as_array().unwrap() {
        let template = case["template"].as_str().unwrap();
        if KINDER.contains(&template) {
            assert!(render(template, &golden["data"]).is_ok(), "{template}");
            continue;
        }
        let expected = match case["output"].as_str() {
            Some(output) => Ok(output.to_string()),
            None => Err(case["error"].as_str().unwrap().to_string()),
        };
        let actual = render(template, &golden["data"]);
        if actual != expected {
            wrong.push(format!("{template}\n  docker {expected:?}\n  dhow   {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unset_fields_are_false_and_null() {
    let data = json!({"State": {"Status": "running"}, "Health": null});
    for (template, expected) in [
        ("{{if .State.Health}}a{{else}}b{{end}}", "b"),
        ("{{json .State.Health}}", "null"),
        ("{{with .Health}}{{.Status}}{{end}}", ""),
        ("{{.Health}}", "<no value>"),
        ("{{index .Health \"x\"}}", ""),
    ] {
        assert_eq!(render(template, &data).as_deref(), Ok(expected), "{template}");
    }
    assert!(render("{{.State.Health}}", &data).is_err());
    assert!(render("{{.State.Health.Status}}", &data).is_err());
}

#[test]
fn labels_of_a_row() {
    for labels in [json!("a=1,b.c=two"), json!({"a": "1", "b.c": "two"})] {
        let row = json!({"Labels": labels});
        assert_eq!(render(r#"{{.Label "b.c"}}|{{.Label "x"}}"#, &row).as_deref(), Ok("two|"));
        assert_eq!(render(r#"{{with $r := .}}{{$r.Label "a"}}{{end}}"#, &row).as_deref(), Ok("1"));
        assert!(render("{{.Label 1}}", &row).is_err());
    }
}

#[test]
fn headers_keep_their_names() {
    let header = json!({"ID": "CONTAINER ID", "Names": "NAMES"});
    let template =
        Template::parse("{{upper .ID}} {{json .Names}} {{truncate .ID 3}} {{join .Names \",\"}}").unwrap();
    assert_eq!(template.render_header(&header).unwrap(), "CONTAINER ID NAMES CONTAINER ID NAMES");
}

#[test]
fn hostile_templates_end_in_errors() {
    let deep = "{{if 1}}".repeat(500);
    let brackets = format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000));
    for template in [
        deep.as_str(),
        &brackets,
        "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
        "{{range 100000000}}x{{end}}",
        "{{range 1000000}}{{range 1000000}}{{printf \"%10000s\" \"x\"}}{{end}}{{end}}",
        "{{'}}",
        "{{'\\",
        "{{\"\\",
        "{{\"\\x\"}}",
        "{{\"\\u12\"}}",
        "{{0x}}",
        "{{1e999}}",
        "{{.}",
        "{{ - }}",
        "{{:}}",
        "{{$",
        "{{(",
        "{{`",
        "{{é}}",
        "{{9999999999999999999999}}x{{nope}}",
    ] {
        assert!(render(template, &json!({})).is_err(), "{}", &template[..template.len().min(60)]);
    }
    assert_eq!(render("{{printf \"%99999999d\" 1 | len}}", &json!({})).as_deref(), Ok("10000"));
    assert_eq!(render("{{pad \"x\" 999999999 0 | len}}", &json!({})).as_deref(), Ok("10001"));
}

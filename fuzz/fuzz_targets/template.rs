//! Templates: whatever a user types ends in text or in an error.
#![no_main]

use std::sync::OnceLock;

use dhow::cmd::template::Template;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    static DATA: OnceLock<Value> = OnceLock::new();
    let data = DATA.get_or_init(|| {
        json!({"Name": "x", "Pid": 42, "Size": 1.5, "List": ["a", "b"], "Null": null, "On": true,
               "Labels": {"a": "1", "b.c": "ü"}, "State": {"Status": "up", "Health": null}})
    });
    if let Ok(template) = Template::parse(text) {
        let _ = template.render(data);
        let _ = template.render_header(&json!({"Name": "NAME"}));
    }
});

//! The rules of the code that the compiler doesn't check: which module may import which, where `unsafe` may stand, how long a file
//! may be. The layers are described in src/lib.rs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Layers from the top; a module imports only modules of lower layers, and never a sibling of its own layer.
const LAYERS: &[&[&str]] = &[
    &["cmd", "api"],
    // Two ways to drive containers: by dhow's own engine, by another one through the OCI runtime's command line.
    &["engine", "oci"],
    &["monitor", "build"],
    &["container"],
    &["runtime", "image", "registry"],
    &["namespaces", "cgroups", "layers", "volumes", "netns"],
    &["state"],
    &["sys"],
    &["error", "logging"],
];

/// The front ends know the engine only; these few places know more. (importer, imported)
const FRONT_ENDS: &[&str] = &["cmd", "api"];
const BASICS: &[&str] = &["engine", "error", "logging"];
const EXCEPTIONS: &[(&str, &str)] = &[
    ("cmd/serve", "api"),
    ("cmd/oci", "runtime"),
    ("cmd/oci", "oci"),
    // The hidden roles are entry points of the modules that spawn them.
    ("cmd/internal", "*"),
    // Names are pure text, which the client needs as much as the store.
    ("registry", "image::reference"),
    // Their re-exports at the module's root.
    ("registry", "image::ImageReference"),
];

/// Lines of a file under src/ without its tests.
const MAX_LINES: usize = 500;

/// Every `.rs` file under src/, with its path in modules (`cmd/login`) and its text without comments and tests.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                let module = module.to_str().unwrap().trim_end_matches("/mod").to_string();
                let text = fs::read_to_string(&path).unwrap();
                found.push((module, path, text));
            }
        }
    }
    found
}

fn is_test_file(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    stem == "tests"
        || stem.ends_with("_tests")
        || stem.ends_with("_test")
        || path.iter().any(|part| part == "tests")
}

/// The text up to the test module, without comments.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// All paths after `crate::`, with the first two segments: `error`, `image::reference`. Braces after `crate::` are taken apart.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            found.extend(top_level(list).into_iter().map(|item| two_segments(&item)));
        } else {
            found.insert(two_segments(rest));
        }
    }
    found.remove("");
    found
}

/// The comma-separated items of a brace list whose opening brace is gone.
fn top_level(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        items.last_mut().unwrap().push(c);
    }
    items
}

fn two_segments(path: &str) -> String {
    let end = path.trim_start().find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let path = path.trim_start();
    let path = &path[..end.unwrap_or(path.len())];
    path.split("::").filter(|s| !s.is_empty()).take(2).collect::<Vec<_>>().join("::")
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn allowed(importer: &str, imported: &str) -> bool {
    let from = importer.split('/').next().unwrap();
    let to = imported.split("::").next().unwrap();
    let excepted = EXCEPTIONS.iter().any(|(who, what)| {
        let who_matches = importer == *who || importer.starts_with(&format!("{who}/"));
        who_matches && (*what == "*" || imported == *what || to == *what)
    });
    if from == to || excepted {
        return true;
    }
    if FRONT_ENDS.contains(&from) {
        return BASICS.contains(&to);
    }
    match (layer(from), layer(to)) {
        (Some(from), Some(to)) => from < to,
        _ => false,
    }
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if matches!(module.as_str(), "lib" | "main") || is_test_file(&path) {
            continue;
        }
        for imported in imports(&code(&text)) {
            // Names at the root of the crate, as `crate::Result`: there are none.
            if !allowed(&module, &imported) {
                wrong.push(format!("src/{module} imports {imported}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the layers of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in code(&lib).lines() {
        let Some(module) = line.trim().trim_start_matches("pub ").strip_prefix("mod ") else { continue };
        let module = module.trim_end_matches(';').trim();
        assert!(
            layer(module).is_some(),
            "src/lib.rs has the module {module}, which is in no layer of tests/layering.rs"
        );
    }
}

#[test]
fn the_checks_would_see_it() {
    let code = code(
        "use crate::{error::Kind, state::{Roots, Lock}};\nlet x = crate::sys::pidfd::open(1); // crate::cmd\n",
    );
    assert_eq!(imports(&code).into_iter().collect::<Vec<_>>(), ["error::Kind", "state", "sys::pidfd"]);
    for (importer, imported, expected) in [
        ("cmd/login", "engine::login", true),
        ("cmd/login", "registry::login", false),
        ("cmd/internal", "namespaces::roles", true),
        ("cmd/oci", "runtime::create", true),
        ("cmd/oci/run", "runtime::create", true),
        ("cmd/login", "api", false),
        ("registry/client", "image::reference", true),
        ("registry/client", "image::store", false),
        ("image/store", "registry", false),
        ("image/store", "layers::unpack", true),
        ("layers", "cgroups", false),
        ("layers/store", "state", true),
        ("state", "layers", false),
        ("sys", "state", false),
        ("monitor", "engine", false),
        ("engine/pull", "registry", true),
        ("newcomer", "state", false),
    ] {
        assert_eq!(allowed(importer, imported), expected, "{importer} → {imported}");
    }
}

#[test]
fn unsafe_code_stays_in_sys() {
    for (module, path, text) in sources() {
        if module == "sys" || module.starts_with("sys/") {
            continue;
        }
        let code = code(&text);
        let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let found = words.into_iter().any(|w| w == "unsafe" || w == "unsafe_code");
        assert!(!found, "{}: unsafe code belongs into src/sys", path.display());
    }
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for (module, path, text) in sources() {
        if is_test_file(&path) {
            continue;
        }
        let lines = text.split("\n#[cfg(test)]\nmod ").next().unwrap().lines().count();
        if lines > MAX_LINES {
            long.push(format!("src/{module}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "more than {MAX_LINES} lines without tests:\n{}", long.join("\n"));
}

#[test]
fn names_say_what_is_inside() {
    for (module, path, _) in sources() {
        let name = module.rsplit('/').next().unwrap();
        let says_nothing = ["util", "utils", "helpers", "misc", "common", "manager"].contains(&name);
        assert!(
            !says_nothing && !name.ends_with("_manager"),
            "{}: name it after what it does",
            path.display()
        );
    }
}

#[test]
fn every_module_says_what_it_is() {
    for (_, path, text) in sources().into_iter().filter(|(_, path, _)| !is_test_file(path)) {
        assert!(text.starts_with("//!"), "{}: begin with a comment that says what this is", path.display());
    }
}

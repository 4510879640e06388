//! How much dhow may depend on: the number of packages in Cargo.lock, written in tests/package-budget, and permissive licences only.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that a binary under Apache-2.0 may contain without further duties than notice.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // The Mozilla root certificates (webpki-roots): data.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    // Weak copyleft by file: pathrs offers it, and is used unchanged.
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    // As BSD-3-Clause, with the author's name in it.
    "bzip2-1.0.6",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn packages_stay_within_the_budget() {
    let budget: usize = read("tests/package-budget").trim().parse().expect("a number");
    let packages = read("Cargo.lock").lines().filter(|l| *l == "[[package]]").count();
    assert!(
        packages > 0 && packages <= budget,
        "Cargo.lock has {packages} packages; tests/package-budget allows {budget}"
    );
}

#[test]
fn licences_are_permissive() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"])
        .arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("");
        if !is_permissive(licence) {
            wrong.push(format!("{} {}: {licence:?}", package["name"], package["version"]));
        }
    }
    assert!(wrong.is_empty(), "licences that are not in tests/budget.rs:\n{}", wrong.join("\n"));
}

/// SPDX expressions as crates have them: one alternative of each `OR` must be permissive, all parts of each `AND`.
fn is_permissive(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some(parts) = split_outside(expression, " AND ") {
        return parts.iter().all(|part| is_permissive(part));
    }
    if let Some(parts) = split_outside(expression, " OR ").or_else(|| split_outside(expression, "/")) {
        return parts.iter().any(|part| is_permissive(part));
    }
    match expression.strip_prefix('(').and_then(|e| e.strip_suffix(')')) {
        Some(inner) => is_permissive(inner),
        None => PERMISSIVE.contains(&expression),
    }
}

/// Splits outside of brackets; `None` if the separator isn't there. (Crates do not mix AND and OR on one level.)
fn split_outside<'a>(text: &'a str, separator: &str) -> Option<Vec<&'a str>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (parts.len() > 1).then_some(parts)
}

#[test]
fn licence_expressions() {
    for (expression, expected) in [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND GPL-2.0", false),
        ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ("", false),
    ] {
        assert_eq!(is_permissive(expression), expected, "{expression}");
    }
}

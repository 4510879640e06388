//! References: what parses is stable under its own text, and safe in paths and URLs.
#![no_main]

use dhow::image::ImageReference;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(reference) = ImageReference::parse(text) else { return };
    let whole = reference.to_string();
    assert_eq!(ImageReference::parse(&whole).unwrap(), reference);
    assert_eq!(ImageReference::parse(&reference.familiar()).unwrap(), reference);
    assert!(whole.bytes().all(|b| b.is_ascii_graphic()));
    assert!(!reference.path().split('/').any(|part| part.is_empty() || part == "." || part == ".."));
});

//! Tar streams of hostile layers: nothing appears outside of the directory that they are unpacked into.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dhow::layers::apply::Ownership;
use dhow::layers::store::unpack_dir;
use dhow::layers::unpack::Options;
use libfuzzer_sys::fuzz_target;

/// `work/` is what tars are unpacked in; beside it lie things that they must not reach.
fn playground() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = tempfile::Builder::new().prefix("dhow-fuzz-").tempdir().unwrap().keep();
        std::fs::create_dir(dir.join("outside")).unwrap();
        std::fs::write(dir.join("outside/file"), "untouched").unwrap();
        dir
    })
}

fuzz_target!(|bytes: &[u8]| {
    let dir = playground();
    let work = dir.join("work");
    std::fs::create_dir(&work).unwrap();
    let options = Options { ownership: Ownership::Flattened, user_namespace: true, owners: None, files: None };
    let _ = unpack_dir(&work, bytes, options);
    assert_eq!(std::fs::read_to_string(dir.join("outside/file")).unwrap(), "untouched");
    assert_eq!(std::fs::read_dir(dir.join("outside")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 2);
    remove(&work);
});

/// Directories may have been made unreadable.
fn remove(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            remove(&entry.path());
        } else {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    std::fs::remove_dir(dir).unwrap();
}

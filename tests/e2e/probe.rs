//! The program `probe.c`, built once, for tests that have to know what a system call answers in a container.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dhow::state::{Lock, file};

/// Its path, which every user can reach.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/probe.c");
        let meta = source.metadata().unwrap();
        let dir = Path::new("/tmp/dhow-e2e-fixtures");
        std::fs::create_dir_all(dir).unwrap();
        let path = dir.join(format!("probe-{:x}-{:x}", meta.ino(), meta.mtime_nsec()));
        let _lock = Lock::exclusive(&dir.join("probe.lock")).unwrap();
        if !path.exists() {
            let new = path.with_extension("new");
            let built = Command::new("cc").args(["-static", "-O1", "-o"]).arg(&new).arg(&source).output();
            let built = built.expect("cc is installed (see tests/run)");
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            file::rename(&new, &path, file::Durability::Ephemeral).unwrap();
        }
        path
    })
}

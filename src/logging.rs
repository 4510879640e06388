//! Diagnostics on standard error: `dhow: warning: …`. Never the result of a command, never an error that is also returned.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Mutex;

use log::{Level, LevelFilter, Metadata, Record};

struct Stderr;

static STDERR: Stderr = Stderr;
static SAID: Mutex<Option<HashSet<String>>> = Mutex::new(None);

impl log::Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries are chatty below warnings; their debug lines may hold headers with credentials.
        metadata.target().starts_with("dhow") || metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let level = match record.level() {
            Level::Error => "error",
            Level::Warn => "warning",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        };
        // Diagnostics have nowhere to report their own failure.
        let _ = writeln!(std::io::stderr().lock(), "dhow: {level}: {}", record.args());
    }

    fn flush(&self) {}
}

/// Starts logging at `level`. A second call only changes the level.
pub fn init(level: LevelFilter) {
    // The only error is that a logger is set already: ours.
    let _ = log::set_logger(&STDERR);
    log::set_max_level(level);
}

/// Warns about a property of the host or of the setup, once per process however often it is met.
pub fn warn_once(message: &str) {
    let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if said.get_or_insert_with(HashSet::new).insert(message.to_string()) {
        log::warn!("{message}");
    }
}

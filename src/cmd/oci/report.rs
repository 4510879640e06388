//! What is printed: states, lists, processes.

use std::io::Write;

use serde_json::Value;

use crate::error::{Context, Kind, Result};
use crate::oci::process_table::{self, ProcessTable};
use crate::oci::{Store, lifecycle, store::user_name};

fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("writing to standard output")
}

pub(super) fn state(store: &Store, id: &str) -> Result<()> {
    let instance = store.find(id)?;
    let record = instance.record()?;
    let report = record.report(instance.status(&record), "");
    print(&serde_json::to_string_pretty(&report)?)
}

pub(super) fn list(store: &Store, format: &str, quiet: bool) -> Result<()> {
    let containers = store.list()?;
    if quiet {
        return print(&containers.iter().fold(String::new(), |text, (c, _)| text + c.id.as_str() + "\n"));
    }
    let reports: Vec<Value> = containers
        .iter()
        .map(|(instance, record)| {
            let owner = user_name(record.owner);
            record.report(instance.status(record), &owner)
        })
        .collect();
    match format {
        // As runc prints an empty list.
        "json" if reports.is_empty() => print("null\n"),
        "json" => print(&format!("{}\n", Value::from(reports))),
        "table" => print(&table(&reports)),
        other => Kind::Invalid.err(format!("invalid format option: {other:?}")),
    }
}

fn table(reports: &[Value]) -> String {
    const COLUMNS: [&str; 6] = ["id", "pid", "status", "bundle", "created", "owner"];
    let cell = |report: &Value, column: &str| match &report[column] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut rows = vec![COLUMNS.map(str::to_uppercase)];
    rows.extend(reports.iter().map(|r| COLUMNS.map(|c| cell(r, c))));
    let mut text = String::new();
    for row in &rows {
        for (index, value) in row.iter().enumerate() {
            let widest = rows.iter().map(|r| r[index].chars().count()).max().unwrap_or(0);
            let width = if index + 1 == row.len() { 0 } else { (widest + 3).max(12) };
            text.push_str(&format!("{value:width$}"));
        }
        text.push('\n');
    }
    text
}

/// The container's processes. `options` are ps(1)'s, as far as they name columns; its program is not run.
pub(super) fn ps(store: &Store, id: &str, format: &str, options: &[String]) -> Result<u8> {
    let columns = process_table::columns(options)?;
    let pids = lifecycle::pids(store, id)?;
    match format {
        "json" => print(&format!("{}\n", Value::from(pids)))?,
        "table" => print(&processes(&ProcessTable::read(&pids, &columns)?))?,
        other => return Kind::Invalid.err(format!("invalid format option: {other:?}")),
    }
    Ok(0)
}

fn processes(table: &ProcessTable) -> String {
    let mut text = String::new();
    let rows: Vec<&Vec<String>> = std::iter::once(&table.titles).chain(&table.rows).collect();
    for row in &rows {
        for (index, value) in row.iter().enumerate() {
            let last = index + 1 == row.len();
            let widest = rows.iter().map(|r| r[index].chars().count()).max().unwrap_or(0);
            text.push_str(&format!("{value:width$}", width = if last { 0 } else { widest + 1 }));
        }
        text.push('\n');
    }
    text
}

pub(super) fn features() -> Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(&crate::oci::features::features())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_aligned() {
        let table = ProcessTable {
            titles: vec!["PID".into(), "CMD".into()],
            rows: vec![vec!["12345".into(), "sh".into()]],
        };
        assert_eq!(processes(&table), "PID   CMD\n12345 sh\n");
    }

    #[test]
    fn the_table_is_as_wide_as_its_content() {
        assert_eq!(table(&[]), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    }
}

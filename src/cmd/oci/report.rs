//! What is printed: states, lists, processes.

use std::io::Write;
use std::process::Command;

use serde_json::Value;

use crate::error::{Context, Kind, Result};
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

/// With a table, what ps(1) says of the container's processes.
pub(super) fn ps(store: &Store, id: &str, format: &str, options: &[String]) -> Result<u8> {
    let pids = lifecycle::pids(store, id)?;
    match format {
        "json" => print(&format!("{}\n", Value::from(pids)))?,
        "table" => {
            let options = if options.is_empty() { &["-ef".to_string()][..] } else { options };
            let output = Command::new("ps").args(options).output().context("running ps(1)")?;
            std::io::stderr().write_all(&output.stderr).context("writing to standard error")?;
            if !output.status.success() {
                return Kind::Invalid.err(format!("ps(1) refused the options {options:?}"));
            }
            print(&filter(&String::from_utf8_lossy(&output.stdout), &pids)?)?;
        }
        other => return Kind::Invalid.err(format!("invalid format option: {other:?}")),
    }
    Ok(0)
}

/// The heading and the lines of these processes.
fn filter(output: &str, pids: &[i32]) -> Result<String> {
    let mut lines = output.lines();
    let heading = lines.next().unwrap_or_default();
    let column = heading
        .split_whitespace()
        .position(|c| c == "PID")
        .context("couldn't find PID field in ps output")?;
    let ours = |line: &&str| {
        line.split_whitespace().nth(column).and_then(|p| p.parse().ok()).is_some_and(|p| pids.contains(&p))
    };
    let mut text = format!("{heading}\n");
    lines.filter(ours).for_each(|line| text.push_str(&format!("{line}\n")));
    Ok(text)
}

pub(super) fn features() -> Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(&crate::oci::features::features())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps_is_cut_down_to_the_containers_processes() {
        let output = "UID   PID  CMD\nroot    1  init\nroot   12  sleep 1\nroot  120  x\n";
        assert_eq!(filter(output, &[12]).unwrap(), "UID   PID  CMD\nroot   12  sleep 1\n");
        assert!(filter("CMD\nx\n", &[1]).is_err());
    }

    #[test]
    fn the_table_is_as_wide_as_its_content() {
        assert_eq!(table(&[]), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
    }
}

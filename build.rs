//! Writes the table of system calls, sorted by name, for a binary search. The crate's own look-up compares with one name after the other,
//! and a seccomp profile names some four hundred at every start of a container.

#![allow(clippy::disallowed_methods)] // No state is kept here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// In the order of `Architecture::column`.
type Numbers = [Option<u32>; 4];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("system_calls.rs"), source(&collect())).expect("writing the table");
}

fn collect() -> BTreeMap<&'static str, Numbers> {
    let mut table: BTreeMap<&'static str, Numbers> = BTreeMap::new();
    // Above the generic calls 32-bit arm has some of its own (asm/unistd.h `__ARM_NR_BASE`).
    for number in (0..1024).chain(0x000f_0000..0x000f_0010) {
        let names = [
            syscalls::x86_64::Sysno::new(number).map(|n| n.name()),
            syscalls::x86::Sysno::new(number).map(|n| n.name()),
            syscalls::aarch64::Sysno::new(number).map(|n| n.name()),
            syscalls::arm::Sysno::new(number).map(|n| n.name()),
        ];
        for (column, name) in names.into_iter().enumerate() {
            if let Some(name) = name {
                table.entry(name).or_default()[column] = Some(number as u32);
            }
        }
    }
    table
}

fn source(table: &BTreeMap<&str, Numbers>) -> String {
    let (mut names, mut starts, mut numbers) = (String::new(), String::new(), String::new());
    for (name, columns) in table {
        write!(starts, "{},", names.len()).expect("to a string");
        names.push_str(name);
        let columns = columns.map(|n| n.map_or(-1, i64::from) as i32);
        write!(numbers, "{columns:?},").expect("to a string");
    }
    write!(starts, "{}", names.len()).expect("to a string");
    format!(
        "static NAMES: &str = {names:?};\nstatic STARTS: [u16; {}] = [{starts}];\nstatic NUMBERS: [[i32; 4]; {}] = [{numbers}];\n",
        table.len() + 1,
        table.len()
    )
}

//! man/ and completions/ are what clap makes of the command line now. `DHOW_BLESS=1 cargo test --test drift` rewrites them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;

/// Both directories' files by path, as they should be.
fn expected() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut command = dhow::cmd::command();
    command.build();
    add_pages(&mut files, &command, "dhow");
    files.insert(PathBuf::from("man/dhow-config.toml.5"), configuration_page().into_bytes());
    for (shell, name) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut dhow::cmd::command(), "dhow", &mut script);
        files.insert(PathBuf::from(format!("completions/dhow.{name}")), script);
    }
    files
}

/// One page per command: dhow.1, dhow-image.1, dhow-image-ls.1.
fn add_pages(files: &mut BTreeMap<PathBuf, Vec<u8>>, command: &Command, name: &str) {
    let page = command.clone();
    let mut text = Vec::new();
    clap_mangen::Man::new(page).title(name).date("").source("dhow").manual("dhow").render(&mut text).unwrap();
    files.insert(PathBuf::from(format!("man/{name}.1")), text);
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
        add_pages(files, sub, &format!("{name}-{}", sub.get_name()));
    }
}

/// The page of config.toml, from the table that its parser uses.
fn configuration_page() -> String {
    let escaped = |text: &str| text.replace('\\', "\\e").replace('-', "\\-");
    let mut page = String::from(
        ".TH dhow\\-config.toml 5 \"\" dhow dhow\n.SH NAME\ndhow\\-config.toml \\- defaults of dhow\n.SH DESCRIPTION\n\
         dhow reads /etc/dhow/config.toml, then $XDG_CONFIG_HOME/dhow/config.toml (usually ~/.config/dhow/config.toml), whose keys replace \
         those of the first file; with \\-\\-config\\-file FILE or the variable DHOW_CONFIG that file alone. Each belongs to root or to the user \
         that runs dhow. A file that is not there is no error; a key that is not in the list below is one, with file and line.\n.PP\n\
         What the command line says always wins. A container keeps what it was created with. \\fBdhow info\\fR shows what is in force and which \
         file it comes from.\n.SH KEYS\n",
    );
    for key in dhow::engine::configuration::KEYS {
        page += &format!(".TP\n\\fB{}\\fR = {}\n{}\n", escaped(key.name), key.form, escaped(key.about));
    }
    page += ".SH EXAMPLE\n.nf\nlog\\-driver = \"local\"\nlog\\-opts = { max\\-size = \"50m\" }\nulimits = [\"nofile=4096:8192\"]\nstop\\-timeout = 5\n.fi\n";
    page += ".SH SEE ALSO\ndhow(1), dhow\\-info(1), containers\\-registries.conf(5)\n";
    page
}

#[test]
fn man_pages_and_completions_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = expected();
    let mut present: Vec<PathBuf> = Vec::new();
    for dir in ["man", "completions"] {
        let entries = std::fs::read_dir(root.join(dir)).into_iter().flatten().flatten();
        present.extend(entries.map(|e| PathBuf::from(dir).join(e.file_name())));
    }
    let stale: Vec<_> = present.into_iter().filter(|p| !expected.contains_key(p)).collect();
    if std::env::var_os("DHOW_BLESS").is_some() {
        bless(root, &expected, &stale);
        return;
    }
    let changed =
        expected.iter().filter(|(path, text)| std::fs::read(root.join(path)).ok().as_ref() != Some(text));
    let wrong: Vec<String> =
        changed.map(|(path, _)| path).chain(&stale).map(|p| p.display().to_string()).collect();
    assert!(
        wrong.is_empty(),
        "no longer current (DHOW_BLESS=1 cargo test --test drift): {}",
        wrong.join(", ")
    );
}

#[allow(clippy::disallowed_methods)] // files of the repository, not state
fn bless(root: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>, stale: &[PathBuf]) {
    for dir in ["man", "completions"] {
        std::fs::create_dir_all(root.join(dir)).unwrap();
    }
    for (path, text) in expected {
        std::fs::write(root.join(path), text).unwrap();
    }
    for path in stale {
        std::fs::remove_file(root.join(path)).unwrap();
    }
}

//! Values of options, from what was typed to what is meant.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Context, Kind, Result};

/// `KEY[=VALUE]`
pub fn label(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Kind::Invalid.err(format!("invalid label {text:?}: the key is empty"));
    }
    Ok((key.into(), value.into()))
}

/// Labels of files and of the command line, the latter last.
pub fn labels(files: &[std::path::PathBuf], given: &[String]) -> Result<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    for file in files {
        for line in lines(file)? {
            let (key, value) = label(&line)?;
            labels.insert(key, value);
        }
    }
    for text in given {
        let (key, value) = label(text)?;
        labels.insert(key, value);
    }
    Ok(labels)
}

/// Variables of this process, of files and of the command line; a name without a value takes this process's, and is left out where that has none.
pub fn environment(of_host: bool, files: &[std::path::PathBuf], given: &[String]) -> Result<Vec<String>> {
    let mut env: Vec<String> = Vec::new();
    if of_host {
        env.extend(
            std::env::vars_os()
                .filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value.to_str()?))),
        );
    }
    for file in files {
        for line in lines(file)? {
            variable(&line, &mut env).with_context(|| format!("{}", file.display()))?;
        }
    }
    for text in given {
        variable(text, &mut env)?;
    }
    Ok(env)
}

fn variable(text: &str, env: &mut Vec<String>) -> Result<()> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (text, std::env::var(text).ok()),
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Kind::Invalid.err(format!("invalid environment variable: {text}"));
    }
    match value {
        Some(value) => env.push(format!("{name}={value}")),
        // Also takes away the image's variable of that name.
        None => env.push(name.to_string()),
    }
    Ok(())
}

/// Lines of a file of variables or labels: comments and empty ones left out, blanks before the text, too.
fn lines(file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let Ok(text) = String::from_utf8(text) else {
        return Kind::Invalid.err(format!("{} is not UTF-8 text", file.display()));
    };
    let text = text.trim_start_matches('\u{feff}');
    Ok(text
        .lines()
        .map(str::trim_start)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(String::from)
        .collect())
}

/// `KEY=VALUE`
pub fn pairs<T: FromIterator<(String, String)>>(what: &str, given: &[String]) -> Result<T> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_string(), value.to_string())),
        _ => Kind::Invalid.err(format!("invalid {what} {text:?}: use KEY=VALUE")),
    };
    given.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_variables() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("env");
        crate::state::file::write(
            &path,
            b"# x\n\nA=1\n  B= two \nDHOW_TEST_UNSET_VARIABLE\n",
            crate::state::file::Durability::Ephemeral,
        )
        .unwrap();
        let env = environment(false, &[path], &["A=2".into()]).unwrap();
        assert_eq!(env, ["A=1", "B= two ", "DHOW_TEST_UNSET_VARIABLE", "A=2"]);
        assert!(
            environment(false, &[], &["=x".into()]).is_err()
                && environment(false, &[], &["a b=x".into()]).is_err()
        );
    }
}

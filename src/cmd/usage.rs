//! What is said of a command line that can't be understood: one line, in the words of docker where it has some.

use std::io::Write;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Prints the error, or the help if that is what was asked for.
pub fn print(error: &clap::Error) {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Nothing is left to report a failed print to.
        let _ = error.print();
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = typed_command(&super::command(), &arguments);
    let _ = writeln!(std::io::stderr(), "dhow: {}; see '{command} --help'", message(error, &command));
}

/// The command that was typed, without its options and arguments: `dhow image ls`.
fn typed_command(root: &Command, arguments: &[String]) -> String {
    let mut words = vec![root.get_name().to_string()];
    let mut current = root;
    for argument in arguments {
        // Options of the root and their values are no commands.
        if let Some(found) = current.find_subcommand(argument) {
            words.push(found.get_name().to_string());
            current = found;
        }
        if !current.has_subcommands() {
            break;
        }
    }
    words.join(" ")
}

fn message(error: &clap::Error, command: &str) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        _ => String::new(),
    };
    // What clap adds about the values that an argument takes is in its name.
    let argument = text(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("unknown flag {argument} for {command:?}{}", suggestion(&text(ContextKind::SuggestedArg)))
        }
        ErrorKind::UnknownArgument => format!("{command:?} does not take the argument {argument:?}"),
        ErrorKind::InvalidSubcommand => {
            let (typed, like) =
                (text(ContextKind::InvalidSubcommand), text(ContextKind::SuggestedSubcommand));
            format!("unknown command {typed:?} for {command:?}{}", suggestion(&like))
        }
        ErrorKind::MissingRequiredArgument => format!("{command:?} requires {argument}"),
        // The first line says it, the others are hints and the usage.
        _ => {
            let rendered = error.render().to_string();
            let said = rendered
                .lines()
                .map(str::trim)
                .take_while(|l| !l.starts_with("For more") && !l.starts_with("Usage:"));
            let said = said.filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ");
            said.strip_prefix("error: ").unwrap_or(&said).to_string()
        }
    }
}

fn suggestion(like: &str) -> String {
    if like.is_empty() { String::new() } else { format!(" (did you mean {like}?)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let root = super::super::command();
        let typed = typed_command(&root, &arguments);
        let error =
            root.try_get_matches_from(std::iter::once("dhow".to_string()).chain(arguments)).unwrap_err();
        message(&error, &typed)
    }

    #[test]
    fn one_line_says_what_is_wrong() {
        assert_eq!(said(&["ps", "--nope"]), "unknown flag --nope for \"dhow ps\"");
        assert_eq!(
            said(&["--root", "/x", "image", "ls", "--quite"]),
            "unknown flag --quite for \"dhow image ls\" (did you mean --quiet?)"
        );
        assert_eq!(said(&["frobnicate"]), "unknown command \"frobnicate\" for \"dhow\"");
        assert_eq!(said(&["image", "frobnicate"]), "unknown command \"frobnicate\" for \"dhow image\"");
        assert_eq!(said(&["rename", "a"]), "\"dhow rename\" requires <NAME>");
        assert_eq!(said(&["images", "a", "b"]), "\"dhow images\" does not take the argument \"b\"");
        let invalid = said(&["run", "--pull", "sometimes", "x"]);
        assert!(
            invalid.starts_with("invalid value 'sometimes' for '--pull") && !invalid.contains('\n'),
            "{invalid}"
        );
    }
}

//! One command of the command line: its name, its arguments and what it does, and groups of such commands.

use clap::{ArgMatches, Args, Command};

use super::App;
use crate::error::Result;

/// A command: a clap argument struct that can be run.
pub(crate) trait Verb: Args {
    /// As it is typed.
    const NAME: &'static str;
    /// One line for the help.
    const ABOUT: &'static str;
    /// Other names, shown in the help.
    const ALIASES: &'static [&'static str] = &[];
    /// Not shown in the help.
    const HIDDEN: bool = false;
    /// The exit code when it fails for a reason that has no code of its own.
    const FAILURE: u8 = 1;

    /// Does it; the answer is the exit code.
    fn run(self, app: &App) -> Result<u8>;
}

/// A place in the tree of commands.
pub(crate) struct Entry {
    name: &'static str,
    about: &'static str,
    aliases: &'static [&'static str],
    hidden: bool,
    action: Action,
}

enum Action {
    /// `args` adds the arguments; `run` parses and runs.
    Verb {
        args: fn(Command) -> Command,
        run: fn(&ArgMatches, &App) -> (u8, Result<u8>),
    },
    Group(&'static [Entry]),
}

impl Entry {
    /// The command `V` under its own name.
    pub const fn of<V: Verb>() -> Self {
        Self::named::<V>(V::NAME, V::ALIASES)
    }

    /// The command `V` under another name: `images` is `image ls`.
    pub const fn named<V: Verb>(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            about: V::ABOUT,
            aliases,
            hidden: V::HIDDEN,
            action: Action::Verb { args: V::augment_args, run: run_verb::<V> },
        }
    }

    /// A noun with commands of its own.
    pub const fn group(name: &'static str, about: &'static str, entries: &'static [Entry]) -> Self {
        Self { name, about, aliases: &[], hidden: false, action: Action::Group(entries) }
    }

    /// It as clap sees it.
    pub fn command(&self) -> Command {
        let command = Command::new(self.name)
            .about(self.about)
            .hide(self.hidden)
            .visible_aliases(self.aliases.iter().copied());
        match self.action {
            // Arguments are built only for the command that was typed: building them all costs more than a container start.
            Action::Verb { args, .. } => command.defer(args),
            Action::Group(entries) => add_to(
                command.subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true),
                entries,
            ),
        }
    }
}

fn run_verb<V: Verb>(matches: &ArgMatches, app: &App) -> (u8, Result<u8>) {
    (V::FAILURE, V::from_arg_matches(matches).map_err(Into::into).and_then(|verb| verb.run(app)))
}

/// Adds the entries as sub-commands.
pub(crate) fn add_to(command: Command, entries: &'static [Entry]) -> Command {
    entries.iter().fold(command, |command, entry| command.subcommand(entry.command()))
}

/// The entry of this name.
pub(crate) fn find(entries: &'static [Entry], name: &str) -> Option<&'static Entry> {
    entries.iter().find(|e| e.name == name || e.aliases.contains(&name))
}

/// Runs the command that was typed: its usual exit code on failure, and its result.
pub(crate) fn dispatch(entries: &'static [Entry], matches: &ArgMatches, app: &App) -> (u8, Result<u8>) {
    let (name, matches) = matches.subcommand().expect("clap requires a sub-command");
    let entry = entries.iter().find(|e| e.name == name).expect("clap knows only the commands of the tree");
    match entry.action {
        Action::Verb { run, .. } => run(matches, app),
        Action::Group(entries) => dispatch(entries, matches, app),
    }
}

//! `dhow login`, `dhow logout`.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::Args;
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};

use super::{App, Verb};
use crate::engine::Engine;
use crate::engine::login::{Account, LoginRequest};
use crate::error::{Context, Kind, Result};

/// What a shell reports for a program that SIGINT ended.
const INTERRUPTED: u8 = 130;
/// More than any password; standard input may be a device without end.
const PASSWORD_LIMIT: u64 = 64 * 1024;

/// Log in to a registry
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The registry, HOST[:PORT] (default docker.io)
    registry: Option<String>,
    /// User name
    #[arg(short, long)]
    username: Option<String>,
    /// Password; other users of this machine can see it on the command line
    #[arg(short, long, conflicts_with = "password_stdin")]
    password: Option<String>,
    /// Take the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Print the user name that is logged in, and do nothing else
    #[arg(long, conflicts_with_all = ["username", "password", "password_stdin"])]
    get_login: bool,
    /// Say where the credentials are stored
    #[arg(short, long)]
    verbose: bool,
    /// Keep the credentials in this file
    #[arg(long, value_name = "PATH", env = "REGISTRY_AUTH_FILE")]
    authfile: Option<PathBuf>,
}

impl Verb for Login {
    const NAME: &'static str = "login";
    const ABOUT: &'static str = "Log in to a registry";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let registry = Engine::registry_name(self.registry.as_deref())?;
        let known = engine.logged_in_as(&registry, self.authfile.as_deref())?;
        if self.get_login {
            let Some(username) = known else {
                return Kind::NotFound.err(format!("not logged in to {registry}"));
            };
            println!("{username}");
            return Ok(0);
        }
        let account = match (&self.username, known) {
            (None, Some(username)) if !self.password_stdin && self.password.is_none() => {
                println!("Authenticating with existing credentials... [Username: {username}]");
                None
            }
            (username, known) => Some(self.ask(username.clone(), known)?),
        };
        let path = engine.login(LoginRequest { registry, account, authfile: self.authfile.clone() })?;
        if self.verbose {
            println!("Used: {}", path.display());
        }
        println!("Login Succeeded");
        Ok(0)
    }
}

impl Login {
    fn ask(&self, username: Option<String>, known: Option<String>) -> Result<Account> {
        if self.password_stdin {
            let Some(username) = username.filter(|u| !u.is_empty()) else {
                return Kind::Invalid.err("--password-stdin needs --username");
            };
            return Ok(Account { username, password: password_from_stdin()? });
        }
        if let Some(password) = &self.password {
            eprintln!("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
            if let Some(username) = username.or(known) {
                return Ok(Account { username, password: password.clone() });
            }
            return Kind::Invalid.err("--password needs --username");
        }
        if !std::io::stdin().is_terminal() {
            return Kind::Invalid.err(
                "standard input is no terminal to ask for a password on; use --username and --password-stdin",
            );
        }
        let username = match username {
            Some(username) => username,
            None => prompt("Username: ")?,
        };
        Ok(Account { username, password: prompt_hidden("Password: ")? })
    }
}

/// All of standard input, without the line end that `echo` adds.
fn password_from_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().take(PASSWORD_LIMIT).read_to_string(&mut text).context("reading the password")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_string())
}

fn prompt(question: &str) -> Result<String> {
    eprint!("{question}");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the answer")?;
    Ok(line.trim().to_string())
}

/// Puts the terminal back as it was.
struct Restore(Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(std::io::stdin().as_fd(), SetArg::TCSANOW, &self.0);
        let _ = writeln!(std::io::stderr());
    }
}

/// One line without echo. Signals are keys meanwhile, so that an interrupt can't leave the terminal mute.
fn prompt_hidden(question: &str) -> Result<String> {
    let stdin = std::io::stdin();
    let before = termios::tcgetattr(stdin.as_fd()).context("asking about the terminal")?;
    let mut mute = before.clone();
    mute.local_flags.remove(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG);
    termios::tcsetattr(stdin.as_fd(), SetArg::TCSADRAIN, &mute).context("changing the terminal")?;
    let _restore = Restore(before);
    // Only now: who types at once must not be shown.
    eprint!("{question}");
    let mut typed = Vec::new();
    for byte in stdin.lock().bytes() {
        match byte.context("reading the password")? {
            b'\n' | b'\r' | 4 => break,
            3 => return Kind::Exit(INTERRUPTED).err("interrupted"),
            8 | 127 => {
                // A character may be several bytes.
                while typed.pop().is_some_and(|b: u8| b & 0xc0 == 0x80) {}
            }
            byte => typed.push(byte),
        }
    }
    String::from_utf8(typed).map_err(|_| Kind::Invalid.error("the password is not UTF-8"))
}

/// Log out from a registry
#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// The registry, HOST[:PORT] (default docker.io)
    registry: Option<String>,
    /// Forget the credentials of all registries
    #[arg(short, long, conflicts_with = "registry")]
    all: bool,
    /// The file that holds the credentials
    #[arg(long, value_name = "PATH", env = "REGISTRY_AUTH_FILE")]
    authfile: Option<PathBuf>,
}

impl Verb for Logout {
    const NAME: &'static str = "logout";
    const ABOUT: &'static str = "Log out from a registry";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if self.all {
            for registry in engine.logout_all(self.authfile.as_deref())? {
                println!("Removing login credentials for {registry}");
            }
            return Ok(0);
        }
        let registry = Engine::registry_name(self.registry.as_deref())?;
        if engine.logout(&registry, self.authfile.as_deref())? {
            println!("Removing login credentials for {registry}");
        } else {
            println!("Not logged in to {registry}");
        }
        Ok(0)
    }
}

//! What went wrong, in a form that the edges can turn into exit codes and HTTP statuses.
//!
//! Errors travel as [`anyhow::Error`]. A [`Kind`] is put underneath where the failure is detected (`Kind::NotFound.error("no such
//! container: x")`), and context is added once on the way up. Only `cmd` and `api` look at it, through [`kind_of`].

use std::fmt;

pub use anyhow::{Context, Error, Result};
use serde::{Deserialize, Serialize};

/// The class of a failure. The list is short on purpose: it holds only what an edge treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The named object does not exist (HTTP 404).
    NotFound,
    /// The object exists already, or its state forbids the operation (HTTP 409).
    Conflict,
    /// What the caller gave is malformed or contradictory (HTTP 400).
    Invalid,
    /// The other side refused these credentials (HTTP 401).
    Unauthorized,
    /// The operation is refused on principle: policy or permissions (HTTP 403).
    Forbidden,
    /// This host or this version cannot do it (HTTP 501).
    Unsupported,
    /// A document, blob or archive is not what it claims to be.
    Corrupt,
    /// A network peer or the registry failed; trying again may help.
    Unavailable,
    /// The program of a container could not be started, with the exit code a shell would give: 126 or 127.
    CannotStart(u8),
    /// The command is to exit with this code and print nothing more.
    Exit(u8),
}

impl Kind {
    /// An error of this kind with a message: one clear line saying what, where and what to do about it.
    #[must_use]
    pub fn error(self, message: impl fmt::Display) -> Error {
        Error::new(Classified { kind: self, message: message.to_string() })
    }

    /// `Err` of [`Kind::error`].
    pub fn err<T>(self, message: impl fmt::Display) -> Result<T> {
        Err(self.error(message))
    }
}

/// The innermost error that carries a kind.
#[derive(Debug)]
struct Classified {
    kind: Kind,
    message: String,
}

impl fmt::Display for Classified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Classified {}

/// The kind underneath an error, if the place that failed gave one.
pub fn kind_of(error: &Error) -> Option<Kind> {
    let own = error.chain().find_map(|cause| cause.downcast_ref::<Classified>()).map(|c| c.kind);
    // One that was given as the context of another, or of nothing (`Option::context`).
    own.or_else(|| error.downcast_ref::<Error>().and_then(kind_of))
}

/// Whether the error is of this kind.
pub fn is(error: &Error, kind: Kind) -> bool {
    kind_of(error) == Some(kind)
}

/// The error as one line: context first, causes after colons, line ends of foreign messages folded.
pub fn one_line(error: &Error) -> String {
    format!("{error:#}").lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An error on its way through an interface that only knows [`std::io::Error`].
#[derive(Debug)]
struct Carried(Error);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.0))
    }
}

impl std::error::Error for Carried {}

/// Wraps an error for a reader or writer; [`from_io`] gives it back, with its kind.
pub fn into_io(error: Error) -> std::io::Error {
    std::io::Error::other(Carried(error))
}

/// The error inside an I/O error that [`into_io`] made, else the I/O error itself.
pub fn from_io(error: std::io::Error) -> Error {
    match error.downcast::<Carried>() {
        Ok(carried) => carried.0,
        Err(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_survives_context() {
        let error = Kind::NotFound.err::<()>("no such image: x").context("running x").unwrap_err();
        assert_eq!(kind_of(&error), Some(Kind::NotFound));
        assert_eq!(one_line(&error), "running x: no such image: x");
        assert!(kind_of(&anyhow::anyhow!("plain")).is_none());
    }

    #[test]
    fn kind_survives_as_a_context() {
        let of_nothing = None::<()>.with_context(|| Kind::Invalid.error("bad")).unwrap_err();
        assert_eq!(kind_of(&of_nothing), Some(Kind::Invalid));
        assert_eq!(kind_of(&of_nothing.context("more")), Some(Kind::Invalid));
        let of_other = "x".parse::<u8>().with_context(|| Kind::Conflict.error("no number")).unwrap_err();
        assert_eq!(kind_of(&of_other), Some(Kind::Conflict));
    }

    #[test]
    fn kind_survives_io() {
        let carried = into_io(Kind::Corrupt.error("bad").context("reading"));
        assert_eq!(carried.to_string(), "reading: bad");
        assert_eq!(kind_of(&from_io(carried)), Some(Kind::Corrupt));
        assert_eq!(from_io(std::io::Error::other("x")).to_string(), "x");
    }
}

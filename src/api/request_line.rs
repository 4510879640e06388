//! The first lines of requests before hyper reads them: dockerd takes `?filters={"status":["running"]}` as people type it after `curl`; for hyper a
//! quotation mark in an address is an error. They are written as `%22` here.
//!
//! Where a request begins is known as long as none has had a body: after that everything is passed on as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::patience::Patience;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// What comes next is of a first line.
    Line,
    /// It may be anything.
    Rest,
}

impl State {
    /// What it is when these bytes have come, and how many of them are of a first line.
    fn after(self, bytes: &[u8]) -> (Self, usize) {
        if self == Self::Rest {
            return (self, 0);
        }
        let Some(end) = memchr::memchr(b'\n', bytes) else { return (Self::Line, bytes.len()) };
        let is_whole = bytes.ends_with(b"\r\n\r\n");
        let names: &[&[u8]] = &[b"content-length", b"transfer-encoding", b"upgrade"];
        let mut lines = bytes[end + 1..].split(|b| *b == b'\n');
        let has_more = lines.any(|line| {
            let name = line.split(|b| *b == b':').next().unwrap_or_default();
            names.iter().any(|n| name.eq_ignore_ascii_case(n))
        });
        (if is_whole && !has_more { Self::Line } else { Self::Rest }, end)
    }
}

/// What a client sends, whose requests may have quotation marks in their first lines.
#[derive(Debug)]
pub struct Quoting<S> {
    stream: S,
    state: State,
    /// Read, rewritten, and not yet taken.
    pending: Vec<u8>,
    patience: Patience,
}

impl<S> Quoting<S> {
    pub fn new(stream: S, patience: Patience) -> Self {
        Self { stream, state: State::Line, pending: Vec::new(), patience }
    }

    fn take_pending(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.pending.len().min(buffer.remaining());
        buffer.put_slice(&self.pending[..count]);
        self.pending.drain(..count);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Quoting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.pending.is_empty() {
            self.take_pending(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(read) => read?,
            Poll::Pending => {
                ready!(self.patience.poll_over(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        self.patience.arrived();
        let bytes = &buffer.filled()[before..];
        let (state, line) = self.state.after(bytes);
        self.state = state;
        if memchr::memchr(b'"', &bytes[..line]).is_none() {
            return Poll::Ready(Ok(()));
        }
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' if at < line => self.pending.extend_from_slice(b"%22"),
                other => self.pending.push(*other),
            }
        }
        buffer.set_filled(before);
        self.take_pending(buffer);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What arrives when these pieces are sent, read with so small a buffer.
    fn read(pieces: &[&str], buffer: usize) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut far, near) = tokio::io::duplex(1 << 16);
            let (mut near, mut all, mut space) =
                (Quoting::new(near, Patience::default()), Vec::new(), vec![0; buffer]);
            for piece in pieces {
                far.write_all(piece.as_bytes()).await.unwrap();
                let want = all.len() + piece.len();
                while all.len() < want {
                    let count = near.read(&mut space).await.unwrap();
                    all.extend_from_slice(&space[..count]);
                }
            }
            drop(far);
            near.read_to_end(&mut all).await.unwrap();
            String::from_utf8(all).unwrap()
        })
    }

    #[test]
    fn marks_in_first_lines_are_written_as_they_should_be() {
        let get = "GET /a?f={\"x\":[\"y\"]} HTTP/1.1\r\nHost: \"h\"\r\n\r\n";
        let written = "GET /a?f={%22x%22:[%22y%22]} HTTP/1.1\r\nHost: \"h\"\r\n\r\n";
        for buffer in [4096, 64, 7] {
            assert_eq!(read(&[get], buffer), written);
            assert_eq!(
                read(&["GET /a?\"", "\" HTTP/1.1\r\n", "A: \"\r\n\r\n"], buffer),
                "GET /a?%22%22 HTTP/1.1\r\nA: \"\r\n\r\n"
            );
        }
        assert_eq!(read(&[get, get], 4096), [written, written].concat());
    }

    #[test]
    fn bodies_stay_as_they_are() {
        for (head, body) in [
            ("POST /\" HTTP/1.1\r\nContent-Length: 9\r\n\r\n", "\"a\"\r\n\"b\""),
            ("POST /\" HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", "5\r\nG \"\"\n\r\n0\r\n\r\n"),
            ("POST /\" HTTP/1.1\r\nUPGRADE: tcp\r\n\r\n", "GET \"x\"\r\n\r\n"),
        ] {
            let written = head.replace("/\"", "/%22");
            assert_eq!(read(&[head, body, body], 4096), format!("{written}{body}{body}"));
            assert_eq!(read(&[&format!("{head}{body}"), body], 4096), format!("{written}{body}{body}"));
        }
    }
}

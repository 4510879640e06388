//! Descriptors in an event loop of tokio.

use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, Shutdown, sendmsg, shutdown};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// A descriptor whose readiness can be waited for. To be called in the event loop.
pub fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned by the answer, which takes it out of the event loop before it closes it; an `OwnedFd` doesn't change
    // its number.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(Into::into)
}

/// A connected stream socket of which the event loop is told only that there is something to read. tokio's own sockets are told as well
/// whenever the other end has taken something: for a server that answers, one vain awakening for each answer. Whether there is room to write
/// is waited for only from the time on when there once was none.
#[derive(Debug)]
pub struct StreamSocket {
    reading: AsyncFd<OwnedFd>,
    writing: Option<AsyncFd<OwnedFd>>,
}

impl StreamSocket {
    /// Of a socket that doesn't block. To be called in the event loop.
    pub fn new(socket: OwnedFd) -> io::Result<Self> {
        Ok(Self { reading: watch(socket, Interest::READABLE)?, writing: None })
    }

    fn poll_send(&mut self, context: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(writing) = &self.writing {
                let mut guard = ready!(writing.poll_write_ready(context))?;
                match guard.try_io(|socket| send(socket.get_ref(), parts)) {
                    Ok(sent) => return Poll::Ready(sent),
                    Err(_) => continue,
                }
            }
            match send(self.reading.get_ref(), parts) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let socket = self.reading.get_ref().try_clone()?;
                    self.writing = Some(watch(socket, Interest::WRITABLE)?);
                }
                sent => return Poll::Ready(sent),
            }
        }
    }
}

fn send(socket: &OwnedFd, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    Ok(sendmsg::<()>(socket.as_raw_fd(), parts, &[], MsgFlags::MSG_NOSIGNAL, None)?)
}

/// Answers how many bytes there were.
fn receive(socket: &OwnedFd, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    // SAFETY: nothing that is initialized is made uninitialized: the kernel only writes to it.
    let room = unsafe { buffer.unfilled_mut() };
    // SAFETY: the kernel writes no more than the length of the live slice.
    let read = unsafe { libc::recv(socket.as_raw_fd(), room.as_mut_ptr().cast(), room.len(), 0) };
    let count = Errno::result(read)? as usize;
    // SAFETY: the kernel has written so many bytes.
    unsafe { buffer.assume_init(count) };
    buffer.advance(count);
    Ok(count)
}

impl AsFd for StreamSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reading.get_ref().as_fd()
    }
}

impl AsyncRead for StreamSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.reading.poll_read_ready(context))?;
            let room = buffer.remaining();
            match guard.try_io(|socket| receive(socket.get_ref(), buffer)) {
                Ok(Ok(count)) => {
                    // It is empty now: of what comes later there will be word (epoll(7), edge-triggered, of streams).
                    if (1..room).contains(&count) {
                        guard.clear_ready();
                    }
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_) => {}
            }
        }
    }
}

impl AsyncWrite for StreamSocket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match shutdown(self.reading.get_ref().as_raw_fd(), Shutdown::Write) {
            // The other end was faster.
            Ok(()) | Err(Errno::ENOTCONN) => Ok(()),
            Err(error) => Err(error.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn pair() -> (UnixStream, StreamSocket) {
        let (far, near) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        (far, StreamSocket::new(near.into()).unwrap())
    }

    fn in_event_loop(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    }

    /// More than fits between the two, to one who takes it late; and what he sends while it waits, whether or not the reader's buffer is
    /// filled by it.
    #[test]
    fn all_of_it_arrives() {
        in_event_loop(async {
            let (mut far, mut near) = pair();
            let bytes: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
            let expected = bytes.clone();
            let other = std::thread::spawn(move || {
                let mut got = vec![0; expected.len()];
                far.read_exact(&mut got).unwrap();
                assert!(got == expected);
                for part in [&b"ab"[..], b"c", b"defg"] {
                    far.write_all(part).unwrap();
                    let mut taken = [0];
                    far.read_exact(&mut taken).unwrap();
                }
                far
            });
            near.write_all(&bytes).await.unwrap();
            assert!(near.writing.is_some(), "there was no room for it");
            let mut got = Vec::new();
            for (length, part) in [(2, "ab"), (1, "c"), (2, "de"), (64, "fg")] {
                let mut buffer = vec![0; length];
                let count = near.read(&mut buffer).await.unwrap();
                got.extend_from_slice(&buffer[..count]);
                assert!(got.ends_with(part.as_bytes()), "{got:?}");
                if part != "de" {
                    near.write_all(b".").await.unwrap();
                }
            }
            drop(other.join().unwrap());
            assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 0);
            let failed = near.write_all(b"x").await.unwrap_err();
            assert_eq!(failed.kind(), ErrorKind::BrokenPipe);
        });
    }

    #[test]
    fn one_end_says_that_it_is_done() {
        in_event_loop(async {
            let (mut far, mut near) = pair();
            near.write_all(b"last").await.unwrap();
            near.shutdown().await.unwrap();
            assert!(near.writing.is_none(), "there was room for it");
            let mut got = String::new();
            far.read_to_string(&mut got).unwrap();
            assert_eq!(got, "last");
            far.write_all(b"back").unwrap();
            drop(far);
            let mut got = String::new();
            near.read_to_string(&mut got).await.unwrap();
            assert_eq!(got, "back");
        });
    }
}

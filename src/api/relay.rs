//! Between a client's connection and the streams of a program: the output goes out as it is (with a terminal) or in frames that say
//! which stream it is of, what comes in goes to the program's input.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;

use crate::engine::containers::detach::Detector;
use crate::engine::containers::{RawStreams, Stream};
use crate::engine::serving::watch_descriptor as watch;

const CHUNK: usize = 32 << 10;
/// Of a frame: which stream, three zeros, the length in network order.
const HEADER: usize = 8;

/// Called on a thread that may wait when the head of the answer was sent.
pub type Start = Box<dyn FnOnce() -> Result<RawStreams, String> + Send>;

/// What is to be relayed.
pub struct Relay {
    /// The program has a terminal, and with it keys to leave it by.
    pub tty: bool,
    /// Output goes in frames that say which stream it is of.
    pub frames: bool,
    /// Where output goes in messages they are of text, if it is that.
    pub as_text: bool,
    /// Sent first: what is in the log already, in frames if there are any.
    pub past: Vec<u8>,
    /// Come when the program starts; not at all if it never does.
    pub streams: oneshot::Receiver<RawStreams>,
    /// Starts the program, or says why it can't be.
    pub start: Option<Start>,
    /// What is typed to leave the program alone.
    pub detach_keys: Vec<u8>,
}

/// The header of a frame.
pub fn frame(stream: Stream, length: usize) -> [u8; HEADER] {
    let kind = match stream {
        Stream::Stdout => 1,
        Stream::Stderr => 2,
    };
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [kind, 0, 0, 0, a, b, c, d]
}

/// Words of our own among the program's output.
fn said(frames: bool, text: &str) -> Vec<u8> {
    let header = if frames { frame(Stream::Stdout, text.len()).to_vec() } else { Vec::new() };
    [header, text.as_bytes().to_vec()].concat()
}

impl Relay {
    /// Relays until the program has ended or closed its output, or the client has left. Nothing is sent before the client has `heard` what
    /// was sent already, the head of the answer: there are clients (docker-py) that read it with a buffer and lose what comes with it.
    pub async fn run<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        self,
        input: R,
        mut output: W,
        closed: impl Future<Output = ()>,
        heard: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let relayed = async {
            let mut heard = Some(Box::pin(heard));
            if !self.past.is_empty() {
                once(&mut heard).await;
                output.write_all(&self.past).await?;
                output.flush().await?;
            }
            let streams = match self.start {
                None => self.streams.await.ok(),
                Some(start) => match tokio::task::spawn_blocking(start).await {
                    Ok(Ok(streams)) => Some(streams),
                    Ok(Err(text)) => {
                        once(&mut heard).await;
                        output.write_all(&said(self.frames, &text)).await?;
                        output.flush().await?;
                        None
                    }
                    Err(_) => None,
                },
            };
            let Some(streams) = streams else { return Ok(()) };
            let keys = if self.tty { self.detach_keys } else { Vec::new() };
            let output = Output { to: &mut output, heard, frames: self.frames };
            pump(streams, keys, input, output).await
        };
        let done = tokio::select! {
            done = relayed => done,
            () = closed => return Ok(()),
        };
        // A client that has gone needs no goodbye.
        let _ = output.shutdown().await;
        done
    }
}

/// Waits for it, if that wasn't done yet.
async fn once<F: Future<Output = ()>>(future: &mut Option<Pin<Box<F>>>) {
    if let Some(pending) = future {
        pending.await;
        *future = None;
    }
}

/// Where output goes.
struct Output<'a, W, F> {
    to: &'a mut W,
    /// Not before that.
    heard: Option<Pin<Box<F>>>,
    frames: bool,
}

async fn pump<R: AsyncRead + Unpin, W: AsyncWrite + Unpin, F: Future<Output = ()>>(
    streams: RawStreams,
    detach_keys: Vec<u8>,
    input: R,
    output: Output<'_, W, F>,
) -> io::Result<()> {
    let RawStreams { socket, input: program_input, output: stdout, errors } = streams;
    let Output { to, mut heard, frames } = output;
    let socket = watch(socket, Interest::READABLE)?;
    let typed = async {
        let detached = match program_input {
            Some(fd) => take_input(fd, input, detach_keys).await,
            None => drain(input).await,
        };
        if detached.is_ok_and(|d| d) {
            return;
        }
        // The end of the input isn't the end of the output.
        std::future::pending::<()>().await;
    };
    let shown = async {
        once(&mut heard).await;
        give_output(stdout, errors, &socket, frames, to).await
    };
    tokio::select! {
        done = shown => done,
        () = typed => {
            // If the monitor is gone meanwhile there is nothing to detach from.
            let _ = RawStreams::detach(socket.get_ref().as_fd());
            Ok(())
        }
    }
}

/// A client that has nothing to say may yet close its side.
async fn drain<R: AsyncRead + Unpin>(mut input: R) -> io::Result<bool> {
    let mut buffer = [0; 512];
    while input.read(&mut buffer).await? > 0 {}
    Ok(false)
}

/// Passes on what the client sends. Whether it has detached.
async fn take_input<R: AsyncRead + Unpin>(
    fd: OwnedFd,
    mut input: R,
    detach_keys: Vec<u8>,
) -> io::Result<bool> {
    let fd = nonblocking(fd, Interest::WRITABLE)?;
    let mut detector = Detector::new(detach_keys);
    let mut buffer = vec![0; CHUNK];
    let mut pending = std::collections::VecDeque::new();
    loop {
        let n = input.read(&mut buffer).await?;
        if n == 0 {
            // Dropped with the descriptor: the program reads the end.
            return Ok(false);
        }
        let detached = detector.feed(&buffer[..n], &mut pending);
        while !pending.is_empty() {
            let (bytes, _) = pending.as_slices();
            let mut guard = fd.writable().await?;
            match guard.try_io(|fd| nix::unistd::write(fd, bytes).map_err(io::Error::from)) {
                Ok(Ok(written)) => drop(pending.drain(..written)),
                // The program has closed its input: the rest is for nobody.
                Ok(Err(_)) => return drain(input).await,
                Err(_) => {}
            }
        }
        if detached {
            return Ok(true);
        }
    }
}

/// Sends what the program writes until it has ended and nothing is left.
async fn give_output<W: AsyncWrite + Unpin>(
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    socket: &AsyncFd<OwnedFd>,
    frames: bool,
    output: &mut W,
) -> io::Result<()> {
    let mut stdout = stdout.map(|fd| nonblocking(fd, Interest::READABLE)).transpose()?;
    let mut stderr = stderr.map(|fd| nonblocking(fd, Interest::READABLE)).transpose()?;
    let mut buffer = vec![0; HEADER + CHUNK];
    let mut ended = false;
    while !ended {
        let streams = tokio::select! {
            biased;
            () = readable(stdout.as_ref()) => &[Stream::Stdout][..],
            () = readable(stderr.as_ref()) => &[Stream::Stderr],
            () = end(socket) => {
                ended = true;
                // What is left is taken, whether or not the event loop has heard of it yet. Somebody else may hold them open for ever.
                &[Stream::Stdout, Stream::Stderr]
            }
        };
        for &stream in streams {
            let source = if stream == Stream::Stdout { &mut stdout } else { &mut stderr };
            while let Some(fd) = source {
                match read(fd, &mut buffer[HEADER..]) {
                    Ok(None) => break,
                    // One that goes on without output is waited for: the client will ask for its exit code.
                    Ok(Some(0)) | Err(_) => *source = None,
                    Ok(Some(n)) => {
                        buffer[..HEADER].copy_from_slice(&frame(stream, n));
                        let start = if frames { 0 } else { HEADER };
                        output.write_all(&buffer[start..HEADER + n]).await?;
                        output.flush().await?;
                        if !ended {
                            // In turn with the other.
                            break;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

async fn readable(fd: Option<&AsyncFd<OwnedFd>>) {
    match fd {
        // Kept ready: what is there is read until there is no more.
        Some(fd) => drop(fd.readable().await.map(|mut guard| guard.retain_ready())),
        None => std::future::pending().await,
    }
}

/// `None`: nothing now.
fn read(fd: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match nix::unistd::read(fd.get_ref(), buffer) {
        Ok(n) => Ok(Some(n)),
        Err(Errno::EINTR) => Ok(None),
        Err(Errno::EAGAIN) => {
            fd_not_ready(fd);
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

fn fd_not_ready(fd: &AsyncFd<OwnedFd>) {
    // Cleared by an attempt of the runtime's own that fails in the same way.
    let _ = fd.try_io(Interest::READABLE, |_| -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) });
}

/// Returns when the monitor tells of the end, or is gone.
async fn end(socket: &AsyncFd<OwnedFd>) {
    if let Ok(mut guard) = socket.readable().await {
        guard.retain_ready();
    }
}

fn nonblocking(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    watch(fd, interest)
}

/// No streams: what is there already is all.
pub fn none() -> oneshot::Receiver<RawStreams> {
    oneshot::channel().1
}

/// Streams of a program that runs already.
pub fn ready(streams: RawStreams) -> oneshot::Receiver<RawStreams> {
    let (give, take) = oneshot::channel();
    // The receiver is ours.
    let _ = give.send(streams);
    take
}

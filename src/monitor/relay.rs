//! A client's side of an attachment: moves data between its own standard streams and a container's, passes signals and window sizes on,
//! and watches for the keys that detach.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::detach::Detector;
use crate::error::{Context, Kind, Result};
use crate::sys::pidfd;
use crate::sys::pty::{self, Size};

/// What a client wants.
#[derive(Debug, Default)]
pub struct Options {
    /// The container has a terminal: ours is made raw, and detach keys count.
    pub tty: bool,
    /// The keys that detach, empty for none.
    pub detach_keys: Vec<u8>,
    /// Pass signals on.
    pub signals: bool,
}

/// The far ends.
#[derive(Debug)]
pub struct Streams {
    /// Where our standard input goes.
    pub input: Option<OwnedFd>,
    /// What goes to our standard output and standard error.
    pub output: Option<OwnedFd>,
    pub errors: Option<OwnedFd>,
}

/// The one who runs the program.
pub trait Peer {
    /// Readable when there is news.
    fn news(&self) -> BorrowedFd<'_>;
    /// Takes the news: the exit code if the program has ended.
    fn exit_code(&mut self) -> Result<Option<u8>>;
    /// The window has a new size.
    fn resize(&mut self, size: Size);
    /// The program.
    fn process(&self) -> Option<BorrowedFd<'_>>;
}

/// A program that is a child of ours.
#[derive(Debug)]
pub struct Child {
    /// A descriptor of it.
    pub process: OwnedFd,
    /// The master side of its terminal.
    pub terminal: Option<OwnedFd>,
}

impl Peer for Child {
    fn news(&self) -> BorrowedFd<'_> {
        self.process.as_fd()
    }

    fn exit_code(&mut self) -> Result<Option<u8>> {
        match waitid(Id::PIDFd(self.process.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG)
            .context("waiting for the program")?
        {
            WaitStatus::Exited(_, status) => Ok(Some(status as u8)),
            WaitStatus::Signaled(_, signal, _) => Ok(Some(128 + signal as u8)),
            _ => Ok(None),
        }
    }

    fn resize(&mut self, size: Size) {
        if let Some(terminal) = &self.terminal {
            // A terminal that is gone needs no size.
            let _ = pty::set_size(terminal.as_fd(), size);
        }
    }

    fn process(&self) -> Option<BorrowedFd<'_>> {
        Some(self.process.as_fd())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Exited(u8),
    Detached,
}

/// Moved at a time.
const CHUNK: usize = 64 * 1024;
/// Input that the container has not taken; more is not read.
const MAX_PENDING: usize = CHUNK;

/// Keeps the terminal raw while it lives.
struct RawTerminal {
    before: Termios,
}

impl RawTerminal {
    fn new() -> Result<Option<Self>> {
        let stdin = std::io::stdin();
        let Ok(before) = tcgetattr(&stdin) else { return Ok(None) };
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(&stdin, SetArg::TCSANOW, &raw).context("making the terminal raw")?;
        Ok(Some(Self { before }))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &self.before);
    }
}

/// The size of our terminal, if we have one.
pub fn terminal_size() -> Option<Size> {
    [std::io::stdout().as_fd(), std::io::stdin().as_fd()]
        .into_iter()
        .find_map(|fd| pty::size(fd).ok())
        .filter(|s| s.rows > 0)
}

/// Signals that are news to us; all others keep their action.
fn relayed() -> SigSet {
    let mut set = SigSet::empty();
    for signal in Signal::iterator() {
        let own = matches!(
            signal,
            Signal::SIGKILL
                | Signal::SIGSTOP
                | Signal::SIGCHLD
                | Signal::SIGPIPE
                | Signal::SIGTSTP
                | Signal::SIGTTIN
                | Signal::SIGTTOU
                | Signal::SIGSEGV
                | Signal::SIGBUS
                | Signal::SIGFPE
                | Signal::SIGILL
                | Signal::SIGABRT
                | Signal::SIGURG
                | Signal::SIGTRAP
        );
        if !own {
            set.add(signal);
        }
    }
    set
}

/// Blocks the signals that the relay takes, so that none between now and then is lost.
pub fn hold_signals(options: &Options) -> Result<()> {
    let set = if options.signals { relayed() } else { own(false) };
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&set), None).context("blocking signals")
}

/// Signals that are for us when none is passed on. Those that would end us have to wait until a raw terminal is put right.
fn own(raw: bool) -> SigSet {
    let ending: &[Signal] =
        if raw { &[Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] } else { &[] };
    [Signal::SIGWINCH].iter().chain(ending).copied().collect()
}

struct Relay<'a> {
    streams: Streams,
    pending: VecDeque<u8>,
    input_ended: bool,
    detector: Detector,
    /// Made when something is read that can't be spliced.
    buffer: Vec<u8>,
    peer: &'a mut dyn Peer,
    options: &'a Options,
    /// Splicing works for output, errors.
    spliceable: [bool; 2],
    /// Our own output, or errors, takes no more for now.
    full: [bool; 2],
    /// The program has ended so; what is left is to pass on its last words.
    ended: Option<u8>,
}

/// What came of moving output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// Some; there may be more.
    Some,
    /// Nothing: there is none, or no place for it.
    Nothing,
}

/// Relays until the program ends or the user detaches.
pub fn relay(streams: Streams, peer: &mut dyn Peer, options: &Options) -> Result<Outcome> {
    let set = if options.signals { relayed() } else { own(options.tty) };
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&set), None).context("blocking signals")?;
    // After that, so that no signal can end us with the terminal raw.
    let _raw = if options.tty && streams.input.is_some() { RawTerminal::new()? } else { None };
    let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .context("making a signal descriptor")?;
    for fd in [&streams.input, &streams.output, &streams.errors].into_iter().flatten() {
        super::streams::non_blocking(fd)?;
    }
    let relay = Relay {
        streams,
        pending: VecDeque::new(),
        input_ended: false,
        detector: Detector::new(if options.tty { options.detach_keys.clone() } else { Vec::new() }),
        buffer: Vec::new(),
        peer,
        options,
        spliceable: [true, true],
        full: [false, false],
        ended: None,
    };
    relay.run(&signals)
}

/// What can be waited for, in the order of the poll set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Signals,
    News,
    Stdin,
    Input,
    Output,
    Errors,
}

impl Relay<'_> {
    fn run(mut self, signals: &SignalFd) -> Result<Outcome> {
        if self.options.tty
            && let Some(size) = terminal_size()
        {
            self.peer.resize(size);
        }
        loop {
            for source in self.wait(signals)? {
                match source {
                    Source::Signals => self.signal(signals)?,
                    Source::Stdin => {
                        if self.read_stdin()? {
                            return Ok(Outcome::Detached);
                        }
                    }
                    Source::Input => self.write_input(),
                    Source::Output | Source::Errors => {
                        self.move_output(usize::from(source == Source::Errors))?;
                    }
                    Source::News => self.ended = self.peer.exit_code()?,
                }
            }
            if let Some(code) = self.ended
                && self.delivered()?
            {
                return Ok(Outcome::Exited(code));
            }
        }
    }

    /// Takes what is in the pipes of a program that has ended: everything was put there before the news of its end. Whether all of it
    /// is passed on, which has to wait while our own output is full.
    fn delivered(&mut self) -> Result<bool> {
        for index in 0..2 {
            while !self.full[index] && self.move_output(index)? == Moved::Some {}
        }
        Ok(self.full == [false, false])
    }

    fn wait(&self, signals: &SignalFd) -> Result<Vec<Source>> {
        let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let mut sources = vec![(Source::Signals, signals.as_fd(), PollFlags::POLLIN)];
        if let Some(input) = &self.streams.input {
            if !self.input_ended && self.pending.len() < MAX_PENDING {
                sources.push((Source::Stdin, stdin.as_fd(), PollFlags::POLLIN));
            }
            let wanted = if self.pending.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
            sources.push((Source::Input, input.as_fd(), wanted));
        }
        let outputs = [
            (Source::Output, &self.streams.output, stdout.as_fd()),
            (Source::Errors, &self.streams.errors, stderr.as_fd()),
        ];
        for ((source, from, to), full) in outputs.into_iter().zip(self.full) {
            match from {
                // Who reads it may also leave, which is told whatever is waited for.
                Some(_) if full => sources.push((source, to, PollFlags::POLLOUT)),
                Some(from) => sources.push((source, from.as_fd(), PollFlags::POLLIN)),
                None => {}
            }
        }
        // Last, so that output that is ready is moved before the end is noticed.
        if self.ended.is_none() {
            sources.push((Source::News, self.peer.news(), PollFlags::POLLIN));
        }
        let mut fds: Vec<PollFd<'_>> =
            sources.iter().map(|(_, fd, flags)| PollFd::new(*fd, *flags)).collect();
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(e).context("waiting for data"),
        }
        let ready = fds.iter().zip(&sources).filter(|(fd, _)| fd.any().unwrap_or(false));
        Ok(ready.map(|(_, (source, _, _))| *source).collect())
    }

    fn signal(&mut self, signals: &SignalFd) -> Result<()> {
        while let Some(info) = signals.read_signal().context("reading a signal")? {
            let number = info.ssi_signo as i32;
            if number == libc::SIGWINCH && self.options.tty {
                if let Some(size) = terminal_size() {
                    self.peer.resize(size);
                }
            } else if self.ended.is_some() && number != libc::SIGWINCH {
                return Kind::Exit(128 + number as u8).err("ended by a signal");
            } else if self.options.signals
                && let Some(process) = self.peer.process()
            {
                pidfd::send_signal(process, number).context("passing a signal on")?;
            } else if !self.options.signals && number != libc::SIGWINCH {
                // The container goes on, as it does when the user detaches.
                return Kind::Exit(128 + number as u8).err("ended by a signal");
            }
        }
        Ok(())
    }

    /// Whether the keys that detach were typed.
    fn read_stdin(&mut self) -> Result<bool> {
        self.buffer.resize(CHUNK, 0);
        match nix::unistd::read(std::io::stdin(), &mut self.buffer) {
            // EIO: a terminal that is gone.
            Ok(0) | Err(Errno::EIO) => self.input_ended = true,
            Ok(n) => {
                if self.detector.feed(&self.buffer[..n], &mut self.pending) {
                    return Ok(true);
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(e) => return Err(e).context("reading standard input"),
        }
        self.write_input();
        Ok(false)
    }

    fn write_input(&mut self) {
        let Some(input) = &self.streams.input else { return };
        loop {
            if self.pending.is_empty() {
                // With the pipe empty and nobody at its other end there is no one to read any more.
                if self.input_ended || !has_reader(input.as_fd()) {
                    self.streams.input = None;
                }
                return;
            }
            match nix::unistd::write(input, self.pending.as_slices().0) {
                Ok(n) => drop(self.pending.drain(..n)),
                Err(Errno::EAGAIN) => return,
                Err(Errno::EINTR) => {}
                Err(_) => {
                    self.streams.input = None;
                    return;
                }
            }
        }
    }

    /// Moves what is there of output (0) or errors (1).
    fn move_output(&mut self, index: usize) -> Result<Moved> {
        let slot = if index == 0 { &mut self.streams.output } else { &mut self.streams.errors };
        let Some(source) = slot.as_ref() else { return Ok(Moved::Nothing) };
        let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
        let target = if index == 0 { stdout.as_fd() } else { stderr.as_fd() };
        self.full[index] = false;
        if self.spliceable[index] {
            match splice(source, None, target, None, 16 * CHUNK, SpliceFFlags::SPLICE_F_MOVE) {
                Ok(0) => {
                    *slot = None;
                    return Ok(Moved::Nothing);
                }
                Ok(_) | Err(Errno::EINTR) => return Ok(Moved::Some),
                Err(Errno::EAGAIN) => {
                    self.full[index] = is_readable(source.as_fd());
                    return Ok(Moved::Nothing);
                }
                // A terminal, or a file opened for appending.
                // Not of this kind; or a terminal that all its users have closed, which the read below takes for the end that it is.
                Err(Errno::EINVAL | Errno::EIO) => self.spliceable[index] = false,
                Err(e) => return closed(e),
            }
        }
        self.buffer.resize(CHUNK, 0);
        match nix::unistd::read(source, &mut self.buffer) {
            Ok(0) | Err(Errno::EIO) => {
                *slot = None;
                Ok(Moved::Nothing)
            }
            Ok(n) => match write_all(target, &self.buffer[..n]) {
                Ok(()) => Ok(Moved::Some),
                Err(e) => closed(e),
            },
            Err(Errno::EAGAIN) => Ok(Moved::Nothing),
            Err(Errno::EINTR) => Ok(Moved::Some),
            Err(e) => Err(e).context("reading the container's output"),
        }
    }
}

/// Whether there are data, which a writer that is gone has left perhaps.
fn is_readable(fd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
    let ready = poll(&mut fds, PollTimeout::ZERO).is_ok();
    ready && fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
}

/// Our own output is closed (`| head`): we end as a program does that gets SIGPIPE. The container goes on, as with docker.
fn closed(errno: Errno) -> Result<Moved> {
    if errno == Errno::EPIPE {
        return Kind::Exit(128 + libc::SIGPIPE as u8).err("nobody reads the output");
    }
    Err(errno).context("writing the container's output")
}

fn write_all(fd: BorrowedFd<'_>, mut data: &[u8]) -> nix::Result<()> {
    while !data.is_empty() {
        match nix::unistd::write(fd, data) {
            Ok(n) => data = &data[n..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                // Somebody made our output non-blocking: wait until it takes more.
                let _ = poll(&mut [PollFd::new(fd, PollFlags::POLLOUT)], PollTimeout::NONE);
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn has_reader(fd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::empty())];
    !matches!(poll(&mut fds, PollTimeout::ZERO), Ok(n) if n > 0)
}

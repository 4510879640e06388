//! Bodies: of requests, read by a thread that may wait; of responses, written by one.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, DuplexStream, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::gone::Here;
use super::reply::Head;
use crate::error::{Kind, Result};

/// The most that a JSON body may have.
const MAX_JSON: usize = 16 << 20;
/// So much of a body that nobody wants is read all the same.
const DRAINED: usize = 1 << 20;
/// What is collected before it is sent.
const CHUNK: usize = 32 << 10;
/// So many chunks may wait for a slow client, and no more.
const WAITING: usize = 4;

/// The body of a request.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Option<Incoming>,
    runtime: Handle,
    left: Bytes,
}

impl RequestBody {
    pub fn new(incoming: Incoming) -> Self {
        Self { incoming: Some(incoming), runtime: Handle::current(), left: Bytes::new() }
    }

    /// All of it. More than JSON ever has is refused.
    pub fn whole(&mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next_chunk()? {
            if all.len() + bytes.len() > MAX_JSON {
                return Kind::Invalid.err(format!("the request's body has more than {MAX_JSON} bytes"));
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// What is left of it, for an event loop.
    pub fn take(&mut self) -> Option<Incoming> {
        self.incoming.take()
    }

    /// Reads what a handler has left of a small body: a client may be told nothing before it has sent all of it. Whether that was all.
    pub fn drain(&mut self) -> bool {
        let mut read = 0;
        while let Ok(Some(bytes)) = self.next_chunk() {
            read += bytes.len();
            if read > DRAINED {
                return false;
            }
        }
        true
    }

    fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        let Some(incoming) = &mut self.incoming else { return Ok(None) };
        loop {
            match self.runtime.block_on(incoming.frame()) {
                None => return Ok(None),
                Some(Err(e)) => return Err(io::Error::other(e)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                    _ => {}
                },
            }
        }
    }
}

impl Read for RequestBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() {
            match self.next_chunk()? {
                Some(bytes) => self.left = bytes,
                None => return Ok(0),
            }
        }
        let n = self.left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.left.split_to(n));
        Ok(n)
    }
}

/// The body of a response.
#[derive(Debug)]
pub enum ResponseBody {
    Whole(Option<Bytes>),
    /// Written by a thread. When the client has gone this is dropped, and with it the sign that he is there.
    Written {
        chunks: mpsc::Receiver<Result<Bytes, io::Error>>,
        _here: Here,
    },
    Relayed {
        from: DuplexStream,
        _here: Here,
    },
}

impl From<Vec<u8>> for ResponseBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Whole(if bytes.is_empty() { None } else { Some(bytes.into()) })
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Written { chunks, .. } => chunks.poll_recv(cx).map(|c| c.map(|c| c.map(Frame::data))),
            Self::Relayed { from, .. } => {
                let mut space = vec![0; CHUNK];
                let mut buffer = ReadBuf::new(&mut space);
                ready!(Pin::new(from).poll_read(cx, &mut buffer))?;
                let n = buffer.filled().len();
                space.truncate(n);
                Poll::Ready((n > 0).then(|| Ok(Frame::data(space.into()))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            _ => SizeHint::default(),
        }
    }
}

/// Reads what nobody wants of a small body, as [`RequestBody::drain`] does.
pub async fn drain(mut incoming: Incoming) -> bool {
    let mut read = 0;
    while let Some(Ok(frame)) = incoming.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > DRAINED {
            return false;
        }
    }
    true
}

/// What a thread writes a response to. Its head goes out with the first bytes, or when it is flushed: until then a failure is told by
/// the status.
#[derive(Debug)]
pub struct Out {
    head: Option<(Head, oneshot::Sender<Begun>)>,
    chunks: Option<mpsc::Sender<Result<Bytes, io::Error>>>,
    buffer: Vec<u8>,
}

/// A response whose head is known.
pub type Begun = (Head, mpsc::Receiver<Result<Bytes, io::Error>>);

impl Out {
    pub fn new(head: Head, begun: oneshot::Sender<Begun>) -> Self {
        Self { head: Some((head, begun)), chunks: None, buffer: Vec::new() }
    }

    /// Whether a failure can't be told by the status any more.
    pub fn has_begun(&self) -> bool {
        self.head.is_none()
    }

    /// A line of JSON, sent at once.
    pub fn line(&mut self, value: &serde_json::Value) -> Result<()> {
        serde_json::to_writer(&mut *self, value)?;
        self.write_all(b"\r\n")?;
        Ok(self.flush()?)
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some((head, begun)) = self.head.take() {
            let (sender, receiver) = mpsc::channel(WAITING);
            begun.send((head, receiver)).map_err(|_| gone())?;
            self.chunks = Some(sender);
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        self.begin()?;
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.buffer).into();
        self.chunks.as_ref().map_or(Ok(()), |c| c.blocking_send(Ok(chunk)).map_err(|_| gone()))
    }

    /// The end: what is left is sent.
    pub fn finish(mut self) -> io::Result<()> {
        self.send()
    }

    /// Something failed in the midst: the client is not to take what it has for the whole.
    pub fn abort(self) {
        if let Some(chunks) = self.chunks {
            let _ = chunks.blocking_send(Err(io::Error::other("failed")));
        }
    }

    /// Tells a failure by the status, if that can still be done.
    pub fn take_head(&mut self) -> Option<oneshot::Sender<Begun>> {
        self.head.take().map(|(_, begun)| begun)
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone")
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

/// Nothing that could fail.
pub type Never = Infallible;

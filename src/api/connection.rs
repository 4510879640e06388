//! A client's connection: requests and answers as long as it lasts, then what the last answer has left to be done with it.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::{Body, Bytes};
use hyper_util::rt::TokioIo;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use super::body::Never;
use super::hijack;
use super::patience::{HeadPhase, Patience};
use super::relay::Relay;
use super::request_line::Quoting;
use super::server::Server;
use super::service::{self, Closing, Peer};

/// Bytes of a request's head.
const MAX_HEAD: usize = 64 << 10;
/// So long a client may take to notice that it has its answer, and so many bytes it may send meanwhile.
const LIMIT: Duration = Duration::from_secs(2);
const MOST: usize = 32 << 20;
const CHUNK: usize = 16 << 10;

/// What is to be done when there are no more requests.
pub enum Ending {
    /// Something is left of a request that was answered: a client learns why from the answer only if it can go on sending until it looks.
    /// (RFC 9112, 9.6: the server closes its own half first, and reads on for a while.)
    Unread,
    /// The connection is a program's streams from now on.
    Streams(Box<Relay>, Option<Closing>),
    /// The same in messages of a WebSocket.
    WebSocket(Box<Relay>),
}

/// Where an answer leaves its ending.
#[derive(Clone, Default)]
pub struct Next(Arc<Mutex<Option<Ending>>>);

impl Next {
    pub fn set(&self, ending: Ending) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }

    fn is_set(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn take(&self) -> Option<Ending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}

/// Whether a client is pruning one kind of thing after the other, as `docker system prune` does: images come next to last.
#[derive(Debug, Clone, Default)]
pub struct Prunes(Arc<AtomicBool>);

impl Prunes {
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Told once.
    pub fn is_under_way(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// The input of a connection on which there is no more HTTP: some of it may have been read already.
pub type Input<S> = io::Chain<Cursor<Bytes>, Quoting<ReadHalf<S>>>;

/// Serves a client for as long as it stays.
pub async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    server: Arc<Server>,
    stream: S,
    peer: Peer,
) {
    let head = HeadPhase::default();
    let (reader, writer) = io::split(stream);
    let stream = TokioIo::new(io::join(Quoting::new(reader, Patience::new(head.clone())), writer));
    let next = peer.next.clone();
    let service = hyper::service::service_fn(move |request| {
        head.is_whole(&request);
        let (head, next) = (head.clone(), peer.next.clone());
        let answer = service::answer(server.clone(), peer.clone(), request);
        async move {
            let answer = answer.await?;
            // Before an answer is whole its request has been read, or it is the connection's last.
            if answer.body().size_hint().exact().is_some() && !next.is_set() {
                head.is_over();
            }
            Ok::<_, Never>(answer)
        }
    });
    // Of headers a hundred at most, which is hyper's own limit: given one it clears a table for each request.
    let served = hyper::server::conn::http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .serve_connection(stream, service)
        .without_shutdown()
        .await;
    let parts = match served {
        Ok(parts) => parts,
        Err(error) => return log::debug!("a connection has ended: {error}"),
    };
    let (reader, output) = parts.io.into_inner().into_inner();
    let input = Cursor::new(parts.read_buf).chain(reader);
    match next.take() {
        Some(Ending::Streams(relay, closing)) => hijack::carry_streams(*relay, input, output, closing).await,
        Some(Ending::WebSocket(relay)) => hijack::carry_messages(*relay, input, output).await,
        Some(Ending::Unread) => close(input, output, true).await,
        None => close(input, output, false).await,
    }
}

async fn close<S: AsyncRead + AsyncWrite>(mut input: Input<S>, mut output: WriteHalf<S>, hears_out: bool) {
    if output.shutdown().await.is_err() || !hears_out {
        return;
    }
    let hear_out = async {
        let (mut taken, mut space) = (0, vec![0; CHUNK]);
        while taken < MOST {
            match input.read(&mut space).await {
                Ok(count) if count > 0 => taken += count,
                // The client has seen it, or won't.
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(LIMIT, hear_out).await;
}

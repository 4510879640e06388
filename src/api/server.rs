//! The server: its sockets, its event loop, when it ends.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::{Next, Prunes, converse};
use super::containers::Waiting;
use super::listen::{self, Access, Address, Listener, Stream, Tls};
use super::metrics::Metrics;
use super::service::{Closing, Peer};
use crate::engine::Engine;
use crate::engine::serving::Heap;
use crate::error::{Context, Kind, Result};

/// So many connections are served at once; the next ones wait.
const MAX_CONNECTIONS: usize = 4096;
/// For each connection a thread that may wait, and some for what goes on without one.
const MAX_THREADS: usize = MAX_CONNECTIONS + 64;
/// Of each of them. The deepest is the decoding of JSON.
const STACK: usize = 1 << 20;

/// In so long a client has to show its certificate.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// For who doesn't know that there is TLS, as dockerd answers: docker's command line adds what to do.
const NOT_HTTPS: &str = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// When nobody has asked for anything for so long the server rests. Threads that have nothing to do have ended by then.
const REST: Duration = Duration::from_secs(6);
const THREAD_REST: Duration = Duration::from_secs(3);

/// How the API is to be served.
#[derive(Debug)]
pub struct ServeRequest {
    pub addresses: Vec<Address>,
    /// Group that may use the Unix sockets.
    pub group: Option<u32>,
    pub tls: Option<Tls>,
    /// TCP on loopback without TLS.
    pub insecure_tcp: bool,
    /// Refuse every call that changes something.
    pub read_only: bool,
    /// End when there was no connection for so long.
    pub idle_exit: Option<Duration>,
    /// Sockets that a service manager has opened.
    pub inherited: Vec<OwnedFd>,
}

/// What handlers share.
#[derive(Debug)]
pub struct Server {
    pub engine: Engine,
    pub read_only: bool,
    /// Clients that are attached to containers that don't run yet.
    pub waiting: Waiting,
    pub metrics: Metrics,
    pub heap: Heap,
    requests: AtomicU64,
    /// Until the next request, which tells of itself then.
    resting: AtomicBool,
    stirred: Notify,
}

impl Server {
    /// A number for a request, to find it in the log. Called in the event loop.
    pub fn request_id(&self) -> u64 {
        if self.resting.load(Ordering::Relaxed) {
            self.resting.store(false, Ordering::Relaxed);
            self.stirred.notify_one();
        }
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Gives back memory after the start, and whenever nobody has asked for anything for a while. Never returns.
    async fn rest(&self) {
        loop {
            self.heap.rest();
            self.resting.store(true, Ordering::Relaxed);
            self.stirred.notified().await;
            let mut known = None;
            while known != Some(self.requests.load(Ordering::Relaxed)) {
                known = Some(self.requests.load(Ordering::Relaxed));
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Serves until a signal asks for the end, or nobody has come for long enough. `ready` is called when clients can connect, with where they
/// can.
pub fn serve(engine: Engine, mut request: ServeRequest, ready: impl FnOnce(&[String])) -> Result<()> {
    check(&request)?;
    Engine::expect_many_clients();
    let tls = request.tls.as_ref().map(Tls::load).transpose()?.map(TlsAcceptor::from);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MAX_THREADS)
        .thread_stack_size(STACK)
        .thread_keep_alive(THREAD_REST)
        .build()
        .context("starting the event loop")?;
    let server = Arc::new(Server {
        engine: engine.remembering(),
        read_only: request.read_only,
        waiting: Waiting::default(),
        metrics: Metrics::default(),
        heap: Heap::default(),
        requests: AtomicU64::new(0),
        resting: AtomicBool::new(false),
        stirred: Notify::new(),
    });
    let served = runtime.block_on(async {
        let inherited = std::mem::take(&mut request.inherited);
        let listeners = listen::open(&request.addresses, Access { group: request.group }, inherited)?;
        // Of those that were handed over nobody knew what they are.
        listeners.iter().filter_map(Listener::tcp).try_for_each(|tcp| check_tcp(&request, tcp))?;
        // Before anybody can know that there is somebody to end: the sockets' paths go with an ordered end only.
        let ends = [
            signal(SignalKind::terminate()).context("catching SIGTERM")?,
            signal(SignalKind::interrupt()).context("catching SIGINT")?,
        ];
        ready(&listeners.iter().filter_map(Listener::address).collect::<Vec<_>>());
        run(&server, listeners, ends, tls, request.idle_exit).await;
        Ok(())
    });
    // Threads that wait for a container end with the process: nothing is lost with them.
    runtime.shutdown_background();
    served
}

fn check(request: &ServeRequest) -> Result<()> {
    let tcp = |address: &Address| if let Address::Tcp(tcp) = address { Some(*tcp) } else { None };
    request.addresses.iter().filter_map(tcp).try_for_each(|tcp| check_tcp(request, tcp))
}

/// Whether it may be listened at.
fn check_tcp(request: &ServeRequest, tcp: SocketAddr) -> Result<()> {
    match (&request.tls, request.insecure_tcp) {
        (Some(_), _) => Ok(()),
        (None, false) => Kind::Invalid.err(format!(
            "tcp://{tcp}: whoever can connect is root here: give --tlsverify with --tlscacert, --tlscert and --tlskey (or, for this machine's own users only, --insecure-tcp)"
        )),
        (None, true) if tcp.ip().is_loopback() => Ok(()),
        (None, true) => Kind::Forbidden.err(format!(
            "tcp://{tcp}: --insecure-tcp is only for addresses of the loopback interface"
        )),
    }
}

async fn run(
    server: &Arc<Server>,
    listeners: Vec<Listener>,
    [mut terminate, mut interrupt]: [Signal; 2],
    tls: Option<TlsAcceptor>,
    idle: Option<Duration>,
) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (open, connections) = watch::channel(0usize);
    let open = Arc::new(open);
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let tls = tls.clone().filter(|_| listener.is_tcp());
            tokio::spawn(accept(server.clone(), listener, tls, room.clone(), open.clone()))
        })
        .collect();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = server.rest() => {}
        () = idle_for(idle, connections) => log::info!("nobody has come for a while: ending"),
    }
    accepting.iter().for_each(tokio::task::JoinHandle::abort);
    for task in accepting {
        // Its listener, and with it its path, goes when it has ended.
        let _ = task.await;
    }
}

/// Returns when there was no connection for that long.
async fn idle_for(limit: Option<Duration>, mut connections: watch::Receiver<usize>) {
    let Some(limit) = limit else { return std::future::pending().await };
    loop {
        if connections.wait_for(|n| *n == 0).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(limit) => return,
            _ = connections.changed() => {}
        }
    }
}

async fn accept(
    server: Arc<Server>,
    listener: Listener,
    tls: Option<TlsAcceptor>,
    room: Arc<Semaphore>,
    open: Arc<watch::Sender<usize>>,
) {
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                log::warn!("accepting a connection: {error}");
                // Out of descriptors, most likely: some are free again when a connection has ended.
                let mut changes = open.subscribe();
                let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
                continue;
            }
        };
        open.send_modify(|n| *n += 1);
        let (server, tls, open) = (server.clone(), tls.clone(), open.clone());
        tokio::spawn(async move {
            serve_client(server, stream, tls).await;
            open.send_modify(|n| *n -= 1);
            drop(place);
        });
    }
}

/// Who doesn't say who he is in time leaves his place to others: anybody can connect.
async fn shake_hands(tls: &TlsAcceptor, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    let shake = async {
        let mut first = [0];
        // TLS begins with a number (RFC 8446, 5.1), HTTP with a method's name.
        if stream.peek(&mut first).await? > 0 && first[0].is_ascii_uppercase() {
            // With something unread a connection ends so that its answer may be lost.
            let _ = stream.read(&mut [0; 4096]).await?;
            stream.write_all(NOT_HTTPS.as_bytes()).await?;
            return Err(io::Error::other("it doesn't speak TLS"));
        }
        tls.accept(stream).await
    };
    tokio::time::timeout(HANDSHAKE, shake).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn serve_client(server: Arc<Server>, stream: Stream, tls: Option<TlsAcceptor>) {
    let (next, prunes) = (Next::default(), Prunes::default());
    match (stream, tls) {
        (Stream::Unix(stream), _) => {
            let closing = Closing::of(&stream);
            converse(server, stream, Peer { tcp: false, closing, next, prunes }).await;
        }
        (Stream::Tcp(stream), Some(tls)) => match shake_hands(&tls, stream).await {
            Ok(stream) => converse(server, stream, Peer { tcp: false, closing: None, next, prunes }).await,
            Err(error) => log::info!("a client was refused: {error}"),
        },
        (Stream::Tcp(stream), None) => {
            converse(server, stream, Peer { tcp: true, closing: None, next, prunes }).await;
        }
    }
}

//! From an HTTP request to a handler, and from its answer to an HTTP response.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tokio::io::Interest;
use tokio::sync::oneshot;

use super::body::{self, Begun, Never, Out, RequestBody, ResponseBody};
use super::call::Call;
use super::connection::{Ending, Next, Prunes};
use super::gone;
use super::query::Query;
use super::reply::{Head, JSON, Reply};
use super::routes::{self, Found, Handler, Pattern};
use super::server::Server;
use super::version::{self, ApiVersion};
use super::{errors, hijack, path};
use crate::engine::serving::{has_unread, watch_descriptor as watch};
use crate::error::{Kind, Result};

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// A connection that a browser could have made.
    pub tcp: bool,
    pub closing: Option<Closing>,
    /// What the connection is for when it has been answered.
    pub next: Next,
    pub prunes: Prunes,
}

/// Notices that the other end of a Unix socket is closed, which is more than that its input has ended.
#[derive(Debug, Clone)]
pub struct Closing(Arc<OwnedFd>);

impl Closing {
    pub fn of(socket: &impl AsFd) -> Option<Self> {
        socket.as_fd().try_clone_to_owned().ok().map(|fd| Self(Arc::new(fd)))
    }

    /// Returns when it is.
    pub async fn closed(&self) -> io::Result<()> {
        let watched = watch(self.0.try_clone()?, Interest::WRITABLE)?;
        loop {
            let mut guard = watched.writable().await?;
            if guard.ready().is_write_closed() {
                return Ok(());
            }
            guard.clear_ready();
        }
    }

    /// Returns when it has taken all that was sent to it: the kernel tells of each part that it takes.
    pub async fn heard(&self) -> io::Result<()> {
        let watched = watch(self.0.try_clone()?, Interest::WRITABLE)?;
        loop {
            let mut guard = watched.writable().await?;
            if guard.ready().is_write_closed() || !has_unread(self.0.as_fd())? {
                return Ok(());
            }
            guard.clear_ready();
        }
    }
}

/// Answers a request. A failure is an answer, too.
pub fn answer(
    server: Arc<Server>,
    peer: Peer,
    request: Request<Incoming>,
) -> impl Future<Output = std::result::Result<Response<ResponseBody>, Never>> {
    let (id, began) = (server.request_id(), Instant::now());
    let line = log::log_enabled!(log::Level::Debug)
        .then(|| format!("{} {}", request.method(), request.uri().path()));
    async move {
        let measured = server.clone();
        let (route, response) = respond(server, peer, request).await;
        let (status, after) = (response.status().as_u16(), began.elapsed());
        if let Some(line) = line {
            log::debug!("request {id}: {line}: {status} after {after:?}");
        }
        if let Some((method, pattern)) = route {
            measured.metrics.answered(method, pattern, status, after);
        }
        Ok(response)
    }
}

/// The answer, and the route that has it.
async fn respond(
    server: Arc<Server>,
    peer: Peer,
    request: Request<Incoming>,
) -> (Option<Pattern>, Response<ResponseBody>) {
    let (version, found) = match find(&server, &peer, &request) {
        Ok(found) => found,
        Err(reply) => {
            if request.headers().contains_key(header::EXPECT) || !body::drain(request.into_body()).await {
                peer.next.set(Ending::Unread);
            }
            return (None, whole(*reply));
        }
    };
    let route = Some(found.route);
    let query = Query::parse(request.uri().query().unwrap_or_default());
    if let Some(reply) = found.quick.and_then(|quick| quick(&server, version, &found.places, &query)) {
        return (route, whole(reply));
    }
    let (parts, incoming) = request.into_parts();
    let Ok((here, gone)) = gone::pair() else {
        let text = "the server is out of descriptors";
        return (route, whole(errors::message(StatusCode::SERVICE_UNAVAILABLE, text)));
    };
    let upgrades = wants_stream(&parts.headers);
    let call = Call {
        server,
        version,
        parameters: found.places,
        query,
        body: RequestBody::new(incoming),
        gone,
        prunes: peer.prunes.clone(),
        headers: parts.headers,
    };
    let socket_key = call.headers.get(header::SEC_WEBSOCKET_KEY).cloned();
    let response = match work(found.handler, call, peer.next.clone()).await {
        Worked::Reply(Reply::Streams(relay), body) => {
            hijack::streams(relay, hijack::Client { peer, upgrades, version, body, here })
        }
        Worked::Reply(Reply::WebSocket(relay), _) => hijack::web_socket(relay, &peer.next, socket_key),
        Worked::Reply(reply, _) => whole(reply),
        Worked::Begun((head, chunks)) => dress(head, ResponseBody::Written { chunks, _here: here }),
    };
    (route, response)
}

/// What answers the request, if it may be asked.
fn find<B>(
    server: &Server,
    peer: &Peer,
    request: &Request<B>,
) -> std::result::Result<(ApiVersion, Found), Box<Reply>> {
    let told = |error| Box::new(errors::reply(&error));
    admit(peer, request).map_err(told)?;
    let path = path::read(request.uri())?;
    let (version, rest) = version::split(&path).map_err(told)?;
    let found = routes::find(request.method(), rest)
        .ok_or_else(|| Box::new(errors::message(StatusCode::NOT_FOUND, "page not found")))?;
    if server.read_only && found.changes() {
        let text = "this server was started with --read-only: it changes nothing";
        return Err(Box::new(errors::message(StatusCode::FORBIDDEN, text)));
    }
    Ok((version, found))
}

/// Refuses what a browser was made to send: a page of somebody else's has an `Origin`, and with a name of his own for this machine a `Host`
/// that is none of ours.
fn admit<B>(peer: &Peer, request: &Request<B>) -> Result<()> {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    // Clients of a WebSocket that are no browsers name the server itself, of which no page can come.
    let is_own = |origin: &str| origin.split_once("://").is_some_and(|(_, host)| host == text(header::HOST));
    if headers.get_all(header::ORIGIN).iter().any(|origin| !origin.to_str().is_ok_and(is_own)) {
        return Kind::Forbidden.err("requests of web pages (with an Origin) are refused");
    }
    if !peer.tcp {
        return Ok(());
    }
    let host = text(header::HOST);
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(n, _)| n);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if name.is_empty() || name == "localhost" || name.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Kind::Forbidden.err(format!("requests for the host {name:?} are refused: this server has no such name"))
}

fn wants_stream(headers: &hyper::HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|u| u.as_bytes().eq_ignore_ascii_case(b"tcp"))
}

/// Bytes of an answer that took a lot of memory to make.
const LARGE: usize = 256 << 10;

/// What came of a handler.
enum Worked {
    Reply(Reply, Option<RequestBody>),
    Begun(Begun),
}

/// Runs the handler on a thread that may wait. If the client goes meanwhile, hyper drops this future, and with it the sign that he is there.
async fn work(handler: Handler, mut call: Call, next: Next) -> Worked {
    let (told, hear) = oneshot::channel();
    let (begun, mut begins) = oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let server = call.server.clone();
        let reply = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| handler(&mut call)));
        let reply =
            reply.unwrap_or_else(|_| Err(crate::error::Error::msg("the server has a fault: see its log")));
        // What a handler didn't want is read all the same: a client may send all of it before it listens. One that asks before it sends is
        // spared the sending; what is typed into streams is read by these.
        let is_input = matches!(reply, Ok(Reply::Streams(_) | Reply::WebSocket(_)));
        if !is_input && (call.headers.contains_key(header::EXPECT) || !call.body.drain()) {
            next.set(Ending::Unread);
        }
        let is_large = matches!(&reply, Ok(Reply::Text(_, text)) if text.len() >= LARGE);
        match reply {
            Ok(Reply::Stream(head, write)) => stream(head, write, begun, told),
            Ok(reply) => drop(told.send((reply, Some(call.body)))),
            Err(error) => drop(told.send((errors::reply(&error), None))),
        }
        server.heap.ease(is_large);
    });
    tokio::select! {
        biased;
        Ok(begun) = &mut begins => Worked::Begun(begun),
        told = hear => match (told, begins.try_recv()) {
            (Ok((reply, body)), _) => Worked::Reply(reply, body),
            // Begun and ended between the looks at the one and at the other.
            (Err(_), Ok(begun)) => Worked::Begun(begun),
            (Err(_), Err(_)) => Worked::Reply(errors::message(StatusCode::INTERNAL_SERVER_ERROR, "the handler died"), None),
        },
    }
}

fn stream(
    head: Head,
    write: super::reply::Writer,
    begun: oneshot::Sender<Begun>,
    told: oneshot::Sender<(Reply, Option<RequestBody>)>,
) {
    let mut out = Out::new(head, begun);
    match write(&mut out) {
        // Nobody is left to be told if this fails.
        Ok(()) => drop(out.finish()),
        Err(error) if out.has_begun() => {
            log::debug!("a response was cut short: {}", crate::error::one_line(&error));
            out.abort();
        }
        Err(error) => {
            drop(out.take_head());
            let _ = told.send((errors::reply(&error), None));
        }
    }
}

pub fn whole(reply: Reply) -> Response<ResponseBody> {
    let (head, bytes) = match reply {
        Reply::Json(status, value) => {
            (Head { status, ..Head::ok(JSON) }, serde_json::to_vec(&value).unwrap_or_default())
        }
        Reply::Text(status, bytes) => (Head { status, ..Head::ok(JSON) }, bytes),
        Reply::Whole(head, bytes) => (head, bytes),
        Reply::Empty(status) => (Head { status, ..Head::default() }, Vec::new()),
        // Taken care of by the callers.
        Reply::Stream(..) | Reply::Streams(_) | Reply::WebSocket(_) => (Head::default(), Vec::new()),
    };
    dress(head, bytes.into())
}

/// With the headers that every answer has.
pub fn dress(head: Head, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE.iter() {
        headers.insert(name.clone(), value.clone());
    }
    response
}

/// The headers that every answer has.
static EVERYWHERE: LazyLock<[(HeaderName, HeaderValue); 4]> = LazyLock::new(|| {
    // Digits and a point.
    let version = HeaderValue::from_str(&version::NEWEST.to_string());
    [
        (HeaderName::from_static("api-version"), version.unwrap_or_else(|_| HeaderValue::from_static(""))),
        (HeaderName::from_static("ostype"), HeaderValue::from_static("linux")),
        (HeaderName::from_static("docker-experimental"), HeaderValue::from_static("false")),
        (header::SERVER, HeaderValue::from_static(concat!("dhow/", env!("CARGO_PKG_VERSION"), " (linux)"))),
    ]
});

//! Connections that stop being HTTP: attach and exec.

use hyper::ext::ReasonPhrase;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::body::{RequestBody, ResponseBody};
use super::connection::{Ending, Input, Next};
use super::errors;
use super::gone::Here;
use super::relay::Relay;
use super::reply::{Head, MULTIPLEXED, RAW};
use super::service::{Closing, Peer, dress};
use super::version::ApiVersion;

/// What passes between a relay and what carries it.
const PIPE: usize = 64 << 10;

/// The client of a hijacked connection.
pub struct Client {
    pub peer: Peer,
    /// It has asked for that. Else the output is an ordinary response, and the request's body the input.
    pub upgrades: bool,
    pub version: ApiVersion,
    pub body: Option<RequestBody>,
    pub here: Here,
}

pub fn streams(relay: Box<Relay>, client: Client) -> Response<ResponseBody> {
    // Since 1.42 the type says whether there are frames.
    let kind = if !relay.frames || client.version < ApiVersion(42) { RAW } else { MULTIPLEXED };
    let head = Head::ok(kind);
    if !client.upgrades {
        return as_body(*relay, client, head);
    }
    client.peer.next.set(Ending::Streams(relay, client.peer.closing));
    let mut head = Head { status: StatusCode::SWITCHING_PROTOCOLS, ..head };
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    head.headers.insert(header::UPGRADE, HeaderValue::from_static("tcp"));
    let mut response = dress(head, ResponseBody::Whole(None));
    response.extensions_mut().insert(ReasonPhrase::from_static(b"UPGRADED"));
    response
}

/// The rest of a connection that has become a program's streams.
pub async fn carry_streams<S: AsyncRead + AsyncWrite + Unpin>(
    relay: Relay,
    input: Input<S>,
    output: WriteHalf<S>,
    closing: Option<Closing>,
) {
    let closed = async {
        match &closing {
            Some(closing) if closing.closed().await.is_ok() => {}
            _ => std::future::pending().await,
        }
    };
    let heard = async {
        if let Some(closing) = &closing {
            // If that can't be found out it is as with TCP: nobody is waited for.
            let _ = closing.heard().await;
        }
    };
    if let Err(error) = relay.run(input, output, closed, heard).await {
        log::debug!("an attached client: {error}");
    }
}

/// The output as the body of a response, the request's body as the input.
fn as_body(relay: Relay, client: Client, head: Head) -> Response<ResponseBody> {
    use http_body_util::BodyExt;
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (input, mut typed) = tokio::io::duplex(PIPE);
    if let Some(mut body) = client.body.and_then(|mut b| b.take()) {
        tokio::spawn(async move {
            while let Some(Ok(frame)) = body.frame().await {
                let Ok(bytes) = frame.into_data() else { continue };
                if typed.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::spawn(async move {
        if let Err(error) = relay.run(input, ours, std::future::pending(), std::future::ready(())).await {
            log::debug!("an attached client: {error}");
        }
    });
    dress(head, ResponseBody::Relayed { from: theirs, _here: client.here })
}

/// The same in binary messages of a WebSocket (RFC 6455).
pub fn web_socket(relay: Box<Relay>, next: &Next, key: Option<HeaderValue>) -> Response<ResponseBody> {
    let Some(key) = key else {
        let reply = errors::message(
            StatusCode::BAD_REQUEST,
            "not a WebSocket handshake: Sec-WebSocket-Key is missing",
        );
        return super::service::whole(reply);
    };
    next.set(Ending::WebSocket(relay));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    dress(Head { status: StatusCode::SWITCHING_PROTOCOLS, headers }, ResponseBody::Whole(None))
}

/// The rest of a connection that has become a WebSocket.
pub async fn carry_messages<S: AsyncRead + AsyncWrite + Unpin>(
    relay: Relay,
    input: Input<S>,
    output: WriteHalf<S>,
) {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let mut socket = WebSocketStream::from_raw_socket(io::join(input, output), Role::Server, None).await;
    let (ours, mut output) = tokio::io::duplex(PIPE);
    let (input, mut typed) = tokio::io::duplex(PIPE);
    let as_text = relay.as_text;
    let relaying = tokio::spawn(relay.run(input, ours, std::future::pending(), std::future::ready(())));
    let mut buffer = vec![0; PIPE];
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => drop(typed.write_all(&bytes).await),
                Some(Ok(Message::Text(text))) => drop(typed.write_all(text.as_bytes()).await),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
            read = output.read(&mut buffer) => match read {
                Ok(n) if n > 0 => {
                    let message = match std::str::from_utf8(&buffer[..n]) {
                        Ok(text) if as_text => Message::text(text),
                        _ => Message::Binary(buffer[..n].to_vec().into()),
                    };
                    if socket.send(message).await.is_err() {
                        break;
                    }
                }
                _ => {
                    let _ = socket.close(None).await;
                    break;
                }
            },
        }
    }
    relaying.abort();
}

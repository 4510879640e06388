//! In so long the head of a request has to be there when its first bytes are: who stops in its midst leaves his place to others. (dockerd waits
//! five minutes: `http.Server.ReadHeaderTimeout`.) One that asks for nothing between two requests may stay for ever, as there: clients keep
//! connections for hours.
//!
//! hyper has such a limit, too, but with it reads once more after each request, and counts from the end of the one before. Here a timer is set
//! only when a part of a head has come and the rest hasn't.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Body;
use hyper::{Method, Request, header};
use tokio::time::Sleep;

const LIMIT: Duration = Duration::from_secs(10);

/// Nothing of the next head has come; some of it has; what comes isn't known to be of a head: a body may come, or what is typed for a program.
const AWAITED: u8 = 0;
const BEGUN: u8 = 1;
const OTHER: u8 = 2;

/// How far the head of a connection's next request is. Its reader and its service share it.
#[derive(Debug, Clone, Default)]
pub struct HeadPhase(Arc<AtomicU8>);

impl HeadPhase {
    /// Bytes have come.
    pub fn arrived(&self) {
        // Failing, it wasn't awaited: then it's as it was.
        let _ = self.0.compare_exchange(AWAITED, BEGUN, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The head of this request was whole.
    pub fn is_whole<B: Body>(&self, request: &Request<B>) {
        let is_plain = matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE)
            && request.body().is_end_stream()
            && !request.headers().contains_key(header::UPGRADE);
        self.0.store(if is_plain { AWAITED } else { OTHER }, Ordering::Relaxed);
    }

    /// It has its answer, and nothing more of it is to come.
    pub fn is_over(&self) {
        let _ = self.0.compare_exchange(OTHER, AWAITED, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// What a reader has of it.
#[derive(Debug, Default)]
pub struct Patience {
    phase: HeadPhase,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub fn new(phase: HeadPhase) -> Self {
        Self { phase, timer: None }
    }

    pub fn arrived(&self) {
        self.phase.arrived();
    }

    /// Asked when nothing is there to read: ready when that has been so for too long. The limit is for all of a head, so bytes that come one
    /// by one don't lengthen it.
    pub fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.phase.0.load(Ordering::Relaxed) != BEGUN {
            self.timer = None;
            return Poll::Pending;
        }
        self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(LIMIT))).as_mut().poll(context)
    }
}

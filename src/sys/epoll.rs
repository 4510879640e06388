//! How long epoll_wait(2) is to wait for a deadline.

use std::time::{Duration, Instant};

use nix::sys::epoll::EpollTimeout;

/// `None`: for ever.
pub fn timeout(deadline: Option<Instant>) -> EpollTimeout {
    let Some(deadline) = deadline else { return EpollTimeout::NONE };
    let left = deadline.saturating_duration_since(Instant::now());
    // Rounded up, so that no millisecond is spent spinning; a wait that is cut short is begun again.
    let millis = left.as_millis() + u128::from(left.subsec_nanos() % 1_000_000 != 0);
    EpollTimeout::try_from(millis.min(Duration::from_hours(1).as_millis()) as u32)
        .unwrap_or(EpollTimeout::ZERO)
}

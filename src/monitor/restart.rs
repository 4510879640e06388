//! When a container that has ended is started again (pure).

use std::time::Duration;

use crate::container::config::RestartPolicy;

/// docker's: the first time after 100 ms, then each time after twice as long, up to a minute.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_mins(1);
/// A run of at least this length counts as a success, after which the waiting begins anew.
const LASTING: Duration = Duration::from_secs(10);

/// Whether a container is to be started again after it has ended with `code`, `count` restarts into it. `stopped`: somebody asked it to end.
pub fn is_due(policy: RestartPolicy, code: u8, stopped: bool, count: u32) -> bool {
    match policy {
        RestartPolicy::No => false,
        RestartPolicy::Always | RestartPolicy::UnlessStopped => !stopped,
        RestartPolicy::OnFailure { max } => !stopped && code != 0 && max.is_none_or(|max| count < max),
    }
}

/// How long to wait before the next start.
#[derive(Debug, Default)]
pub struct Backoff {
    last: Option<Duration>,
}

impl Backoff {
    /// The time to wait after a run of this length.
    pub fn after(&mut self, ran: Duration) -> Duration {
        let next = match self.last {
            Some(last) if ran < LASTING => (last * 2).min(LONGEST),
            _ => FIRST,
        };
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        use RestartPolicy as P;
        let three = P::OnFailure { max: Some(3) };
        for (policy, code, stopped, count, due) in [
            (P::No, 1, false, 0, false),
            (P::Always, 0, false, 100, true),
            (P::Always, 0, true, 0, false),
            (P::UnlessStopped, 1, false, 0, true),
            (P::UnlessStopped, 1, true, 0, false),
            (P::OnFailure { max: None }, 0, false, 0, false),
            (P::OnFailure { max: None }, 1, false, 1000, true),
            (three, 1, false, 2, true),
            (three, 1, false, 3, false),
            (three, 1, true, 0, false),
        ] {
            assert_eq!(is_due(policy, code, stopped, count), due, "{policy:?} {code} {stopped} {count}");
        }
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_begins_anew_after_a_long_run() {
        let mut backoff = Backoff::default();
        let short = Duration::from_secs(1);
        let waits: Vec<u128> = (0..12).map(|_| backoff.after(short).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
        assert_eq!(backoff.after(LASTING).as_millis(), 100);
        assert_eq!(backoff.after(short).as_millis(), 200);
    }
}

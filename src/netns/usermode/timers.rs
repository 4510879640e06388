//! When something is to be looked at again. Each connection has at most one timer, which is only ever moved to an earlier time: what has
//! happened since is looked at when it goes off, which costs less than to move it with every packet.

use std::collections::BTreeSet;
use std::time::Instant;

#[derive(Debug, Default)]
pub struct Timers {
    set: BTreeSet<(Instant, u64)>,
}

impl Timers {
    /// Has `id`, whose timer is `timer`, looked at no later than at `deadline`.
    pub fn set(&mut self, id: u64, timer: &mut Option<Instant>, deadline: Option<Instant>) {
        if let Some(deadline) = deadline
            && timer.is_none_or(|timer| deadline < timer)
        {
            self.clear(id, *timer);
            *timer = Some(deadline);
            self.set.insert((deadline, id));
        }
    }

    pub fn clear(&mut self, id: u64, timer: Option<Instant>) {
        if let Some(timer) = timer {
            self.set.remove(&(timer, id));
        }
    }

    pub fn first(&self) -> Option<Instant> {
        self.set.first().map(|(deadline, _)| *deadline)
    }

    /// One whose time has come. It has no timer any more.
    pub fn pop(&mut self, now: Instant) -> Option<u64> {
        if self.first()? > now {
            return None;
        }
        self.set.pop_first().map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_timer_is_only_moved_forward() {
        let (now, mut timers) = (Instant::now(), Timers::default());
        let at = |seconds| Some(now + Duration::from_secs(seconds));
        let (mut one, mut two) = (None, None);
        timers.set(1, &mut one, at(5));
        timers.set(2, &mut two, at(3));
        timers.set(1, &mut one, at(9));
        assert_eq!((one, timers.first()), (at(5), at(3)));
        timers.set(1, &mut one, at(1));
        timers.set(2, &mut two, None);
        assert_eq!(
            (timers.pop(now), timers.pop(at(2).unwrap()), timers.pop(at(2).unwrap())),
            (None, Some(1), None)
        );
        timers.clear(2, two);
        assert_eq!(timers.first(), None);
    }
}

//! The monitor's part in keeping the rules of networks in force, once the container has run for a moment: those that end sooner have no
//! connections that would suffer, and are not to pay for it.

use std::time::{Duration, Instant};

use super::poller::{Poller, Token};
use crate::error::Result;
use crate::netns::{NetworkStore, Upkeep};
use crate::state::Roots;

const AFTER: Duration = Duration::from_millis(200);

#[derive(Debug, Default)]
pub struct Rules {
    at: Option<Instant>,
    upkeep: Option<Upkeep>,
}

impl Rules {
    /// The container is on a network.
    pub fn expect(&mut self) {
        if self.upkeep.is_none() {
            self.at = Some(Instant::now() + AFTER);
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.at
    }

    /// Takes part from now on, if it is time.
    pub fn begin(&mut self, now: Instant, roots: &Roots, poller: &Poller) -> Result<()> {
        if self.at.is_none_or(|at| now < at) {
            return Ok(());
        }
        self.at = None;
        let upkeep = Upkeep::begin(&NetworkStore::new(roots))?;
        poller.watch(upkeep.events(), Token::Rules)?;
        self.upkeep = Some(upkeep);
        Ok(())
    }

    /// Something has happened.
    pub fn turn(&mut self, poller: &Poller) -> Result<()> {
        let Some(upkeep) = &mut self.upkeep else { return Ok(()) };
        poller.unwatch(upkeep.events());
        let done = upkeep.turn();
        if done.is_err() && !upkeep.leads() {
            // The end of the leader would be told for ever.
            self.upkeep = None;
            return done;
        }
        poller.watch(upkeep.events(), Token::Rules)?;
        done
    }
}

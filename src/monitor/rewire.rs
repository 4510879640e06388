//! A running container comes to a network or leaves one, because somebody asked for it.

use super::event_loop::Monitor;
use super::prepare;
use crate::error::Result;
use crate::netns::{Attachment, NetworkMode, Record};

impl Monitor {
    pub(super) fn join(&mut self, attachment: Attachment) -> Result<()> {
        let before = self.record_of_networks();
        if let Some(pid) = self.program() {
            self.run.join(pid, &self.config, &attachment, &self.poller)?;
            self.rules.expect();
        }
        if let NetworkMode::Networks(attachments) = &mut self.config.network {
            // For when it ends, and is started again.
            attachments.push(attachment);
        }
        self.renew_files(&before)
    }

    pub(super) fn leave(&mut self, network: &str) -> Result<()> {
        let before = self.record_of_networks();
        if let Some(pid) = self.program() {
            self.run.leave(pid, self.config.id.as_str(), network, &self.poller)?;
        }
        if let NetworkMode::Networks(attachments) = &mut self.config.network {
            attachments.retain(|a| a.network != network);
        }
        self.renew_files(&before)
    }

    /// The first process, while it runs.
    fn program(&self) -> Option<i32> {
        self.run.pidfd()?;
        self.state.init.map(|init| init.pid)
    }

    fn record_of_networks(&self) -> Record {
        self.run.network().map(|n| n.record.clone()).unwrap_or_default()
    }

    fn renew_files(&self, before: &Record) -> Result<()> {
        match self.run.network() {
            Some(network) => prepare::renew_etc(&self.dir, &self.config, before, network),
            None => Ok(()),
        }
    }
}

//! A running container comes to a network or leaves one, because somebody asked for it; and what those know of it that are linked to it.

use std::os::fd::AsFd;

use super::event_loop::Monitor;
use super::protocol::{self, Request};
use super::{connect, etc};
use crate::container::links::{self, ContainerLink};
use crate::container::notes::Note;
use crate::error::Result;
use crate::netns::{Attachment, NetworkMode, Record};
use crate::state::file;

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

    /// A container that this one is linked to may have another address.
    pub(super) fn relink(&self) -> Result<()> {
        let path = self.dir.path.join("hosts");
        let old = file::read_opt(&path)?.unwrap_or_default();
        let old = String::from_utf8_lossy(&old);
        let new = links::readdress(&old, &links::hosts(&links::running(&self.dir, &self.config)));
        if new == old { Ok(()) } else { etc::place(&path, new.as_bytes()) }
    }

    /// The names of the other go from its /etc/hosts, whether that runs or not.
    pub(super) fn unlink(&mut self, gone: &ContainerLink) -> Result<()> {
        self.config.networking.links.retain(|link| link != gone);
        let path = self.dir.path.join("hosts");
        let old = file::read_opt(&path)?.unwrap_or_default();
        let old = String::from_utf8_lossy(&old);
        let new = links::without(&old, gone);
        if new == old { Ok(()) } else { etc::place(&path, new.as_bytes()) }
    }

    /// Tells those that are linked to this container that it runs.
    pub(super) fn tell_linked(&self) {
        for other in self.dir.noted(Note::LinkedBy).unwrap_or_default() {
            // One that doesn't run looks when it starts.
            if let Ok(socket) = connect(&other) {
                let _ = protocol::send(socket.as_fd(), &Request::Relink, &[]);
            }
        }
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
            Some(network) => {
                // The lines of one that has ended stay as they are, and the file with them.
                let linked = links::running(&self.dir, &self.config);
                etc::renew(&self.dir, &links::apply(&self.config, &linked), before, network)
            }
            None => Ok(()),
        }
    }
}

//! A running container comes to a further network, or leaves one.

use std::os::fd::AsFd;

use super::endpoint::{Attached, Endpoint, Place, namespace_of, remove_links, within};
use super::lease::release;
use super::mode::Attachment;
use super::network::Driver;
use super::{children, link, nft, sweep};
use crate::error::{Context, Result};
use crate::sys::netlink::{Connection, Family};

impl Attached {
    /// Connects the container, whose first process is `pid`, to a network. Nothing has changed when it fails.
    pub fn join(&mut self, id: &str, pid: i32, names: &[String], attachment: &Attachment) -> Result<()> {
        let network = self.store.find(&attachment.network)?;
        if self.networks.iter().any(|n| n.id == network.id) {
            // Who asks looked at the config: a command was killed before it could write down there what it had done.
            return Ok(());
        }
        let prefix = network.settings.interface_prefix.as_deref().unwrap_or("eth");
        let free = |number: &usize| {
            let taken = format!("{number}");
            let ends = |e: &Endpoint| {
                e.host_interface.get(12..) == Some(&taken) || e.interface == format!("{prefix}{number}")
            };
            !self.record.endpoints.iter().any(ends)
        };
        let number = (0..1000).find(free).context("a number for an interface")?;
        let at = self.record.endpoints.len();
        let led = self.record.targets().to_vec();
        let done = self
            .lease(id, names, attachment, &network, Place { number, leads_out: false })
            .and_then(|()| {
                self.choose_way_out();
                self.record.write(&self.run)
            })
            .and_then(|()| {
                self.networks.push(network);
                self.wire(id, namespace_of(pid)?.as_fd(), at)
            });
        let done =
            done.and_then(|()| if led == self.record.targets() { Ok(()) } else { self.publish_anew() });
        if done.is_err() {
            self.unjoin(id, pid, at);
        }
        done
    }

    /// Undoes what a join that failed has done with the endpoints from this one on. The first failure is what is told.
    fn unjoin(&mut self, id: &str, pid: i32, at: usize) {
        let left = self.record.endpoints.split_off(at);
        self.networks.truncate(at);
        let back = self.choose_way_out();
        let _ = self.store.inside(|| remove_interfaces(&left, pid));
        if let Some(back) = back {
            // It has its routes yet if the failure came early.
            let _ = self.store.inside(|| self.lead_out(pid, back));
        }
        let _ = release(&self.store, &left, id);
        let _ = self.record.write(&self.run);
    }

    /// Has the record say which endpoint is the way out; that one, if it wasn't before.
    fn choose_way_out(&mut self) -> Option<usize> {
        let before = self.record.endpoints.iter().position(|e| e.leads_out);
        let now = self.record.way_out();
        for (at, endpoint) in self.record.endpoints.iter_mut().enumerate() {
            endpoint.leads_out = now == Some(at);
        }
        now.filter(|_| now != before)
    }

    /// Disconnects the container from a network. Its published ports lead to the first network that is left.
    pub fn leave(&mut self, id: &str, pid: i32, network: &str) -> Result<()> {
        let Some(at) = self.networks.iter().position(|n| n.name == network) else {
            // As above: it has left already.
            return Ok(());
        };
        let is_private = self.private.is_some();
        let before = self.record.elements(is_private);
        let led = self.record.targets().to_vec();
        let endpoint = self.record.endpoints.remove(at);
        self.networks.remove(at);
        let next = self.choose_way_out();
        let after = self.record.elements(is_private);
        let left = [endpoint];
        self.store.inside(|| {
            if before != after {
                self.replace(&before, &after)?;
            }
            remove_interfaces(&left, pid)?;
            next.map_or(Ok(()), |next| self.lead_out(pid, next))
        })?;
        release(&self.store, &left, id)?;
        self.record.write(&self.run)?;
        if led == self.record.targets() { Ok(()) } else { self.publish_anew() }
    }

    /// Has the ports lead elsewhere, and the record say so: who puts lost rules back goes by the records.
    pub(super) fn replace(&self, before: &[nft::Element], after: &[nft::Element]) -> Result<()> {
        {
            let _lock = self.store.lock_record()?;
            nft::delete(before)?;
            self.record.write(&self.run)?;
        }
        sweep::add_elements(&self.store, after)
    }

    /// Gives the container the default routes of an endpoint. The caller has one thread, and is in its own network namespace again afterwards.
    fn lead_out(&self, pid: i32, endpoint: usize) -> Result<()> {
        let endpoint = &self.record.endpoints[endpoint];
        within(namespace_of(pid)?.as_fd(), || {
            let inside = Connection::open(Family::Route).context("asking the kernel for routes")?;
            let index = link::index(&endpoint.interface).context("the container's interface")?;
            link::add_default_routes(&inside, index, endpoint)
        })
    }

    /// The ports of an ordinary user's container lead to other addresses. What came to the old ones is over.
    fn publish_anew(&mut self) -> Result<()> {
        if self.private.is_none() || self.reserved.is_empty() {
            return Ok(());
        }
        let keeping = self.store.keeping().context("a place of private networks")?;
        let private = keeping.find()?.context("the process of this user's networks has ended")?;
        self.publish(&private)?;
        self.private = Some(private);
        Ok(())
    }
}

/// Where the bridges are. `pid` is of the container's first process.
fn remove_interfaces(left: &[Endpoint], pid: i32) -> Result<()> {
    remove_links(left)?;
    if left.iter().all(|e| e.driver == Driver::Bridge) {
        return Ok(());
    }
    children::remove(&namespace_of(pid)?, left)
}

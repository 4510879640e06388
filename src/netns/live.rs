//! A running container comes to a further network, or leaves one.

use std::fs::File;

use nix::sched::{CloneFlags, setns};

use super::endpoint::{Attached, Place, release, remove_links};
use super::mode::Attachment;
use super::{bridge, link, nft};
use crate::error::{Context, Kind, Result};
use crate::sys::netlink::{Connection, Family};

impl Attached {
    /// Connects the container, whose first process is `pid`, to a network. Nothing has changed when it fails.
    pub fn join(&mut self, id: &str, pid: i32, names: &[String], attachment: &Attachment) -> Result<()> {
        let network = self.store.find(&attachment.network)?;
        if self.networks.iter().any(|n| n.id == network.id) {
            return Kind::Conflict.err(format!("the container is on network {} already", network.name));
        }
        let free = |number: &usize| {
            let taken = format!("{number}");
            let ends = |e: &super::Endpoint| {
                e.host_interface.get(12..) == Some(&taken) || e.interface == format!("eth{number}")
            };
            !self.record.endpoints.iter().any(ends)
        };
        let number = (0..1000).find(free).context("a number for an interface")?;
        let leads_out = self.record.endpoints.iter().all(|e| e.gateways.is_empty());
        let at = self.record.endpoints.len();
        let done = self
            .lease(id, names, attachment, &network, Place { number, leads_out })
            .and_then(|()| self.record.write(&self.run))
            .and_then(|()| {
                self.networks.push(network);
                self.wire(id, pid, at)
            });
        let done = done.and_then(|()| if at == 0 { self.publish_anew() } else { Ok(()) });
        if done.is_err() {
            let left = self.record.endpoints.split_off(at);
            self.networks.truncate(at);
            // The first failure is what is told.
            let _ = self.store.inside(|| remove_links(&left));
            let _ = release(&self.store, &left, id);
            let _ = self.record.write(&self.run);
        }
        done
    }

    /// Disconnects the container from a network. Its published ports lead to the first network that is left.
    pub fn leave(&mut self, id: &str, pid: i32, network: &str) -> Result<()> {
        let at =
            self.networks.iter().position(|n| n.name == network).with_context(|| {
                Kind::NotFound.error(format!("the container is not on network {network}"))
            })?;
        let is_private = self.private.is_some();
        let before = self.record.elements(is_private);
        let endpoint = self.record.endpoints.remove(at);
        self.networks.remove(at);
        let next = self.networks.iter().position(|n| !n.internal).filter(|_| !endpoint.gateways.is_empty());
        if let Some(next) = next {
            self.record.endpoints[next].gateways =
                self.networks[next].subnets.iter().map(|s| s.gateway).collect();
        }
        let after = self.record.elements(is_private);
        let left = [endpoint];
        self.store.inside(|| {
            if before != after {
                self.replace(&before, &after)?;
            }
            remove_links(&left)?;
            next.map_or(Ok(()), |next| self.lead_out(pid, next))
        })?;
        release(&self.store, &left, id)?;
        self.record.write(&self.run)?;
        if at == 0 { self.publish_anew() } else { Ok(()) }
    }

    /// Has the ports lead elsewhere, and the record say so: who puts lost rules back goes by the records.
    fn replace(&self, before: &[nft::Element], after: &[nft::Element]) -> Result<()> {
        {
            let _lock = self.store.lock_record()?;
            nft::delete(before)?;
            self.record.write(&self.run)?;
        }
        bridge::add(&self.store, after)
    }

    /// Gives the container the default routes of an endpoint. The caller has one thread, and is in its own network namespace again afterwards.
    fn lead_out(&self, pid: i32, endpoint: usize) -> Result<()> {
        let endpoint = &self.record.endpoints[endpoint];
        let open = |path: String| File::open(&path).with_context(|| format!("opening {path}"));
        let (home, there) = (open("/proc/self/ns/net".into())?, open(format!("/proc/{pid}/ns/net"))?);
        setns(&there, CloneFlags::CLONE_NEWNET).context("entering the container's network namespace")?;
        let done =
            Connection::open(Family::Route).context("asking the kernel for routes").and_then(|inside| {
                let index = link::index(&endpoint.interface).context("the container's interface")?;
                link::add_default_routes(&inside, index, endpoint)
            });
        setns(&home, CloneFlags::CLONE_NEWNET).context("returning to this process's network namespace")?;
        done
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

//! The published ports of a container that is on its networks: what leads to it, and how they are let go of.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;

use super::endpoint::{Attached, withdraw};
use super::network::Network;
use super::private::Private;
use super::reserve::ReservedPort;
use super::usermode::forward::Proxy;
use crate::error::{Context, Result};

impl Attached {
    /// Has the listeners of an ordinary user's ports lead to the container.
    pub(super) fn publish(&self, private: &Private) -> Result<()> {
        let publish = |port: &ReservedPort| {
            let there = self.there.get().context("the container's network namespace")?;
            private.publish((there.as_fd(), port.socket.as_fd()), port.protocol, &self.led_to(port))
        };
        let numbers = self.reserved.iter().map(publish).collect::<Result<_>>()?;
        // Others went with the connection that they were published over.
        self.withdrawals.replace(numbers);
        Ok(())
    }

    /// Lets go of the published ports: when this returns everybody can have them. What of it fails is done with the rest of what the
    /// record says.
    pub fn release_ports(&mut self) -> Result<()> {
        let released = match &self.private {
            Some(private) => self.withdrawals.take().into_iter().try_for_each(|n| private.withdraw(n)),
            None => self.release_rules(),
        };
        self.reserved.clear();
        released
    }

    fn release_rules(&mut self) -> Result<()> {
        let elements = self.record.elements(false);
        if elements.is_empty() {
            return Ok(());
        }
        self.taken_out = Some(withdraw(&self.store, &self.record, &elements, &self.run)?);
        self.record.bindings.clear();
        Ok(())
    }

    /// What leads from the listeners of root's ports to the container: where no rules do, and where they can't, from the host's own IPv6
    /// addresses to a container that has IPv4 alone.
    pub fn proxy(&self) -> Result<Option<Proxy>> {
        if self.private.is_some() || self.reserved.is_empty() {
            return Ok(None);
        }
        let port = |port: &ReservedPort| -> Result<_> {
            let listener = port.socket.try_clone().context("duplicating a listener")?;
            Ok((listener, port.protocol, self.led_to(port)))
        };
        Proxy::open(self.reserved.iter().map(port).collect::<Result<_>>()?).map(Some)
    }

    fn led_to(&self, port: &ReservedPort) -> Vec<SocketAddr> {
        let targets = self.record.targets().iter();
        targets.map(|net| SocketAddr::new(net.addr(), port.container_port)).collect()
    }
}

/// Where ports are published that name no address: `None` for all of the host's. Listeners lead to IPv4 from addresses of IPv6, so that
/// `localhost` is the container whatever it means to a program; the other way there is nothing.
pub(super) fn address(network: &Network) -> Option<IpAddr> {
    let is_six_alone = network.has_ipv6() && !network.has_ipv4();
    network.settings.publish_address.or(is_six_alone.then_some(Ipv6Addr::UNSPECIFIED.into()))
}

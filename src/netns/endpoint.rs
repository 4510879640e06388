//! A container on its networks: addresses and ports are reserved before it is made, interfaces and rules come once its network namespace
//! is there, and all of it goes by what was written down first.

use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use nix::sched::{CloneFlags, setns};
use serde::{Deserialize, Serialize};

use super::dns::{Listeners, Zones};
use super::members::Member;
use super::mode::{Attachment, Mac};
use super::network::Network;
use super::pool::PublishMode;
use super::ports::{Binding, Published};
use super::private::Private;
use super::reserve::ReservedPort;
use super::store::NetworkStore;
use super::usermode::Settings;
use super::usermode::forward::Proxy;
use super::{bridge, link, nft, reserve};
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::sys::netlink::{Connection, Family};

/// A container's place on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub network: String,
    pub network_id: String,
    /// Its name in the container, and that of the other end on the bridge.
    pub interface: String,
    pub host_interface: String,
    pub mac: Mac,
    /// With the subnet's prefix length.
    pub addresses: Vec<IpNet>,
    /// Of the way out, where this network is it.
    pub gateways: Vec<IpAddr>,
    /// 0: the kernel's default.
    pub mtu: u32,
    /// What others on the network call it, if that has names.
    pub names: Vec<String>,
}

impl Endpoint {
    /// Whether the network has names.
    pub fn is_named(&self) -> bool {
        !self.names.is_empty()
    }
}

/// Where a new endpoint stands among the container's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// In the names of its interfaces.
    pub number: usize,
    /// It has the default route, if the network leads out.
    pub leads_out: bool,
}

/// `containers/<id>/network.json` below the run-time root: all that has to go when the container goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub endpoints: Vec<Endpoint>,
    pub bindings: Vec<Binding>,
    /// Whether it may reach the host by the address for that, where there is one.
    #[serde(default)]
    pub reaches_host: bool,
    /// Its ports are published by listeners alone, without rules.
    #[serde(default)]
    pub proxied: bool,
}

impl Record {
    const FILE: &str = "network.json";

    /// Of the container with this run-time directory.
    pub fn read(run: &Path) -> Result<Option<Self>> {
        file::read_json_opt(&run.join(Self::FILE))
    }

    pub fn write(&self, run: &Path) -> Result<()> {
        file::write_json(&run.join(Self::FILE), self, Durability::Ephemeral)
    }

    /// The address of the first network, by which the container knows itself.
    pub fn address(&self) -> Option<IpAddr> {
        self.endpoints.first()?.addresses.first().map(IpNet::addr)
    }

    /// Its places on networks that have names.
    pub fn named(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|e| e.is_named())
    }

    /// What it puts into the rules. Ports of a private namespace are not led by rules.
    pub fn elements(&self, private: bool) -> Vec<nft::Element> {
        if private {
            return if self.reaches_host { nft::trust(self.targets()) } else { Vec::new() };
        }
        if self.proxied { Vec::new() } else { nft::port_elements(&self.bindings, self.targets()) }
    }

    /// Where its published ports lead: the addresses of the first network.
    pub fn targets(&self) -> &[IpNet] {
        self.endpoints.first().map_or(&[], |e| &e.addresses)
    }
}

/// What a container wants.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub id: &'a str,
    /// Its name and host name.
    pub names: Vec<String>,
    pub attachments: &'a [Attachment],
    pub published: &'a [Published],
    /// Its run-time directory.
    pub run: PathBuf,
    /// Whether it asked to reach the host.
    pub reaches_host: bool,
    pub publish_mode: PublishMode,
}

/// A container's networks while it lives.
#[derive(Debug)]
pub struct Attached {
    pub record: Record,
    /// Keep the published ports from everybody else.
    pub(super) reserved: Vec<ReservedPort>,
    /// Where an ordinary user's networks are.
    pub(super) private: Option<Private>,
    pub(super) networks: Vec<Network>,
    pub(super) store: NetworkStore,
    /// The container's run-time directory.
    pub(super) run: PathBuf,
    /// The container has a name server of its own, for as long as it runs.
    is_answered: Cell<bool>,
    listeners: OnceCell<Listeners>,
}

/// Reserves addresses and ports, and writes them down. Nothing has been changed on the host when it fails. `private`: where an ordinary
/// user's networks are.
pub fn attach(store: &NetworkStore, wanted: &Wanted<'_>, private: Option<Private>) -> Result<Attached> {
    let networks: Vec<Network> =
        wanted.attachments.iter().map(|a| store.find(&a.network)).collect::<Result<_>>()?;
    for (n, network) in networks.iter().enumerate() {
        if networks[..n].iter().any(|other| other.id == network.id) {
            return Kind::Invalid.err(format!("the network {} was given twice", network.name));
        }
    }
    let mut attached = Attached {
        record: Record {
            reaches_host: wanted.reaches_host,
            proxied: wanted.publish_mode == PublishMode::Proxy,
            ..Record::default()
        },
        reserved: Vec::new(),
        private,
        networks,
        store: store.clone(),
        run: wanted.run.clone(),
        is_answered: Cell::new(false),
        listeners: OnceCell::new(),
    };
    let reserved = attached.reserve(wanted).and_then(|()| attached.record.write(&wanted.run));
    match reserved {
        Ok(()) => Ok(attached),
        Err(error) => {
            attached.give_back(wanted.id)?;
            Err(error)
        }
    }
}

impl Attached {
    fn reserve(&mut self, wanted: &Wanted<'_>) -> Result<()> {
        let address = self.networks.first().and_then(publish_address);
        let containers = wanted.run.parent().context("the directory of containers")?;
        for port in wanted.published {
            let reserved = reserve::port(port, address, containers)?;
            let (protocol, container_port) = (reserved.binding.protocol, reserved.binding.container_port);
            self.record.bindings.push(reserved.binding);
            let sockets = reserved.sockets.into_iter();
            self.reserved.extend(sockets.map(|socket| ReservedPort { protocol, container_port, socket }));
        }
        let networks = self.networks.clone();
        for (n, (attachment, network)) in wanted.attachments.iter().zip(&networks).enumerate() {
            let place = Place { number: n, leads_out: n == 0 };
            self.lease(wanted.id, &wanted.names, attachment, network, place)?;
        }
        Ok(())
    }

    /// Adds an endpoint to the record, with its addresses leased.
    pub(super) fn lease(
        &mut self,
        id: &str,
        names: &[String],
        attachment: &Attachment,
        network: &Network,
        place: Place,
    ) -> Result<()> {
        let endpoint = endpoint(&self.store, (id, names), attachment, network, place)?;
        let taken = self.record.endpoints.iter().any(|e| e.interface == endpoint.interface);
        let interface = endpoint.interface.clone();
        self.record.endpoints.push(endpoint);
        if taken {
            return Kind::Invalid.err(format!("two interfaces of the container are to be {interface:?}"));
        }
        Ok(())
    }

    fn give_back(&self, id: &str) -> Result<()> {
        release(&self.store, &self.record.endpoints, id)
    }

    /// Makes interfaces and rules for the container whose first process is `pid`, and makes it known by its names. The caller has one
    /// thread, and is in its own network namespace again afterwards.
    pub fn connect(&self, id: &str, pid: i32) -> Result<()> {
        self.wire(id, pid, 0)?;
        match &self.private {
            Some(private) => self.publish(private),
            None => Ok(()),
        }
    }

    /// Makes the interfaces of the endpoints from `first` on, where the bridges are.
    pub(super) fn wire(&self, id: &str, pid: i32, first: usize) -> Result<()> {
        match &self.private {
            None => self.connect_here(id, pid, first)?,
            Some(private) => {
                let listeners = private.run(|| {
                    self.connect_here(id, pid, first)?;
                    self.listeners.get().map_or(Ok(Vec::new()), Listeners::copies)
                })?;
                if let Ok([udp, tcp]) = <[OwnedFd; 2]>::try_from(listeners) {
                    let _ = self.listeners.set(Listeners { udp: udp.into(), tcp: tcp.into() });
                }
            }
        }
        if self.listeners.get().is_some() {
            self.is_answered.set(true);
        }
        Ok(())
    }

    /// Has the listeners of an ordinary user's ports lead to the container.
    pub(super) fn publish(&self, private: &Private) -> Result<()> {
        self.reserved
            .iter()
            .try_for_each(|port| private.publish(&port.socket, port.protocol, &self.led_to(port)))
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

    /// Can be read when the process of an ordinary user's networks has ended.
    pub fn end_of_private(&self) -> Option<BorrowedFd<'_>> {
        self.private.as_ref().map(Private::end)
    }

    /// Goes on after that process was killed: the namespaces are still here.
    pub fn revive(&mut self, user: impl FnOnce() -> Result<OwnedFd>) -> Result<()> {
        let (Some(keeping), Some(old)) = (self.store.keeping(), &self.private) else { return Ok(()) };
        let private = keeping.enter(Some(&old.namespaces), user)?;
        self.publish(&private)?;
        self.private = Some(private);
        Ok(())
    }

    /// The user namespace in which the container's own must be.
    pub fn user_namespace(&self) -> Option<BorrowedFd<'_>> {
        self.private.as_ref().map(|p| p.namespaces.user.as_fd())
    }

    /// In the network namespace that has the bridges.
    fn connect_here(&self, id: &str, pid: i32, first: usize) -> Result<()> {
        let open = |path: String| File::open(&path).with_context(|| format!("opening {path}"));
        let (home, there) = (open("/proc/self/ns/net".into())?, open(format!("/proc/{pid}/ns/net"))?);
        let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        for (endpoint, network) in self.record.endpoints.iter().zip(&self.networks).skip(first) {
            let index = bridge::bring_up(&self.store, network)?;
            link::make_pair(&kernel, endpoint, index, there.as_fd())?;
        }
        setns(&there, CloneFlags::CLONE_NEWNET).context("entering the container's network namespace")?;
        let configured = self.configure(first);
        setns(&home, CloneFlags::CLONE_NEWNET).context("returning to this process's network namespace")?;
        configured?;
        for endpoint in self.record.endpoints[first..].iter().filter(|e| e.is_named()) {
            let addresses = endpoint.addresses.iter().map(IpNet::addr).collect();
            let member = Member { names: endpoint.names.clone(), addresses };
            self.store.members(&endpoint.network_id).add(id, &member)?;
        }
        let elements = if first == 0 { self.record.elements(self.private.is_some()) } else { Vec::new() };
        bridge::add(&self.store, &elements)
    }

    /// Leaves the networks; the container has ended.
    pub fn disconnect(self, id: &str) -> Result<()> {
        detach(&self.store, &self.record, id, &self.run)
    }

    fn configure(&self, first: usize) -> Result<()> {
        let inside = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        let new = &self.record.endpoints[first..];
        for endpoint in new {
            let index = link::index(&endpoint.interface).context("the interface that was just made")?;
            link::configure(&inside, index, endpoint)?;
        }
        if new.iter().any(Endpoint::is_named) && !self.is_answered.get() {
            let _ = self.listeners.set(Listeners::open()?);
        }
        Ok(())
    }

    /// Where the container asks for names, once it is connected, if it is on a network that has them.
    pub fn take_listeners(&mut self) -> Option<Listeners> {
        self.listeners.take()
    }

    /// The names that the container may ask for.
    pub fn zones(&self) -> Zones {
        let mut zones = Zones::default();
        for endpoint in self.record.named() {
            zones.add(&endpoint.network, self.store.members(&endpoint.network_id));
        }
        zones
    }

    /// Whether there is a way out for questions: not from internal networks alone.
    pub fn has_way_out(&self) -> bool {
        self.networks.iter().any(|n| !n.internal)
    }
}

/// Where ports are published that name no address: `None` for all of the host's, else those of the family that the container has.
fn publish_address(network: &Network) -> Option<IpAddr> {
    let has = |four: bool| network.subnets.iter().any(|s| s.subnet.addr().is_ipv4() == four);
    network.settings.publish_address.or(match (has(true), has(false)) {
        (true, false) => Some(Ipv4Addr::UNSPECIFIED.into()),
        (false, true) => Some(Ipv6Addr::UNSPECIFIED.into()),
        _ => None,
    })
}

/// An endpoint with its addresses leased, of the container with this id and names.
fn endpoint(
    store: &NetworkStore,
    (id, own_names): (&str, &[String]),
    attachment: &Attachment,
    network: &Network,
    place: Place,
) -> Result<Endpoint> {
    let leases = store.leases(&network.id);
    let asked = |four: bool| {
        if four { attachment.ipv4.map(IpAddr::from) } else { attachment.ipv6.map(IpAddr::from) }
    };
    for address in [asked(true), asked(false)].into_iter().flatten() {
        if network.subnet_for(address).is_none() {
            return Kind::Invalid
                .err(format!("network {} has no subnet for the address {address}", network.name));
        }
    }
    let mut addresses = Vec::new();
    let mut gateways = Vec::new();
    for subnet in &network.subnets {
        let four = subnet.subnet.addr().is_ipv4();
        let leased = match asked(four) {
            Some(address) => leases.take(subnet, address, id).map(|()| address),
            None => leases.take_any(subnet, id),
        };
        let leased = leased.inspect_err(|_| {
            for net in &addresses {
                let _ = leases.release(IpNet::addr(net), id);
            }
        })?;
        addresses.push(IpNet::new(leased, subnet.subnet.prefix_len())?);
        if place.leads_out && !network.internal {
            gateways.push(subnet.gateway);
        }
    }
    let first = addresses.first().context("a network without a subnet")?.addr();
    let mut names = Vec::new();
    if network.dns {
        names.extend(own_names.iter().chain(&attachment.aliases).cloned());
        names.push(id.chars().take(12).collect());
    }
    Ok(Endpoint {
        network: network.name.clone(),
        network_id: network.id.clone(),
        interface: attachment.interface.clone().unwrap_or_else(|| format!("eth{}", place.number)),
        host_interface: format!("veth{}{}", &id[..8], place.number),
        mac: attachment.mac.unwrap_or_else(|| Mac::of(first)),
        addresses,
        gateways,
        mtu: match network.settings.mtu {
            // Nothing between the container and the stack that ends its connections needs smaller packets.
            0 if store.keeping().is_some() => u32::from(Settings::default().mtu),
            mtu => mtu,
        },
        names,
    })
}

/// Undoes what the record of the container with this run-time directory says, as far as it is still there: rules, interfaces that outlived
/// their namespace, leases. Goes on past errors and gives the first.
pub fn detach(store: &NetworkStore, record: &Record, id: &str, run: &Path) -> Result<()> {
    let elements = record.elements(store.keeping().is_some());
    let taken_away = store.inside(|| {
        let rules = if elements.is_empty() { Ok(()) } else { withdraw(store, record, &elements, run) };
        rules.and(remove_links(&record.endpoints))
    });
    taken_away.and(release(store, &record.endpoints, id))
}

/// Takes the elements out and has the record say so: who puts lost rules back goes by the records.
fn withdraw(store: &NetworkStore, record: &Record, elements: &[nft::Element], run: &Path) -> Result<()> {
    let _lock = store.lock_record()?;
    nft::delete(elements)?;
    let without = Record { bindings: Vec::new(), reaches_host: false, ..record.clone() };
    without.write(run)
}

/// The kernel removes them with the namespace, a moment after its last process; their addresses must not be given to others before.
pub(super) fn remove_links(endpoints: &[Endpoint]) -> Result<()> {
    if !endpoints.iter().any(|e| link::index(&e.host_interface).is_some()) {
        return Ok(());
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    let mut result = Ok(());
    for endpoint in endpoints {
        if let Some(index) = link::index(&endpoint.host_interface) {
            let removed = link::remove(&kernel, index);
            result = result.and(removed.with_context(|| format!("removing {}", endpoint.host_interface)));
        }
    }
    result
}

pub(super) fn release(store: &NetworkStore, endpoints: &[Endpoint], id: &str) -> Result<()> {
    let mut result = Ok(());
    for endpoint in endpoints.iter().filter(|e| e.is_named()) {
        // Before the address may be somebody else's.
        result = result.and(store.members(&endpoint.network_id).remove(id));
    }
    for endpoint in endpoints {
        let leases = store.leases(&endpoint.network_id);
        for address in &endpoint.addresses {
            result = result.and(leases.release(address.addr(), id));
        }
    }
    result
}

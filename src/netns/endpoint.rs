//! A container on its networks: addresses and ports are reserved before it is made, interfaces and rules come once its network namespace
//! is there, and all of it goes by what was written down first.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use nix::sched::{CloneFlags, setns};
use serde::{Deserialize, Serialize};

use super::dns::{Listeners, Servers, Zones};
use super::lease::{endpoint, release};
use super::members::Member;
use super::mode::{Attachment, Link, Mac};
use super::network::{Driver, Network, Route};
use super::pool::PublishMode;
use super::ports::{Binding, Published};
use super::private::{Private, Step};
use super::reserve::ReservedPort;
use super::store::NetworkStore;
use super::{bridge, children, driver_options, link, nft, parent, publish, reserve, sweep};
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::sys::netlink::{Connection, Family};

/// A container's place on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub network: String,
    pub network_id: String,
    #[serde(default)]
    pub driver: Driver,
    /// Its name in the container, and that of the other end on the bridge.
    pub interface: String,
    pub host_interface: String,
    pub mac: Mac,
    /// With the subnet's prefix length.
    pub addresses: Vec<IpNet>,
    /// By which the network leads out, if it does. An unspecified address is the interface itself.
    pub gateways: Vec<IpAddr>,
    /// They are this container's way out, of all its networks'.
    #[serde(default)]
    pub leads_out: bool,
    /// With which they would be.
    #[serde(default)]
    pub gw_priority: i64,
    /// Of the routes by the gateways.
    #[serde(default)]
    pub metric: Option<u32>,
    #[serde(default)]
    pub routes: Vec<Route>,
    /// 0: the kernel's default.
    pub mtu: u32,
    /// What others on the network call it, if that has names.
    pub names: Vec<String>,
    /// What it calls others.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Further addresses, which nobody else may have to know of.
    #[serde(default)]
    pub link_local: Vec<IpAddr>,
    /// See [`Attachment::driver_options`].
    #[serde(default)]
    pub driver_options: BTreeMap<String, String>,
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

    /// Where it is below a container's run-time directory.
    pub fn path(run: &Path) -> PathBuf {
        run.join(Self::FILE)
    }

    /// Of the container with this run-time directory.
    pub fn read(run: &Path) -> Result<Option<Self>> {
        file::read_json_opt(&Self::path(run))
    }

    pub fn remove(run: &Path) -> Result<()> {
        file::remove_file(&run.join(Self::FILE))
    }

    pub fn write(&self, run: &Path) -> Result<()> {
        file::write_json(&run.join(Self::FILE), self, Durability::Ephemeral)
    }

    /// The container's networks by name, and their ids.
    pub fn networks(&self) -> BTreeMap<String, String> {
        self.endpoints.iter().map(|e| (e.network.clone(), e.network_id.clone())).collect()
    }

    /// The endpoint by which the container is to reach everything else.
    pub(super) fn way_out(&self) -> Option<usize> {
        let leading = self.endpoints.iter().enumerate().filter(|(_, e)| !e.gateways.is_empty());
        leading.max_by_key(|(at, e)| (e.gw_priority, std::cmp::Reverse(*at))).map(|(at, _)| at)
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

    /// Where its published ports lead: the addresses of the first network that the host is on, too.
    pub fn targets(&self) -> &[IpNet] {
        self.endpoints.iter().find(|e| e.driver == Driver::Bridge).map_or(&[], |e| &e.addresses)
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
    /// By which those of an ordinary user are withdrawn.
    pub(super) withdrawals: RefCell<Vec<u64>>,
    /// Rules of root's that were.
    pub(super) taken_out: Option<nft::TakenOut>,
    /// Where an ordinary user's networks are.
    pub(super) private: Option<Private>,
    pub(super) networks: Vec<Network>,
    pub(super) store: NetworkStore,
    /// The container's run-time directory.
    pub(super) run: PathBuf,
    /// The container has a name server of its own, for as long as it runs.
    is_answered: Cell<bool>,
    listeners: OnceCell<Listeners>,
    /// The container's network namespace, if there is something in it that has to be removed in time, or if published ports lead there.
    pub(super) there: OnceCell<File>,
}

/// Reserves addresses and ports, and writes them down. Nothing has been changed on the host when it fails. `private`: where an ordinary
/// user's networks are.
pub fn attach(store: &NetworkStore, wanted: &Wanted<'_>, private: Option<Private>) -> Result<Attached> {
    if let Some(left) = Record::read(&wanted.run)? {
        // Of a start that was killed.
        detach(store, &left, wanted.id)?;
    }
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
        withdrawals: RefCell::default(),
        taken_out: None,
        private,
        networks,
        store: store.clone(),
        run: wanted.run.clone(),
        is_answered: Cell::new(false),
        listeners: OnceCell::new(),
        there: OnceCell::new(),
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
        let address = self.networks.iter().find(|n| n.is_bridge()).and_then(publish::address);
        let containers = wanted.run.parent().context("the directory of containers")?;
        let listens = self.private.is_some() || self.record.proxied;
        for port in wanted.published {
            let reserved = reserve::port(port, address, containers, listens)?;
            let (protocol, container_port) = (reserved.binding.protocol, reserved.binding.container_port);
            self.record.bindings.push(reserved.binding);
            let sockets = reserved.sockets.into_iter();
            self.reserved.extend(sockets.map(|socket| ReservedPort { protocol, container_port, socket }));
        }
        let networks = self.networks.clone();
        for (n, (attachment, network)) in wanted.attachments.iter().zip(&networks).enumerate() {
            let place = Place { number: n, leads_out: false };
            self.lease(wanted.id, &wanted.names, attachment, network, place)?;
        }
        if let Some(way_out) = self.record.way_out() {
            self.record.endpoints[way_out].leads_out = true;
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

    /// Makes interfaces and rules for the container whose network namespace is `there`, and makes it known by its names. The caller has
    /// one thread, and is in its own network namespace again afterwards.
    pub fn connect(&self, id: &str, there: BorrowedFd<'_>) -> Result<()> {
        self.wire(id, there, 0)?;
        match &self.private {
            Some(private) => self.publish(private),
            None => Ok(()),
        }
    }

    /// Makes the interfaces of the endpoints from `first` on, where the bridges are.
    pub(super) fn wire(&self, id: &str, there: BorrowedFd<'_>, first: usize) -> Result<()> {
        let publishes = self.private.is_some() && !self.reserved.is_empty();
        if self.there.get().is_none()
            && (publishes || self.record.endpoints[first..].iter().any(|e| e.driver != Driver::Bridge))
        {
            let there = there.try_clone_to_owned().context("duplicating a namespace's descriptor")?;
            let _ = self.there.set(there.into());
        }
        match &self.private {
            None => self.connect_here(id, there, first)?,
            Some(private) => {
                let listeners = private.run(|| {
                    self.connect_here(id, there, first)?;
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
    fn connect_here(&self, id: &str, there: BorrowedFd<'_>, first: usize) -> Result<()> {
        let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        for (endpoint, network) in self.record.endpoints.iter().zip(&self.networks).skip(first) {
            if network.is_bridge() {
                let index = bridge::bring_up(&self.store, network)?;
                link::make_pair(&kernel, endpoint, index, there)?;
                bridge::restrict(&kernel, network, &endpoint.host_interface)?;
            } else {
                let index = parent::bring_up(&self.store, network)?;
                children::make(&kernel, endpoint, network, index, there)?;
            }
        }
        within(there, || self.configure(first))?;
        for endpoint in self.record.endpoints[first..].iter().filter(|e| e.is_named()) {
            let addresses = endpoint.addresses.iter().map(IpNet::addr).collect();
            let member = Member { names: endpoint.names.clone(), addresses };
            self.store.members(&endpoint.network_id).add(id, &member)?;
        }
        let is_private = self.private.is_some();
        let before = Record { endpoints: self.record.endpoints[..first].to_vec(), ..self.record.clone() };
        let (before, after) = (before.elements(is_private), self.record.elements(is_private));
        if first == 0 {
            return sweep::add_elements(&self.store, &after);
        }
        // What others have come to lead elsewhere by is not changed by a further network.
        if before == after { Ok(()) } else { self.replace(&before, &after) }
    }

    /// Leaves the networks; the container has ended.
    pub fn disconnect(mut self, id: &str) -> Result<()> {
        let removed = self.remove_children();
        removed.and(detach(&self.store, &self.record, id))
    }

    /// Removes what is in the container's namespace and has to go before that does.
    pub fn remove_children(&mut self) -> Result<()> {
        match self.there.take() {
            Some(there) if self.record.endpoints.iter().any(|e| e.driver != Driver::Bridge) => {
                self.store.inside(|| children::remove(&there, &self.record.endpoints))
            }
            _ => Ok(()),
        }
    }

    fn configure(&self, first: usize) -> Result<()> {
        let inside = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        let (old, new) = self.record.endpoints.split_at(first);
        if new.iter().any(|e| e.leads_out) {
            // Two ways out of the same metric can't be.
            for endpoint in old {
                if let Some(index) = link::index(&endpoint.interface) {
                    link::remove_default_routes(&inside, index, endpoint)?;
                }
            }
        }
        for endpoint in new {
            let index = link::index(&endpoint.interface).context("the interface that was just made")?;
            link::configure(&inside, index, endpoint)?;
            driver_options::apply(&endpoint.driver_options, &endpoint.interface)
                .with_context(|| format!("connecting the container to network {}", endpoint.network))?;
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
            zones.add(&endpoint.network, &self.store.members(&endpoint.network_id), &endpoint.links);
        }
        zones
    }

    /// The name servers that its networks name.
    pub fn servers(&self) -> Servers {
        Servers::of(self.networks.iter().filter(|n| n.dns).map(|n| self.store.path(&n.name)))
    }

    /// Whether there is a way out for questions: not from internal networks alone.
    pub fn has_way_out(&self) -> bool {
        self.networks.iter().any(|n| !n.internal)
    }
}

fn open(path: &str) -> Result<File> {
    File::open(path).with_context(|| format!("opening {path}"))
}

/// The network namespace of a process.
pub(super) fn namespace_of(pid: i32) -> Result<File> {
    open(&format!("/proc/{pid}/ns/net"))
}

/// Runs the steps in a container's network namespace. The caller has one thread, and is in its own again afterwards.
pub(super) fn within<T>(there: BorrowedFd<'_>, steps: impl FnOnce() -> Result<T>) -> Result<T> {
    let home = open("/proc/self/ns/net")?;
    setns(there, CloneFlags::CLONE_NEWNET).context("entering the container's network namespace")?;
    let done = steps();
    setns(&home, CloneFlags::CLONE_NEWNET).context("returning to this process's network namespace")?;
    done
}

/// Undoes what the record of the container with this run-time directory says, as far as it is still there: rules, interfaces that outlived
/// their namespace, leases. Goes on past errors and gives the first.
pub fn detach(store: &NetworkStore, record: &Record, id: &str) -> Result<()> {
    Step::Detach { id: id.into(), record: Box::new(record.clone()) }.perform(store)
}

pub(super) fn detach_here(store: &NetworkStore, record: &Record, id: &str) -> Result<()> {
    let run = store.containers().join(id);
    let elements = record.elements(store.keeping().is_some());
    let taken_away = store.inside(|| {
        let rules = match elements.as_slice() {
            [] => Ok(()),
            some => withdraw(store, record, some, &run).map(drop),
        };
        rules.and(remove_links(&record.endpoints))
    });
    taken_away.and(release(store, &record.endpoints, id))
}

/// Takes the elements out and has the record say so: who puts lost rules back goes by the records.
pub(super) fn withdraw(
    store: &NetworkStore,
    record: &Record,
    elements: &[nft::Element],
    run: &Path,
) -> Result<nft::TakenOut> {
    let _lock = store.lock_record()?;
    let taken_out = nft::delete(elements)?;
    let without = Record { bindings: Vec::new(), reaches_host: false, ..record.clone() };
    without.write(run).map(|()| taken_out)
}

/// The kernel removes them with the namespace, a moment after its last process; their addresses must not be given to others before.
pub(super) fn remove_links(endpoints: &[Endpoint]) -> Result<()> {
    let there = |e: &&Endpoint| e.driver == Driver::Bridge && link::index(&e.host_interface).is_some();
    if !endpoints.iter().any(|e| there(&e)) {
        return Ok(());
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    let mut result = Ok(());
    for endpoint in endpoints.iter().filter(there) {
        if let Some(index) = link::index(&endpoint.host_interface) {
            let removed = link::remove(&kernel, index);
            result = result.and(removed.with_context(|| format!("removing {}", endpoint.host_interface)));
        }
    }
    result
}

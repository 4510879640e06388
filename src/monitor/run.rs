//! One run of a container's program: its process, its streams, its cgroup. A container that is restarted has several, one after another.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ipnet::IpNet;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::external::External;
use super::fanout::{Fanout, Moved};
use super::input::Input;
use super::names::Names;
use super::poller::{ClientPart, Poller, Token};
use super::prepare::{self, Prepared};
use super::protocol::Request;
use super::streams;
use crate::cgroups::Cgroup;
use crate::container::ContainerConfig;
use crate::container::log::{Stream, Writer};
use crate::error::{Context, Kind, Result};
use crate::namespaces::{Mapping, mapped};
use crate::netns::{Attached, Attachment, Proxy, Working};
use crate::runtime::{Hooks, Running};
use crate::sys::pty::{self, Size};

pub struct Run {
    pidfd: Option<OwnedFd>,
    cgroup: Option<Cgroup>,
    terminal: Option<OwnedFd>,
    outputs: [Option<Fanout>; 2],
    input: Input,
    stdin_once: bool,
    network: Option<Attached>,
    /// That makes its network.
    program: Option<Working>,
    /// While the program runs, if its networks have names.
    names: Option<Names>,
    /// Leads to its published ports what the kernel's rules don't.
    proxy: Option<Proxy>,
    hooks: Hooks,
    /// The runtime that has made the container, if not the built-in.
    external: Option<External>,
    pid: Option<i32>,
}

impl Run {
    /// The streams of a container that is ready to start.
    pub fn new(config: &ContainerConfig, prepared: &mut Prepared, poller: &Poller) -> Result<Self> {
        let terminal = prepared.created.take_terminal();
        let copy = |fd: &OwnedFd| fd.try_clone().context("duplicating a descriptor");
        let (outputs, input) = if let Some(master) = &terminal {
            streams::non_blocking(master)?;
            let output = Fanout::new(copy(master)?, Stream::Stdout, false);
            let sink = config.process.open_stdin.then(|| copy(master)).transpose()?;
            ([Some(output), None], Input::new(sink, false))
        } else {
            let output = |fd: Option<OwnedFd>, stream| fd.map(|fd| Fanout::new(fd, stream, true));
            let outputs = [
                output(prepared.stdout.take(), Stream::Stdout),
                output(prepared.stderr.take(), Stream::Stderr),
            ];
            (outputs, Input::new(prepared.stdin.take(), true))
        };
        for (index, output) in outputs.iter().enumerate() {
            if let Some(source) = output.as_ref().and_then(Fanout::source) {
                poller.watch(source, Token::Output(index))?;
            }
        }
        let stdin_once = config.process.stdin_once;
        let (cgroup, mut network) = (prepared.cgroup.take(), prepared.network.take());
        if let Some(end) = network.as_ref().and_then(Attached::end_of_private) {
            poller.watch(end, Token::Network)?;
        }
        let proxy = network.as_ref().map(Attached::proxy).transpose()?.flatten();
        if let Some(proxy) = &proxy {
            poller.watch(proxy.events(), Token::Ports)?;
        }
        let names = network.as_mut().and_then(|n| Some((n.take_listeners()?, n)));
        let names = names.map(|(l, n)| Names::new(l, n, &config.dns, poller)).transpose()?;
        let hooks = std::mem::take(&mut prepared.hooks);
        let external = prepared.external.take();
        let program = prepared.program.take();
        if let Some(external) = &external {
            poller.watch(external.children(), Token::Children)?;
        }
        let (pidfd, pid) = (None, None);
        Ok(Self {
            pidfd,
            cgroup,
            terminal,
            outputs,
            input,
            stdin_once,
            network,
            program,
            names,
            proxy,
            hooks,
            external,
            pid,
        })
    }

    /// The program runs.
    pub fn started(&mut self, running: Running, poller: &Poller) -> Result<()> {
        poller.watch(running.pidfd.as_fd(), Token::Init)?;
        self.pidfd = Some(running.pidfd);
        self.pid = Some(running.pid);
        Ok(())
    }

    /// The first process while it runs.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }

    /// That of the first process while it runs.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }

    pub fn external(&self) -> Option<&External> {
        self.external.as_ref()
    }

    pub fn names(&self) -> Option<&Names> {
        self.names.as_ref()
    }

    pub fn names_mut(&mut self) -> Option<&mut Names> {
        self.names.as_mut()
    }

    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    pub fn proxy_mut(&mut self) -> Option<&mut Proxy> {
        self.proxy.as_mut()
    }

    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub fn cgroup(&self) -> Option<&Cgroup> {
        self.cgroup.as_ref()
    }

    pub fn cgroup_mut(&mut self) -> Option<&mut Cgroup> {
        self.cgroup.as_mut()
    }

    pub fn remove_cgroup(&mut self) {
        if let Some(external) = &mut self.external {
            external.delete();
        }
        if let Some(cgroup) = self.cgroup.take() {
            // Found and removed by a later command if it fails now.
            let _ = cgroup.kill().and_then(|()| cgroup.remove());
        }
    }

    /// Connects the running container to a further network.
    pub fn join(
        &mut self,
        pid: i32,
        config: &ContainerConfig,
        attachment: &Attachment,
        poller: &Poller,
    ) -> Result<()> {
        let network = self.network.as_mut().context("the container has no networks")?;
        let before = network.record.targets().to_vec();
        network.join(config.id.as_str(), pid, &prepare::names(config), attachment)?;
        match (&mut self.names, network.take_listeners()) {
            (Some(names), _) => names.renew(network),
            (None, Some(listeners)) => {
                self.names = Some(Names::new(listeners, network, &config.dns, poller)?);
            }
            (None, None) => {}
        }
        self.renew_proxy(&before, poller)
    }

    /// What leads to the container has to lead to the first network that the host is on, too.
    fn renew_proxy(&mut self, before: &[IpNet], poller: &Poller) -> Result<()> {
        let Some(network) = self.network.as_ref().filter(|n| n.record.targets() != before) else {
            return Ok(());
        };
        // Closed first: its descriptor takes itself out of the poller.
        self.proxy = None;
        self.proxy = network.proxy()?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| poller.watch(proxy.events(), Token::Ports))
    }

    /// Disconnects it from one.
    pub fn leave(&mut self, pid: i32, id: &str, name: &str, poller: &Poller) -> Result<()> {
        let network = self.network.as_mut().context("the container has no networks")?;
        let before = network.record.targets().to_vec();
        network.leave(id, pid, name)?;
        if let Some(names) = &mut self.names {
            names.renew(network);
        }
        self.renew_proxy(&before, poller)
    }

    pub fn is_on_a_network(&self) -> bool {
        self.network.as_ref().is_some_and(|n| !n.record.endpoints.is_empty())
    }

    pub fn network(&self) -> Option<&Attached> {
        self.network.as_ref()
    }

    /// The process of this user's networks has ended, though we need it.
    pub fn revive_network(&mut self, poller: &Poller) -> Result<()> {
        let Some(network) = &mut self.network else { return Ok(()) };
        if let Some(end) = network.end_of_private() {
            poller.unwatch(end);
        }
        network.revive(|| mapped::user_namespace(&Mapping::of_this_user()?))?;
        network.end_of_private().map_or(Ok(()), |end| poller.watch(end, Token::Network))
    }

    /// Leaves the networks, for the next run to come to them anew.
    pub fn disconnect(&mut self, id: &str) -> Result<()> {
        self.network.take().map_or(Ok(()), |network| network.disconnect(id))
    }

    /// Lets go of the published ports: whoever hears of the end may want them at once.
    pub fn release_ports(&mut self) {
        if let Some(network) = &mut self.network {
            // What fails is left to the clean-up.
            let _ = network.release_ports();
        }
    }

    /// Removes the interfaces that are not a bridge's, and lets go of the networks. Nobody waits for it but who wants the same addresses.
    pub fn leave_networks(&mut self) {
        if let Some(mut network) = self.network.take() {
            // The kernel does it, too, some time later.
            let _ = network.remove_children();
        }
    }

    /// The exit code if the first process has ended.
    pub fn reap(&mut self, poller: &Poller) -> Option<u8> {
        let code = exit_code(self.pidfd()?)?;
        poller.unwatch(self.pidfd()?);
        (self.pidfd, self.pid) = (None, None);
        // Its sockets would keep the network namespace.
        self.names = None;
        self.proxy = None;
        self.program = None;
        Some(code)
    }

    /// Takes what is left of the output after the end. Some of it may have to wait for clients ([`Self::is_delivering`]).
    pub fn close(&mut self, poller: &Poller, log: &mut Option<Writer>, buffer: &mut [u8]) {
        self.input.close();
        for index in 0..2 {
            self.pump(index, poller, log, buffer);
            // Without a pid namespace of its own somebody may still hold the other end: what isn't there now doesn't count.
            if let Some(output) = &mut self.outputs[index]
                && !output.is_blocked()
            {
                output.close(log.as_mut());
            }
        }
    }

    pub fn is_delivering(&self) -> bool {
        self.outputs.iter().flatten().any(Fanout::is_blocked)
    }

    /// Whether this client takes output.
    pub fn serves(&self, client: u64) -> bool {
        self.outputs.iter().flatten().any(|o| o.serves(client))
    }

    /// Moves one of the output streams as far as it goes now.
    pub fn pump(&mut self, index: usize, poller: &Poller, log: &mut Option<Writer>, buffer: &mut [u8]) {
        let Some(output) = &mut self.outputs[index] else { return };
        // In a bounded number of steps, so that other events get their turn, except at the end.
        let mut steps = if self.pidfd.is_some() { 16 } else { usize::MAX };
        let moved = loop {
            let moved = output.pump(log.as_mut(), buffer);
            if moved == Moved::End {
                // Closing the source has taken it out of the epoll set.
                break moved;
            }
            steps -= 1;
            if moved != Moved::Some || steps == 0 {
                break moved;
            }
        };
        match (moved, output.source()) {
            (Moved::Blocked, source) => {
                if let Some(source) = source {
                    poller.unwatch(source);
                }
                for (client, fd) in output.waiting() {
                    let _ = poller.watch_room(fd, Token::Client(client, ClientPart::Output(index)));
                }
            }
            (_, Some(source)) => {
                let _ = poller.watch(source, Token::Output(index));
            }
            (_, None) => {}
        }
    }

    /// A client that held the output up takes more.
    pub fn room(&mut self, client: u64, index: usize, poller: &Poller) {
        if let Some(output) = &self.outputs[index] {
            output.waiting().filter(|(id, _)| *id == client).for_each(|(_, fd)| poller.unwatch(fd));
        }
    }

    pub fn resize(&self, size: Size) {
        if let Some(terminal) = &self.terminal {
            let _ = pty::set_size(terminal.as_fd(), size);
        }
    }

    /// Connects a client's pipes.
    pub fn attach(&mut self, id: u64, request: &Request, fds: Vec<OwnedFd>, poller: &Poller) -> Result<()> {
        let Request::Attach { stdin, stdout, stderr, size, .. } = *request else {
            return Kind::Invalid.err("expected a request to attach");
        };
        let mut fds = fds.into_iter();
        let mut next = || fds.next().context("a stream was named without its pipe");
        if let Some(size) = size {
            self.resize(size);
        }
        if stdin {
            let fd = next()?;
            streams::non_blocking(&fd)?;
            if self.input.is_open() {
                poller.watch(fd.as_fd(), Token::Client(id, ClientPart::Input))?;
                self.input.add(id, fd);
            }
        }
        for (index, wanted) in [stdout, stderr].into_iter().enumerate() {
            if wanted {
                let fd = next()?;
                streams::non_blocking(&fd)?;
                if let Some(output) = &mut self.outputs[index] {
                    output.add(id, fd);
                }
            }
        }
        Ok(())
    }

    /// Forgets a client. `detached`: it said so, which is not the end of its input.
    pub fn remove(&mut self, client: u64, detached: bool, poller: &Poller, buffer: &mut [u8]) {
        if !detached && self.stdin_once && self.input.inlets().any(|(id, _)| id == client) {
            // What it sent before it went still counts.
            self.pump_input(client, poller, buffer);
        }
        self.input.remove(client);
        for output in self.outputs.iter_mut().flatten() {
            output.remove(client);
        }
    }

    pub fn pump_input(&mut self, client: u64, poller: &Poller, buffer: &mut [u8]) {
        match self.input.pump(client, buffer) {
            Moved::Some | Moved::Empty => {}
            Moved::Blocked => {
                self.input.inlets().for_each(|(_, fd)| poller.unwatch(fd));
                if let Some(sink) = self.input.sink() {
                    let _ = poller.watch_room(sink, Token::Input);
                }
            }
            Moved::End => {
                self.input.remove(client);
                // The end of a client's input is the end of the container's, unless others may come; a terminal has no end.
                if self.stdin_once && self.terminal.is_none() {
                    self.input.close();
                }
            }
        }
    }

    pub fn input_writable(&mut self, poller: &Poller) {
        if !self.input.deliver() {
            return;
        }
        if let Some(sink) = self.input.sink() {
            poller.unwatch(sink);
        }
        for (client, fd) in self.input.inlets() {
            let _ = poller.watch(fd, Token::Client(client, ClientPart::Input));
        }
    }
}

/// The exit code of a child of ours, `None` while it runs. (128 + the signal that ended it.)
pub fn exit_code(pidfd: BorrowedFd<'_>) -> Option<u8> {
    match waitid(Id::PIDFd(pidfd), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::__WALL) {
        Ok(WaitStatus::Exited(_, status)) => Some(status as u8),
        Ok(WaitStatus::Signaled(_, signal, _)) => Some(128 + signal as u8),
        Ok(_) => None,
        Err(_) => Some(255),
    }
}

//! Networks, each test on a machine of its own: a network namespace that stands for the host, and one for somebody outside of it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::harness::Dhow;

/// The host (198.51.100.1, 2001:db8::1) and somebody on its network (198.51.100.2, 2001:db8::2).
pub struct Lan {
    pub host: String,
    pub outside: String,
    servers: Vec<Child>,
}

pub fn ip(args: &str) {
    let out = Command::new("ip").args(args.split(' ')).output().unwrap();
    assert!(out.status.success(), "ip {args}: {}", String::from_utf8_lossy(&out.stderr));
}

impl Lan {
    pub fn new(dhow: &Dhow) -> Self {
        let name = dhow.root_dir().parent().unwrap().file_name().unwrap().to_str().unwrap().to_string();
        let (host, outside) = (format!("{name}-h"), format!("{name}-o"));
        for (ns, n) in [(&host, 1), (&outside, 2)] {
            ip(&format!("netns add {ns}"));
            ip(&format!("-n {ns} link set lo up"));
            if n == 2 {
                ip(&format!("-n {host} link add lan0 type veth peer name lan0 netns {outside}"));
            }
        }
        for (ns, n) in [(&host, 1), (&outside, 2)] {
            ip(&format!("-n {ns} address add 198.51.100.{n}/24 dev lan0"));
            ip(&format!("-n {ns} address add 2001:db8::{n}/64 dev lan0 nodad"));
            ip(&format!("-n {ns} link set lan0 up"));
        }
        Self { host, outside, servers: Vec::new() }
    }

    /// A command on the host, and what it says.
    pub fn dhow(&self, dhow: &Dhow, args: &[&str]) -> crate::harness::Output {
        let command = self.command(dhow, args);
        let what = format!("{command:?}");
        crate::harness::finish(command, what, crate::harness::Stdin::Empty, crate::harness::TIMEOUT)
    }

    /// A command on the host.
    pub fn command(&self, dhow: &Dhow, args: &[&str]) -> Command {
        let mut command = self.program(dhow, crate::harness::binary());
        command.arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir()).args(args);
        command
    }

    /// Any program of this user on the host.
    pub fn program(&self, dhow: &Dhow, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = dhow.environment("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.host));
        if dhow.is_rootless() {
            let ids = [format!("--reuid={}", dhow.uid), format!("--regid={}", dhow.gid)];
            command.arg("setpriv").args(ids).arg("--clear-groups");
        }
        command.arg(program);
        command
    }

    pub fn nsenter(ns: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{ns}"));
        command
    }

    /// What `busybox wget` gets in this namespace.
    pub fn get(ns: &str, url: &str) -> Option<String> {
        let out = Self::nsenter(ns)
            .args(["timeout", "5", "busybox", "wget", "-q", "-O", "-", url])
            .output()
            .unwrap();
        out.status.success().then(|| plain(&String::from_utf8_lossy(&out.stdout)))
    }

    /// The same from a container with these options.
    pub fn ask(&self, dhow: &Dhow, options: &[&str], url: &str) -> Option<String> {
        // Behind a shell: as process 1 it could not be ended by the signal.
        let wget = format!("busybox timeout 5 busybox wget -q -O - '{url}'; exit $?");
        let out = self.dhow(dhow, &[&["run", "--rm"], options, &["busybox", "sh", "-c", &wget]].concat());
        (out.code == 0).then(|| plain(&out.stdout()))
    }

    /// A server in a namespace that answers with the address that it sees, at /cgi-bin/who.
    pub fn serve(&mut self, dhow: &Dhow, ns: &str, port: u16) {
        let www = website(dhow);
        let mut command = Self::nsenter(ns);
        command.args(["busybox", "httpd", "-f", "-p", &port.to_string(), "-h"]).arg(www);
        self.servers.push(command.stdin(Stdio::null()).spawn().unwrap());
        while Self::get(ns, &format!("http://localhost:{port}/cgi-bin/who")).is_none() {}
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
        for ns in [&self.host, &self.outside] {
            let _ = Command::new("ip").args(["netns", "delete", ns]).output();
        }
    }
}

/// The address that the page shows.
pub fn plain(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix("[::ffff:").and_then(|t| t.strip_suffix(']')).unwrap_or(text).to_string()
}

/// A directory for httpd with one page that tells who asks.
fn website(dhow: &Dhow) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let page = dhow.file("www/cgi-bin/who", "#!/bin/sh\necho\necho \"$REMOTE_ADDR\"\n");
    std::fs::set_permissions(&page, std::fs::Permissions::from_mode(0o755)).unwrap();
    page.parent().unwrap().parent().unwrap().to_path_buf()
}

/// Starts a container with that server on port 80, and waits until it serves.
pub fn start_server(lan: &Lan, dhow: &Dhow, name: &str, options: &[&str]) {
    let bind = format!("{}:/www", website(dhow).display());
    let mut args = vec!["run", "-d", "--name", name, "-v", &bind];
    args.extend(options);
    args.extend(["busybox", "busybox", "httpd", "-f", "-p", "80", "-h", "/www"]);
    lan.dhow(dhow, &args).ok();
    let ask = ["exec", name, "busybox", "wget", "-q", "-O", "-", "http://localhost/cgi-bin/who"];
    while lan.dhow(dhow, &ask).code != 0 {}
}

pub fn machine(dhow: &Dhow) -> Lan {
    dhow.load_busybox();
    dhow.file("h/.config/dhow/config.toml", "");
    Lan::new(dhow)
}

pub fn inspect(lan: &Lan, dhow: &Dhow, name: &str, template: &str) -> String {
    lan.dhow(dhow, &["inspect", "-f", template, name]).ok().trimmed()
}

both! {
    fn programs_need_not_be_root_for_low_ports_and_echoes(dhow) {
        dhow.load_busybox();
        let parameters = "cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range | tr '\\t' ' '; ";
        let script = format!("{parameters} busybox httpd -p 80 && echo listens");
        let run = |options: &[&str], script: &str| {
            let usual = ["run", "--rm", "--user", "1000:1000", "--cap-drop", "all"];
            dhow.run([&usual, options, &["busybox", "sh", "-c", script]].concat()).ok().trimmed()
        };
        // An ordinary user's namespace has fewer groups, and no others can be named there.
        let groups = if dhow.is_rootless() { "0 65536" } else { "0 2147483647" };
        assert_eq!(run(&["--net", "none"], &script), format!("0\n{groups}\nlistens"));
        let asked = ["--net", "none", "--sysctl", "net.ipv4.ip_unprivileged_port_start=81"];
        assert_eq!(run(&asked, parameters), format!("81\n{groups}"));
        // The host's stay what they are.
        let own = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
        assert_eq!(run(&["--net", "host"], parameters).lines().next(), Some(own.trim()));
        dhow.run(["create", "--name", "c", "--net", "none", "busybox"]).ok();
        assert_eq!(dhow.run(["inspect", "-f", "{{json .HostConfig.Sysctls}}", "c"]).ok().trimmed(), "{}");
    }

    fn the_default_network_leads_out_and_nobody_in(dhow) {
        let mut lan = machine(dhow);
        let outside = lan.outside.clone();
        lan.serve(dhow, &outside, 8000);
        let seen = lan.ask(dhow, &[], "http://198.51.100.2:8000/cgi-bin/who");
        assert_eq!(seen.as_deref(), Some("198.51.100.1"), "under the host's address");
        start_server(&lan, dhow, "web", &[]);
        let address = inspect(&lan, dhow, "web", "{{.NetworkSettings.IPAddress}}");
        assert!(address.starts_with("10.96."), "{address}");
        let mac = inspect(&lan, dhow, "web", "{{.NetworkSettings.Networks.bridge.MacAddress}}");
        assert!(mac.starts_with("02:42:0a:60:"), "{mac}");
        let url = format!("http://{address}/cgi-bin/who");
        // An ordinary user's bridges are not the host's.
        assert_eq!(Lan::get(&lan.host, &url).is_some(), !dhow.is_rootless(), "from the host");
        ip(&format!("-n {} route add 10.96.0.0/12 via 198.51.100.1", lan.outside));
        assert_eq!(Lan::get(&lan.outside, &url), None, "from outside, without being published");
        let hosts = lan.dhow(dhow, &["exec", "web", "cat", "/etc/hosts"]).ok().stdout();
        assert!(hosts.lines().any(|l| l.starts_with(&format!("{address}\t"))), "{hosts}");
        lan.dhow(dhow, &["rm", "-f", "web"]).ok();
    }

    fn published_ports_are_reached_from_everywhere(dhow) {
        let mut lan = machine(dhow);
        start_server(&lan, dhow, "web", &["-p", "8080:80", "-p", "198.51.100.1:8081:80/tcp", "-p", "80"]);
        let url = |host: &str, port: &str| format!("http://{host}:{port}/cgi-bin/who");
        assert_eq!(
            Lan::get(&lan.outside, &url("198.51.100.1", "8080")).as_deref(),
            Some("198.51.100.2"),
            "the true source"
        );
        assert_eq!(Lan::get(&lan.outside, &url("198.51.100.1", "8081")).as_deref(), Some("198.51.100.2"));
        // The container has IPv4 alone. What `localhost` means differs from program to program.
        for near in ["127.0.0.1", "198.51.100.1", "[::1]"] {
            assert!(Lan::get(&lan.host, &url(near, "8080")).is_some(), "{near}");
        }
        assert!(Lan::get(&lan.outside, &url("[2001:db8::1]", "8080")).is_some());
        let port = lan.dhow(dhow, &["port", "web", "80/tcp"]).ok().lines();
        let any = port.iter().find_map(|l| l.strip_prefix("0.0.0.0:").filter(|p| *p != "8080")).unwrap();
        assert!(Lan::get(&lan.outside, &url("198.51.100.1", any)).is_some());
        let hairpin = lan.ask(dhow, &[], &url("198.51.100.1", "8080"));
        if dhow.is_rootless() {
            assert_eq!(hairpin, None, "the host is out of reach unless it is asked for");
        } else {
            assert!(hairpin.unwrap().starts_with("10.96."), "hairpin");
        }
        let ps = lan.dhow(dhow, &["ps", "--format", "{{.Ports}}"]).ok().trimmed();
        let shown = ["0.0.0.0:8080->80/tcp", "198.51.100.1:8081->80/tcp", "[::]:8080->80/tcp"];
        assert!(shown.iter().all(|port| ps.split(", ").any(|p| p == *port)), "{ps}");
        let binding =
            inspect(&lan, dhow, "web", "{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}");
        assert_eq!(binding, "8080");
        // Taken by a container, and by somebody else.
        lan.dhow(dhow, &["run", "--rm", "-p", "8080:80", "busybox", "true"])
            .fails(125)
            .says("Bind for 0.0.0.0:8080 failed: port is already allocated, by container");
        let host = lan.host.clone();
        lan.serve(dhow, &host, 9000);
        // Whose process it is an ordinary user can't see.
        let by = if dhow.is_rootless() { String::new() } else { format!("by process {}", lan.servers[0].id()) };
        lan.dhow(dhow, &["run", "--rm", "-p", "9000:80", "busybox", "true"])
            .fails(125)
            .says(&by);
        lan.dhow(dhow, &["rm", "-f", "web"]).ok();
        assert_eq!(Lan::get(&lan.outside, &url("198.51.100.1", "8080")), None);
        lan.dhow(dhow, &["run", "--rm", "-p", "8080:80", "busybox", "true"]).ok();
    }

    fn networks_are_made_listed_and_kept_apart(dhow) {
        let lan = machine(dhow);
        let id = lan.dhow(dhow, &["network", "create", "--label", "a=b", "front"]).ok().trimmed();
        lan.dhow(dhow, &["network", "create", "front"]).fails(1).says("network with name front already exists");
        lan.dhow(
            dhow,
            &["network", "create", "--internal", "--subnet", "10.7.0.0/24", "--gateway", "10.7.0.254", "back"],
        )
        .ok();
        lan.dhow(dhow, &["network", "create", "--subnet", "10.7.0.128/25", "third"])
            .fails(1)
            .says("Pool overlaps");
        lan.dhow(dhow, &["network", "create", "--subnet", "198.51.100.0/25", "third"])
            .fails(1)
            .says("Pool overlaps");
        let names = lan.dhow(dhow, &["network", "ls", "--format", "{{.Name}} {{.Driver}}"]).ok().lines();
        assert_eq!(names, ["back bridge", "bridge bridge", "front bridge", "host host", "none null"]);
        assert_eq!(lan.dhow(dhow, &["network", "ls", "-q", "--no-trunc", "-f", "label=a=b"]).ok().trimmed(), id);
        assert_eq!(
            lan.dhow(dhow, &["network", "prune", "-f"]).ok().lines(),
            ["Deleted Networks:", "back", "front", ""]
        );
        assert_eq!(lan.dhow(dhow, &["network", "exists", "back"]).code, 1);
    }

    fn containers_of_one_network_meet_and_of_two_do_not(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "front"]).ok();
        lan.dhow(dhow, &["network", "create", "--internal", "--subnet", "10.7.0.0/24", "back"]).ok();
        start_server(&lan, dhow, "one", &["--network", "front:alias=web"]);
        start_server(
            &lan,
            dhow,
            "two",
            &["--network", "back:ip=10.7.0.9,mac=02:00:00:00:00:09,interface_name=lan7"],
        );
        let of = |name: &str, network: &str| {
            inspect(&lan, dhow, name, &format!("{{{{.NetworkSettings.Networks.{network}.IPAddress}}}}"))
        };
        let (one, two) = (of("one", "front"), of("two", "back"));
        assert_eq!(two, "10.7.0.9");
        let reaches = |network: &str, address: &str| {
            lan.ask(dhow, &["--network", network], &format!("http://{address}/cgi-bin/who")).is_some()
        };
        assert!(reaches("front", &one) && reaches("back", &two), "on the same network");
        assert!(!reaches("bridge", &one) && !reaches("front", &two), "from another network");
        assert!(!reaches("back", &one), "an internal network has no way out");
        let link = lan.dhow(dhow, &["exec", "two", "busybox", "ip", "link", "show", "lan7"]).ok().stdout();
        assert!(link.contains("02:00:00:00:00:09"), "{link}");
        // On both at once, and with another's namespace.
        let both = "run --rm --network front --network back busybox busybox ip -4 -o address";
        let both = lan.dhow(dhow, &both.split(' ').collect::<Vec<_>>()).ok().stdout();
        assert!(both.contains("eth0") && both.contains("eth1") && both.contains("10.7.0."), "{both}");
        let out = "run --rm --network back --network front busybox busybox ip route";
        let out = lan.dhow(dhow, &out.split(' ').collect::<Vec<_>>()).ok().stdout();
        assert!(out.lines().any(|l| l.starts_with("default via ") && l.contains("eth1")), "by the one that leads out: {out}");
        let shared = lan.ask(dhow, &["--network", "container:two"], "http://127.0.0.1/cgi-bin/who");
        assert_eq!(shared.as_deref(), Some("127.0.0.1"));
        lan.dhow(dhow, &["run", "--rm", "--network", "back:ip=10.7.0.9", "busybox", "true"])
            .fails(125)
            .says("Address already in use");
        let containers = lan.dhow(
            dhow,
            &["network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}", "back"],
        );
        assert_eq!(containers.ok().trimmed(), "two 10.7.0.9/24");
        lan.dhow(dhow, &["network", "rm", "back"]).fails(1).says("has active endpoints (name: two)");
        lan.dhow(dhow, &["network", "rm", "bridge"]).fails(1).says("pre-defined network");
        lan.dhow(dhow, &["rm", "-f", "one", "two"]).ok();
        lan.dhow(dhow, &["network", "rm", "front"]).ok();
        lan.dhow(dhow, &["network", "rm", "back"]).ok();
        let links = Command::new("ip").args(["-n", &lan.host, "-o", "link"]).output().unwrap();
        let links = String::from_utf8_lossy(&links.stdout).into_owned();
        let bridges = usize::from(!dhow.is_rootless());
        assert!(
            !links.contains("veth") && links.matches(": dh-").count() == bridges,
            "only the default bridge stays: {links}"
        );
    }

    fn who_comes_and_goes_is_told_with_its_start_and_end(dhow) {
        let lan = machine(dhow);
        let told = |since: &[String]| {
            let kinds = ["--filter", "type=network", "--filter", "type=volume", "--filter", "type=container"];
            let format = "{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}";
            let all = lan.dhow(dhow, &[&["events", "--stream=false", "--format", format][..], &kinds].concat()).ok().lines();
            all[since.len()..].iter().map(|line| line.replace(" <no value>", "")).collect::<Vec<_>>()
        };
        lan.dhow(dhow, &["network", "create", "front"]).ok();
        lan.dhow(dhow, &["volume", "create", "data"]).ok();
        let before = told(&[]);
        lan.dhow(dhow, &["run", "--rm", "--name", "c", "--network", "front", "-v", "data:/x", "busybox", "true"]).ok();
        let expected = [
            "container create c",
            "network connect front bridge",
            "volume mount",
            "container start c",
            "container die c",
            "network disconnect front bridge",
            "volume unmount",
            "container destroy c",
        ];
        assert_eq!(told(&before), expected);
        let before = told(&[]);
        lan.dhow(dhow, &["run", "--rm", "--name", "c", "--network", "host", "busybox", "true"]).ok();
        lan.dhow(dhow, &["run", "--rm", "--name", "c", "--network", "none", "busybox", "true"]).ok();
        let told = told(&before);
        let expected = |one: &String| one.starts_with("network").then(|| one.clone());
        let expected: Vec<_> = told.iter().filter_map(expected).collect();
        assert_eq!(expected, ["network connect host host", "network disconnect host host", "network connect none null", "network disconnect none null"]);
        let by_host = ["events", "--stream=false", "--filter", "network=host", "--format", "{{.Action}}"];
        assert_eq!(lan.dhow(dhow, &by_host).ok().lines(), ["connect", "disconnect"]);
        lan.dhow(dhow, &["network", "rm", "front"]).ok();
        lan.dhow(dhow, &["volume", "rm", "data"]).ok();
    }

    fn a_running_container_comes_and_goes(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "front"]).ok();
        lan.dhow(dhow, &["network", "create", "--subnet", "10.7.0.0/24", "back"]).ok();
        start_server(&lan, dhow, "web", &["-p", "8080:80"]);
        let connect = ["network", "connect", "--alias", "shop", "--ip", "10.7.0.9", "back", "web"];
        lan.dhow(dhow, &connect).ok();
        lan.dhow(dhow, &connect).fails(1).says("already exists in network back");
        let seen = lan.ask(dhow, &["--network", "back"], "http://shop/cgi-bin/who");
        assert!(seen.unwrap().starts_with("10.7.0."), "by its alias, at once");
        let look_up = |name: &str| lan.dhow(dhow, &["exec", "web", "busybox", "nslookup", name]).code;
        assert_eq!(look_up("shop"), 0, "its own name server is there since");
        let file = |name: &str| lan.dhow(dhow, &["exec", "web", "cat", name]).ok().stdout();
        assert!(file("/etc/hosts").contains("10.7.0.9\t") && file("/etc/resolv.conf").contains("127.0.0.11"));
        assert!(file("/proc/net/dev").contains("eth1"));
        let template = "{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}},{{end}}";
        assert!(inspect(&lan, dhow, "web", template).contains("back 10.7.0.9,"));
        // One address of each family on each network, the last that was given, as with docker.
        lan.dhow(dhow, &["network", "connect", "--ip", "10.7.0.10", "back", "web"]).fails(1).says("already exists in network back");
        lan.dhow(dhow, &["network", "disconnect", "back", "web"]).ok();
        lan.dhow(dhow, &["network", "connect", "--ip", "10.7.0.8", "--ip", "10.7.0.9", "back", "web"]).ok();
        let of_back = lan.dhow(dhow, &["exec", "web", "busybox", "ip", "-o", "-4", "address"]).ok().stdout();
        assert!(of_back.contains("10.7.0.9/24") && !of_back.contains("10.7.0.8"), "{of_back}");
        // The network that its ports led to, and its way out.
        lan.dhow(dhow, &["network", "disconnect", "bridge", "web"]).ok();
        lan.dhow(dhow, &["network", "disconnect", "bridge", "web"]).fails(1).says("is not connected to network bridge");
        assert!(!file("/proc/net/dev").contains("eth0"));
        let url = "http://198.51.100.1:8080/cgi-bin/who";
        assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"), "published by the other network");
        assert!(file("/proc/net/route").lines().any(|l| l.starts_with("eth1\t00000000\t")), "the way out");
        // The same after a restart, and while it does not run.
        lan.dhow(dhow, &["restart", "-t", "0", "web"]).ok();
        assert_eq!(inspect(&lan, dhow, "web", template), "back 10.7.0.9,");
        lan.dhow(dhow, &["stop", "-t", "0", "web"]).ok();
        lan.dhow(dhow, &["network", "connect", "front", "web"]).ok();
        lan.dhow(dhow, &["network", "disconnect", "back", "web"]).ok();
        lan.dhow(dhow, &["start", "web"]).ok();
        assert!(inspect(&lan, dhow, "web", template).starts_with("front 10."));
        lan.dhow(dhow, &["network", "disconnect", "front", "web"]).ok();
        assert_eq!(Lan::get(&lan.outside, url), None, "on no network at all");
        lan.dhow(dhow, &["network", "connect", "front", "web"]).ok();
        while Lan::get(&lan.outside, url).is_none() {}
        lan.dhow(dhow, &["run", "-d", "--name", "alone", "--network", "none", "busybox", "sleep", "1000"]).ok();
        lan.dhow(dhow, &["network", "connect", "front", "alone"]).fails(1).says("by the mode none");
        lan.dhow(dhow, &["network", "connect", "--ip", "10.9.9.9", "back", "web"]).fails(1).says("not a free address of the subnet");
        lan.dhow(dhow, &["rm", "-f", "web", "alone"]).ok();
        lan.dhow(dhow, &["network", "disconnect", "-f", "back", "web"]).ok();
        lan.dhow(dhow, &["network", "rm", "front", "back"]).ok();
    }

    fn ipv6_alone_and_beside(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "--subnet", "fd00:7::/64", "six"]).ok();
        lan.dhow(dhow, &["network", "create", "--ipv6", "both"]).ok();
        start_server(&lan, dhow, "six", &["--network", "six", "-p", "8080:80"]);
        let address = inspect(&lan, dhow, "six", "{{.NetworkSettings.Networks.six.GlobalIPv6Address}}");
        assert_eq!(address, "fd00:7::2");
        let url = "http://[2001:db8::1]:8080/cgi-bin/who";
        assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("[2001:db8::2]"));
        assert!(lan.ask(dhow, &["--network", "six"], "http://[fd00:7::2]/cgi-bin/who").is_some());
        let both = lan
            .dhow(dhow, &["run", "--rm", "--network", "both", "busybox", "busybox", "ip", "-o", "address"])
            .ok()
            .stdout();
        assert!(both.contains("inet 10.96.") && both.contains("inet6 fd"), "{both}");
        lan.dhow(dhow, &["rm", "-f", "six"]).ok();
    }

    fn of_many_at_once_each_has_its_own_address(dhow) {
        let lan = machine(dhow);
        lan.dhow(dhow, &["network", "create", "--subnet", "10.8.0.0/27", "small"]).ok();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..6 {
                        lan.dhow(dhow, &["run", "-d", "--network", "small", "busybox", "sleep", "1000"]).ok();
                    }
                });
            }
        });
        let addresses = lan.dhow(
            dhow,
            &["network", "inspect", "-f", "{{range .Containers}}{{println .IPv4Address}}{{end}}", "small"],
        );
        let mut addresses = addresses.ok().lines();
        addresses.retain(|a| !a.is_empty());
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), 24);
        for _ in 0..5 {
            lan.dhow(dhow, &["run", "-d", "--network", "small", "busybox", "sleep", "1000"]).ok();
        }
        lan.dhow(dhow, &["run", "--network", "small", "busybox", "true"])
            .fails(125)
            .says("10.8.0.0/27 is used up");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        lan.dhow(dhow, &["run", "--rm", "--network", "small", "busybox", "true"]).ok();
    }

    fn wrong_wishes_are_refused(dhow) {
        let lan = machine(dhow);
        for (args, says) in [
            (&["--network", "nowhere"][..], "network nowhere not found"),
            (&["--network", "host", "--network", "bridge"], "can't be combined"),
            (&["--network", "container:nobody"], "No such container: nobody"),
            (&["--network", "bridge", "--network", "bridge"], "was given twice"),
            (&["--ip", "10.250.0.1"], "it is not a free address of the subnet"),
            (&["-p", "80:80:80:80"], "invalid IP address"),
            (&["-p", "203.0.113.9:8080:80"], "it is not an address of this host"),
            (&["--network", "none", "--ip", "10.0.0.1"], "an address or an alias needs a network"),
        ] {
            let all = [&["run", "--rm"], args, &["busybox", "true"]].concat();
            lan.dhow(dhow, &all).fails(125).says(says);
        }
        lan.dhow(dhow, &["network", "create", "-d", "weave", "x"]).fails(125).says("plugin not found");
        lan.dhow(dhow, &["network", "create", "-o", "colour=red", "x"]).fails(1).says("is not supported");
    }
}

#[test]
fn what_was_lost_is_put_back_and_what_was_left_is_taken_away() {
    let dhow = Dhow::root();
    let lan = machine(&dhow);
    start_server(&lan, &dhow, "web", &["-p", "8080:80"]);
    let url = "http://198.51.100.1:8080/cgi-bin/who";
    assert!(Lan::get(&lan.outside, url).is_some());
    assert!(Lan::nsenter(&lan.host).args(["nft", "flush", "ruleset"]).status().unwrap().success());
    // Without rules the listener leads on; here so do the monitor's own efforts, soon.
    assert!(Lan::get(&lan.outside, url).is_some());
    lan.dhow(&dhow, &["network", "reload"]).ok();
    assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"));
    // The next start notices, too.
    assert!(Lan::nsenter(&lan.host).args(["nft", "flush", "ruleset"]).status().unwrap().success());
    lan.dhow(&dhow, &["run", "--rm", "busybox", "true"]).ok();
    assert!(Lan::get(&lan.outside, url).is_some());
    let id = inspect(&lan, &dhow, "web", "{{.Id}}");
    let state = dhow.root_dir().join("containers").join(id).join("state.json");
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(state).unwrap()).unwrap();
    let monitor = state["monitor"]["pid"].as_i64().unwrap() as i32;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor), nix::sys::signal::SIGKILL).unwrap();
    assert!(crate::leftovers::wait_pid(monitor, crate::harness::TIMEOUT));
    assert_eq!(inspect(&lan, &dhow, "web", "{{.State.Status}}"), "exited");
    let rules = Lan::nsenter(&lan.host).args(["nft", "list", "ruleset"]).output().unwrap();
    let rules = String::from_utf8_lossy(&rules.stdout).into_owned();
    assert!(rules.contains("table inet dhow") && !rules.contains("8080"), "{rules}");
    let leases = std::fs::read_dir(dhow.runroot_dir().join("networks")).unwrap().flatten();
    let left = leases.flat_map(|n| std::fs::read_dir(n.path().join("leases")).unwrap().flatten());
    let left: Vec<_> =
        left.map(|l| l.file_name()).filter(|n| !n.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
    lan.dhow(&dhow, &["start", "web"]).ok();
    while Lan::get(&lan.outside, url).is_none() {}
    lan.dhow(&dhow, &["restart", "-t", "0", "web"]).ok();
    while Lan::get(&lan.outside, url).is_none() {}
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
}

/// The processes that keep the networks of a user.
pub fn keepers(dhow: &Dhow) -> Vec<i32> {
    let needle = dhow.runroot_dir().join("private");
    let is = |pid: &i32| {
        let text = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = text.split(|b| *b == 0);
        words.nth(1) == Some(b"network") && words.any(|w| w == needle.as_os_str().as_encoded_bytes())
    };
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    pids.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is).collect()
}

#[test]
fn a_users_networks_survive_the_kill_of_their_process() {
    let dhow = Dhow::user();
    let lan = machine(&dhow);
    lan.dhow(&dhow, &["network", "create", "front"]).ok();
    start_server(&lan, &dhow, "web", &["--network", "front", "-p", "8080:80"]);
    let url = "http://198.51.100.1:8080/cgi-bin/who";
    assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"));
    for victim in [0, 1] {
        let pids = keepers(&dhow);
        assert_eq!(pids.len(), 2, "{pids:?}");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pids[victim]), nix::sys::signal::SIGKILL).unwrap();
        for pid in pids {
            assert!(crate::leftovers::wait_pid(pid, crate::harness::TIMEOUT), "one half ends with the other");
        }
        // Whoever comes first, a new container or the monitor of the old one: both are on the same network.
        let seen = lan.ask(&dhow, &["--network", "front"], "http://web/cgi-bin/who");
        assert!(seen.unwrap().starts_with("10.96."));
        while Lan::get(&lan.outside, url).is_none() {}
    }
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
    for pid in keepers(&dhow) {
        assert!(crate::leftovers::wait_pid(pid, crate::harness::TIMEOUT), "it ends when nobody needs it");
    }
    lan.dhow(&dhow, &["network", "rm", "front"]).ok();
}

#[test]
fn a_user_reaches_the_host_only_when_that_was_asked_for() {
    let dhow = Dhow::user();
    let mut lan = machine(&dhow);
    let host = lan.host.clone();
    lan.serve(&dhow, &host, 8000);
    let gateway = ["--add-host", "gate:host-gateway"];
    let seen = lan.ask(&dhow, &gateway, "http://gate:8000/cgi-bin/who");
    assert_eq!(seen.as_deref(), Some("127.0.0.1"));
    let loopback = ["--network", "bridge:host_loopback"];
    let seen = lan.ask(&dhow, &loopback, "http://host.containers.internal:8000/cgi-bin/who");
    assert_eq!(seen.as_deref(), Some("127.0.0.1"));
    let root = Dhow::root();
    root.load_busybox();
    root.run(["run", "--rm", "--network", "bridge:host_loopback", "busybox", "true"])
        .fails(125)
        .says("--network host");
    for address in ["10.0.2.4", "10.0.2.2", "198.51.100.1", "127.0.0.1"] {
        assert_eq!(lan.ask(&dhow, &[], &format!("http://{address}:8000/cgi-bin/who")), None, "{address}");
    }
    let ask = [
        "run",
        "--rm",
        "busybox",
        "sh",
        "-c",
        "busybox timeout 5 busybox nc 10.0.2.4 8000 </dev/null; exit $?",
    ];
    lan.dhow(&dhow, &ask).fails(1).says("Connection refused");
    let resolver = lan.dhow(&dhow, &["run", "--rm", "busybox", "cat", "/etc/resolv.conf"]).ok().trimmed();
    assert_eq!(resolver, "nameserver 10.0.2.3");
    let limit = std::fs::read_to_string(format!(
        "/proc/{}/root/proc/sys/net/ipv4/ip_unprivileged_port_start",
        std::process::id()
    ));
    if limit.unwrap().trim() != "0" {
        lan.dhow(&dhow, &["run", "--rm", "-p", "80:80", "busybox", "true"])
            .fails(125)
            .says("the sysctl net.ipv4.ip_unprivileged_port_start=80 would allow it");
    }
}

#[test]
fn a_user_with_one_id_has_networks_too() {
    let dhow = Dhow::bare();
    let lan = machine(&dhow);
    lan.dhow(&dhow, &["network", "create", "front"]).ok();
    start_server(&lan, &dhow, "web", &["--network", "front", "-p", "8080:80"]);
    assert_eq!(
        Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").as_deref(),
        Some("198.51.100.2")
    );
    assert!(lan.ask(&dhow, &["--network", "front"], "http://web/cgi-bin/who").is_some());
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
}

#[test]
fn ports_are_published_by_a_listener_where_that_is_wanted() {
    let dhow = Dhow::root();
    let lan = machine(&dhow);
    lan.dhow(&dhow, &["network", "create", "n"]).ok();
    start_server(
        &lan,
        &dhow,
        "web",
        &["--network", "n", "--publish-mode", "proxy", "-p", "8080:80", "-p", "127.0.0.1:8081:80"],
    );
    let gateway = inspect(&lan, &dhow, "web", "{{.NetworkSettings.Networks.n.Gateway}}");
    let url = "http://198.51.100.1:8080/cgi-bin/who";
    // Connections come from the host, as those to any local service go there.
    for from in [&lan.outside, &lan.host] {
        assert_eq!(Lan::get(from, url).as_deref(), Some(gateway.as_str()), "from {from}");
    }
    assert_eq!(Lan::get(&lan.host, "http://127.0.0.1:8081/cgi-bin/who"), Some(gateway.clone()));
    assert_eq!(lan.ask(&dhow, &[], url), Some(gateway.clone()), "from another container");
    assert_eq!(Lan::get(&lan.outside, "http://198.51.100.1:8081/cgi-bin/who"), None, "not at this address");
    lan.dhow(&dhow, &["run", "--rm", "-p", "8080:80", "busybox", "true"])
        .fails(125)
        .says("port is already allocated");
    // A firewall of the host filters it as any local service.
    lan.dhow(&dhow, &["restart", "-t", "0", "web"]).ok();
    while Lan::get(&lan.outside, url).is_none() {}
    let many =
        format!("for i in $(seq 300); do busybox wget -q -O - {url} || echo lost; done | sort | uniq -c");
    let out = Lan::nsenter(&lan.outside).args(["sh", "-c", &many]).output().unwrap();
    let counted = String::from_utf8_lossy(&out.stdout).trim().replace("[::ffff:", "").replace(']', "");
    assert_eq!(counted, format!("300 {gateway}"));
    let pid = inspect(&lan, &dhow, "web", "{{.State.Pid}}");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let monitor = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().to_string();
    let open = std::fs::read_dir(format!("/proc/{monitor}/fd")).unwrap().count();
    assert!(open < 40, "{open} descriptors when all connections are over");
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
    assert_eq!(Lan::get(&lan.outside, url), None);
    lan.dhow(&dhow, &["network", "rm", "n"]).ok();
}

#[test]
fn listeners_lead_to_what_rules_cannot() {
    let dhow = Dhow::root();
    let lan = machine(&dhow);
    // A container with IPv4 alone, at addresses of IPv6.
    start_server(
        &lan,
        &dhow,
        "web",
        &["-p", "[2001:db8::1]:8080:80", "-p", "[::1]:8080:80", "-p", "8082:80"],
    );
    let gateway = inspect(&lan, &dhow, "web", "{{.NetworkSettings.Gateway}}");
    assert_eq!(Lan::get(&lan.outside, "http://[2001:db8::1]:8080/cgi-bin/who"), Some(gateway.clone()));
    assert_eq!(Lan::get(&lan.host, "http://[::1]:8080/cgi-bin/who"), Some(gateway));
    assert_eq!(
        Lan::get(&lan.outside, "http://198.51.100.1:8082/cgi-bin/who").as_deref(),
        Some("198.51.100.2")
    );
    lan.dhow(&dhow, &["rm", "-f", "web"]).ok();
}

#[test]
#[ignore = "needs a kernel without nftables: the second kernel runs it"]
fn without_nftables_there_are_containers_all_the_same() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow.file("h/.config/dhow/config.toml", "");
    dhow.run(["run", "--rm", "hello"]).ok().says("the container has no network: this kernel has no nftables");
    dhow.run(["run", "--rm", "--network", "host", "busybox", "true"]).ok();
    for asks in [["--network", "bridge"], ["-p", "8080:80"]] {
        dhow.run([&["run", "--rm"][..], &asks, &["busybox", "true"]].concat())
            .fails(125)
            .says("CONFIG_NF_TABLES_INET");
    }
    assert!(
        dhow.run(["doctor"]).ok().stdout().contains("less  nftables         this kernel has no nftables")
    );
}

#[test]
fn without_the_device_for_networks_a_user_has_containers_all_the_same() {
    for dhow in [Dhow::user(), Dhow::bare()] {
        dhow.load_busybox();
        dhow.file("h/.config/dhow/config.toml", "");
        let run = |args: &[&str]| dhow.run_after("mount -t tmpfs tmpfs /dev/net", args);
        run(&["run", "--rm", "hello"]).ok().says("the container has no network: there is no /dev/net/tun");
        run(&["run", "--rm", "--network", "host", "busybox", "true"]).ok();
        for asks in [["--network", "bridge"], ["-p", "8080:80"]] {
            let all = [&["run", "--rm"][..], &asks, &["busybox", "true"]].concat();
            run(&all).fails(125).says("modprobe tun");
        }
    }
}

#[test]
fn a_container_with_other_ids_comes_to_its_network_each_time() {
    let dhow = Dhow::user();
    let lan = machine(&dhow);
    // Its first process becomes another user outside as well, whose namespaces are closed to us then.
    for _ in 0..20 {
        lan.dhow(&dhow, &["run", "--rm", "--uidmap", "0:1:1000", "busybox", "true"]).ok();
    }
}

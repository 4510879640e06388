//! Networks of other types than bridge, and what else can be said of a network when it is made.

use std::process::Command;

use crate::harness::{self, Dhow};
use crate::networks::{Lan, inspect, ip, machine, start_server};

/// What a program of the container prints.
fn exec(lan: &Lan, dhow: &Dhow, name: &str, command: &str) -> String {
    let args: Vec<&str> = ["exec", name, "busybox"].into_iter().chain(command.split(' ')).collect();
    lan.dhow(dhow, &args).ok().stdout()
}

fn create(lan: &Lan, dhow: &Dhow, args: &str) -> harness::Output {
    lan.dhow(dhow, &["network", "create"].into_iter().chain(args.split(' ')).collect::<Vec<_>>())
}

fn reaches(lan: &Lan, dhow: &Dhow, name: &str, address: &str) -> bool {
    let url = format!("http://{address}/cgi-bin/who");
    lan.dhow(dhow, &["exec", name, "busybox", "timeout", "3", "busybox", "wget", "-q", "-O", "-", &url]).code
        == 0
}

fn links(ns: &str) -> String {
    let out = Command::new("ip").args(["-n", ns, "-o", "link"]).output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn address(lan: &Lan, dhow: &Dhow, name: &str, network: &str) -> String {
    inspect(lan, dhow, name, &format!("{{{{.NetworkSettings.Networks.{network}.IPAddress}}}}"))
}

/// On the network of the host itself, with the outside as the way out.
const BESIDE: &str = "--subnet 198.51.100.0/24 --ip-range 198.51.100.128/25 --gateway 198.51.100.2";

#[test]
fn containers_on_the_network_of_the_host() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    create(lan, dhow, &format!("-d macvlan -o parent=lan0 -o macvlan_mode=bridge {BESIDE} mv")).ok();
    let ls = lan.dhow(dhow, &["network", "ls", "--format", "{{.Name}} {{.Driver}}"]).ok().stdout();
    assert!(ls.contains("mv macvlan"), "{ls}");
    let options = lan.dhow(dhow, &["network", "inspect", "-f", "{{json .Options}}", "mv"]).ok().trimmed();
    assert_eq!(options, r#"{"macvlan_mode":"bridge","parent":"lan0"}"#);
    start_server(lan, dhow, "one", &["--network", "mv:ip=198.51.100.200,alias=site"]);
    start_server(lan, dhow, "two", &["--network", "mv"]);
    let two = address(lan, dhow, "two", "mv");
    assert!(two.starts_with("198.51.100.1"), "of the range: {two}");
    // Seen from outside as a neighbour, under its own address, and from the host not at all.
    assert_eq!(Lan::get(&lan.outside, "http://198.51.100.200/cgi-bin/who").as_deref(), Some("198.51.100.2"));
    assert_eq!(Lan::get(&lan.host, "http://198.51.100.200/cgi-bin/who"), None);
    assert!(reaches(lan, dhow, "two", "site") && reaches(lan, dhow, "one", "two"), "by their names");
    let routes = exec(lan, dhow, "one", "ip route");
    assert!(routes.contains("default via 198.51.100.2 dev eth0"), "{routes}");
    let mac = inspect(lan, dhow, "one", "{{.NetworkSettings.Networks.mv.MacAddress}}");
    assert!(exec(lan, dhow, "one", "ip link").contains(&mac));
    // At once again, under the same addresses.
    lan.dhow(dhow, &["restart", "-t", "0", "one"]).ok();
    assert_eq!(address(lan, dhow, "one", "mv"), "198.51.100.200");
    while Lan::get(&lan.outside, "http://198.51.100.200/cgi-bin/who").is_none() {}
    // The host is not on it: nothing can be published.
    let out = lan.dhow(dhow, &["run", "--rm", "--network", "mv", "-p", "8080:80", "busybox", "true"]).ok();
    out.says("published ports are discarded: the host is not on networks of type macvlan");
    lan.dhow(dhow, &["run", "--rm", "--network", "mv", "--add-host", "h:host-gateway", "busybox", "true"])
        .fails(125)
        .says("needs a network that the host is on");
    // Beside a network of type bridge, to which ports lead.
    start_server(lan, dhow, "three", &["--network", "mv", "--network", "bridge", "-p", "8080:80"]);
    assert!(Lan::get(&lan.host, "http://127.0.0.1:8080/cgi-bin/who").is_some());
    lan.dhow(dhow, &["network", "disconnect", "mv", "three"]).ok();
    assert!(!exec(lan, dhow, "three", "ip link").contains("eth0"));
    assert!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").is_some());
    lan.dhow(dhow, &["network", "connect", "--ip", "198.51.100.210", "mv", "three"]).ok();
    assert!(reaches(lan, dhow, "two", "198.51.100.210") && reaches(lan, dhow, "three", "two"));
    lan.dhow(dhow, &["network", "rm", "mv"]).fails(1).says("has active endpoints");
    lan.dhow(dhow, &["rm", "-fa"]).ok();
    lan.dhow(dhow, &["network", "rm", "mv"]).ok();
    assert!(links(&lan.host).contains("lan0"), "it was not ours");
}

#[test]
fn modes_and_mistakes_of_macvlan() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let run = |network: &str, command: &str| {
        let args = ["run", "--rm", "--network", network, "busybox", "busybox"];
        lan.dhow(dhow, &args.into_iter().chain(command.split(' ')).collect::<Vec<_>>())
    };
    for (mode, meet) in [("private", false), ("vepa", false), ("bridge", true)] {
        create(lan, dhow, &format!("-d macvlan -o parent=lan0 -o mode={mode} --internal {BESIDE} mv")).ok();
        start_server(lan, dhow, "one", &["--network", "mv:ip=198.51.100.200"]);
        let get = "timeout 1 busybox wget -q -O - http://198.51.100.200/cgi-bin/who";
        assert_eq!(run("mv", get).code == 0, meet, "{mode}");
        assert!(!run("mv", "ip route").ok().stdout().contains("default"), "internal");
        lan.dhow(dhow, &["rm", "-f", "one"]).ok();
        lan.dhow(dhow, &["network", "rm", "mv"]).ok();
    }
    create(lan, dhow, "-d macvlan -o parent=lan0 -o mode=passthru -o mtu=1400 mv").ok();
    create(lan, dhow, "-d macvlan -o parent=lan0 mv2")
        .fails(1)
        .says("network mv is already using parent interface lan0");
    // Of another type it may be, as with docker; that one isn't used.
    create(lan, dhow, "-d ipvlan -o parent=lan0 beside").ok();
    lan.dhow(dhow, &["network", "rm", "beside"]).ok();
    lan.dhow(dhow, &["run", "-d", "--name", "one", "--network", "mv", "busybox", "sleep", "1000"]).ok();
    assert!(exec(lan, dhow, "one", "ip link").contains("mtu 1400"));
    run("mv", "true").fails(125).says("in mode passthru it serves one container at a time");
    lan.dhow(dhow, &["rm", "-f", "one"]).ok();
    run("mv", "true").ok();
    lan.dhow(dhow, &["network", "rm", "mv"]).ok();
    for (args, says) in [
        ("-d macvlan -o parent=nope", "-o parent interface was not found on the host: nope"),
        ("-d macvlan -o parent=nope.10", "-o parent interface was not found on the host: nope"),
        ("-d macvlan -o parent=lan0.5000", "1 to 4094"),
        ("-d macvlan -o vlan=10", "of which interface?"),
        ("-d macvlan -o parent=lan0 -o macvlan_mode=x", "use bridge, private, vepa or passthru"),
        ("-d macvlan -o parent=lan0 -o icc=false", "is not supported by networks of type macvlan"),
        ("-d ipvlan -o parent=lan0 -o ipvlan_mode=l9", "use l2, l3 or l3s"),
        ("-d ipvlan -o parent=lan0 -o ipvlan_mode=l3", "needs a subnet"),
        ("-o parent=lan0", "is not supported by networks of type bridge"),
    ] {
        create(lan, dhow, &format!("{args} bad")).fails(1).says(says);
    }
    // A parent that has gone.
    ip(&format!("-n {} link add away type bridge", lan.host));
    create(lan, dhow, "-d macvlan -o parent=away mv").ok();
    ip(&format!("-n {} link delete away", lan.host));
    run("mv", "true").fails(125).says("this host has no interface away any more");
    lan.dhow(dhow, &["network", "rm", "mv"]).ok();
}

both! {
    fn without_a_parent_containers_are_among_themselves(dhow) {
        let lan = &machine(dhow);
        create(lan, dhow, "-d macvlan mv").ok();
        start_server(lan, dhow, "one", &["--network", "mv"]);
        start_server(lan, dhow, "two", &["--network", "mv", "--network", "bridge"]);
        assert!(reaches(lan, dhow, "two", "one") && reaches(lan, dhow, "one", "two"), "by their names");
        lan.dhow(dhow, &["network", "disconnect", "mv", "two"]).ok();
        assert!(!reaches(lan, dhow, "one", "two"));
        lan.dhow(dhow, &["network", "connect", "mv", "two"]).ok();
        assert!(reaches(lan, dhow, "one", "two"));
        assert_eq!(links(&lan.host).contains(": dh-"), !dhow.is_rootless());
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        lan.dhow(dhow, &["network", "rm", "mv"]).ok();
        if dhow.is_rootless() {
            create(lan, dhow, "-d macvlan -o parent=lan0 mv").fails(1).says("leave the parent out");
        }
        let left = links(&lan.host);
        assert!(dhow.is_rootless() || left.matches(": dh-").count() == 1, "only the default bridge: {left}");
    }

    fn several_subnets_routes_and_servers(dhow) {
        let lan = &machine(dhow);
        create(
            lan,
            dhow,
            "--subnet 10.71.0.0/29 --gateway 10.71.0.6 --subnet 10.72.0.0/24 --ip-range 10.72.0.128/25 --subnet fd71::/64 --aux-address router=10.72.0.128 --route 10.73.0.0/16,10.71.0.5,70 --route fd73::/32,fd71::5 n",
        )
        .ok();
        for n in 2..6 {
            let option = if n == 5 { "n:ip=10.71.0.5".to_string() } else { "n".into() };
            lan.dhow(dhow, &["run", "-d", "--name", &format!("c{n}"), "--network", &option, "busybox", "sleep", "1000"]).ok();
        }
        // The first subnet has room for five, of whom one has been taken by hand.
        start_server(lan, dhow, "six", &["--network", "n"]);
        start_server(lan, dhow, "web", &["--network", "n", "-p", "8080:80"]);
        let web = address(lan, dhow, "web", "n");
        assert_eq!(web, "10.72.0.129", "of the second subnet, without what is kept for the router");
        assert!(address(lan, dhow, "six", "n").starts_with("10.71.0."));
        let routes = exec(lan, dhow, "web", "ip route");
        assert!(routes.contains("default via 10.72.0.1 dev eth0"), "{routes}");
        let routes = exec(lan, dhow, "c2", "ip route") + &exec(lan, dhow, "c2", "ip -6 route");
        assert!(routes.contains("default via 10.71.0.6 dev eth0"), "{routes}");
        assert!(routes.contains("10.73.0.0/16 via 10.71.0.5 dev eth0  metric 70"), "{routes}");
        assert!(routes.contains("fd73::/32 via fd71::5 dev eth0"), "{routes}");
        assert!(reaches(lan, dhow, "c2", "web"), "from one subnet to the other");
        assert_eq!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").as_deref(), Some("198.51.100.2"));
        let config = lan.dhow(dhow, &["network", "inspect", "-f", "{{json .IPAM.Config}} {{json .Routes}}", "n"]).ok().trimmed();
        for part in [r#""Gateway":"10.71.0.6""#, r#""IPRange":"10.72.0.128/25""#, r#"{"router":"10.72.0.128"}"#, r#""gateway":"10.71.0.5","metric":70"#] {
            assert!(config.contains(part), "{part} in {config}");
        }
        for (args, says) in [
            ("--subnet 10.74.0.0/24 --subnet 10.74.0.128/25 bad", "Pool overlaps"),
            ("--subnet 10.74.0.0/24 --ip-range 10.74.0.0/25 --ip-range 10.74.0.128/25 bad", "two ranges for one subnet"),
            ("--subnet 10.74.0.0/24 --gateway 10.75.0.1 bad", "no matching subnet for --gateway"),
            ("--subnet 10.74.0.0/24 --route 10.0.0.0/8,10.75.0.1 bad", "is in no subnet of the network"),
            ("--disable-dns --dns 1.1.1.1 bad", "exclude one another"),
            ("--ipam-driver dhcp bad", "use host-local or none"),
            ("--ipam-driver none --subnet 10.74.0.0/24 bad", "gives no addresses"),
        ] {
            create(lan, dhow, args).fails(1).says(says);
        }
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        lan.dhow(dhow, &["network", "rm", "n"]).ok();
    }

    fn a_network_that_gives_no_addresses(dhow) {
        let lan = &machine(dhow);
        create(lan, dhow, "--ipam-driver none --interface-name plain0 n").ok();
        let ipam = lan.dhow(dhow, &["network", "inspect", "-f", "{{.IPAM.Driver}} {{json .IPAM.Config}}", "n"]).ok().trimmed();
        assert_eq!(ipam, "null []");
        for name in ["one", "two"] {
            start_server(lan, dhow, name, &["--network", "n", "--cap-add", "NET_ADMIN"]);
            let interface = exec(lan, dhow, name, "ip address show eth0");
            assert!(interface.contains("UP") && !interface.contains("inet "), "{interface}");
        }
        assert_eq!(links(&lan.host).contains("plain0"), !dhow.is_rootless());
        for (name, n) in [("one", 1), ("two", 2)] {
            exec(lan, dhow, name, &format!("ip address add 10.88.8.{n}/24 dev eth0"));
        }
        assert!(reaches(lan, dhow, "one", "10.88.8.2"), "the bridge connects");
        lan.dhow(dhow, &["run", "--rm", "--network", "n", "--ip", "10.0.0.1", "busybox", "true"])
            .fails(125)
            .says("has no subnet for the address");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        lan.dhow(dhow, &["network", "rm", "n"]).ok();
    }

    fn options_of_bridges(dhow) {
        let lan = &machine(dhow);
        // Each kept from the others of its network, though not from the way out.
        create(lan, dhow, "-o icc=false -o mtu=1380 -o com.docker.network.container_iface_prefix=lan -o metric=42 apart").ok();
        start_server(lan, dhow, "one", &["--network", "apart", "-p", "8080:80"]);
        start_server(lan, dhow, "two", &["--network", "apart"]);
        let one = address(lan, dhow, "one", "apart");
        assert!(!reaches(lan, dhow, "two", &one), "icc=false");
        assert!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").is_some(), "published all the same");
        let two = exec(lan, dhow, "two", "ip link") + &exec(lan, dhow, "two", "ip route");
        assert!(two.contains("mtu 1380") && two.contains("dev lan0  metric 42"), "{two}");
        lan.dhow(dhow, &["network", "connect", "bridge", "two"]).ok();
        assert!(exec(lan, dhow, "two", "ip link").contains("eth1"));
        // Two that let one another in, and one that doesn't.
        for network in ["-o isolate=false open1", "-o isolate=0 -o no_default_route open2", "-o isolate=true closed"] {
            create(lan, dhow, network).ok();
        }
        start_server(lan, dhow, "first", &["--network", "open1"]);
        start_server(lan, dhow, "second", &["--network", "open2", "--network", "open1"]);
        start_server(lan, dhow, "third", &["--network", "closed"]);
        let second = exec(lan, dhow, "second", "ip route");
        assert_eq!(second.matches("default").count(), 1, "{second}");
        assert!(second.lines().any(|l| l.starts_with("default ") && l.contains("dev eth1")), "no_default_route: {second}");
        create(lan, dhow, "-o isolate=false open3").ok();
        start_server(lan, dhow, "fourth", &["--network", "open3"]);
        let (first, third, fourth) =
            (address(lan, dhow, "first", "open1"), address(lan, dhow, "third", "closed"), address(lan, dhow, "fourth", "open3"));
        assert!(reaches(lan, dhow, "fourth", &first) && reaches(lan, dhow, "first", &fourth));
        assert!(!reaches(lan, dhow, "fourth", &third) && !reaches(lan, dhow, "third", &first));
        // The same after the rules were made anew.
        lan.dhow(dhow, &["network", "reload"]).ok();
        assert!(reaches(lan, dhow, "fourth", &first) && !reaches(lan, dhow, "third", &first));
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        for network in ["apart", "open1", "open2", "open3", "closed"] {
            lan.dhow(dhow, &["network", "rm", network]).ok();
        }
        create(lan, dhow, "-o name=mine0 -o colour=red named").fails(1).says("network option \"colour\" is not supported");
        create(lan, dhow, "-o name=mine0 named").ok();
        create(lan, dhow, "-o com.docker.network.bridge.name=mine0 named2").fails(1).says("belongs to the network named");
        lan.dhow(dhow, &["run", "--rm", "--network", "named", "busybox", "true"]).ok();
        assert_eq!(links(&lan.host).contains("mine0"), !dhow.is_rootless());
        lan.dhow(dhow, &["network", "rm", "named"]).ok();
        assert!(!links(&lan.host).contains("mine0"));
    }
}

#[test]
fn options_of_bridges_about_the_host() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let bridge = "com.docker.network.bridge";
    create(lan, dhow, &format!("-o {bridge}.host_binding_ipv4=127.0.0.1 near")).ok();
    start_server(lan, dhow, "one", &["--network", "near", "-p", "8080:80"]);
    assert!(Lan::get(&lan.host, "http://127.0.0.1:8080/cgi-bin/who").is_some());
    assert_eq!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who"), None);
    // Nobody outside knows the way back to an address that goes out as it is, until he is told.
    create(lan, dhow, &format!("--subnet 10.79.0.0/24 -o {bridge}.enable_ip_masquerade=false plain")).ok();
    lan.dhow(dhow, &["run", "-d", "--name", "two", "--network", "plain", "busybox", "sleep", "1000"]).ok();
    let ping = || {
        lan.dhow(dhow, &["exec", "two", "busybox", "ping", "-c", "1", "-W", "1", "198.51.100.2"]).code == 0
    };
    assert!(!ping());
    ip(&format!("-n {} route add 10.79.0.0/24 via 198.51.100.1", lan.outside));
    assert!(ping());
    lan.dhow(dhow, &["rm", "-fa"]).ok();
    lan.dhow(dhow, &["network", "rm", "near", "plain"]).ok();
}

#[test]
#[ignore = "needs interfaces of type ipvlan: the second kernel runs it"]
fn ipvlan_on_another_kernel() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    create(lan, dhow, &format!("-d ipvlan -o parent=lan0 {BESIDE} l2")).ok();
    start_server(lan, dhow, "one", &["--network", "l2:ip=198.51.100.200"]);
    start_server(lan, dhow, "two", &["--network", "l2"]);
    let url = "http://198.51.100.200/cgi-bin/who";
    assert_eq!(Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"));
    assert!(reaches(lan, dhow, "two", "one"), "by its name");
    lan.dhow(dhow, &["restart", "-t", "0", "one"]).ok();
    while Lan::get(&lan.outside, url).is_none() {}
    // One parent has containers of one type at a time.
    create(lan, dhow, "-d macvlan -o parent=lan0 mv").ok();
    lan.dhow(dhow, &["run", "--rm", "--network", "mv", "busybox", "true"])
        .fails(125)
        .says("which is used in another way");
    lan.dhow(dhow, &["rm", "-f", "one", "two"]).ok();
    lan.dhow(dhow, &["run", "--rm", "--network", "mv", "busybox", "true"]).ok();
    lan.dhow(dhow, &["network", "rm", "l2", "mv"]).ok();
    // A network of its own, behind the host.
    create(
        lan,
        dhow,
        "-d ipvlan -o parent=lan0 -o ipvlan_mode=l3 -o ipvlan_flag=private --subnet 10.70.0.0/24 l3",
    )
    .ok();
    ip(&format!("-n {} route add 10.70.0.0/24 via 198.51.100.1", lan.outside));
    start_server(lan, dhow, "one", &["--network", "l3:ip=10.70.0.9"]);
    start_server(lan, dhow, "two", &["--network", "l3"]);
    assert_eq!(Lan::get(&lan.outside, "http://10.70.0.9/cgi-bin/who").as_deref(), Some("198.51.100.2"));
    assert!(exec(lan, dhow, "one", "ip route").contains("default dev eth0"));
    assert!(!reaches(lan, dhow, "two", "10.70.0.9"), "private");
    lan.dhow(dhow, &["rm", "-f", "one", "two"]).ok();
    lan.dhow(dhow, &["network", "rm", "l3"]).ok();
    own_ipvlan(lan, dhow);
}

#[test]
fn an_ordinary_users_ipvlan_works_or_is_refused_clearly() {
    let dhow = &Dhow::user();
    let lan = &machine(dhow);
    create(lan, dhow, "-d ipvlan -o parent=lan0 bad").fails(1).says("leave the parent out");
    if has_ipvlan() {
        return own_ipvlan(lan, dhow);
    }
    create(lan, dhow, "-d ipvlan own").ok();
    lan.dhow(dhow, &["run", "--rm", "--network", "own", "busybox", "true"])
        .fails(125)
        .says("this kernel has no interfaces of type ipvlan");
    lan.dhow(dhow, &["network", "rm", "own"]).ok();
}

/// Whether the kernel makes such interfaces.
fn has_ipvlan() -> bool {
    let script = "ip link add a type veth peer name b && ip link add link a name c type ipvlan";
    Command::new("unshare").args(["-n", "sh", "-c", script]).output().unwrap().status.success()
}

/// Containers among themselves.
fn own_ipvlan(lan: &Lan, dhow: &Dhow) {
    create(lan, dhow, "-d ipvlan own").ok();
    start_server(lan, dhow, "one", &["--network", "own"]);
    start_server(lan, dhow, "two", &["--network", "own"]);
    assert!(reaches(lan, dhow, "two", "one"), "without a parent");
    lan.dhow(dhow, &["rm", "-f", "one", "two"]).ok();
    lan.dhow(dhow, &["network", "rm", "own"]).ok();
}

#[test]
#[ignore = "needs VLANs: the second kernel runs it"]
fn vlans_on_another_kernel() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    ip(&format!("-n {} link add link lan0 name lan0.10 type vlan id 10", lan.outside));
    ip(&format!("-n {} address add 192.0.2.2/24 dev lan0.10", lan.outside));
    ip(&format!("-n {} link set lan0.10 up", lan.outside));
    create(lan, dhow, "-d macvlan -o parent=lan0.10 --subnet 192.0.2.0/24 --gateway 192.0.2.2 mv").ok();
    assert!(!links(&lan.host).contains("lan0.10"), "made when it is needed");
    start_server(lan, dhow, "one", &["--network", "mv:ip=192.0.2.9"]);
    assert_eq!(Lan::get(&lan.outside, "http://192.0.2.9/cgi-bin/who").as_deref(), Some("192.0.2.2"));
    assert!(links(&lan.host).contains("lan0.10@lan0"));
    lan.dhow(dhow, &["rm", "-f", "one"]).ok();
    lan.dhow(dhow, &["network", "rm", "mv"]).ok();
    assert!(!links(&lan.host).contains("lan0.10"), "removed with the network");
    // One that was there stays.
    ip(&format!("-n {} link add link lan0 name lan0.11 type vlan id 11", lan.host));
    create(lan, dhow, "-d macvlan -o parent=lan0 -o vlan=11 mv").ok();
    lan.dhow(dhow, &["run", "--rm", "--network", "mv", "busybox", "true"]).ok();
    lan.dhow(dhow, &["network", "rm", "mv"]).ok();
    assert!(links(&lan.host).contains("lan0.11"));
    // The containers' ports of a bridge, and the bridge's own.
    create(lan, dhow, "-o vlan=20 tagged").ok();
    start_server(lan, dhow, "one", &["--network", "tagged", "-p", "8080:80"]);
    start_server(lan, dhow, "two", &["--network", "tagged"]);
    assert!(reaches(lan, dhow, "two", "one"));
    assert!(Lan::get(&lan.outside, "http://198.51.100.1:8080/cgi-bin/who").is_some());
    let out =
        Command::new("ip").args(["-n", &lan.host, "-d", "link", "show", "type", "bridge"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("vlan_filtering 1"));
    lan.dhow(dhow, &["rm", "-f", "one", "two"]).ok();
    lan.dhow(dhow, &["network", "rm", "tagged"]).ok();
}

//! Networks and name servers that have nothing but IPv6.

use crate::harness::Dhow;
use crate::networks::{Lan, inspect, ip, machine, start_server};

both! {
    fn a_network_of_ipv6_alone_is_whole(dhow) {
        let mut lan = machine(dhow);
        let outside = lan.outside.clone();
        lan.serve(dhow, &outside, 8000);
        // Nobody is to help out with IPv4, but for the loopback.
        for ns in [&lan.host, &lan.outside] {
            ip(&format!("-n {ns} -4 address flush dev lan0"));
        }
        lan.dhow(dhow, &["network", "create", "--ipv6", "--ipv4=false", "--subnet", "fd00:7::/64", "six"]).ok();
        lan.dhow(dhow, &["network", "create", "--subnet", "fd00:8::/64", "eight"]).ok();
        start_server(&lan, dhow, "web", &["--network", "six:alias=shop", "-p", "8080:80"]);
        let busybox = |name: &str, args: &str| {
            let command = [&["exec", name, "busybox"], &args.split(' ').collect::<Vec<_>>()[..]].concat();
            lan.dhow(dhow, &command)
        };
        let addresses = busybox("web", "ip -o address").ok().stdout();
        assert!(addresses.contains("inet6 fd00:7::2/64") && !addresses.contains("eth0    inet "), "{addresses}");
        let routes = busybox("web", "ip -6 route").ok().stdout();
        assert!(routes.contains("default via fd00:7::1 dev eth0"), "{routes}");
        assert_eq!(busybox("web", "ip route").ok().trimmed(), "");
        let conf = busybox("web", "cat /etc/resolv.conf").ok().stdout();
        assert!(conf.contains("nameserver 127.0.0.11\n"), "{conf}");
        let hosts = busybox("web", "cat /etc/hosts").ok().stdout();
        assert!(hosts.contains("fd00:7::2\t"), "{hosts}");

        lan.dhow(dhow, &["run", "-d", "--name", "peer", "--network", "six", "busybox", "sleep", "1000"]).ok();
        for name in ["web", "shop", "web.six"] {
            let seen = busybox("peer", &format!("wget -q -O - http://{name}/cgi-bin/who")).ok().trimmed();
            assert_eq!(seen, "[fd00:7::3]");
            busybox("peer", &format!("ping -6 -c 1 {name}")).ok();
        }
        let found = busybox("peer", "nslookup -type=aaaa shop").ok().stdout();
        assert!(found.contains("fd00:7::2"), "{found}");
        let found = busybox("peer", "nslookup fd00:7::2").ok().stdout();
        assert!(found.contains("web.six"), "{found}");

        // Out, under the host's address; echoes of an ordinary user where the host lets users ask.
        let seen = busybox("peer", "wget -q -O - http://[2001:db8::2]:8000/cgi-bin/who").ok().trimmed();
        assert_eq!(seen, "[2001:db8::1]");
        busybox("peer", "ping -6 -c 1 fd00:7::1").ok();
        let range = Lan::nsenter(&lan.host).args(["sysctl", "-w", "net.ipv4.ping_group_range=0 2147483647"]).output();
        assert!(range.unwrap().status.success());
        busybox("peer", "ping -6 -c 1 2001:db8::2").ok();

        let from_outside = || Lan::get(&lan.outside, "http://[2001:db8::1]:8080/cgi-bin/who");
        assert_eq!(from_outside().as_deref(), Some("[2001:db8::2]"), "the true source");
        is_reached_from_the_host(&lan, dhow);

        // From network to network, and over a restart.
        lan.dhow(dhow, &["network", "connect", "--ip6", "fd00:8::9", "eight", "web"]).ok();
        let template = "{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.GlobalIPv6Address}}/{{$e.GlobalIPv6PrefixLen}} {{$e.IPv6Gateway}},{{end}}";
        assert_eq!(inspect(&lan, dhow, "web", template), "eight fd00:8::9/64 fd00:8::1,six fd00:7::2/64 fd00:7::1,");
        lan.dhow(dhow, &["network", "disconnect", "six", "web"]).ok();
        assert_eq!(from_outside().as_deref(), Some("[2001:db8::2]"), "published by the other network");
        let routes = busybox("web", "ip -6 route").ok().stdout();
        assert!(routes.contains("default via fd00:8::1"), "{routes}");
        assert_eq!(busybox("web", "wget -q -O - http://[2001:db8::2]:8000/cgi-bin/who").ok().trimmed(), "[2001:db8::1]");
        lan.dhow(dhow, &["restart", "-t", "0", "web"]).ok();
        assert_eq!(inspect(&lan, dhow, "web", template), "eight fd00:8::9/64 fd00:8::1,");
        while from_outside().is_none() {}
        assert!(lan.ask(dhow, &["--network", "eight"], "http://web/cgi-bin/who").unwrap().starts_with("[fd00:8::"));
        assert_eq!(lan.ask(dhow, &["--network", "six"], "http://[fd00:8::9]/cgi-bin/who"), None);
        lan.dhow(dhow, &["rm", "-f", "web", "peer"]).ok();
        assert_eq!(from_outside(), None);
        lan.dhow(dhow, &["network", "rm", "six", "eight"]).ok();
    }
}

/// At port 8080 of all its addresses.
fn is_reached_from_the_host(lan: &Lan, dhow: &Dhow) {
    for host in ["::1", "2001:db8::1"] {
        let url = format!("http://[{host}]:8080/cgi-bin/who");
        assert!(Lan::get(&lan.host, &url).is_some(), "from the host by {host}");
    }
    let ports = lan.dhow(dhow, &["port", "web", "80"]).ok().lines();
    assert!(ports.contains(&"[::]:8080".to_string()), "{ports:?}");
}

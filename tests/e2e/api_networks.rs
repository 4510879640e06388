//! docker's network commands through `dhow serve`, on a machine of the test's own.

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::networks::machine;

both! {
    fn docker_manages_networks(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        docker(&["network", "create", "--subnet", "10.77.0.0/24", "--label", "a=b", "n"]);
        assert_eq!(docker(&["network", "ls", "--filter", "label=a=b", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"]), "n bridge local");
        assert_eq!(docker(&["network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "n"]), "10.77.0.0/24");
        docker(&["run", "-d", "--name", "web", "--net", "n", "--network-alias", "www", "busybox", "sleep", "1000"]);
        assert_eq!(docker(&["run", "--rm", "--net", "n", "busybox", "sh", "-c", "nslookup www 127.0.0.11 | grep -c 10.77.0.2"]), "1");
        assert!(docker(&["network", "inspect", "-f", "{{range .Containers}}{{.Name}}{{end}}", "n"]).contains("web"));
        server.docker(&["network", "rm", "n"]).fails(1).says("active endpoints");
        // One that runs, and one that doesn't.
        docker(&["network", "create", "m"]);
        docker(&["network", "connect", "--alias", "also", "m", "web"]);
        assert_eq!(docker(&["exec", "web", "sh", "-c", "ip -o link | grep -c 'eth[01]'"]), "2");
        docker(&["network", "disconnect", "m", "web"]);
        docker(&["create", "--name", "still", "--net", "n", "busybox"]);
        docker(&["network", "connect", "m", "still"]);
        docker(&["network", "disconnect", "m", "still"]);
        assert!(docker(&["network", "prune", "-f"]).contains('m'));
        docker(&["rm", "-f", "web", "still"]);
        docker(&["network", "rm", "n"]);
        server.docker(&["network", "rm", "n"]).fails(1).says("network n not found");
        assert!(!docker(&["network", "ls", "-q"]).is_empty());
    }

    fn a_place_on_a_network_has_what_was_asked_for(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        // dockerd takes every name.
        for name in ["with space", "n"] {
            server.post("/networks/create", &json!({"Name": name})).is(201);
        }
        server.post("/networks/create", &json!({"Name": " "})).is(400).says("invalid name");
        server.post("/networks/create", &json!({"Name": "../n"})).is(400).says("invalid network name \"../n\"");
        let sysctls = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0";
        let wish = json!({
            "MacAddress": "02:00:00:00:00:09",
            "DriverOpts": {"foo": "bar", "com.docker.network.endpoint.sysctls": sysctls, "com.docker.network.endpoint.ifname": "lan0"},
            "IPAMConfig": {"LinkLocalIPs": ["169.254.7.8", "fe80::77"]},
        });
        server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "with space"},
            "NetworkingConfig": {"EndpointsConfig": {"with space": wish}},
        }));
        let place = |network: &str| server.get("/containers/c/json").is(200).json()["NetworkSettings"]["Networks"][network].clone();
        let as_asked = |place: &Value| {
            for field in ["MacAddress", "DriverOpts", "IPAMConfig"] {
                assert_eq!(place[field], wish[field]);
            }
        };
        as_asked(&place("with space"));
        server.post("/containers/c/start", &Value::Null).is(204);
        as_asked(&place("with space"));
        let exec = |shell: &str| lan.dhow(dhow, &["exec", "c", "sh", "-c", shell]).ok().trimmed();
        let addresses = exec("ip -o addr show lan0");
        assert!(addresses.contains("169.254.7.8/16") && addresses.contains("fe80::77/64"), "{addresses}");
        assert_eq!(exec("cd /proc/sys/net/ipv4/conf/lan0; cat log_martians forwarding"), "1\n0");
        // The same by the command line, and for one that runs.
        lan.dhow(dhow, &["network", "connect", "--driver-opt", "x=y", "--link-local-ip", "169.254.1.2", "n", "c"]).ok();
        assert_eq!(place("n")["DriverOpts"], json!({"x": "y"}));
        assert!(exec("ip -o addr show eth1").contains("169.254.1.2/16"));
        let quoted = format!("name=n,\"driver-opt=com.docker.network.endpoint.sysctls={sysctls}\",link-local-ip=169.254.3.4");
        let script = "cat /proc/sys/net/ipv4/conf/eth0/log_martians; ip -o addr show eth0 | grep -c 169.254.3.4/16";
        let shown = lan.dhow(dhow, &["run", "--rm", "--network", &quoted, "busybox", "sh", "-c", script]).ok();
        assert_eq!(shown.lines(), ["1", "1"]);
        lan.dhow(dhow, &["run", "--rm", "--link-local-ip", "169.254.3.4", "busybox", "sh", "-c", "ip addr | grep -c 169.254.3.4/16"]).ok();
        for (wrong, why) in [
            (json!({"IPAMConfig": {"LinkLocalIPs": ["10.1.2.3"]}}), "invalid link-local IP address"),
            (json!({"IPAMConfig": {"LinkLocalIPs": ["nope"]}}), "invalid link-local IP address"),
            (json!({"DriverOpts": {"com.docker.network.endpoint.sysctls": "net.ipv4.ip_forward=1"}}), "unrecognised network interface sysctl"),
        ] {
            server.post("/networks/n/connect", &json!({"Container": "c", "EndpointConfig": wrong})).is(400).says(why);
        }
        // What the kernel doesn't know leaves nothing behind.
        lan.dhow(dhow, &["network", "disconnect", "n", "c"]).ok();
        let unknown = json!({"DriverOpts": {"com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.nonsense=1"}});
        server.post("/networks/n/connect", &json!({"Container": "c", "EndpointConfig": unknown})).fails().says("setting net.ipv4.conf.eth1.nonsense");
        assert_eq!(exec("ls /sys/class/net"), "lan0\nlo");
        let default = server.get("/networks/bridge").is(200).json()["Options"].clone();
        assert_eq!(default["com.docker.network.bridge.default_bridge"], "true");
        server.delete("/containers/c?force=1").is(204);
        server.delete("/networks/with%20space").is(204);
        server.delete("/networks/n").is(204);
    }

    // As docker: it has to be there when the container starts.
    fn a_network_may_come_after_the_container(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        let container = |name: &str, network: &str| {
            server.create(name, &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": network}}));
        };
        let networks = || server.get("/containers/c/json").is(200).json()["NetworkSettings"]["Networks"].clone();
        container("c", "later");
        server.post("/containers/c/start", &Value::Null).is(404).says("network later not found");
        let state = server.get("/containers/c/json").is(200).json()["State"].clone();
        assert_eq!((&state["Status"], &state["ExitCode"], &state["Error"]), (&json!("created"), &json!(128), &json!("network later not found")));
        assert_eq!(networks()["later"]["NetworkID"], "");
        server.post("/networks/create", &json!({"Name": "later"})).is(201);
        server.post("/containers/c/start", &Value::Null).is(204);
        assert_ne!(networks()["later"]["NetworkID"], "");
        server.post("/networks/later/connect", &json!({"Container": "c"})).is(403).says("endpoint with name c already exists in network later");
        // What is wrong with an address is the client's fault, also when the container's monitor finds it.
        server.post("/networks/create", &json!({"Name": "other", "IPAM": {"Config": [{"Subnet": "10.66.0.0/24"}]}})).is(201);
        let far = json!({"Container": "c", "EndpointConfig": {"IPAMConfig": {"IPv4Address": "10.250.0.1"}}});
        server.post("/networks/other/connect", &far).is(400).says("10.250.0.1");
        let overlapping = json!({"Name": "third", "IPAM": {"Config": [{"Subnet": "10.66.0.0/25"}]}});
        server.post("/networks/create", &overlapping).is(403).says("Pool overlaps with other one on this address space");
        // IPv4 is there unless it isn't wanted.
        for (name, four, subnets) in [("both", Value::Null, 2), ("six", false.into(), 1)] {
            let body = json!({"Name": name, "EnableIPv4": four, "EnableIPv6": true, "IPAM": {"Config": [{"Subnet": format!("fd0{subnets}::/64")}]}});
            server.post("/networks/create", &body).is(201);
            let made = server.get(&format!("/networks/{name}")).is(200).json();
            assert_eq!(made["IPAM"]["Config"].as_array().unwrap().len(), subnets, "{made}");
            assert_eq!((&made["EnableIPv4"], &made["EnableIPv6"]), (&json!(subnets == 2), &json!(true)));
            server.delete(&format!("/networks/{name}")).is(204);
        }
        // docker compose makes a container anew that it finds stopped, and not on the networks of the project.
        let id = networks()["later"]["NetworkID"].clone();
        server.post("/containers/c/stop?t=0", &Value::Null).is(204);
        assert_eq!(networks()["later"]["NetworkID"], id);
        let listed = server.get("/containers/json?all=1").is(200).json()[0]["NetworkSettings"]["Networks"]["later"].clone();
        assert_eq!((&listed["NetworkID"], &listed["EndpointID"]), (&id, &json!("")));
        server.post("/containers/c/start", &Value::Null).is(204);
        let pid = server.get("/containers/c/json").is(200).json()["State"]["Pid"].as_i64().unwrap() as i32;
        crate::crashes::kill_now(crate::crashes::parent(pid));
        assert_eq!(networks()["later"]["NetworkID"], id);
        // docker's run leaves a container that it could not start, and so does ours.
        server.docker(&["run", "--name", "d", "--net", "never", "busybox", "true"]).fails(125).says("network never not found");
        lan.dhow(dhow, &["run", "--name", "e", "--network", "never", "busybox", "true"]).fails(125).says("network never not found");
        lan.dhow(dhow, &["create", "--name", "f", "--network", "never", "busybox", "true"]).ok();
        for name in ["d", "e", "f"] {
            assert_eq!(lan.dhow(dhow, &["inspect", "-f", "{{.State.Status}} {{.HostConfig.NetworkMode}}", name]).ok().trimmed(), "created never");
            lan.dhow(dhow, &["network", "disconnect", "never", name]).ok();
            lan.dhow(dhow, &["network", "disconnect", "never", name]).fails(1).says("network never not found");
        }
        lan.dhow(dhow, &["rm", "-f", "c", "d", "e", "f"]).ok();
        for name in ["later", "other"] {
            server.delete(&format!("/networks/{name}")).is(204);
        }
    }

    fn of_several_networks_one_leads_out(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        for (name, net) in [("a", "10.61.0.0/24"), ("b", "10.62.0.0/24"), ("c", "10.63.0.0/24")] {
            docker(&["network", "create", "--subnet", net, name]);
        }
        docker(&["run", "-d", "--name", "x", "--network", "name=a", "--network", "name=b,gw-priority=5", "busybox", "sleep", "1000"]);
        let way_out = || docker(&["exec", "x", "sh", "-c", "ip route | grep default"]);
        assert!(way_out().contains("via 10.62.0.1"), "{}", way_out());
        assert_eq!(docker(&["inspect", "-f", "{{.NetworkSettings.Networks.b.GwPriority}}", "x"]), "5");
        docker(&["network", "disconnect", "b", "x"]);
        assert!(way_out().contains("via 10.61.0.1"), "{}", way_out());
        // It moves while the container runs, and back.
        lan.dhow(dhow, &["network", "connect", "--gw-priority", "-1", "c", "x"]).ok();
        assert!(way_out().contains("via 10.61.0.1"), "{}", way_out());
        docker(&["network", "disconnect", "c", "x"]);
        server.post("/networks/c/connect", &json!({"Container": "x", "EndpointConfig": {"GwPriority": 9}})).is(200);
        assert_eq!(way_out().lines().count(), 1);
        assert!(way_out().contains("via 10.63.0.1"), "{}", way_out());
        docker(&["network", "disconnect", "c", "x"]);
        assert!(way_out().contains("via 10.61.0.1"), "{}", way_out());
        lan.dhow(dhow, &["network", "connect", "--gw-priority", "-1", "c", "x"]).ok();
        docker(&["stop", "-t", "0", "x"]);
        lan.dhow(dhow, &["network", "connect", "--gw-priority", "1", "b", "x"]).ok();
        docker(&["start", "x"]);
        assert!(way_out().contains("via 10.62.0.1"), "{}", way_out());
        docker(&["rm", "-f", "x"]);
        docker(&["network", "rm", "a", "b", "c"]);
    }

    /// Also that of IPv6, and after a failure it is where it was; a network that leads nowhere is no way out.
    fn the_way_out_moves_with_all_that_belongs_to_it(dhow) {
        let lan = machine(dhow);
        for (name, four, six, option) in [
            ("a", "10.61.0.0/24", "fd00:61::/64", "--attachable"), ("b", "10.62.0.0/24", "fd00:62::/64", "--attachable"),
            ("i", "10.63.0.0/24", "fd00:63::/64", "--internal"), ("j", "10.64.0.0/24", "fd00:64::/64", "--internal"),
        ] {
            lan.dhow(dhow, &["network", "create", "--ipv6", "--subnet", four, "--subnet", six, option, name]).ok();
        }
        let ways = || {
            let shell = "ip route | grep default; ip -6 route | grep default";
            let text = lan.dhow(dhow, &["exec", "x", "sh", "-c", shell]).out;
            let text = String::from_utf8(text).unwrap();
            text.lines().map(|l| l.split_whitespace().nth(2).unwrap().to_string()).collect::<Vec<_>>().join(" ")
        };
        let connect = |priority: &str, network: &str| lan.dhow(dhow, &["network", "connect", "--gw-priority", priority, network, "x"]);
        lan.dhow(dhow, &["run", "-d", "--name", "x", "--privileged", "--network", "i", "busybox", "sleep", "1000"]).ok();
        assert_eq!(ways(), "");
        connect("7", "j").ok();
        assert_eq!(ways(), "");
        connect("0", "a").ok();
        assert_eq!(ways(), "10.61.0.1 fd00:61::1");
        // Only its last step fails, when the old routes are away.
        let six = |is_off: u8| {
            let shell = format!("echo {is_off} > /proc/sys/net/ipv6/conf/default/disable_ipv6");
            lan.dhow(dhow, &["exec", "x", "sh", "-c", &shell]).ok();
        };
        six(1);
        connect("1", "b").fails(1).says("giving the container its addresses on network b");
        assert_eq!(ways(), "10.61.0.1 fd00:61::1");
        six(0);
        connect("1", "b").ok();
        assert_eq!(ways(), "10.62.0.1 fd00:62::1");
        lan.dhow(dhow, &["network", "disconnect", "b", "x"]).ok();
        assert_eq!(ways(), "10.61.0.1 fd00:61::1");
        // One that somebody inside has made is in nobody's way.
        lan.dhow(dhow, &["exec", "x", "ip", "route", "replace", "default", "via", "10.61.0.77"]).ok();
        connect("1", "b").ok();
        assert_eq!(ways(), "10.62.0.1 fd00:62::1");
        lan.dhow(dhow, &["rm", "-f", "x"]).ok();
        // A stopped container doesn't keep its networks; it says what it misses.
        lan.dhow(dhow, &["create", "--name", "y", "--network", "b", "busybox", "true"]).ok();
        let pruned = lan.dhow(dhow, &["network", "prune", "-f"]).ok();
        assert_eq!(pruned.lines(), ["Deleted Networks:", "a", "b", "i", "j", ""]);
        lan.dhow(dhow, &["start", "y"]).fails(1).says("network b not found");
        lan.dhow(dhow, &["network", "create", "b"]).ok();
        lan.dhow(dhow, &["start", "-a", "y"]).ok();
        lan.dhow(dhow, &["rm", "y"]).ok();
        lan.dhow(dhow, &["network", "rm", "b"]).ok();
    }

    fn ports_and_dead_containers(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        docker(&["run", "-d", "--name", "c", "-p", "8080:80", "busybox", "sh", "-c", "echo found > /tmp/f; httpd -f -p 80 -h /tmp"]);
        assert_eq!(docker(&["port", "c"]), "80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080");
        let url = "http://198.51.100.1:8080/f";
        while crate::networks::Lan::get(&lan.outside, url).is_none() {}
        assert_eq!(crate::networks::Lan::get(&lan.outside, url).unwrap(), "found");
        // A second keeps the namespace of an ordinary user's networks; what is left of the first is the server's to clean up.
        docker(&["run", "-d", "--name", "d", "busybox", "sleep", "1000"]);
        let pid: i32 = docker(&["inspect", "-f", "{{.State.Pid}}", "c"]).parse().unwrap();
        crate::crashes::kill_now(crate::crashes::parent(pid));
        assert_eq!(docker(&["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "c"]), "exited 137");
        assert!(crate::networks::Lan::get(&lan.outside, url).is_none());
        docker(&["start", "c"]);
        while crate::networks::Lan::get(&lan.outside, url).is_none() {}
        docker(&["rm", "-f", "c", "d"]);
    }
}

//! docker's network commands through `dhow serve`, on a machine of the test's own.

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

    fn ports_and_dead_containers(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        docker(&["run", "-d", "--name", "c", "-p", "8080:80", "busybox", "sh", "-c", "echo found > /tmp/f; httpd -f -p 80 -h /tmp"]);
        assert!(docker(&["port", "c"]).contains("80/tcp -> 0.0.0.0:8080"));
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

//! Links between containers, and what else one container knows of others.

use crate::harness::Dhow;
use crate::networks::{Lan, inspect, machine};

fn exec(lan: &Lan, dhow: &Dhow, name: &str, command: &[&str]) -> String {
    lan.dhow(dhow, &[&["exec", name, "busybox"], command].concat()).ok().stdout()
}

fn sleeper(lan: &Lan, dhow: &Dhow, name: &str, options: &[&str]) {
    lan.dhow(dhow, &[&["run", "-d", "--name", name], options, &["busybox", "sleep", "1000"]].concat()).ok();
}

both! {
    fn links_on_the_default_network(dhow) {
        let lan = &machine(dhow);
        sleeper(lan, dhow, "db", &["--expose", "80", "--expose", "53/udp", "-e", "PASSWORD=sea", "-e", "SHARED=theirs"]);
        let links = ["--link", "db:my-store", "--link", "db", "-e", "SHARED=own", "-e", "DB_NAME=own"];
        sleeper(lan, dhow, "web", &links);
        let address = |name: &str| inspect(lan, dhow, name, "{{.NetworkSettings.IPAddress}}");
        let (first, id) = (address("db"), inspect(lan, dhow, "db", "{{.Id}}"));
        let hosts = || exec(lan, dhow, "web", &["cat", "/etc/hosts"]);
        let lines = |address: &str| [format!("{address}\tmy-store {} db\n", &id[..12]), format!("{address}\tdb {}\n", &id[..12])];
        assert!(lines(&first).iter().all(|line| hosts().contains(line)), "{}", hosts());
        exec(lan, dhow, "web", &["ping", "-c", "1", "-W", "5", "my-store"]);
        let env = exec(lan, dhow, "web", &["env"]);
        for line in [
            format!("DB_PORT=tcp://{first}:80"),
            format!("MY_STORE_PORT_80_TCP_ADDR={first}"),
            "MY_STORE_PORT_53_UDP_PROTO=udp".into(),
            "MY_STORE_NAME=/web/my-store".into(),
            "MY_STORE_ENV_PASSWORD=sea".into(),
            "MY_STORE_ENV_SHARED=theirs".into(),
            "SHARED=own".into(),
            "DB_NAME=own".into(),
        ] {
            assert!(env.lines().any(|l| l == line), "{line} in {env}");
        }
        assert!(!env.contains("DB_NAME=/web/db") && !env.contains("_ENV_PATH"), "{env}");
        let own = lan.dhow(dhow, &["run", "--rm", "--link", "db:store", "busybox", "busybox", "env"]).ok().stdout();
        assert!(own.contains(&format!("STORE_PORT_80_TCP=tcp://{first}:80\n")), "{own}");
        // Where containers are listed, they are further names.
        let names = |options: &[&str]| {
            let all = [&["ps", "--filter", "name=^/db$", "--format", "{{.Names}}"], options].concat();
            lan.dhow(dhow, &all).ok().trimmed()
        };
        assert_eq!((names(&[]).as_str(), names(&["--no-trunc"]).as_str()), ("db", "db,web/db,web/my-store"));
        let all = lan.dhow(dhow, &["ps", "--no-trunc", "--format", "{{.Names}}"]).ok().lines();
        assert_eq!(all, ["web", "db,web/db,web/my-store"]);
        assert_eq!(inspect(lan, dhow, "web/my-store", "{{.Id}}"), id);
        let server = crate::api_server::Server::on(lan, dhow);
        let listed = server.get("/containers/json").is(200).json();
        assert_eq!(listed[1]["Names"], serde_json::json!(["/db", "/web/db", "/web/my-store"]));
        assert_eq!(listed[0]["Names"], serde_json::json!(["/web"]));
        assert_eq!(server.get("/containers/json?size=1").is(200).json()[1]["Names"], listed[1]["Names"]);
        server.get("/containers/web/my-store/json").is(200);
        server.get("/containers/web/none/json").is(404).says("No such container: web/none");
        drop(server);
        let told = inspect(lan, dhow, "web", "{{json .HostConfig.Links}}");
        assert_eq!(told, r#"["/db:/web/my-store","/db:/web/db"]"#);
        // It comes back under another address, with somebody else at the old one.
        lan.dhow(dhow, &["stop", "-t", "0", "db"]).ok();
        assert!(hosts().contains(&lines(&first)[0]), "as it was");
        lan.dhow(dhow, &["start", "db"]).ok();
        let second = address("db");
        assert_ne!(first, second);
        while !lines(&second).iter().all(|line| hosts().contains(line)) {}
        assert!(!hosts().contains(&first));
        exec(lan, dhow, "web", &["ping", "-c", "1", "-W", "5", "db"]);
        assert!(exec(lan, dhow, "web", &["env"]).contains(&format!("DB_PORT_80_TCP_ADDR={second}")));
        // Both are told to a container that comes to a network later.
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        lan.dhow(dhow, &["network", "connect", "lan", "web"]).ok();
        let own = inspect(lan, dhow, "web", "{{.NetworkSettings.Networks.lan.IPAddress}}");
        assert!(hosts().contains(&own) && hosts().contains(&lines(&second)[0]), "{}", hosts());
        lan.dhow(dhow, &["restart", "-t", "0", "web"]).ok();
        assert!(hosts().contains(&lines(&second)[1]));
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn links_that_cannot_be(dhow) {
        let lan = &machine(dhow);
        sleeper(lan, dhow, "db", &[]);
        sleeper(lan, dhow, "web", &["--link", "db:my-store"]);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        // In docker's words.
        lan.dhow(dhow, &["run", "--rm", "--link", "nobody", "busybox", "true"])
            .fails(125)
            .says("could not get container for nobody: No such container: nobody");
        for (options, says) in [
            (&["--network", "host", "--link", "db:x"][..], "host type networking can't be used with links"),
            (&["--network", "none", "--link", "db:x"], "none type networking can't be used with links"),
            (&["--network", "container:db", "--link", "db:x"], "container type networking can't be used with links"),
            (&["--link", "db:x:y"], "bad format for links: db:x:y"),
        ] {
            lan.dhow(dhow, &[&["run", "--rm"], options, &["busybox", "true"]].concat()).fails(125).says(says);
        }
        sleeper(lan, dhow, "elsewhere", &["--network", "lan"]);
        lan.dhow(dhow, &["run", "--rm", "--link", "elsewhere", "busybox", "true"])
            .fails(125)
            .says("Cannot link to /elsewhere, as it does not belong to the default network");
        lan.dhow(dhow, &["stop", "-t", "0", "db"]).ok();
        lan.dhow(dhow, &["restart", "-t", "0", "web"])
            .fails(1)
            .says("Cannot link to a non running container: /db AS /web/my-store");
        lan.dhow(dhow, &["rm", "-f", "db"]).ok();
        lan.dhow(dhow, &["start", "web"]).fails(1).says("Cannot link to a container that was removed");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
    }

    fn links_on_other_networks_are_names_for_one_container(dhow) {
        let lan = &machine(dhow);
        lan.dhow(dhow, &["network", "create", "lan"]).ok();
        lan.dhow(dhow, &["network", "create", "more"]).ok();
        sleeper(lan, dhow, "db", &["--network", "lan"]);
        let id = inspect(lan, dhow, "db", "{{.Id}}");
        let by_id = format!("{}:by-id", &id[..20]);
        sleeper(lan, dhow, "web", &["--network", "lan", "--link", "db:store", "--link", &by_id, "--link", "later:db2"]);
        sleeper(lan, dhow, "other", &["--network", "lan"]);
        let db = inspect(lan, dhow, "db", "{{.NetworkSettings.Networks.lan.IPAddress}}");
        let look_up = |who: &str, name: &str| lan.dhow(dhow, &["exec", who, "busybox", "nslookup", name]);
        for name in ["store", "by-id", "STORE", "db"] {
            assert!(look_up("web", name).ok().stdout().contains(&db), "{name}");
        }
        assert_ne!(look_up("other", "store").code, 0, "for web alone");
        assert!(!exec(lan, dhow, "web", &["env"]).contains("STORE_"));
        assert_ne!(look_up("web", "db2").code, 0, "it isn't there yet");
        sleeper(lan, dhow, "later", &["--network", "lan"]);
        let later = inspect(lan, dhow, "later", "{{.NetworkSettings.Networks.lan.IPAddress}}");
        assert!(look_up("web", "db2").ok().stdout().contains(&later));
        let told = inspect(lan, dhow, "web", "{{json .NetworkSettings.Networks.lan.Links}}");
        assert_eq!(told, format!(r#"["db:store","{}:by-id","later:db2"]"#, &id[..12]));
        // Made with a connection.
        lan.dhow(dhow, &["network", "connect", "more", "db"]).ok();
        lan.dhow(dhow, &["network", "connect", "--link", "db:again", "more", "other"]).ok();
        assert_eq!(look_up("other", "again").code, 0);
        assert_ne!(look_up("web", "again").code, 0);
        lan.dhow(dhow, &["network", "connect", "--link", "db:x", "bridge", "later"])
            .fails(1)
            .says("are made by run or create");
        lan.dhow(dhow, &["rm", "-fa"]).ok();
        lan.dhow(dhow, &["network", "rm", "lan", "more"]).ok();
    }
}

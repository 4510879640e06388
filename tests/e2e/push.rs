//! `push`, and the API's push, to Debian's docker-registry.

use std::process::Command;

use crate::api_server::Server;
use crate::harness::Stdin;
use crate::registry::{Options, PASSWORD, Registry, USER};

/// What a registry has under a name, as skopeo sees it.
fn raw(name: &str, credentials: &[&str]) -> serde_json::Value {
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["inspect", "--raw", "--tls-verify=false"]).args(credentials).arg(format!("docker://{name}"));
    let out = skopeo.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

both! {
    fn what_is_pushed_is_pulled_again_the_same(dhow) {
        let registry = Registry::start(Options::default());
        dhow.load_busybox();
        let name = format!("{}/a/b:1", registry.host());
        dhow.run(["tag", "busybox", &name]).ok();
        let out = dhow.run(["push", &name]).ok();
        let repository = name.trim_end_matches(":1");
        assert!(out.stdout().contains(&format!("The push refers to repository [{repository}]")), "{out:?}");
        assert!(out.stdout().contains(": Pushed") && out.stdout().contains("1: digest: sha256:"), "{out:?}");
        assert!(dhow.run(["push", &name]).ok().stdout().contains("Layer already exists"));
        let digest = out.stdout().split_whitespace().find(|w| w.starts_with("sha256:")).unwrap().to_string();
        assert!(raw(&name, &[])["layers"].is_array());
        let id = dhow.run(["image", "inspect", "-f", "{{.Id}}", &name]).ok().trimmed();
        dhow.run(["rmi", &name, "busybox"]).ok();
        dhow.run(["pull", "-q", &format!("{repository}@{digest}")]).ok();
        assert_eq!(dhow.run(["image", "inspect", "-f", "{{.Id}}", &format!("{repository}@{digest}")]).ok().trimmed(), id);
        dhow.run(["run", "--rm", &format!("{repository}@{digest}"), "true"]).ok();
    }

    fn all_tags_and_other_destinations(dhow) {
        let registry = Registry::start(Options::default());
        dhow.load_busybox();
        let repository = format!("{}/x", registry.host());
        for tag in ["1", "2"] {
            dhow.run(["tag", "busybox", &format!("{repository}:{tag}")]).ok();
        }
        dhow.run(["push", "-a", &repository]).ok();
        dhow.run(["push", "-q", "busybox", &format!("{repository}:3")]).ok();
        for tag in ["1", "2", "3"] {
            raw(&format!("{repository}:{tag}"), &[]);
        }
        dhow.run(["push", "-a", &format!("{repository}:1")]).fails(1).says("tag can't be used with --all-tags");
        dhow.run(["push", &format!("{repository}:none")]).fails(1).says("does not exist locally");
        dhow.run(["push", "-a", &format!("{}/none", registry.host())]).fails(1).says("does not exist locally");
        let id = dhow.run(["images", "-q", "busybox"]).ok().trimmed();
        dhow.run(["push", &id]).fails(1).says("an id says not where to push");
    }

    fn accounts_are_asked_for(dhow) {
        let registry = Registry::start(Options { auth: true, tls: false });
        let name = format!("{}/p:1", registry.host());
        dhow.load_busybox();
        dhow.run(["tag", "busybox", &name]).ok();
        dhow.run(["push", &name]).fails(1).says("authentication required");
        dhow.run_input(["login", "-u", USER, "--password-stdin", &registry.host()], PASSWORD).ok();
        dhow.run(["push", &name]).ok();
        raw(&name, &["--creds", &format!("{USER}:{PASSWORD}")]);
    }

    fn docker_pushes_and_pulls_through_the_api(dhow) {
        let registry = Registry::start(Options { auth: true, tls: false });
        let name = format!("{}/p:1", registry.host());
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.docker(&["tag", "busybox", &name]).ok();
        server.docker(&["push", &name]).fails(1);
        server.docker_with(&["login", "-u", USER, "--password-stdin", &registry.host()], Stdin::Bytes(b"wrong".to_vec())).fails(1);
        server.docker_with(&["login", "-u", USER, "--password-stdin", &registry.host()], Stdin::Bytes(PASSWORD.into())).ok();
        let pushed = server.docker(&["push", &name]).ok();
        assert!(pushed.stdout().contains("Pushed") && pushed.stdout().contains("1: digest: sha256:"), "{pushed:?}");
        server.docker(&["rmi", &name, "busybox"]).ok();
        let pulled = server.docker(&["pull", &name]).ok();
        assert!(pulled.stdout().contains(&format!("Status: Downloaded newer image for {name}")), "{pulled:?}");
        assert!(pulled.stdout().contains("Pull complete"), "{pulled:?}");
        assert!(server.docker(&["pull", &name]).ok().stdout().contains("Image is up to date"));
        let ran = server.docker(&["run", "--rm", "--net", "none", &name, "echo", "hi"]).ok();
        assert_eq!(ran.stdout(), "hi\n");
        server.docker(&["pull", &format!("{}/none:1", registry.host())]).fails(1).says("none");
        let inspected = server.get(&format!("/distribution/{name}/json")).is(200).json();
        assert_eq!(inspected["Platforms"][0]["os"], "linux");
        assert!(inspected["Platforms"][0].get("variant").is_none(), "{inspected}");
        // Another account than the one that is stored, as a client sends it: {"username":"x","password":"y"}
        let other = ["-H", "X-Registry-Auth: eyJ1c2VybmFtZSI6IngiLCJwYXNzd29yZCI6InkifQ=="];
        let refused = server.call("GET", &format!("/distribution/{name}/json"), &other, None);
        assert_eq!(refused.status, 401, "{}", refused.text());
    }
}

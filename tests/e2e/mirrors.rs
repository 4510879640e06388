//! Where images really come from: registries.conf, mirrors, short names, proxies.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::evil::{Evil, Reply};
use crate::fixtures::{self, ServedImage};
use crate::harness::Dhow;
use crate::registry::{Options, PASSWORD, Registry, USER};

fn image() -> ServedImage {
    fixtures::served_image(&fixtures::busybox_layer())
}

fn configure(dhow: &Dhow, text: &str) {
    dhow.file("h/.config/containers/registries.conf", text);
}

both! {
    fn short_names_search_registries_in_turn(dhow) {
        let empty = Evil::start(|_| Reply::not_found());
        let full = Evil::registry(image(), |_| None);
        let search = format!("unqualified-search-registries = [\"{}\", \"{}\"]\n", empty.host(), full.host());
        configure(dhow, &search);
        dhow.run(["pull", "shortbox:1"]).ok();
        assert!(empty.count("GET", "/v2/shortbox/manifests/1") > 0, "asked in order");
        let listed = dhow.run(["images"]).ok().stdout();
        assert!(listed.contains(&format!("{}/shortbox", full.host())), "{listed}");
        // One registry only: its own words.
        configure(dhow, &format!("unqualified-search-registries = [\"{}\"]\n", empty.host()));
        dhow.run(["pull", "nothing"]).fails(1).says("repository name not known");
    }

    fn mirrors_are_asked_first_and_may_fail(dhow) {
        let broken = Evil::start(|_| Reply::not_found());
        let mirror = Evil::registry(image(), |_| None);
        let (first, second) = (broken.host(), mirror.host());
        configure(dhow, &format!(
            "[[registry]]\nprefix = \"reg.invalid/team\"\nlocation = \"{second}/kept\"\n\
             [[registry.mirror]]\nlocation = \"{first}/mirrored\"\n"
        ));
        dhow.run(["pull", "reg.invalid/team/app:1"]).ok();
        assert!(broken.count("GET", "/v2/mirrored/app/manifests/1") > 0);
        assert!(mirror.count("GET", "/v2/kept/app/manifests/1") > 0);
        // The image has the name that was asked for, not where it came from.
        let listed = dhow.run(["images"]).ok().stdout();
        assert!(listed.contains("reg.invalid/team/app") && !listed.contains("kept"), "{listed}");
    }
}

#[test]
fn blocked_registries_are_not_asked() {
    let dhow = Dhow::root();
    let server = Evil::registry(image(), |_| None);
    configure(&dhow, &format!("[[registry]]\nlocation = \"{}\"\nblocked = true\n", server.host()));
    dhow.run(["pull", &format!("{}/app", server.host())]).fails(1).says("blocks");
    assert!(server.requests().is_empty());
}

#[test]
fn a_damaged_configuration_is_named() {
    let dhow = Dhow::root();
    configure(&dhow, "[[registry]\n");
    dhow.run(["pull", "busybox"]).fails(1).says("registries.conf");
    let mut dhow = Dhow::root();
    dhow.set_env("CONTAINERS_REGISTRIES_CONF", "/nonexistent/registries.conf");
    dhow.run(["pull", "busybox"]).fails(1).says("/nonexistent/registries.conf");
}

#[test]
fn aliases_of_drop_in_files() {
    let dhow = Dhow::user();
    let server = Evil::registry(image(), |_| None);
    let alias = format!("[aliases]\nbox = \"{}/team/box\"\n", server.host());
    dhow.file("h/.config/containers/registries.conf.d/10-box.conf", alias);
    dhow.run(["pull", "box:2"]).ok();
    assert!(server.count("GET", "/v2/team/box/manifests/2") > 0);
}

#[test]
fn credentials_of_a_mirror_are_its_own() {
    let dhow = Dhow::user();
    let mirror = Registry::start(Options { auth: true, tls: true });
    mirror.push_busybox("mirrored/busybox:1");
    configure(
        &dhow,
        &format!(
            "[[registry]]\nlocation = \"reg.invalid\"\n[[registry.mirror]]\nlocation = \"{}/mirrored\"\ninsecure = true\n\
         [[registry]]\nlocation = \"{}\"\ninsecure = true\n",
            mirror.host(),
            mirror.host()
        ),
    );
    // The mirror refuses, the registry itself does not exist: that is the failure to report.
    dhow.run(["pull", "reg.invalid/busybox:1"]).fails(1).says("reg.invalid");
    dhow.run_input(["login", "-u", USER, "--password-stdin", &mirror.host()], PASSWORD).ok();
    dhow.run(["pull", "reg.invalid/busybox:1"]).ok();
}

/// A proxy that connects every tunnel to `target`. Answers its address and the heads of the requests that it got.
fn proxy(target: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (target, seen) = (target.clone(), seen.clone());
            std::thread::spawn(move || tunnel(client, &target, &seen));
        }
    });
    (address, heads)
}

fn tunnel(client: TcpStream, target: &str, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    seen.lock().unwrap().push(head);
    let mut server = TcpStream::connect(target).unwrap();
    (&client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    let mut up = server.try_clone().unwrap();
    std::thread::spawn(move || std::io::copy(&mut reader, &mut up));
    let _ = std::io::copy(&mut server, &mut &client);
}

#[test]
fn proxies_reach_what_this_machine_cannot() {
    let mut dhow = Dhow::user();
    let registry = Registry::start(Options { auth: false, tls: true });
    registry.push_busybox("busybox:1");
    let (address, heads) = proxy(registry.host());
    configure(&dhow, "[[registry]]\nlocation = \"reg.invalid\"\ninsecure = true\n");
    dhow.run(["pull", "reg.invalid/busybox:1"]).fails(1).says("no host named reg.invalid");
    dhow.set_env("HTTPS_PROXY", format!("http://ann:pr%40xy@{address}"));
    dhow.run(["pull", "reg.invalid/busybox:1"]).ok();
    let heads = heads.lock().unwrap().clone();
    assert!(heads.iter().all(|h| h.starts_with("CONNECT reg.invalid:443 ")), "{heads:?}");
    // ann:pr@xy
    assert!(
        heads
            .iter()
            .any(|h| h.to_lowercase().contains("proxy-authorization: basic") && h.contains("YW5uOnByQHh5")),
        "{heads:?}"
    );
    dhow.set_env("NO_PROXY", ".invalid");
    dhow.run(["rmi", "reg.invalid/busybox:1"]).ok();
    dhow.run(["pull", "reg.invalid/busybox:1"]).fails(1);
}

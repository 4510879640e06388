//! `pull`, against Debian's docker-registry and against registries that misbehave.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use dhow::state::Digest;
use serde_json::json;

use crate::evil::{Evil, Reply};
use crate::fixtures::{self, OCI_MANIFEST};
use crate::harness::{self, Dhow};
use crate::registry::{Options, PASSWORD, Registry, USER};
use crate::terminal::Terminal;

#[track_caller]
fn assert_nothing_stored(dhow: &Dhow) {
    for dir in ["images/blobs/sha256", "images/leases", "layers"] {
        if let Ok(entries) = std::fs::read_dir(dhow.root_dir().join(dir)) {
            let left: Vec<_> = entries.flatten().map(|e| e.path()).collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
    assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "");
}

both! {
    fn by_tag_and_by_digest(dhow) {
        let registry = Registry::start(Options::default());
        let name = registry.push_busybox("app:1");
        let out = dhow.run(["pull", &name]).ok();
        let lines = out.lines();
        let digest = lines.iter().find_map(|l| l.strip_prefix("Digest: ")).unwrap();
        assert!(lines[0].starts_with("1: Pulling from "), "{out:?}");
        assert!(lines.iter().any(|l| l.ends_with(": Pull complete")), "{out:?}");
        assert!(lines.contains(&format!("Status: Downloaded newer image for {name}")), "{out:?}");
        assert_eq!(lines.last().unwrap(), &name);
        let again = dhow.run(["pull", &name]).ok();
        assert!(again.stdout().contains("Status: Image is up to date for") && again.stdout().contains(": Already exists"));
        let image = dhow.run(["image", "inspect", &name]).ok().json();
        let by_digest = format!("{}@{digest}", name.rsplit_once(':').unwrap().0);
        assert_eq!(image[0]["RepoDigests"], json!([by_digest]));
        dhow.run(["image", "exists", &by_digest]).ok();
        let removed = dhow.run(["rmi", &name]).ok().stdout();
        assert!(removed.contains(&format!("Untagged: {by_digest}")), "{removed}");
        assert_nothing_stored(dhow);
        assert_eq!(dhow.run(["pull", "-q", &by_digest]).ok().trimmed(), by_digest);
        let row = dhow.run(["images"]).ok().lines()[1].clone();
        assert!(row.contains("<none>"), "{row}");
        let wrong = format!("{}@{}", name.rsplit_once(':').unwrap().0, Digest::of(b"none"));
        dhow.run(["pull", &wrong]).fails(1);
        dhow.run(["pull", &format!("{}/nope", registry.host())]).fails(1).says("nope");
    }

    fn all_tags(dhow) {
        let registry = Registry::start(Options::default());
        let first = registry.push_busybox("app:1");
        registry.push_busybox("app:2");
        let repository = first.rsplit_once(':').unwrap().0;
        dhow.run(["pull", "-a", repository]).ok();
        assert_eq!(dhow.run(["images", repository]).ok().lines().len(), 3);
        dhow.run(["pull", "-a", &first]).fails(1).says("tag can't be used with --all-tags");
    }

    fn a_layer_of_any_size_takes_little_memory(dhow) {
        let registry = Registry::start(Options::default());
        // Twice the bound.
        let mut state = 1u64;
        let mut noise = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        });
        let piece: Vec<u8> = noise.by_ref().take(1 << 20).collect();
        let mut tar = tar::Builder::new(Vec::new());
        for n in 0..128 {
            fixtures::add(&mut tar, tar::EntryType::Regular, &format!("f{n}"), 0o644, (0, 0), &piece);
        }
        let archive = fixtures::docker_archive(&["big:latest"], &tar.into_inner().unwrap(), &json!({}));
        let archive = format!("docker-archive:{}", dhow.file("w/big.tar", archive).display());
        let oci = format!("oci:{}:x", dhow.base.join("w/oci").display());
        let copied = Command::new("skopeo").args(["copy", "-q", "--insecure-policy", &archive, &oci]).status();
        assert!(copied.unwrap().success());
        for kind in ["zstd", "gzip"] {
            let name = registry.push(&oci, &format!("big:{kind}"), &["--format", "oci", "--dest-compress-format", kind]);
            // Waited for with its memory.
            #[expect(clippy::zombie_processes)]
            let child = dhow.command(["pull", "-q", &name]).stdout(Stdio::null()).spawn().unwrap();
            let (status, peak) = harness::peak_memory(&child);
            assert!(status == 0 && peak < 64 << 10, "{kind}: {status}, {peak} KiB");
            dhow.run(["rmi", &name]).ok();
        }
    }

    fn a_terminal_shows_a_bar_for_each_layer(dhow) {
        let registry = Registry::start(Options::default());
        let name = registry.push_busybox("app:1");
        for (kind, moves) in [("dumb", false), ("xterm", true)] {
            let mut command = dhow.command(["pull", &name]);
            command.env("TERM", kind);
            let mut terminal = Terminal::of(dhow, &command);
            terminal.expect("Pulling from");
            terminal.expect("Pull complete");
            let (code, shown) = terminal.wait();
            assert!(code == 0 && shown.contains("\u{1b}[") == moves, "{shown:?}");
            dhow.run(["rmi", &name]).ok();
        }
    }

    fn containers_pull_as_they_are_told(dhow) {
        let registry = Registry::start(Options::default());
        let name = registry.push_busybox("app:1");
        let run = |policy: &str| dhow.run(["run", "--rm", "--pull", policy, &name, "true"]);
        let id = || dhow.run(["image", "inspect", "-f", "{{.Id}}", &name]).ok().trimmed();
        let push = |version: &str| {
            let config = json!({"Labels": {"version": version}, "Cmd": ["sh"]});
            let archive = fixtures::docker_archive(&["busybox:latest"], &fixtures::busybox_layer(), &config);
            registry.push(&format!("docker-archive:{}", dhow.file("w/new.tar", archive).display()), "app:1", &[]);
        };
        run("never").fails(125).says("No such image");
        run("missing").ok();
        let first = id();
        push("2");
        run("missing").ok();
        run("never").ok();
        assert_eq!(id(), first);
        run("newer").ok();
        let second = id();
        assert_ne!(second, first);
        run("newer").ok();
        assert_eq!(id(), second);
        push("3");
        run("always").ok();
        assert_ne!(id(), second);
        drop(registry);
        run("always").fails(125).says(&name);
        // Who has the image is content with it.
        run("newer").ok();
        run("sometimes").fails(125).says("always, missing, never, newer");
    }

    fn every_compression_and_format(dhow) {
        let registry = Registry::start(Options::default());
        // skopeo compresses with zstd only what is OCI already.
        let source = format!("oci:{}:x", dhow.base.join("w/oci").display());
        let archive = format!("docker-archive:{}", fixtures::busybox_archive().display());
        let copied = Command::new("skopeo").args(["copy", "-q", "--insecure-policy", &archive, &source]).status();
        assert!(copied.unwrap().success());
        let mut ids = Vec::new();
        for (i, args) in [
            vec!["--format", "oci", "--dest-compress-format", "zstd"],
            vec!["--format", "oci", "--dest-compress-format", "gzip"],
            vec!["--format", "v2s2"],
        ].iter().enumerate() {
            let name = registry.push(&source, &format!("app:{i}"), args);
            dhow.run(["pull", "-q", &name]).ok();
            ids.push(dhow.run(["image", "inspect", &name]).ok().json()[0]["RootFS"].clone());
        }
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_eq!(std::fs::read_dir(dhow.root_dir().join("layers")).unwrap().count(), 1, "one diff ID, one layer");
    }

    fn a_registry_with_passwords(dhow) {
        let registry = Registry::start(Options { auth: true, ..Options::default() });
        let name = registry.push_busybox("app:1");
        dhow.run(["pull", &name]).fails(1);
        assert_nothing_stored(dhow);
        dhow.run_input(["login", "-u", USER, "--password-stdin", &registry.host()], PASSWORD).ok();
        dhow.run(["pull", "-q", &name]).ok();
    }

    fn a_connection_that_breaks_is_resumed(dhow) {
        let image = fixtures::served_image(&fixtures::busybox_layer());
        let (layer, digest, total) = (image.layer.clone(), image.layer_digest.to_string(), image.layer.len());
        let broken = AtomicBool::new(false);
        let evil = Evil::registry(image, move |request| {
            let first = request.path.ends_with(&digest) && !broken.swap(true, Ordering::SeqCst);
            first.then(|| Reply::new(200, layer.clone()).cut_after(total / 2))
        });
        dhow.run(["pull", "-q", &format!("{}/app", evil.host())]).ok();
        let ranges = evil.requests().iter().filter(|r| r.header("range").is_some()).count();
        assert!(ranges >= 1, "it went on where it had stopped");
    }

    fn wrong_content_is_refused(dhow) {
        let layer = fixtures::busybox_layer();
        for what in ["layer", "config", "manifest"] {
            let image = fixtures::served_image(&layer);
            let digest = match what {
                "layer" => image.layer_digest.to_string(),
                "config" => image.config_digest.to_string(),
                _ => image.manifest_digest.to_string(),
            };
            let (mut bytes, name) = match what {
                "layer" => (image.layer.clone(), "app:1".to_string()),
                "config" => (image.config.clone(), "app:1".to_string()),
                _ => (image.manifest.clone(), format!("app@{digest}")),
            };
            // The size stays; of the layer a byte that decompression doesn't look at.
            let at = if what == "layer" { 4 } else { bytes.len() - 2 };
            bytes[at] ^= 1;
            let evil = Evil::registry(image, move |request| {
                request.path.ends_with(&digest).then(|| Reply::new(200, bytes.clone()).with("Content-Type", OCI_MANIFEST))
            });
            dhow.run(["pull", &format!("{}/{name}", evil.host())]).fails(1).says("digest");
            assert_nothing_stored(dhow);
        }
    }

    fn hostile_manifests_are_refused(dhow) {
        let layer = fixtures::busybox_layer();
        let served = fixtures::served_image(&layer);
        let good: serde_json::Value = serde_json::from_slice(&served.manifest).unwrap();
        let mut ambiguous = good.clone();
        ambiguous["manifests"] = json!([]);
        let mut encrypted = good.clone();
        encrypted["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+encrypted".into();
        let mut twice = good.clone();
        twice["layers"] = json!([good["layers"][0], good["layers"][0]]);
        let mut short = good.clone();
        short["layers"][0]["size"] = 10.into();
        let cases = [
            (ambiguous.to_string(), "both layers and manifests"),
            (json!({"schemaVersion": 1, "fsLayers": [], "history": []}).to_string(), "schema 1"),
            (encrypted.to_string(), "encrypted"),
            (twice.to_string(), "don't belong together"),
            (short.to_string(), "manifest says 10"),
            ("{".repeat(1000), "not well-formed"),
        ];
        for (manifest, message) in cases {
            let evil = Evil::registry(fixtures::served_image(&layer), move |request| {
                let wanted = request.path.contains("/manifests/");
                wanted.then(|| Reply::new(200, manifest.clone()).with("Content-Type", OCI_MANIFEST))
            });
            dhow.run(["pull", &format!("{}/app", evil.host())]).fails(1).says(message);
            assert_nothing_stored(dhow);
        }
    }

    fn an_index_is_resolved_by_platform(dhow) {
        let served = fixtures::served_image(&fixtures::busybox_layer());
        let entry = |arch: &str, digest: &Digest| json!({"mediaType": OCI_MANIFEST, "digest": digest.to_string(),
            "size": served.manifest.len(), "platform": {"os": "linux", "architecture": arch}});
        let host = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let index = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
            entry("s390x", &Digest::of(b"other")), entry(host, &served.manifest_digest), entry("unknown", &Digest::of(b"attestation")),
        ]}).to_string();
        let digest = Digest::of(index.as_bytes());
        let evil = Evil::registry(fixtures::served_image(&fixtures::busybox_layer()), move |request| {
            let top = request.path.ends_with("/manifests/latest");
            top.then(|| Reply::new(200, index.clone()).with("Content-Type", "application/vnd.oci.image.index.v1+json"))
        });
        let name = format!("{}/app", evil.host());
        let out = dhow.run(["pull", &name]).ok();
        assert!(out.stdout().contains(&format!("Digest: {digest}")), "{out:?}");
        let image = dhow.run(["image", "inspect", &format!("{name}@{digest}")]).ok().json();
        assert_eq!(image[0]["Architecture"], host);
        dhow.run(["pull", "--platform", "linux/riscv64", &name]).fails(1).says("no matching manifest for linux/riscv64");
        dhow.run(["pull", "--platform", "linux/", &name]).fails(125);
    }

    fn a_name_stands_for_one_platform_at_a_time(dhow) {
        let served = fixtures::served_image(&fixtures::busybox_layer());
        let (host, other) = if cfg!(target_arch = "aarch64") { ("arm64", "amd64") } else { ("amd64", "arm64") };
        let turned = |bytes: &[u8], from: &str, to: &str| String::from_utf8(bytes.to_vec()).unwrap().replace(from, to).into_bytes();
        let config = turned(&served.config, host, other);
        let config_digest = Digest::of(&config).to_string();
        let manifest = turned(&served.manifest, &served.config_digest.to_string(), &config_digest);
        let manifest_digest = Digest::of(&manifest);
        let entry = |arch: &str, digest: &Digest| json!({"mediaType": OCI_MANIFEST, "digest": digest.to_string(),
            "size": served.manifest.len(), "platform": {"os": "linux", "architecture": arch}});
        let index = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry(host, &served.manifest_digest), entry(other, &manifest_digest)]}).to_string();
        let other_manifest = manifest_digest.to_string();
        let evil = Evil::registry(fixtures::served_image(&fixtures::busybox_layer()), move |request| {
            if request.path.ends_with("/manifests/latest") {
                return Some(Reply::new(200, index.clone()).with("Content-Type", "application/vnd.oci.image.index.v1+json"));
            }
            if request.path.ends_with(&other_manifest) {
                return Some(Reply::new(200, manifest.clone()).with("Content-Type", OCI_MANIFEST));
            }
            request.path.ends_with(&config_digest).then(|| Reply::new(200, config.clone()))
        });
        let name = format!("{}/app", evil.host());
        let (here, there) = (format!("linux/{host}"), format!("linux/{other}"));
        let architecture = || dhow.run(["image", "inspect", "-f", "{{.Architecture}}", &name]).ok().trimmed();
        dhow.run(["pull", "-q", &name]).ok();
        assert_eq!(architecture(), host);
        dhow.run(["pull", "-q", "--platform", &there, &name]).ok();
        // As docker's and podman's stores have it: the one that the name stood for has none any more.
        assert_eq!(architecture(), other);
        assert_eq!(dhow.run(["images", "-aq"]).ok().lines().len(), 2);
        assert_eq!(dhow.run(["images", "-q", "-f", "dangling=true"]).ok().lines().len(), 1);
        let says = format!(
            "was found but does not match the specified platform: wanted {here}, actual: {there} (dhow pull --platform {here} gets"
        );
        let archive = dhow.base.join("w/app.tar").display().to_string();
        for args in [
            &["save", "-o", &archive, "--platform", &here, &name][..],
            &["push", "--platform", &here, &name],
            &["history", "--platform", &here, &name],
            &["image", "inspect", "--platform", &here, &name],
            &["create", "--pull", "never", "--platform", &here, &name],
        ] {
            dhow.run(args).fails(1).says(&says);
        }
        assert!(!std::path::Path::new(&archive).exists());
        dhow.run(["history", "-q", "--platform", &there, &name]).ok();
        dhow.run(["save", "-o", &archive, "--platform", &there, &name]).ok();
        // Back again: nothing is asked for that is here.
        dhow.run(["pull", "-q", "--platform", &here, &name]).ok();
        assert_eq!((architecture().as_str(), evil.count("GET", &served.layer_digest.to_string())), (host, 1));
        dhow.run(["load", "-q", "-i", &archive]).ok();
        assert_eq!(architecture(), other);
        let says = format!("requested platform ({here}) not found: the archive has images for {there} only");
        dhow.run(["load", "-q", "-i", &archive, "--platform", &here]).fails(1).says(&says);
        platforms_of_the_api(dhow, &name, other, host);
    }

    fn twenty_at_once_download_once(dhow) {
        let evil = Evil::registry(fixtures::served_image(&fixtures::busybox_layer()), |_| None);
        let name = format!("{}/app", evil.host());
        let children: Vec<_> = (0..20)
            .map(|_| dhow.command(["pull", "-q", &name]).stdout(Stdio::null()).spawn().unwrap())
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let layer = fixtures::served_image(&fixtures::busybox_layer()).layer_digest.to_string();
        assert_eq!(evil.count("GET", &layer), 1, "one downloads, the others wait");
        assert_eq!(dhow.run(["images", "-q"]).ok().lines().len(), 1);
    }

    fn a_killed_puller_blocks_nobody(dhow) {
        let image = fixtures::served_image(&fixtures::busybox_layer());
        let digest = image.layer_digest.to_string();
        let asked = std::sync::Arc::new(AtomicBool::new(false));
        let (flag, (send, receive)) = (asked.clone(), std::sync::mpsc::channel::<()>());
        let receive = std::sync::Mutex::new(receive);
        let evil = Evil::registry(image, move |request| {
            if request.path.ends_with(&digest) && !flag.swap(true, Ordering::SeqCst) {
                // The first one hangs until the test lets go.
                let _ = receive.lock().unwrap().recv();
            }
            None
        });
        let name = format!("{}/app", evil.host());
        let mut first = dhow.command(["pull", "-q", &name]).stdout(Stdio::null()).spawn().unwrap();
        while !asked.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        first.kill().unwrap();
        assert_eq!(first.wait().unwrap().signal(), Some(9));
        drop(send);
        dhow.run(["pull", "-q", &name]).ok();
        dhow.run(["rmi", &name]).ok();
        assert_nothing_stored(dhow);
        let blobs: Vec<_> = std::fs::read_dir(dhow.root_dir().join("images/blobs")).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(blobs, ["sha256"]);
    }
}

/// The API's clients write platforms as JSON.
fn platforms_of_the_api(dhow: &Dhow, name: &str, has: &str, lacks: &str) {
    let server = crate::api_server::Server::start(dhow);
    let json = |arch: &str| format!("%7B%22architecture%22:%22{arch}%22,%22os%22:%22linux%22%7D");
    for path in ["json", "history", "get"] {
        let path = format!("/images/{name}/{path}?platform=");
        server.get(&format!("{path}{}", json(has))).is(200);
        server.get(&format!("{path}{}", json(lacks))).is(404).says("does not match the specified platform");
    }
    server.get(&format!("/images/{name}/json?platform=%7B")).is(400).says("failed to parse platform");
    let registry = crate::registry::Registry::start(crate::registry::Options::default());
    let copy = format!("{}/pushed", registry.host());
    dhow.run(["tag", name, &format!("{copy}:1")]).ok();
    let push = |platform: &str| {
        let path = format!("/images/{copy}/push?tag=1&platform={platform}");
        server.call("POST", &path, &["-H", "X-Registry-Auth: e30="], None)
    };
    let failed = push(&json(lacks)).is(200).text();
    for part in ["The push refers to repository", "errorDetail", "does not match the specified platform"] {
        assert!(failed.contains(part), "{failed}");
    }
    dhow.run(["pull", &format!("{copy}:1")]).fails(1);
    let pushed = push(&json(has)).is(200).text();
    assert!(pushed.contains("1: digest: sha256:") && !pushed.contains("error"), "{pushed}");
    dhow.run(["pull", "-q", &format!("{copy}:1")]).ok();
    push("%7B").is(400).says("failed to parse platform");
    let archive = std::fs::read(dhow.base.join("w/app.tar")).unwrap();
    let load = format!("/images/load?platform={}", json(has));
    let loaded =
        server.call("POST", &load, &["-H", "Content-Type: application/x-tar"], Some(archive)).is(200);
    assert!(loaded.text().contains(name), "{}", loaded.text());
}

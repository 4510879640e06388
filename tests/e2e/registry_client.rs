//! The registry client against Debian's docker-registry and against servers that misbehave.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use dhow::error::{self, Kind};
use dhow::image::ImageReference;
use dhow::registry::{ClientConfig, Credential, CredentialStore, RegistriesConf, RegistryClient};
use dhow::state::Digest;
use serde_json::{Value, json};

use crate::evil::{Evil, Reply, Request, serve_image};
use crate::fixtures::{self, ServedImage};
use crate::registry::{Options, PASSWORD, Registry, USER};

fn client(credential: Option<Credential>) -> RegistryClient {
    let credentials = CredentialStore::locate(Some(Path::new("/nonexistent/auth.json"))).unwrap();
    RegistryClient::new(ClientConfig { registries: RegistriesConf::default(), credentials, credential })
        .unwrap()
}

fn ann() -> Credential {
    Credential::Password { username: USER.into(), password: PASSWORD.into() }
}

fn named(host: &str, rest: &str) -> ImageReference {
    ImageReference::parse(&format!("{host}/{rest}")).unwrap()
}

/// An image whose layer is large enough to break in the middle.
fn image() -> ServedImage {
    let mut noise = vec![0u8; 3 << 20];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    fixtures::add(&mut tar, tar::EntryType::Regular, "noise", 0o644, (0, 0), &noise);
    fixtures::served_image(&tar.into_inner().unwrap())
}

fn read_layer(client: &RegistryClient, host: &str, digest: &Digest, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    client
        .open_blob(&named(host, "x"), digest, size, 0)
        .map_err(std::io::Error::other)?
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn a_whole_image_from_docker_registry() {
    for options in [Options::default(), Options { auth: true, tls: false }] {
        let registry = Registry::start(options);
        let name = registry.push_busybox("a/busybox:1");
        let client = client(options.auth.then(ann));
        let image = ImageReference::parse(&name).unwrap();
        let manifest = client.fetch_manifest(&image).unwrap();
        assert_eq!(manifest.digest, Digest::of(&manifest.bytes));
        assert_eq!(client.head_manifest(&image).unwrap(), Some(manifest.digest.clone()));
        let document: Value = serde_json::from_slice(&manifest.bytes).unwrap();
        assert_eq!(document["mediaType"], manifest.media_type.as_str());
        let by_digest = client.fetch_manifest(&image.with_digest(manifest.digest.clone())).unwrap();
        assert_eq!(by_digest.bytes, manifest.bytes);
        let layer = &document["layers"][0];
        let digest: Digest = layer["digest"].as_str().unwrap().parse().unwrap();
        let size = layer["size"].as_u64().unwrap();
        for offset in [0, 1, size - 1, size] {
            let mut rest = Vec::new();
            client.open_blob(&image, &digest, size, offset).unwrap().read_to_end(&mut rest).unwrap();
            assert_eq!(rest.len() as u64, size - offset);
            assert!(offset > 0 || Digest::of(&rest) == digest);
        }
        let missing = client.fetch_manifest(&named(&registry.host(), "a/busybox:2")).unwrap_err();
        assert!(error::is(&missing, Kind::NotFound), "{missing:#}");
        assert!(error::one_line(&missing).contains("a/busybox:2: manifest unknown"), "{missing:#}");
        let nothing = client.open_blob(&image, &Digest::of(b"nothing"), 7, 0).err().unwrap();
        assert!(error::is(&nothing, Kind::NotFound), "{nothing:#}");
    }
}

#[test]
fn tags_over_several_pages() {
    let registry = Registry::start(Options::default());
    let source = format!("docker://{}", registry.push_busybox("b:t0"));
    for n in 1..4 {
        registry.push(&source, &format!("b:t{n}"), &["--src-tls-verify=false"]);
    }
    let mut tags = client(None).list_tags(&named(&registry.host(), "b")).unwrap();
    tags.sort();
    assert_eq!(tags, ["t0", "t1", "t2", "t3"]);
    let paged = Evil::start(|request| match request.query.as_str() {
        "n=1000" => Reply::json(200, &json!({"name": "b", "tags": ["a"]}))
            .with("Link", "</v2/b/tags/list?last=a>; rel=\"next\""),
        "last=a" => {
            Reply::json(200, &json!({"tags": ["b"]})).with("Link", "<http://evil.invalid/v2/>; rel=\"next\"")
        }
        _ => Reply::not_found(),
    });
    assert_eq!(client(None).list_tags(&named(&paged.host(), "b")).unwrap(), ["a", "b"]);
}

#[test]
fn without_credentials_the_registry_says_no() {
    let registry = Registry::start(Options { auth: true, tls: false });
    let name = named(&registry.host(), "a");
    for who in [None, Some(Credential::Password { username: "ann".into(), password: "wrong".into() })] {
        let refused = client(who).fetch_manifest(&name).unwrap_err();
        assert!(error::is(&refused, Kind::Unauthorized), "{refused:#}");
        assert!(error::one_line(&refused).contains("authentication required"), "{refused:#}");
    }
}

#[test]
fn broken_connections_resume_where_they_broke() {
    let image = image();
    let (layer, digest) = (image.layer.clone(), image.layer_digest.clone());
    let (size, path) = (layer.len() as u64, digest.to_string());
    let server = Evil::registry(image, {
        let layer = layer.clone();
        move |request: &Request| {
            let wanted = request.path.ends_with(&path);
            // Each connection brings 400 kB; the last brings the rest.
            wanted.then(|| {
                let reply = Reply::new(200, layer.clone()).ranged(request);
                if reply.body.len() > 400_000 { reply.cut_after(400_000) } else { reply }
            })
        }
    });
    assert_eq!(read_layer(&client(None), &server.host(), &digest, size).unwrap(), layer);
    let blobs: Vec<Request> = server.requests().into_iter().filter(|r| r.path.contains("/blobs/")).collect();
    assert_eq!(blobs.len() as u64, size.div_ceil(400_000), "no byte is fetched twice");
    assert!(blobs[1].header("range").unwrap().starts_with("bytes=400000-"), "{blobs:?}");
}

#[test]
fn servers_without_ranges_are_read_from_the_start_again() {
    let image = image();
    let (layer, digest) = (image.layer.clone(), image.layer_digest.clone());
    let (size, tries) = (layer.len() as u64, AtomicUsize::new(0));
    let server = Evil::start({
        let layer = layer.clone();
        move |_| match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::new(200, layer.clone()).cut_after(1_000_000),
            _ => Reply::new(200, layer.clone()),
        }
    });
    assert_eq!(read_layer(&client(None), &server.host(), &digest, size).unwrap(), layer);
    assert_eq!(server.count("GET", "/blobs/"), 2);
}

#[test]
fn connections_that_keep_breaking_end_in_an_error() {
    let server = Evil::start(|_| Reply::new(200, vec![7; 1000]).cut_after(0));
    let error = read_layer(&client(None), &server.host(), &Digest::of(b"x"), 1000).unwrap_err();
    assert!(error.to_string().contains("keeps breaking"), "{error}");
    assert!(error.to_string().contains("at byte 0 of 1000"), "{error}");
}

#[test]
fn sizes_and_ranges_that_lie_are_refused() {
    let longer = Evil::start(|_| Reply::new(200, vec![7; 1001]));
    let error = read_layer(&client(None), &longer.host(), &Digest::of(b"x"), 1000).unwrap_err();
    assert!(error.to_string().contains("1001 bytes"), "{error}");
    let shorter = Evil::start(|_| Reply::new(200, vec![7; 10]));
    assert!(read_layer(&client(None), &shorter.host(), &Digest::of(b"x"), 1000).is_err());
    let wrong_range = Evil::start(|_| Reply::new(206, vec![7; 10]).with("Content-Range", "bytes 0-9/1000"));
    let error =
        client(None).open_blob(&named(&wrong_range.host(), "x"), &Digest::of(b"x"), 1000, 5).err().unwrap();
    assert!(error::is(&error, Kind::Corrupt), "{error:#}");
}

#[test]
fn failures_that_pass_are_waited_out() {
    let image = image();
    let tries = AtomicUsize::new(0);
    let server = Evil::registry(image, move |_| match tries.fetch_add(1, Ordering::SeqCst) {
        0 => Some(Reply::new(503, "")),
        1 => Some(
            Reply::json(429, &json!({"errors": [{"message": "too many requests"}]})).with("Retry-After", 1),
        ),
        2 => Some(Reply::new(500, "").cut_after(0)),
        _ => None,
    });
    let begin = std::time::Instant::now();
    client(None).fetch_manifest(&named(&server.host(), "x")).unwrap();
    assert!(begin.elapsed().as_millis() >= 1000, "Retry-After is honoured");
    assert_eq!(server.count("GET", "/manifests/"), 4);
}

#[test]
fn a_rate_limit_that_lasts_is_reported_at_once() {
    let server = Evil::start(|_| {
        Reply::json(429, &json!({"errors": [{"code": "TOOMANYREQUESTS", "message": "pull rate limit"}]}))
            .with("Retry-After", 3600)
    });
    let error = client(None).fetch_manifest(&named(&server.host(), "x")).unwrap_err();
    assert!(error::is(&error, Kind::Unavailable));
    let text = error::one_line(&error);
    assert!(text.contains("pull rate limit (HTTP 429") && text.contains("3600 s"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn manifests_that_are_not_what_was_asked_for_are_refused() {
    let image = image();
    let asked = Digest::of(b"another manifest");
    let server = Evil::start(move |request| serve_image(&image, request));
    let error = client(None).fetch_manifest(&named(&server.host(), &format!("x@{asked}"))).unwrap_err();
    assert!(
        error::is(&error, Kind::Corrupt) && error::one_line(&error).contains(&asked.to_string()),
        "{error:#}"
    );
    let huge = Evil::start(|_| Reply::new(200, vec![b' '; (4 << 20) + 1]));
    let error = client(None).fetch_manifest(&named(&huge.host(), "x")).unwrap_err();
    assert!(error::is(&error, Kind::Corrupt), "{error:#}");
}

#[test]
fn tokens_are_fetched_once_per_repository_and_again_when_refused() {
    let image = image();
    let (digest, size) = (image.layer_digest.clone(), image.layer.len() as u64);
    let issued = AtomicUsize::new(0);
    let server = Evil::start(move |request| {
        let host = request.header("host").unwrap();
        if request.path == "/token" {
            assert_eq!(request.header("authorization"), None, "an anonymous token");
            let n = issued.fetch_add(1, Ordering::SeqCst) + 1;
            return Reply::json(200, &json!({"token": format!("t{n}"), "expires_in": 300}));
        }
        // The first token is withdrawn as soon as it was used for a manifest.
        let good = if request.path.contains("/manifests/") { "Bearer t1" } else { "Bearer t2" };
        if request.header("authorization") == Some(good) {
            return serve_image(&image, request);
        }
        Reply::json(401, &json!({})).with(
            "WWW-Authenticate",
            format!("Bearer realm=\"http://{host}/token\",service=\"s\",scope=\"repository:x:pull\""),
        )
    });
    let client = client(None);
    client.fetch_manifest(&named(&server.host(), "x")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| read_layer(&client, &server.host(), &digest, size).unwrap());
        }
    });
    assert_eq!(server.count("GET", "/token"), 2);
    assert!(
        server
            .requests()
            .iter()
            .any(|r| r.path == "/token" && r.query == "service=s&scope=repository%3Ax%3Apull")
    );
}

#[test]
fn identity_tokens_are_exchanged() {
    let image = image();
    let server = Evil::start(move |request| {
        let host = request.header("host").unwrap();
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/token") => {
                let form = String::from_utf8(request.body.clone()).unwrap();
                let right = form.contains("grant_type=refresh_token") && form.contains("refresh_token=r%2F1");
                if right {
                    Reply::json(200, &json!({"access_token": "t"}))
                } else {
                    Reply::json(401, &json!({}))
                }
            }
            _ if request.header("authorization") == Some("Bearer t") => serve_image(&image, request),
            _ => Reply::json(401, &json!({}))
                .with("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\"")),
        }
    });
    let name = named(&server.host(), "x");
    client(Some(Credential::IdentityToken("r/1".into()))).fetch_manifest(&name).unwrap();
    assert!(client(Some(Credential::IdentityToken("old".into()))).fetch_manifest(&name).is_err());
}

#[test]
fn other_hosts_never_see_the_authorization() {
    let image = image();
    let (layer, digest) = (image.layer.clone(), image.layer_digest.clone());
    // Another address of this machine is another host.
    let cdn = Evil::start({
        let layer = layer.clone();
        move |request| Reply::new(200, layer.clone()).ranged(request)
    });
    let greedy = Evil::start(|_| Reply::new(401, "").with("WWW-Authenticate", "Basic realm=\"give\""));
    let (to_cdn, to_greedy) = (cdn.host(), greedy.host());
    let registry = Evil::registry(image, move |request| {
        if request.header("authorization").is_none() {
            return Some(Reply::new(401, "").with("WWW-Authenticate", "Basic realm=\"x\""));
        }
        let target = if request.path.contains("/greedy/") { &to_greedy } else { &to_cdn };
        let blob = request.path.contains("/blobs/");
        blob.then(|| Reply::new(307, "").with("Location", format!("http://{target}/bucket/blob?signed=1")))
    });
    let client = client(Some(ann()));
    let bytes = read_layer(&client, &registry.host(), &digest, layer.len() as u64).unwrap();
    assert_eq!(bytes, layer);
    let refused = client.open_blob(&named(&registry.host(), "greedy/x"), &digest, layer.len() as u64, 0);
    assert!(refused.is_err());
    for request in cdn.requests().iter().chain(&greedy.requests()) {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
    assert!(!greedy.requests().is_empty());
}

#[test]
fn redirects_end() {
    let server = Evil::start(|request| Reply::new(302, "").with("Location", format!("{}x", request.path)));
    let error = client(None).fetch_manifest(&named(&server.host(), "x")).unwrap_err();
    assert!(error::one_line(&error).contains("redirected more than"), "{error:#}");
    let server = Evil::start(|_| Reply::new(302, "").with("Location", "file:///etc/passwd"));
    assert!(client(None).fetch_manifest(&named(&server.host(), "x")).is_err());
}

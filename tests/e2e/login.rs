//! `login` and `logout` against Debian's docker-registry and against token servers.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::evil::{Evil, Reply};
use crate::harness::Dhow;
use crate::registry::{Options, PASSWORD, Registry, USER};
use crate::terminal::Terminal;

fn basic() -> Registry {
    Registry::start(Options { auth: true, tls: false })
}

both! {
    fn a_password_is_checked_stored_and_forgotten(dhow) {
        let registry = basic();
        let host = registry.host();
        let out = dhow.run_input(["login", "-u", USER, "--password-stdin", &host], format!("{PASSWORD}\n")).ok();
        assert_eq!(out.trimmed(), "Login Succeeded");
        let file = dhow.home().join(".docker/config.json");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(dhow.run(["login", "--get-login", &host]).ok().trimmed(), USER);
        // Stored credentials are taken when nothing else is said.
        let again = dhow.run(["login", "-v", &host]).ok();
        assert!(again.stdout().contains("existing credentials") && again.stdout().contains("config.json"), "{again:?}");
        let out = dhow.run(["logout", &host]).ok();
        assert_eq!(out.trimmed(), format!("Removing login credentials for {host}"));
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&host));
        assert_eq!(dhow.run(["logout", &host]).ok().trimmed(), format!("Not logged in to {host}"));
        dhow.run(["login", "--get-login", &host]).fails(1).says("not logged in");
    }

    fn a_wrong_password_is_refused_and_not_stored(dhow) {
        let registry = basic();
        let host = registry.host();
        dhow.run_input(["login", "-u", USER, "--password-stdin", &host], "wrong").fails(1).says(&host);
        assert!(!dhow.home().join(".docker/config.json").exists());
        dhow.run(["login", "--get-login", &host]).fails(1);
    }
}

#[test]
fn the_command_line_is_checked() {
    let dhow = Dhow::root();
    dhow.run(["login", "-u", "x", "localhost:1"]).fails(1).says("--password-stdin");
    dhow.run_input(["login", "--password-stdin", "localhost:1"], "x").fails(1).says("--username");
    dhow.run(["login", "-u", "x", "-p", "y", "not a host"]).fails(1).says("HOST");
    dhow.run(["login", "-u", "x", "-p", "", "localhost:1"]).fails(1).says("empty");
    dhow.run(["login", "--password", "x", "--password-stdin"]).fails(125);
    dhow.run(["logout", "--all", "localhost:1"]).fails(125);
    // Nothing listens there.
    dhow.run(["login", "-u", "x", "-p", "y", "localhost:1"]).fails(1).says("localhost:1");
    dhow.run(["login", "-u", "x", "-p", "y", "no-such-host.invalid"]).fails(1).says("no-such-host.invalid");
}

#[test]
fn a_password_on_the_command_line_is_warned_about() {
    let dhow = Dhow::root();
    let registry = basic();
    dhow.run(["login", "-u", USER, "-p", PASSWORD, &registry.host()]).ok().says("WARNING! Using --password");
}

#[test]
fn logging_out_of_all() {
    let dhow = Dhow::root();
    let auths = json!({"auths": {"a.lan": {"auth": "YW5uOmE="}, "https://index.docker.io/v1/": {"auth": "YW5uOmE="}}, "keep": [1]});
    let file = dhow.file("h/.docker/config.json", auths.to_string());
    dhow.file("x/containers/auth.json", json!({"auths": {"b.lan": {"auth": "YW5uOmE="}}}).to_string());
    assert_eq!(dhow.run(["login", "--get-login"]).ok().trimmed(), "ann");
    assert_eq!(dhow.run(["login", "--get-login", "b.lan"]).ok().trimmed(), "ann");
    assert_eq!(dhow.run(["logout", "-a"]).ok().lines().len(), 3);
    let left: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(left, json!({"auths": {}, "keep": [1]}));
    assert!(dhow.run(["logout", "-a"]).ok().stdout().is_empty());
}

#[test]
fn a_damaged_credential_file_is_named_and_kept() {
    let dhow = Dhow::root();
    let registry = basic();
    let file = dhow.file("h/.docker/config.json", "{\"auths\": ");
    let input = PASSWORD.to_string();
    dhow.run_input(["login", "-u", USER, "--password-stdin", &registry.host()], input)
        .fails(1)
        .says("config.json");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "{\"auths\": ");
}

/// A credential helper that keeps one document in the file `$HOME/kept`.
const HELPER: &str = "#!/bin/sh
kept=$HOME/kept
case $1 in
store) cat > $kept ;;
get) [ -e $kept ] || { echo credentials not found in native keychain; exit 1; }; cat $kept ;;
erase) rm -f $kept ;;
list) echo {} ;;
esac
";

#[test]
fn credential_helpers_keep_the_secret() {
    let mut dhow = Dhow::user();
    let registry = basic();
    let host = registry.host();
    let helper = dhow.file("h/bin/docker-credential-test", HELPER);
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    dhow.set_env("PATH", format!("{}:/usr/bin:/bin", dhow.home().join("bin").display()));
    let config = dhow.file("h/.docker/config.json", r#"{"credsStore": "test"}"#);
    let login = ["login", "-u", USER, "--password-stdin", &host];
    dhow.run_input(login, PASSWORD).ok();
    let kept = std::fs::read_to_string(dhow.home().join("kept")).unwrap();
    assert!(kept.contains(PASSWORD) && kept.contains(&host), "{kept}");
    let config_text = std::fs::read_to_string(&config).unwrap();
    assert!(config_text.contains(&host) && config_text.contains("credsStore"), "{config_text}");
    assert!(!config_text.contains("\"auth\""), "the secret is the helper's only: {config_text}");
    assert_eq!(dhow.run(["login", "--get-login", &host]).ok().trimmed(), USER);
    dhow.run(["logout", &host]).ok();
    assert!(!dhow.home().join("kept").exists());
    // A helper that is missing is named.
    dhow.file("h/.docker/config.json", r#"{"credsStore": "nowhere"}"#);
    dhow.run_input(login, PASSWORD).fails(1).says("docker-credential-nowhere");
}

/// A registry that sends clients to its own token server, which takes ann's password only.
fn token_registry() -> Evil {
    Evil::start(|request| {
        let host = request.header("host").unwrap_or_default().to_string();
        // ann:s3cret
        let ann = request.header("authorization") == Some("Basic YW5uOnMzY3JldA==");
        match request.path.as_str() {
            "/token" if ann => Reply::json(200, &json!({"access_token": "t-ann", "expires_in": 300})),
            "/token" => Reply::json(401, &json!({"details": "incorrect username or password"})),
            "/v2/" if request.header("authorization") == Some("Bearer t-ann") => Reply::json(200, &json!({})),
            _ => Reply::json(
                401,
                &json!({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}),
            )
            .with("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\",service=\"evil\"")),
        }
    })
}

#[test]
fn token_servers_are_asked() {
    let dhow = Dhow::root();
    let registry = token_registry();
    dhow.run(["login", "-u", USER, "-p", PASSWORD, &registry.host()]).ok();
    assert!(registry.requests().iter().any(|r| r.path == "/token" && r.query.contains("service=evil")));
    dhow.run(["login", "-u", USER, "-p", "wrong", &registry.host()])
        .fails(1)
        .says("incorrect username or password");
}

#[test]
fn tls_is_verified_by_certs_d() {
    let dhow = Dhow::user();
    let registry = Registry::start(Options { auth: true, tls: true });
    let host = registry.host();
    let login = ["login", "-u", USER, "-p", PASSWORD, &host];
    dhow.run(login).fails(1).says("certificate is not trusted");
    let ca = std::fs::read(registry.ca()).unwrap();
    dhow.file(&format!("h/.config/containers/certs.d/{host}/ca.crt"), ca);
    dhow.run(login).ok();
    // The administrator's other way.
    let lax = Dhow::root();
    lax.file(
        "h/.config/containers/registries.conf",
        format!("[[registry]]\nlocation = \"{host}\"\ninsecure = true\n"),
    );
    lax.run(login).ok();
}

both! {
    fn passwords_are_asked_for_without_echo(dhow) {
    let registry = basic();
    let host = registry.host();
    let mut terminal = Terminal::spawn(dhow, ["login", &host]);
    terminal.expect("Username: ");
    terminal.send("ann\n");
    terminal.expect("Password: ");
    // A typing error, taken back.
    terminal.send("s3cretx\u{7f}\n");
    terminal.expect("Login Succeeded");
    let (code, shown) = terminal.wait();
    assert_eq!(code, 0);
    assert!(!shown.contains("s3cret"), "{shown:?}");
    dhow.run(["logout", &host]).ok();
    // An interrupt leaves the terminal as it was.
    let mut terminal = Terminal::spawn(dhow, ["login", "-u", "bob", &host]);
    terminal.expect("Password: ");
    terminal.send("\u{3}");
    assert_eq!(terminal.wait().0, 130);
}
}

#[test]
fn another_file_can_be_named() {
    let mut dhow = Dhow::user();
    let registry = basic();
    let host = registry.host();
    let file = dhow.base.join("w/auth.json");
    dhow.run(["login", "--authfile", file.to_str().unwrap(), "-u", USER, "-p", PASSWORD, &host]).ok();
    assert!(file.exists() && !dhow.home().join(".docker").exists());
    registry.push_busybox("busybox:1");
    let image = format!("{host}/busybox:1");
    dhow.run(["pull", &image]).fails(1).says("authentication required");
    dhow.set_env("REGISTRY_AUTH_FILE", &file);
    dhow.run(["pull", &image]).ok();
    dhow.run(["logout", &host]).ok();
    assert!(!std::fs::read_to_string(file).unwrap().contains(&host));
}

#[test]
fn logins_at_the_same_time_lose_none() {
    let dhow = Dhow::user();
    let open = Evil::start(|_| Reply::json(200, &json!({})));
    let port = open.host().split(':').nth(1).unwrap().to_string();
    std::thread::scope(|scope| {
        for n in 0..10 {
            let (dhow, port) = (&dhow, &port);
            scope.spawn(move || {
                let name = format!("n{n}.localhost:{port}");
                dhow.run(["login", "-u", "ann", "-p", "x", &name]).ok();
            });
        }
    });
    let document = std::fs::read(dhow.home().join(".docker/config.json")).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["auths"].as_object().unwrap().len(), 10);
}

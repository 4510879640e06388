//! Tests of the credential files.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn store_with(text: &str) -> (tempfile::TempDir, CredentialStore) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.json");
    file::write(&path, text.as_bytes(), Durability::Ephemeral).unwrap();
    let store = CredentialStore { files: vec![dir.path().join("missing.json"), path.clone()], default: path };
    (dir, store)
}

fn password(username: &str, password: &str) -> Credential {
    Credential::Password { username: username.into(), password: password.into() }
}

#[test]
fn the_most_specific_entry_counts() {
    // ann:a, bob:b, hub:h
    let (_dir, store) = store_with(
        r#"{"auths": {"reg.lan": {"auth": "YW5uOmE="}, "reg.lan/team": {"auth": "Ym9iOmI="},
            "https://index.docker.io/v1/": {"auth": "aHViOmg="}, "https://old.lan/v2/": {"identitytoken": "t"}, "empty.lan": {}}}"#,
    );
    let get = |registry: &str, repository: &str| store.get(registry, repository).unwrap();
    assert_eq!(get("reg.lan", "other/app"), Some(password("ann", "a")));
    assert_eq!(get("reg.lan", "team/app"), Some(password("bob", "b")));
    assert_eq!(get("reg.lan", "teams/app"), Some(password("ann", "a")));
    assert_eq!(get("docker.io", "library/busybox"), Some(password("hub", "h")));
    assert_eq!(get("old.lan", ""), Some(Credential::IdentityToken("t".into())));
    assert_eq!(get("empty.lan", ""), None);
    assert_eq!(get("reg.lan:5000", ""), None);
}

#[test]
fn storing_keeps_what_others_wrote_and_nobody_else_reads_it() {
    let (dir, store) =
        store_with(r#"{"HttpHeaders": {"x": "y"}, "auths": {"a.lan": {"auth": "YW5uOmE="}}, "zzz": 1}"#);
    store.store("b.lan:5000", &password("bob", "p:w")).unwrap();
    store.store("docker.io", &password("hub", "h")).unwrap();
    let path = dir.path().join("config.json");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let document: Value = file::read_json(&path).unwrap();
    assert_eq!((&document["HttpHeaders"]["x"], &document["zzz"]), (&json!("y"), &json!(1)));
    assert!(document["auths"][HUB_KEY].is_object());
    assert_eq!(store.get("b.lan:5000", "x").unwrap(), Some(password("bob", "p:w")));
    assert_eq!(store.get("a.lan", "x").unwrap(), Some(password("ann", "a")));
    assert!(store.erase("b.lan:5000").unwrap());
    assert!(!store.erase("b.lan:5000").unwrap());
    assert_eq!(store.erase_all().unwrap().len(), 2);
    let document: Value = file::read_json(&path).unwrap();
    assert_eq!((&document["auths"], &document["zzz"]), (&json!({}), &json!(1)));
}

#[test]
fn damaged_files_are_named_and_left_alone() {
    for text in ["{", "[]", r#"{"auths": []}"#, r#"{"auths": {"a.lan": {"auth": "!"}}}"#] {
        let (dir, store) = store_with(text);
        let path = dir.path().join("config.json");
        let read = store.get("a.lan", "x");
        let written = store.store("a.lan", &password("a", "b"));
        assert!(read.is_err() || written.is_err(), "{text}");
        if written.is_err() {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}

#[test]
fn debugging_never_prints_secrets() {
    assert!(!format!("{:?}", password("ann", "s3cret")).contains("s3cret"));
    assert!(!format!("{:?}", Credential::IdentityToken("s3cret".into())).contains("s3cret"));
}

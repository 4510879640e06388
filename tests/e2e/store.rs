//! The store stays whole: `system check` finds each kind of damage, `--repair` mends what can be mended, and `system reset` and
//! `system migrate` do what they say.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fixtures;
use crate::harness::Dhow;

#[allow(clippy::disallowed_methods)] // damage is done to state, on purpose
fn overwrite(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::write(path, text).unwrap();
}

/// The findings of a check, `OBJECT: PROBLEM`, and whether everything is well.
fn check(dhow: &Dhow, args: &[&str]) -> (Vec<String>, bool) {
    let out = dhow.run([&["system", "check", "--format", "json"][..], args].concat());
    let report: Value = out.json();
    let findings = report["Findings"].as_array().unwrap().iter();
    let text = |f: &Value| {
        format!(
            "{}: {}; {}",
            f["Object"].as_str().unwrap(),
            f["Problem"].as_str().unwrap(),
            f["Remedy"].as_str().unwrap()
        )
    };
    (findings.map(text).collect(), out.code == 0)
}

/// It is well, with nothing to tell.
#[track_caller]
pub fn is_clean(dhow: &Dhow, at: &str) {
    let (findings, sound) = check(dhow, &[]);
    assert!(sound && findings.is_empty(), "{at}: {findings:?}");
}

fn only_in(dir: PathBuf) -> PathBuf {
    let entries: Vec<_> = std::fs::read_dir(&dir).unwrap().flatten().map(|e| e.path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

/// The blob of the layer: the largest.
fn layer_blob(dhow: &Dhow) -> PathBuf {
    let dir = dhow.root_dir().join("images/blobs/sha256");
    let blobs = std::fs::read_dir(dir).unwrap().flatten().map(|e| e.path());
    blobs.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

both! {
    fn a_damaged_layer_is_found_and_unpacked_anew(dhow) {
        dhow.load_busybox();
        is_clean(dhow, "loaded");
        let said = dhow.run(["system", "check"]).ok().trimmed();
        assert_eq!(said, "Checked 1 images, 3 blobs, 1 layers, 0 containers, 0 volumes: nothing is wrong.");
        let layer = only_in(dhow.root_dir().join("layers"));
        let file = layer.join("fs/etc/passwd");
        let good = std::fs::read(&file).unwrap();
        let time = file.metadata().unwrap().modified().unwrap();
        // Of the same size and time: only its content tells.
        let mut bad = good.clone();
        bad[0] ^= 1;
        overwrite(&file, &bad);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings.len() == 1 && findings[0].contains("\"/etc/passwd\": its content was changed; --repair unpacks it anew"), "{findings:?}");
        assert!(check(dhow, &["--quick"]).1, "a quick check reads no content");
        let out = dhow.run(["system", "check", "--repair"]).ok().stdout();
        assert!(out.contains("unpacked anew from its blob") && out.contains("nothing is damaged."), "{out}");
        assert_eq!(std::fs::read(&file).unwrap(), good);
        is_clean(dhow, "mended");
        for damage in ["fs/etc/passwd", "meta.json"] {
            std::fs::remove_file(layer.join(damage)).unwrap();
            assert!(!check(dhow, &[]).1, "{damage}");
            assert!(check(dhow, &["--repair"]).1, "{damage}");
            is_clean(dhow, damage);
        }
        dhow.run(["run", "--rm", "busybox", "true"]).ok();
        std::fs::remove_dir_all(&layer).unwrap();
        let (findings, _) = check(dhow, &["--quick"]);
        assert!(findings.iter().any(|f| f.contains("it is not unpacked; --repair unpacks it from its blob")), "{findings:?}");
        assert!(check(dhow, &["--repair"]).1);
        is_clean(dhow, "unpacked");
        dhow.run(["run", "--rm", "busybox", "true"]).ok();
    }

    fn a_damaged_blob_is_removed_and_comes_with_the_image(dhow) {
        dhow.load_busybox();
        let blob = layer_blob(dhow);
        let mut bytes = std::fs::read(&blob).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        overwrite(&blob, &bytes);
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings[0].ends_with("its content is not what its digest says; --repair removes it; then pull or load busybox:latest again"), "{findings:?}");
        assert!(check(dhow, &["--quick"]).1, "the size is the same");
        let (findings, sound) = check(dhow, &["--repair"]);
        assert!(!sound && findings[0].ends_with("removed; pull or load busybox:latest again"), "{findings:?}");
        assert!(!blob.exists());
        let (findings, sound) = check(dhow, &["--quick"]);
        assert!(!sound && findings[0].ends_with("it is missing; pull or load busybox:latest again"), "{findings:?}");
        // The unpacked layer is whole.
        dhow.run(["run", "--rm", "busybox", "true"]).ok();
        dhow.load_busybox();
        is_clean(dhow, "loaded again");
    }

    fn damaged_documents_are_told(dhow) {
        dhow.load_busybox();
        let index = dhow.root_dir().join("images/index.json");
        let good = std::fs::read(&index).unwrap();
        let manifest = serde_json::from_slice::<Value>(&good).unwrap()["manifests"][0]["digest"].as_str().unwrap().to_string();
        let blob = dhow.root_dir().join("images/blobs").join(manifest.replace(':', "/"));
        overwrite(&blob, b"{}");
        let (findings, sound) = check(dhow, &["--quick"]);
        assert!(!sound && findings[0].starts_with(&format!("blob {manifest}: its content")), "{findings:?}");
        assert!(!check(dhow, &["--repair"]).1);
        dhow.load_busybox();
        is_clean(dhow, "loaded again");
        overwrite(&index, b"{");
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings[0].starts_with("images/index.json: "), "{findings:?}");
        overwrite(&index, &good);
        is_clean(dhow, "put back");
    }

    fn what_containers_need_is_looked_for(dhow) {
        dhow.load_busybox();
        dhow.run(["create", "--name", "c", "-v", "vol:/v", "busybox", "true"]).ok();
        is_clean(dhow, "made");
        let volume = dhow.root_dir().join("volumes/vol");
        std::fs::remove_dir_all(volume.join("_data")).unwrap();
        let (findings, _) = check(dhow, &["--repair"]);
        assert!(findings[0].starts_with("volume vol: its files are gone; made again"), "{findings:?}");
        is_clean(dhow, "made again");
        std::fs::remove_dir_all(&volume).unwrap();
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings == ["container c: its volume vol is missing; restore it, or make an empty one: dhow volume create vol"], "{findings:?}");
        dhow.run(["volume", "create", "vol"]).ok();
        // A name that leads nowhere is a leftover, no damage.
        std::os::unix::fs::symlink("0".repeat(64), dhow.root_dir().join("names/ghost")).unwrap();
        std::fs::create_dir(dhow.root_dir().join("containers/.tmp-dead")).unwrap();
        std::fs::create_dir(dhow.root_dir().join("volumes/.tmp-dead")).unwrap();
        std::fs::create_dir(dhow.root_dir().join(format!("layers/.tmp-{}", "0".repeat(64)))).unwrap();
        overwrite(&dhow.root_dir().join("images/blobs/.tmp-dead"), b"");
        overwrite(&dhow.root_dir().join("images/leases/dead"), b"");
        let (findings, sound) = check(dhow, &[]);
        assert!(sound && findings.len() == 6, "{findings:?}");
        assert!(check(dhow, &["--repair"]).1);
        is_clean(dhow, "swept");
        let id = dhow.run(["inspect", "-f", "{{.Id}}", "c"]).ok().trimmed();
        std::fs::remove_file(dhow.root_dir().join("names/c")).unwrap();
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings[0].starts_with("container c: its name does not lead to it; give it a name"), "{findings:?}");
        let config = dhow.root_dir().join("containers").join(&id).join("config.json");
        let good = std::fs::read(&config).unwrap();
        overwrite(&config, b"{");
        let (findings, sound) = check(dhow, &[]);
        assert!(!sound && findings.iter().any(|f| f.starts_with(&format!("container {}: ", &id[..12])) && f.contains("is damaged")), "{findings:?}");
        overwrite(&config, &good);
        dhow.run(["rename", &id, "d"]).ok();
        is_clean(dhow, "named again");
        dhow.run(["rm", "d"]).ok();
    }

    fn a_reset_leaves_nothing(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "c", "-v", "vol:/v", "busybox", "sleep", "1000"]).ok();
        dhow.run_input(["system", "reset"], "n\n").ok();
        assert_eq!(dhow.run(["ps", "-q"]).ok().lines().len(), 1);
        let asked = dhow.run_input(["system", "reset"], "y\n").ok().stdout();
        assert!(asked.starts_with("WARNING! This will remove:\n  - all containers, running ones too\n"), "{asked}");
        let left: Vec<_> = std::fs::read_dir(dhow.root_dir()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
        for list in [&["ps", "-aq"][..], &["images", "-q"], &["volume", "ls", "-q"]] {
            assert_eq!(dhow.run(list).ok().trimmed(), "");
        }
        dhow.load_busybox();
        dhow.run(["run", "--rm", "busybox", "true"]).ok();
    }

    fn a_newer_store_is_refused_and_an_older_one_migrated(dhow) {
        dhow.load_busybox();
        let version = dhow.root_dir().join("version");
        assert_eq!(std::fs::read_to_string(&version).unwrap(), "1\n");
        overwrite(&version, "2\n");
        let newer = dhow.run(["ps"]).fails(1).says("was written by a newer dhow (its version is 2, this dhow knows 1)");
        assert_eq!(newer.stderr().lines().count(), 1);
        dhow.run(["system", "migrate"]).fails(1).says("newer dhow");
        overwrite(&version, "x");
        dhow.run(["ps"]).fails(1).says("version is damaged");
        // A store of before there were versions, with a container of before there were volumes.
        std::fs::remove_file(&version).unwrap();
        let shared = dhow.file("w/shared/file", "content");
        dhow.run(["create", "--name", "c", "busybox", "cat", "/mnt/file"]).ok();
        let id = dhow.run(["inspect", "-f", "{{.Id}}", "c"]).ok().trimmed();
        let path = dhow.root_dir().join("containers").join(&id).join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config.as_object_mut().unwrap().remove("mounts");
        config["binds"] = serde_json::json!([{"source": shared.parent().unwrap(), "destination": "/mnt", "readonly": true, "propagation": "rprivate"}]);
        overwrite(&path, config.to_string());
        std::fs::remove_file(&version).unwrap();
        dhow.run(["ps"]).fails(1).says("was written by an older dhow; run `dhow system migrate` once");
        assert_eq!(dhow.run(["system", "migrate"]).ok().trimmed(), "Migrated: 1 containers changed.");
        assert_eq!(dhow.run(["system", "migrate"]).ok().trimmed(), "Migrated: 0 containers changed.");
        assert_eq!(dhow.run(["start", "-a", "c"]).ok().trimmed(), "content");
        assert_eq!(dhow.run(["inspect", "-f", "{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}", "c"]).ok().trimmed(), "/mnt false");
        is_clean(dhow, "migrated");
        dhow.run(["rm", "c"]).ok();
    }
}

#[test]
fn a_bare_user_s_store_is_checked_and_mended() {
    let dhow = &Dhow::bare();
    let path = dhow.file(
        "w/image.tar",
        fixtures::docker_archive(&["b:1"], &fixtures::busybox_layer(), &serde_json::json!({})),
    );
    dhow.run(["load", "-i", path.to_str().unwrap()]).ok();
    is_clean(dhow, "loaded");
    std::fs::remove_file(only_in(dhow.root_dir().join("layers")).join("fs/etc/passwd")).unwrap();
    assert!(!check(dhow, &[]).1);
    assert!(check(dhow, &["-r"]).1);
    is_clean(dhow, "mended");
}

//! The image store: load, save, import, tag, rmi, listing, and other tools' images.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dhow::state::Digest;
use serde_json::json;

use crate::fixtures;
use crate::harness::Dhow;

/// All files below the store that a removed image must not leave.
fn stored(dhow: &Dhow) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in ["images/blobs", "images/blobs/sha256", "images/leases", "layers"] {
        if let Ok(entries) = std::fs::read_dir(dhow.root_dir().join(dir)) {
            found.extend(entries.flatten().map(|e| e.path()).filter(|p| !p.ends_with("sha256")));
        }
    }
    found
}

#[track_caller]
fn assert_empty(dhow: &Dhow) {
    assert_eq!(stored(dhow), Vec::<PathBuf>::new());
}

/// The layer's directory of the only layer.
fn only_layer(dhow: &Dhow) -> PathBuf {
    let mut layers = std::fs::read_dir(dhow.root_dir().join("layers")).unwrap().flatten();
    layers.next().unwrap().path().join("fs")
}

fn tool(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn columns(line: &str) -> Vec<&str> {
    line.split("   ").map(str::trim).filter(|c| !c.is_empty()).collect()
}

both! {
    fn load_list_and_remove(dhow) {
        let loaded = dhow.run(["load", "-i", fixtures::busybox_archive().to_str().unwrap()]).ok();
        assert_eq!(loaded.trimmed(), "Loaded image: busybox:latest");
        let lines = dhow.run(["images"]).ok().lines();
        assert_eq!(columns(&lines[0]), ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]);
        let row = columns(&lines[1]);
        assert_eq!((row[0], row[1], lines.len()), ("busybox", "latest", 2));
        assert!(row[3].ends_with(" ago") && row[4].ends_with("MB"), "{row:?}");
        let id = dhow.run(["images", "-q", "--no-trunc"]).ok().trimmed();
        assert!(id.starts_with(&format!("sha256:{}", row[2])) && id.len() == 71);
        let inspected = dhow.run(["image", "inspect", row[2]]).ok().json();
        assert_eq!(inspected[0]["Id"], id.as_str());
        assert_eq!(inspected[0]["RepoTags"], json!(["busybox:latest"]));
        assert_eq!(inspected[0]["Config"]["Cmd"], json!(["sh"]));
        dhow.run(["image", "exists", "busybox"]).ok();
        assert_eq!(dhow.run(["image", "exists", "nope"]).code, 1);
        let app = only_layer(dhow).join("home/app");
        let uid = std::os::unix::fs::MetadataExt::uid(&app.metadata().unwrap());
        assert_eq!(uid == 1000, !dhow.is_rootless(), "owners are mapped");
        let removed = dhow.run(["rmi", "busybox"]).ok().lines();
        // Of the only layer the chain ID is the diff ID.
        let layer = Digest::of(&fixtures::busybox_layer());
        assert_eq!(removed, ["Untagged: busybox:latest".to_string(), format!("Deleted: {id}"), format!("Deleted: {layer}")]);
        assert_empty(dhow);
        dhow.run(["rmi", "busybox"]).fails(1).says("No such image: busybox:latest");
        dhow.run(["rmi", "-f", "busybox"]).ok();
    }

    fn names_come_and_go(dhow) {
        dhow.load_busybox();
        dhow.run(["tag", "busybox", "quay.io/x/app:1", "other"]).ok();
        dhow.run(["tag", "nope", "x"]).fails(1).says("No such image: nope:latest");
        dhow.run(["tag", "busybox", "UPPER"]).fails(1).says("UPPER");
        assert_eq!(dhow.run(["images", "-q"]).ok().lines().len(), 1);
        assert_eq!(dhow.run(["images", "-q", "quay.io/*/*"]).ok().lines().len(), 1);
        assert_eq!(dhow.run(["images", "--filter", "reference=other*"]).ok().lines().len(), 2);
        assert_eq!(dhow.run(["images", "--filter", "dangling=true", "-q"]).ok().trimmed(), "");
        dhow.run(["images", "--filter", "nonsense=1"]).fails(125);
        let id = dhow.run(["images", "-q"]).ok().trimmed();
        dhow.run(["rmi", &id]).fails(1).says("must be forced");
        assert_eq!(dhow.run(["rmi", "other"]).ok().trimmed(), "Untagged: other:latest");
        dhow.run(["untag", "busybox"]).ok();
        let row = dhow.run(["images"]).ok().lines()[1].clone();
        assert_eq!(columns(&row)[..2], ["<none>", "<none>"]);
        assert_eq!(dhow.run(["images", "--filter", "dangling=true", "-q"]).ok().trimmed(), id);
        let pruned = dhow.run(["image", "prune", "-f"]).ok().stdout();
        assert!(pruned.contains("Deleted Images:\ndeleted: sha256:") && pruned.contains("Total reclaimed space: "), "{pruned}");
        assert_empty(dhow);
        assert_eq!(dhow.run(["image", "prune", "-f"]).ok().trimmed(), "Total reclaimed space: 0B");
    }

    fn archives_go_out_and_come_back(dhow) {
        dhow.load_busybox();
        dhow.run(["tag", "busybox", "second:2"]).ok();
        // A name without a tag stands for all its tags.
        dhow.run(["tag", "busybox", "busybox:three"]).ok();
        let before = dhow.run(["image", "inspect", "busybox"]).ok().json();
        for (format, compress) in [("docker-archive", "cat"), ("oci-archive", "gzip"), ("docker-archive", "zstd")] {
            let path = dhow.base.join(format!("w/{format}-{compress}.tar"));
            let path = path.to_str().unwrap();
            dhow.run(["save", "--format", format, "-o", path, "busybox", "second:2"]).ok();
            dhow.run(["rmi", "-f", "busybox", "busybox:three", "second:2"]).ok();
            assert_empty(dhow);
            let archive = Command::new(compress).stdin(std::fs::File::open(path).unwrap()).output().unwrap().stdout;
            let loaded = dhow.run_input(["load"], archive).ok().lines();
            let mut loaded = loaded;
            loaded.sort();
            assert_eq!(loaded, ["Loaded image: busybox:latest", "Loaded image: busybox:three", "Loaded image: second:2"], "{format}");
            let after = dhow.run(["image", "inspect", "busybox"]).ok().json();
            for key in ["Id", "RootFS", "Size", "Config", "RepoTags"] {
                assert_eq!(after[0][key], before[0][key], "{format} {key}");
            }
        }
        let dir = dhow.base.join("w/dir");
        dhow.run(["save", "--format", "oci-dir", "-o", dir.to_str().unwrap(), "second:2"]).ok();
        dhow.run(["save", "--format", "oci-dir", "-o", dir.to_str().unwrap(), "second:2"]).fails(1).says("not empty");
        dhow.run(["rmi", "-f", "busybox", "second:2"]).ok();
        assert_eq!(dhow.run(["load", "-i", dir.to_str().unwrap()]).ok().trimmed(), "Loaded image: second:2");
        let missing = dhow.base.join("w/no/such/dir/x.tar");
        dhow.run(["save", "-o", missing.to_str().unwrap(), "second:2"]).fails(1);
        let unknown = dhow.base.join("w/unknown.tar");
        dhow.run(["save", "-o", unknown.to_str().unwrap(), "nope"]).fails(1).says("No such image");
        assert!(!unknown.exists());
        assert_eq!(std::fs::read_dir(dhow.base.join("w")).unwrap().count(), 4, "no temporary files");
    }

    fn a_root_file_system_is_imported(dhow) {
        let layer = fixtures::busybox_layer();
        let import = ["import", "-c", "CMD [\"sh\"]", "-c", "ENV A=b", "-m", "by hand", "-", "made:1"];
        let id = dhow.run_input(import, layer.clone()).ok().trimmed();
        let image = dhow.run(["image", "inspect", "made:1"]).ok().json();
        assert_eq!(image[0]["Id"], id.as_str());
        assert_eq!(image[0]["Config"], json!({"Cmd": ["sh"], "Env": ["A=b"]}));
        assert_eq!(image[0]["RootFS"]["Layers"], json!([Digest::of(&layer).to_string()]));
        let history = dhow.run(["history", "made:1"]).ok().lines();
        assert_eq!(columns(&history[0]), ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]);
        assert!(history[1].ends_with("by hand"), "{history:?}");
        dhow.run(["rmi", "made:1"]).ok();
        dhow.run_input(["import", "-c", "RUN x", "-"], layer.clone()).fails(1).says("run is not a valid change command");
        // Before anything is read.
        for (platform, why) in [
            ("windows/amd64", "operating system is not supported"),
            ("nope", "\"nope\": unknown operating system or architecture"),
            ("a/b/c/d", "cannot parse platform specifier"),
        ] {
            let output = dhow.run(["import", "--platform", platform, "/dev/null", "made:1"]);
            assert!(output.code != 0 && output.stderr().contains(why), "{output:?}");
        }
        assert!(dhow.run(["pull", "--platform", "nope", "127.0.0.1:1/x"]).stderr().contains("unknown operating system"));
        dhow.run_input(["import", "-"], layer[..layer.len() / 2].to_vec()).fails(1).says("ends in the middle");
        // Nothing is an archive of nothing, as for docker.
        let empty = dhow.run_input(["import", "-"], Vec::new()).ok().trimmed();
        dhow.run(["rmi", &empty]).ok();
        assert_empty(dhow);
    }

    fn bad_archives_leave_nothing(dhow) {
        let good = std::fs::read(fixtures::busybox_archive()).unwrap();
        dhow.run_input(["load"], good[..good.len() / 2].to_vec()).fails(1).says("ends in the middle");
        dhow.run_input(["load"], b"hello".repeat(1000)).fails(1).says("damaged tar archive");
        dhow.run_input(["load"], Vec::new()).fails(1).says("no image archive");
        dhow.run_input(["load"], fixtures::busybox_layer()).fails(1).says("use `import`");
        dhow.run(["load", "-i", "/nonexistent.tar"]).fails(1).says("/nonexistent.tar");
        // The layer is another than the configuration says.
        let layer = fixtures::busybox_layer();
        let (image, id) = fixtures::image_config(&[Digest::of(b"another layer")], &json!({}));
        let manifest = json!([{"Config": format!("{}.json", id.hex()), "RepoTags": ["x:1"], "Layers": ["l.tar"]}]).to_string();
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in [("manifest.json", manifest.as_bytes()), (&format!("{}.json", id.hex()), &image), ("l.tar", &layer)] {
            fixtures::add(&mut tar, tar::EntryType::Regular, name, 0o644, (0, 0), bytes);
        }
        let other = tar.into_inner().unwrap();
        dhow.run_input(["load"], other.clone()).fails(1).says("diff ID");
        // Where they lie, too: there, only what is needed is read.
        let load = |archive: &[u8]| dhow.run(["load", "-i", dhow.file("w/bad.tar", archive).to_str().unwrap()]);
        load(&good[..good.len() / 2]).fails(1).says("ends in the middle");
        load(&other).fails(1).says("it was changed or damaged");
        load(&fixtures::busybox_layer()).fails(1).says("use `import`");
        // A layer that wants out.
        let mut evil = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..16].copy_from_slice(b"../../escape/me\0");
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(0);
        header.set_cksum();
        evil.append(&header, std::io::empty()).unwrap();
        let evil = evil.into_inner().unwrap();
        let archive = fixtures::docker_archive(&["evil:1"], &evil, &json!({}));
        load(&archive).fails(1).says("../../escape/me");
        let failed = dhow.run_input(["load"], archive).fails(1).says("../../escape/me");
        assert!(failed.stderr().contains(&Digest::of(&evil).to_string()), "{failed:?}");
        assert_empty(dhow);
        assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "");
    }

    fn of_an_archive_that_is_a_file_only_what_is_missing_is_read(dhow) {
        let mut archive = std::fs::read(fixtures::busybox_archive()).unwrap();
        let path = dhow.file("w/good.tar", &archive);
        let load = |path: &std::path::Path| {
            dhow.command(["load"]).stdin(std::fs::File::open(path).unwrap()).output().unwrap()
        };
        let loaded = load(&path);
        assert!(loaded.status.success() && String::from_utf8_lossy(&loaded.stdout).contains("busybox"), "{loaded:?}");
        // The layer is there: nobody looks at the one that the archive has.
        let at = archive.len() / 2;
        archive[at] ^= 1;
        let damaged = dhow.file("w/damaged.tar", &archive);
        dhow.run(["load", "-i", damaged.to_str().unwrap()]).ok();
        dhow.run(["run", "--rm", "busybox", "true"]).ok();
        dhow.run(["rmi", "busybox"]).ok();
        assert_empty(dhow);
        let refused = load(&damaged);
        assert!(!refused.status.success(), "{refused:?}");
        assert_empty(dhow);
    }

    fn images_of_containers_stay(dhow) {
        dhow.load_busybox();
        let image = dhow.run(["image", "inspect", "busybox"]).ok().json();
        let (id, layers) = (&image[0]["Id"], &image[0]["RootFS"]["Layers"]);
        let container = format!("r/containers/{}/config.json", "c0".repeat(32));
        dhow.file(&container, json!({"image_id": id, "layers": layers}).to_string());
        dhow.run(["rmi", "busybox"]).fails(1).says("container c0c0c0c0c0c0 is using its referenced image");
        dhow.run(["rmi", id.as_str().unwrap()]).fails(1).says("image is being used by stopped container c0c0c0c0c0c0");
        dhow.run(["image", "prune", "-af"]).ok();
        assert_eq!(dhow.run(["images", "-q"]).ok().lines().len(), 1);
        dhow.run(["rmi", "-f", "busybox"]).ok();
        assert!(only_layer(dhow).join("bin/busybox").exists(), "the container still needs it");
        std::fs::remove_dir_all(dhow.root_dir().join("containers")).unwrap();
        dhow.run(["image", "prune", "-f"]).ok();
        assert_empty(dhow);
    }

    fn leftovers_of_the_dead_are_swept(dhow) {
        dhow.load_busybox();
        let hex = Digest::of(b"dead").hex().to_string();
        dhow.file(&format!("r/layers/.tmp-{hex}/fs/x"), "half");
        dhow.file(&format!("r/layers/.lock-{hex}"), "");
        dhow.file("r/images/blobs/.tmp-0123", "half");
        dhow.file("r/images/leases/0123", "[\"sha256:");
        dhow.run(["rmi", "busybox"]).ok();
        assert_empty(dhow);
    }

    fn skopeo_and_umoci_agree(dhow) {
        dhow.load_busybox();
        let layout = dhow.root_dir().join("images");
        let name = format!("oci:{}:docker.io/library/busybox:latest", layout.display());
        let inspected: serde_json::Value = serde_json::from_str(&tool("skopeo", &["inspect", &name])).unwrap();
        let ours = dhow.run(["image", "inspect", "busybox"]).ok().json();
        assert_eq!(inspected["Layers"], ours[0]["RootFS"]["Layers"]);
        let work = dhow.base.join("w");
        let at = |name: &str| work.join(name).display().to_string();
        for (target, args) in [
            (format!("docker-archive:{}:a/b:1", at("d.tar")), vec![]),
            (format!("oci-archive:{}:c:2", at("o.tar")), vec!["--format", "oci"]),
            (format!("oci-archive:{}:zst:2", at("z.tar")), vec!["--format", "oci", "--dest-compress-format", "zstd"]),
            (format!("oci:{}:e:3", at("dir")), vec![]),
        ] {
            tool("skopeo", &[&["copy", "-q", "--insecure-policy"], args.as_slice(), &[&name, &target]].concat());
        }
        tool("umoci", &["config", "--image", &format!("{}:e:3", at("dir")), "--config.label", "made=by-umoci", "--tag", "umoci:1"]);
        tool("chmod", &["-R", "a+rX", &work.display().to_string()]);
        dhow.run(["rmi", "busybox"]).ok();
        assert_eq!(dhow.run(["load", "-i", &at("d.tar")]).ok().trimmed(), "Loaded image: a/b:1");
        assert_eq!(dhow.run(["load", "-i", &at("o.tar")]).ok().trimmed(), "Loaded image: c:2");
        assert_eq!(dhow.run(["load", "-i", &at("z.tar")]).ok().trimmed(), "Loaded image: zst:2");
        let loaded = dhow.run(["load", "-i", &at("dir")]).ok().lines();
        assert_eq!(loaded, ["Loaded image: e:3", "Loaded image: umoci:1"]);
        for image in ["a/b:1", "c:2", "zst:2", "e:3", "umoci:1"] {
            assert_eq!(dhow.run(["run", "--rm", image, "echo", "it runs"]).ok().stdout(), "it runs\n", "{image}");
        }
        let labelled = dhow.run(["images", "--filter", "label=made=by-umoci"]).ok().lines();
        assert!(labelled.len() == 2 && labelled[1].starts_with("umoci "), "{labelled:?}");
    }

    fn another_copy_of_a_name_leaves_a_nameless_image(dhow) {
        dhow.load_busybox();
        let layer = fixtures::busybox_layer();
        let archive = fixtures::docker_archive(&["busybox:latest"], &layer, &json!({"Cmd": ["true"]}));
        dhow.run_input(["load"], archive).ok();
        let rows = dhow.run(["images"]).ok().lines();
        let mut names: Vec<_> = rows[1..].iter().map(|r| columns(r)[..2].join(":")).collect();
        names.sort();
        assert_eq!(names, ["<none>:<none>", "busybox:latest"]);
        dhow.run(["image", "prune", "-f"]).ok();
        assert_eq!(dhow.run(["images", "-q"]).ok().lines().len(), 1);
        assert!(only_layer(dhow).join("bin/sh").is_symlink(), "the layer was shared");
    }

    fn listings_take_templates(dhow) {
        dhow.load_busybox();
        let row = dhow.run(["images", "--format", "json"]).ok().json();
        let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        for key in ["Repository", "Tag", "Digest", "ID", "CreatedSince", "CreatedAt", "Size", "Containers"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        let table = dhow.run(["images", "--format", "table {{.Repository}}\\t{{.Tag}}"]).ok().lines();
        assert_eq!((columns(&table[0]), columns(&table[1])), (vec!["REPOSITORY", "TAG"], vec!["busybox", "latest"]));
        let id = dhow.run(["image", "inspect", "-f", "{{.Id}} {{index .Config.Cmd 0}}", "busybox"]).ok().trimmed();
        assert!(id.starts_with("sha256:") && id.ends_with(" sh"), "{id}");
        assert_eq!(dhow.run(["history", "--format", "{{.CreatedBy}}", "busybox"]).ok().trimmed(), "fixture");
        assert_eq!(dhow.run(["history", "-q", "--no-trunc", "busybox"]).ok().trimmed(), id.split(' ').next().unwrap());
        dhow.run(["images", "--format", "{{.Nope}}"]).fails(1);
        dhow.run(["images", "--format", "{{"]).fails(1);
    }

    fn hello_is_made_of_the_binary(dhow) {
        assert_eq!(dhow.run(["image", "exists", "hello"]).code, 1);
        let said = dhow.run(["run", "--rm", "--net", "none", "hello"]).ok().stdout();
        for text in ["Hello from a dhow container", "pid 1 of 1", "the root is overlay", "filtered by seccomp"] {
            assert!(said.contains(text), "{said}");
        }
        dhow.run(["run", "--rm", "--net", "none", "--pull", "always", "hello"]).ok();
        dhow.run(["image", "exists", "hello"]).ok();
        // An image that really is named so goes first.
        dhow.load_busybox();
        dhow.run(["tag", "busybox", "hello"]).ok();
        assert_eq!(dhow.run(["run", "--rm", "--net", "none", "hello", "echo", "busy"]).ok().trimmed(), "busy");
        dhow.run(["rmi", "-f", "hello", "busybox", "localhost/dhow/hello"]).ok();
        assert_empty(dhow);
        let outside = dhow.run(["hello"]).ok().stdout();
        assert!(outside.contains("not in dhow's hello container"), "{outside}");
    }

    fn whiteouts_hide_what_lower_layers_have(dhow) {
        let base = fixtures::busybox_layer();
        let mut upper = tar::Builder::new(Vec::new());
        let file = tar::EntryType::Regular;
        for name in ["etc/.wh.group", "home/.wh..wh..opq", "home/new", ".wh.var", "var/own"] {
            fixtures::add(&mut upper, file, name, 0o644, (0, 0), b"");
        }
        let upper = upper.into_inner().unwrap();
        let (config, id) = fixtures::image_config(&[Digest::of(&base), Digest::of(&upper)], &json!({}));
        let config_name = format!("{}.json", id.hex());
        let manifest = json!([{"Config": config_name, "RepoTags": ["two:1"], "Layers": ["1.tar", "2.tar"]}]).to_string();
        let mut tar = tar::Builder::new(Vec::new());
        let files: [(&str, &[u8]); 4] =
            [("manifest.json", manifest.as_bytes()), (&config_name, &config), ("1.tar", &base), ("2.tar", &upper)];
        for (name, bytes) in files {
            fixtures::add(&mut tar, file, name, 0o644, (0, 0), bytes);
        }
        dhow.run_input(["load"], tar.into_inner().unwrap()).ok();
        let seen = |path: &str| dhow.run(["run", "--rm", "--net", "none", "two:1", "ls", path]).ok().lines();
        assert_eq!(seen("/home"), ["new"]);
        assert_eq!(seen("/var"), ["own"]);
        assert!(!seen("/etc").contains(&"group".to_string()) && seen("/etc").contains(&"passwd".to_string()));
    }

    fn real_containers_keep_their_image(dhow) {
        dhow.load_busybox();
        let id = dhow.run(["images", "-q"]).ok().trimmed();
        dhow.run(["create", "--name", "kept", "--net", "none", "busybox", "true"]).ok();
        dhow.run(["rmi", "busybox"]).fails(1).says("is using its referenced image");
        dhow.run(["rmi", "-f", "busybox"]).ok();
        dhow.run(["start", "-a", "kept"]).ok();
        dhow.run(["rm", "kept"]).ok();
        dhow.run(["image", "prune", "-f"]).ok();
        assert_empty(dhow);
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "runs", "--net", "none", "busybox", "sleep", "1000"]).ok();
        dhow.run(["rmi", "-f", &id]).fails(1).says("cannot be forced").says("running container");
        dhow.run(["rmi", "-f", "busybox"]).ok();
        assert_eq!(dhow.run(["exec", "runs", "echo", "alive"]).ok().trimmed(), "alive");
        dhow.run(["rm", "-f", "runs"]).ok();
        dhow.run(["rmi", &id]).ok();
        assert_empty(dhow);
    }

    fn loading_and_removing_at_once(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        let errors: Vec<String> = std::thread::scope(|scope| {
            let loops: Vec<_> = (0..4)
                .map(|i| {
                    scope.spawn(move || {
                        let args = if i % 2 == 0 { vec!["load", "-q", "-i", archive] } else { vec!["rmi", "-f", "busybox"] };
                        let runs = (0..8).map(|_| dhow.run(&args)).filter(|out| out.code != 0);
                        runs.map(|out| format!("{out:?}")).collect::<Vec<_>>()
                    })
                })
                .collect();
            loops.into_iter().flat_map(|l| l.join().unwrap()).collect()
        });
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        dhow.load_busybox();
        dhow.run(["run", "--rm", "--net", "none", "busybox", "true"]).ok();
        dhow.run(["rmi", "busybox"]).ok();
        assert_empty(dhow);
    }

    fn loads_of_the_same_image_do_not_disturb_each_other(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        let children: Vec<_> = (0..8).map(|_| dhow.command(["load", "-q", "-i", archive]).stdout(Stdio::null()).spawn().unwrap()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(dhow.run(["images", "-q"]).ok().lines().len(), 1);
        dhow.run(["rmi", "busybox"]).ok();
        assert_empty(dhow);
    }
}

#[test]
fn without_subordinate_ids_everything_belongs_to_the_user() {
    let dhow = Dhow::bare();
    let archive = fixtures::busybox_archive().to_str().unwrap();
    let warned = "files in containers all belong to root there";
    assert_eq!(dhow.run(["load", "-i", archive]).ok().stderr().matches(warned).count(), 1);
    let app = only_layer(&dhow).join("home/app").metadata().unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&app), dhow.uid);
    // Said where files are made, and not again.
    assert_eq!(dhow.run(["run", "--rm", "busybox", "true"]).ok().stderr(), "");
    assert_eq!(dhow.run(["rmi", "busybox"]).ok().stderr(), "");
    assert_empty(&dhow);
}

#[test]
fn buildah_images_load() {
    let dhow = Dhow::root();
    let storage = dhow.base.join("buildah");
    let storage = storage.to_str().unwrap();
    let buildah = |args: &[&str]| {
        tool(
            "buildah",
            &[&["--root", storage, "--runroot", &format!("{storage}-run"), "--storage-driver", "vfs"], args]
                .concat(),
        )
    };
    let container = buildah(&["from", "scratch"]);
    let container = container.trim();
    buildah(&["copy", container, "/bin/busybox", "/bin/sh"]);
    buildah(&["config", "--cmd", "[\"/bin/sh\"]", "--env", "X=y", container]);
    let archive = Path::new(&dhow.base).join("w/b.tar");
    buildah(&["commit", "-q", container, &format!("docker-archive:{}:by/buildah:1", archive.display())]);
    assert_eq!(
        dhow.run(["load", "-i", archive.to_str().unwrap()]).ok().trimmed(),
        "Loaded image: by/buildah:1"
    );
    let image = dhow.run(["image", "inspect", "by/buildah:1"]).ok().json();
    assert_eq!(image[0]["Config"]["Cmd"], json!(["/bin/sh"]));
    buildah(&["rm", container]);
    assert_eq!(dhow.run(["run", "--rm", "by/buildah:1", "sh", "-c", "echo $X"]).ok().stdout(), "y\n");
}

/// A file system of its own, gone with this.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, megabytes: u32) -> Self {
        std::fs::create_dir_all(&at).unwrap();
        tool("mount", &["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs", at.to_str().unwrap()]);
        Self(at)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        tool("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let dhow = Dhow::root();
    // Enough for the archive and half of the layer; then not even for the archive.
    for megabytes in [3, 1] {
        let disk = SmallDisk::mount(dhow.root_dir(), megabytes);
        dhow.run(["load", "-i", fixtures::busybox_archive().to_str().unwrap()])
            .fails(1)
            .says("No space left on device");
        assert_empty(&dhow);
        assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "");
        drop(disk);
    }
    dhow.load_busybox();
}

#[test]
fn a_killed_loader_leaves_only_what_the_next_sweeps() {
    use std::io::Write;
    let dhow = Dhow::root();
    let archive = std::fs::read(fixtures::busybox_archive()).unwrap();
    for cut in [archive.len() / 3, archive.len() * 2 / 3] {
        let mut child = dhow.command(["load"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(&archive[..cut]).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(stored(&dhow), Vec::<PathBuf>::new(), "blobs in the making have no names");
    }
    dhow.load_busybox();
    dhow.run(["rmi", "busybox"]).ok();
    assert_empty(&dhow);
}

//! `system df` and `system prune`: to the byte, in docker's words, as the API has it.

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::fixtures;
use crate::harness::Dhow;

/// Bytes of the files in the layers of an image, as `images` says it.
fn size_of(dhow: &Dhow, image: &str) -> u64 {
    dhow.run(["image", "inspect", "-f", "{{.Size}}", image]).ok().trimmed().parse().unwrap()
}

/// The row of `system df` for a kind of object.
fn row(dhow: &Dhow, kind: &str) -> Value {
    let lines = dhow.run(["system", "df", "--format", "json"]).ok().lines();
    let rows: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    rows.into_iter().find(|row| row["Type"] == kind).unwrap()
}

fn write_into(dhow: &Dhow, container: &str, path: &str, bytes: usize) {
    let script = format!("head -c {bytes} /dev/zero > {path}");
    dhow.run(["run", "--name", container, "busybox", "sh", "-c", &script]).ok();
}

both! {
    fn what_images_share_counts_once(dhow) {
        dhow.load_busybox();
        write_into(dhow, "c", "/big", 1_000_000);
        dhow.run(["commit", "c", "grown"]).ok();
        dhow.run(["rm", "c"]).ok();
        let (base, grown) = (size_of(dhow, "busybox"), size_of(dhow, "grown"));
        assert_eq!(grown - base, 1_000_000);
        let server = Server::start(dhow);
        let usage = server.get("/system/df").is(200).json();
        assert_eq!(usage["LayersSize"], grown, "{usage}");
        let image = |usage: &Value, name: &str| usage["Images"].as_array().unwrap().iter().find(|i| i["RepoTags"] == json!([name])).unwrap().clone();
        for (name, size) in [("busybox:latest", base), ("grown:latest", grown)] {
            let image = image(&usage, name);
            assert_eq!((&image["Size"], &image["SharedSize"], &image["Containers"]), (&json!(size), &json!(base), &json!(0)), "{name}");
        }
        assert_eq!((&usage["Containers"], &usage["Volumes"], &usage["BuildCache"]), (&json!([]), &json!([]), &json!([])));
        // A container needs the layers of its image, and with them those of the other.
        dhow.run(["create", "--name", "c", "grown", "true"]).ok();
        let table = dhow.run(["system", "df"]).ok().lines();
        assert_eq!(table[0], "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE");
        assert_eq!(table.iter().map(|l| l.split("  ").next().unwrap()).collect::<Vec<_>>(), ["TYPE", "Images", "Containers", "Local Volumes", "Build Cache"]);
        let images = row(dhow, "Images");
        assert_eq!((&images["TotalCount"], &images["Active"], &images["Reclaimable"]), (&json!("2"), &json!("1"), &json!("0B (0%)")));
        dhow.run(["rm", "c"]).ok();
        dhow.run(["create", "--name", "c", "busybox", "true"]).ok();
        assert!(row(dhow, "Images")["Reclaimable"].as_str().unwrap().starts_with("1MB ("));
        let verbose = dhow.run(["system", "df", "-v"]).ok().stdout();
        for text in ["Images space usage:\n\nREPOSITORY", "SHARED SIZE   UNIQUE SIZE   CONTAINERS\n", "\n\nContainers space usage:\n\nCONTAINER ID",
            "\n\nLocal Volumes space usage:\n\nVOLUME NAME   LINKS     SIZE\n\nBuild cache usage: 0B\n\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n"] {
            assert!(verbose.contains(text), "no {text:?} in {verbose}");
        }
        let unique = dhow.run(["system", "df", "-v", "--format", "{{range .Images}}{{.Repository}}={{.UniqueSize}} {{end}}"]).ok().trimmed();
        assert!(unique.contains("grown=1MB") && unique.contains("busybox=0B"), "{unique}");
        let only = server.get("/system/df?type=volume").is(200).json();
        assert_eq!((&only["Images"], &only["Containers"], &only["Volumes"], &only["BuildCache"]), (&Value::Null, &Value::Null, &json!([]), &Value::Null));
        server.get("/system/df?type=nonsense").is(400).says("unknown object type: nonsense");
        assert_eq!(server.get("/v1.41/system/df?type=nonsense").is(200).json()["BuilderSize"], 0);
        dhow.run(["rm", "c"]).ok();
    }

    fn what_containers_and_volumes_hold_is_measured(dhow) {
        dhow.load_busybox();
        // Where only the container's own ids may look.
        dhow.run(["run", "--name", "c", "-v", "vol:/v", "busybox", "sh", "-c", "mkdir -m 700 /p /v/p; chown 5:5 /p /v/p; head -c 12345 /dev/zero > /p/x; head -c 54321 /dev/zero > /v/p/x; ln /v/p/x /v/y"]).ok();
        let server = Server::start(dhow);
        let usage = server.get("/system/df").is(200).json();
        let container = &usage["Containers"][0];
        assert_eq!((&container["SizeRw"], &container["SizeRootFs"]), (&json!(12345), &json!(12345 + size_of(dhow, "busybox"))));
        assert_eq!(usage["Volumes"][0]["UsageData"], json!({"RefCount": 1, "Size": 54321}));
        assert_eq!(row(dhow, "Containers")["Reclaimable"], "12.35kB (100%)");
        assert_eq!((&row(dhow, "Local Volumes")["Size"], &row(dhow, "Local Volumes")["Reclaimable"]), (&json!("54.32kB"), &json!("0B (0%)")));
        let pruned = server.post("/containers/prune", &Value::Null).is(200).json();
        assert_eq!((pruned["ContainersDeleted"].as_array().unwrap().len(), &pruned["SpaceReclaimed"]), (1, &json!(12345)));
        assert_eq!(row(dhow, "Local Volumes")["Reclaimable"], "54.32kB (100%)");
        dhow.run(["volume", "rm", "vol"]).ok();
        write_into(dhow, "c", "/x", 7);
        let pruned = server.docker(&["system", "prune", "-f"]).ok().stdout();
        assert!(pruned.starts_with("Deleted Containers:\n") && pruned.ends_with("\nTotal reclaimed space: 7B\n"), "{pruned}");
    }

    fn a_prune_of_everything(dhow) {
        dhow.load_busybox();
        let asked = dhow.run(["system", "prune", "--volumes", "--filter", "label=x"]).ok().stdout();
        assert_eq!(asked, "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  \
            - all anonymous volumes not used by at least one container\n  - all dangling images\n  - unused build cache\n\n  \
            Items to be pruned will be filtered with:\n  - label=x\n\nAre you sure you want to continue? [y/N] ");
        dhow.run(["system", "prune", "--volumes", "--filter", "until=1h", "-f"]).fails(1).says("the \"until\" filter is not supported with \"--volumes\"");
        dhow.run(["system", "prune", "--filter", "nonsense=1", "-f"]).fails(1).says("invalid filter");
        let id = dhow.run(["run", "-d", "--name", "keep", "--label", "keep=1", "busybox", "true"]).ok().trimmed();
        dhow.run(["wait", "keep"]).ok();
        write_into(dhow, "c", "/x", 7);
        let volume = dhow.run(["volume", "create"]).ok().trimmed();
        dhow.run(["volume", "create", "named"]).ok();
        let pruned = dhow.run(["system", "prune", "-f", "--volumes", "--filter", "label!=keep"]).ok().lines();
        assert_eq!(pruned[0], "Deleted Containers:");
        assert_eq!(pruned[2..], ["", "Deleted Volumes:", volume.as_str(), "", "Total reclaimed space: 7B"]);
        assert_eq!(dhow.run(["ps", "-aq", "--no-trunc"]).ok().trimmed(), id);
        let pruned = dhow.run_input(["system", "prune", "-a"], "y\n").ok().stdout();
        assert!(pruned.contains("all build cache\n\nAre you sure you want to continue? [y/N] Deleted Containers:\n"), "{pruned}");
        assert!(pruned.contains("\nDeleted Images:\nuntagged: busybox:latest\ndeleted: sha256:"), "{pruned}");
        assert_eq!(dhow.run(["volume", "ls", "-q"]).ok().trimmed(), "named");
        assert_eq!(row(dhow, "Images")["Size"], "0B");
        dhow.run(["volume", "rm", "named"]).ok();
        let cache = dhow.run(["builder", "prune", "-f"]).ok();
        assert_eq!(cache.trimmed(), "Total reclaimed space: 0B");
        assert!(cache.stderr().contains("no build cache"), "{cache:?}");
    }

    fn whatever_the_size_memory_stays_small(dhow) {
        dhow.load_busybox();
        let many = "mkdir /many; for i in $(seq 5000); do echo $i >/many/$i; done";
        let script = format!("dd if=/dev/urandom of=/large bs=1M count=128 2>/dev/null; {many}");
        dhow.run(["run", "--name", "big", "busybox", "sh", "-c", &script]).ok();
        for args in [
            &["cp", "big:/large", "large"][..],
            &["cp", "large", "big:/again"],
            &["cp", "big:/many", "many"],
            &["cp", "many", "big:/more"],
            &["export", "-o", "big.tar", "big"],
            &["commit", "-q", "big", "grown"],
            &["save", "-o", "grown.tar", "grown"],
            &["rmi", "grown"],
            &["load", "-q", "-i", "grown.tar"],
            &["system", "df", "-v"],
            &["system", "check"],
            &["system", "prune", "-af", "--volumes"],
        ] {
            // Waited for with its memory.
            #[expect(clippy::zombie_processes)]
            let child = dhow.command(args).stdout(std::process::Stdio::null()).spawn().unwrap();
            let (status, peak) = crate::harness::peak_memory(&child);
            assert!(status == 0 && peak < 64 << 10, "{args:?}: {status}, {peak} KiB");
        }
        assert_eq!(dhow.run(["images", "-aq"]).ok().trimmed(), "");
    }

    fn a_layer_that_an_image_has_twice_counts_once(dhow) {
        let layer = fixtures::busybox_layer();
        let config = json!({"Cmd": ["sh"]});
        let archive = fixtures::docker_archive(&["once:latest"], &layer, &config);
        let path = dhow.file("w/once.tar", archive);
        dhow.run(["load", "-i", path.to_str().unwrap()]).ok();
        let usage = Server::start(dhow).get("/system/df").is(200).json();
        assert_eq!(usage["LayersSize"], usage["Images"][0]["Size"]);
        assert_eq!(usage["Images"][0]["SharedSize"], 0);
    }
}

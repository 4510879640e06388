//! Volumes, archives, changes, exports and commits through `dhow serve`: as HTTP, and by docker's command line.

use std::io::Read;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::api_server::{Answer, Server};
use crate::harness::Stdin;

/// A tar archive with these files, each with its owner.
fn tar(files: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content, owner) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o640);
        header.set_uid(*owner);
        header.set_gid(*owner);
        header.set_mtime(1_000_000_000);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Names and contents in a tar archive.
pub fn untar(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((name, content));
    }
    found
}

fn path_stat(answer: &Answer) -> Value {
    let line = answer.headers.lines().find_map(|l| {
        l.split_once(": ").filter(|(k, _)| k.eq_ignore_ascii_case("X-Docker-Container-Path-Stat"))
    });
    serde_json::from_slice(&BASE64_STANDARD.decode(line.expect("the header").1.trim()).unwrap()).unwrap()
}

fn put(server: &Server<'_>, path: &str, body: Vec<u8>) -> Answer {
    server.call("PUT", path, &["-H", "Content-Type: application/x-tar"], Some(body))
}

/// The archive as bzip2 and as xz make it.
fn compressed(archive: &[u8]) -> [(&'static str, Vec<u8>); 2] {
    use std::io::Write;
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(archive).unwrap();
    let mut xz = std::process::Command::new("xz");
    xz.args(["-9", "-T1"]);
    let packed =
        crate::harness::finish(xz, "xz".into(), Stdin::Bytes(archive.into()), crate::harness::TIMEOUT).ok();
    [("bzip2", encoder.finish().unwrap()), ("xz", packed.out)]
}

both! {
    fn archives_of_bzip2_and_xz_are_taken(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}));
        let content = vec![b'x'; 1 << 20];
        for (name, archive) in compressed(&tar(&[("file", &content, 0)])) {
            put(&server, "/containers/c/archive?path=/tmp", archive.clone()).is(200);
            let found = untar(&server.get("/containers/c/archive?path=/tmp/file").is(200).body);
            assert!(found[0].1 == content, "{name}");
            // What is damaged is said, and is the client's fault.
            let cut = archive[..archive.len() - 10].to_vec();
            put(&server, "/containers/c/archive?path=/tmp", cut).fails();
        }
        let archive = std::fs::read(crate::fixtures::busybox_archive()).unwrap();
        for (_, archive) in compressed(&archive) {
            dhow.run(["rmi", "-f", "busybox"]);
            let loaded = server.call("POST", "/images/load", &["-H", "Content-Type: application/x-tar"], Some(archive)).is(200);
            assert!(loaded.text().contains("Loaded image: busybox:latest"), "{}", loaded.text());
        }
        for (name, layer) in compressed(&crate::fixtures::busybox_layer()) {
            dhow.run_input(["import", "-", &format!("im:{name}")], layer).ok();
            assert_eq!(dhow.run(["run", "--rm", &format!("im:{name}"), "/bin/echo", "runs"]).ok().trimmed(), "runs");
        }
        // Four bytes of a header that asks for a dictionary of 4 GiB.
        let greedy = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01(\0\0\0p\xa3\xb8\xb2".to_vec();
        put(&server, "/containers/c/archive?path=/tmp", greedy).fails();
        server.delete("/containers/c").is(204);
    }

    fn volumes_from_first_to_last(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        assert_eq!(server.get("/volumes").is(200).json(), json!({"Volumes": [], "Warnings": null}));
        server.call("POST", "/volumes/create", &[], None).is(400).says("got EOF while reading request body");
        let made = server.post("/volumes/create", &json!({"Name": "vv", "Labels": {"a": "b"}, "Driver": "", "DriverOpts": null})).is(201).json();
        assert_eq!((&made["Name"], &made["Driver"], &made["Scope"], &made["Labels"]), (&json!("vv"), &json!("local"), &json!("local"), &json!({"a": "b"})));
        assert!(made["Mountpoint"].as_str().unwrap().ends_with("/volumes/vv/_data"), "{made}");
        assert_eq!(server.get("/volumes/vv").is(200).json(), made);
        // Again: the same one.
        assert_eq!(server.post("/volumes/create", &json!({"Name": "vv"})).is(201).json(), made);
        let anonymous = server.post("/volumes/create", &json!({})).is(201).json();
        assert_eq!(anonymous["Labels"], json!({"com.docker.volume.anonymous": ""}));
        server.post("/volumes/create", &json!({"Name": "../x"})).is(400).says("../x");
        server.post("/volumes/create", &json!({"Name": "ww", "Driver": "nfs4"})).says("plugin \"nfs4\" not found");
        server.post("/volumes/create", &json!({"Name": "ww", "DriverOpts": {"nope": "1"}})).is(400).says("nope");
        server.post("/volumes/create", &json!({"Name": "ww", "ClusterVolumeSpec": {}})).is(501).says("this host only");
        server.get("/volumes/ww").is(404).says("get ww: no such volume");
        let filtered = |filters: &str| {
            server.get(&format!("/volumes?filters={}", encoded(filters)))
        };
        assert_eq!(filtered(r#"{"label":["a=b"]}"#).is(200).json()["Volumes"].as_array().unwrap().len(), 1);
        assert_eq!(filtered(r#"{"dangling":["false"]}"#).is(200).json()["Volumes"], json!([]));
        filtered(r#"{"nope":["x"]}"#).is(400).says("invalid filter 'nope'");
        filtered(r#"{"dangling":["x"]}"#).is(400).says("invalid filter");
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "Binds": ["vv:/v"]}}));
        assert_eq!(filtered(r#"{"dangling":["false"]}"#).is(200).json()["Volumes"][0]["Name"], "vv");
        server.delete("/volumes/vv").is(409).says(&format!("remove vv: volume is in use - [{id}]"));
        server.delete("/volumes/vv?force=1").is(409);
        server.call("PUT", "/volumes/vv?version=1", &[], Some(b"{}".to_vec())).is(503).says("not a swarm manager");
        // Only those without a name, unless it says so.
        let pruned = server.post("/volumes/prune", &Value::Null).is(200).json();
        assert_eq!(pruned["VolumesDeleted"], json!([anonymous["Name"]]));
        server.delete(&format!("/containers/{id}")).is(204);
        assert_eq!(server.post("/volumes/prune", &Value::Null).is(200).json(), json!({"VolumesDeleted": [], "SpaceReclaimed": 0}));
        server.post("/volumes/prune?filters=%7B%22all%22%3A%5B%22x%22%5D%7D", &Value::Null).is(400).says("invalid filter 'all=[x]'");
        assert_eq!(server.post("/volumes/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D", &Value::Null).is(200).json()["VolumesDeleted"], json!(["vv"]));
        server.post("/volumes/create", &json!({"Name": "old"})).is(201);
        assert_eq!(server.post("/v1.41/volumes/prune", &Value::Null).is(200).json()["VolumesDeleted"], json!(["old"]));
        server.delete("/volumes/vv").is(404).says("get vv: no such volume");
        server.delete("/volumes/vv?force=1").is(204);
    }

    fn archives_in_and_out(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "User": "1000:1000", "HostConfig": {"NetworkMode": "none"}}));
        for running in [false, true] {
            if running {
                server.post("/containers/c/start", &Value::Null).is(204);
            }
            put(&server, "/containers/c/archive?path=/tmp", tar(&[("a", b"hello", 0)])).is(200);
            let head = server.call("HEAD", "/containers/c/archive?path=/tmp/a", &[], None).is(200);
            let stat = path_stat(&head);
            assert_eq!((&stat["name"], &stat["size"], &stat["mode"], &stat["linkTarget"]), (&json!("a"), &json!(5), &json!(0o640), &json!("")));
            assert_eq!(stat["mtime"], "2001-09-09T01:46:40Z");
            let got = server.get("/containers/c/archive?path=/tmp/a").is(200);
            assert_eq!(path_stat(&got), stat);
            assert!(got.headers.contains("application/x-tar"), "{}", got.headers);
            assert_eq!(untar(&got.body), [("a".to_string(), b"hello".to_vec())]);
            // A link is told of, not followed.
            let link = path_stat(&server.get("/containers/c/archive?path=/bin/ls").is(200));
            assert_eq!((&link["linkTarget"], link["mode"].as_u64().unwrap() & (1 << 27)), (&json!("/bin/busybox"), 1 << 27));
            // Compressed, and to its user.
            let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut zipped, &tar(&[("z", b"z", 0)])).unwrap();
            put(&server, "/containers/c/archive?path=/tmp&copyUIDGID=1", zipped.finish().unwrap()).is(200);
            let got = server.get("/containers/c/archive?path=/tmp/z").is(200);
            assert_eq!(tar::Archive::new(&got.body[..]).entries().unwrap().next().unwrap().unwrap().header().uid().unwrap(), 1000);
            put(&server, "/containers/c/archive?path=/&noOverwriteDirNonDir=true", tar(&[("tmp", b"x", 0)])).is(400).says("cannot overwrite directory");
            put(&server, "/containers/c/archive?path=/nope", tar(&[("a", b"x", 0)])).is(404).says("Could not find the file /nope in container c");
            put(&server, "/containers/c/archive?path=/bin/busybox", tar(&[("a", b"x", 0)])).is(400).says("extraction point is not a directory");
            put(&server, "/containers/c/archive?path=/tmp", b"no archive at all, but long enough to be looked at".repeat(20)).fails();
            server.get("/containers/c/archive?path=/nope").is(404).says("Could not find the file /nope in container c");
            server.call("HEAD", "/containers/c/archive?path=/nope", &[], None).is(404);
            server.get("/containers/c/archive").is(400).says("bad parameter: path cannot be empty");
            server.get("/containers/nope/archive?path=/").is(404).says("No such container: nope");
        }
        let read_only = json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "ReadonlyRootfs": true}});
        let other = server.create("r", &read_only);
        put(&server, "/containers/r/archive?path=/tmp", tar(&[("a", b"x", 0)])).is(403).says("container rootfs is marked read-only");
        for id in [id, other] {
            server.delete(&format!("/containers/{id}?force=1")).is(204);
        }
    }

    fn changes_exports_and_commits(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let body = json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "echo x > /tmp/new; rm /etc/passwd; true"], "Env": ["A=1", "B=2"], "Labels": {"l": "1"},
            "HostConfig": {"NetworkMode": "none"},
        });
        server.create("c", &body);
        assert_eq!(server.get("/containers/c/changes").is(200).json(), Value::Null);
        put(&server, "/containers/c/archive?path=/etc", tar(&[("passwd", b"root:x:0:0::/:/bin/sh\n", 0)])).is(200);
        server.post("/containers/c/start", &Value::Null).is(204);
        server.post("/containers/c/wait", &Value::Null).is(200);
        let changes = server.get("/containers/c/changes").is(200).json();
        let kind = |path: &str| changes.as_array().unwrap().iter().find(|c| c["Path"] == path).map(|c| c["Kind"].clone());
        assert_eq!((kind("/tmp"), kind("/tmp/new")), (Some(json!(0)), Some(json!(1))), "{changes}");
        server.get("/containers/x/changes").is(404);
        let exported = server.get("/containers/c/export").is(200);
        assert!(untar(&exported.body).iter().any(|(name, content)| name == "tmp/new" && content == b"x\n"));
        server.get("/containers/x/export").is(404);
        let config = json!({"Env": ["B=3"], "Labels": {"m": "2"}, "Cmd": ["cat", "/tmp/new"], "User": "", "Hostname": "h", "Tty": false});
        let made = server.post("/commit?container=c&repo=made&tag=1&comment=why&author=me&changes=ENV%20C%3D4%0AEXPOSE%2080", &config).is(201).json();
        let image = server.get("/images/made:1/json").is(200).json();
        assert_eq!(image["Id"], made["Id"]);
        assert_eq!((&image["Author"], &image["Comment"]), (&json!("me"), &json!("why")));
        let env = image["Config"]["Env"].as_array().unwrap();
        assert!(env[..2] == ["B=3", "C=4"].map(Value::from) && env.contains(&json!("A=1")) && env.len() == 4, "{image}");
        assert_eq!((&image["Config"]["Labels"], &image["Config"]["Cmd"]), (&json!({"l": "1", "m": "2"}), &json!(["cat", "/tmp/new"])));
        assert_eq!(image["Config"]["ExposedPorts"], json!({"80/tcp": {}}));
        assert_eq!(dhow.run(["run", "--rm", "made:1"]).ok().trimmed(), "x");
        // A Dockerfile of changes to what the container has.
        let changes = "ENV%20PATH=/x:$PATH%20D=$%7BNO:-w%7D%0A%23%20why%0ALABEL%20l%5C%0A2=$A";
        let id = server.call("POST", &format!("/commit?container=c&changes={changes}"), &[], None).is(201).json()["Id"].clone();
        let config = server.get(&format!("/images/{}/json", id.as_str().unwrap())).is(200).json()["Config"].clone();
        let variables: Vec<&str> = config["Env"].as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
        assert!(variables.iter().any(|e| e.starts_with("PATH=/x:/")) && variables.contains(&"D=w"), "{variables:?}");
        assert_eq!(config["Labels"], json!({"l": "1", "l2": "1"}));
        let required = "/commit?container=c&changes=ENV%20A=$%7BNO:%3Fneeded%7D";
        server.call("POST", required, &[], None).is(400).says("failed to process \"${NO:?needed}\": NO: needed");
        // Without a name, and without a body.
        let unnamed = server.call("POST", "/commit?container=c&pause=0", &[], None).is(201).json();
        assert_eq!(server.get(&format!("/images/{}/json", unnamed["Id"].as_str().unwrap())).is(200).json()["RepoTags"], json!([]));
        server.call("POST", "/commit", &[], None).is(400).says("invalid name or ID supplied");
        server.call("POST", "/commit?container=x", &[], None).is(404).says("No such container: x");
        server.call("POST", "/commit?container=c&repo=Upper", &[], None).is(400).says("lower-case");
        server.call("POST", "/commit?container=c&changes=RUN%20x", &[], None).is(400).says("run is not a valid change command");
        server.delete("/containers/c").is(204);
    }

    fn docker_copies_and_commits(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        docker(&["run", "-d", "--name", "c", "--net", "none", "busybox", "sleep", "1000"]);
        dhow.file("w/dir/one", "1");
        dhow.file("w/dir/sub/two", "2");
        docker(&["cp", "dir", "c:/tmp"]);
        docker(&["cp", "dir/one", "c:/tmp/other"]);
        assert_eq!(docker(&["exec", "c", "cat", "/tmp/dir/one", "/tmp/dir/sub/two", "/tmp/other"]), "121");
        docker(&["cp", "c:/tmp/dir/.", "back"]);
        assert_eq!(std::fs::read_to_string(dhow.base.join("w/back/sub/two")).unwrap(), "2");
        docker(&["cp", "-L", "c:/bin/ls", "ls"]);
        assert!(std::fs::symlink_metadata(dhow.base.join("w/ls")).unwrap().is_file());
        assert_eq!(untar(&server.docker(&["cp", "c:/tmp/other", "-"]).ok().out), [("other".to_string(), b"1".to_vec())]);
        server.docker_with(&["cp", "-", "c:/tmp"], Stdin::Bytes(tar(&[("in", b"3", 0)]))).ok();
        assert_eq!(docker(&["exec", "c", "cat", "/tmp/in"]), "3");
        server.docker(&["cp", "c:/nope", "."]).fails(1).says("Could not find the file /nope in container c");
        server.docker(&["cp", "dir", "c:/bin/busybox"]).fails(1);
        assert!(docker(&["diff", "c"]).lines().any(|l| l == "A /tmp/dir/sub/two"));
        assert!(untar(&server.docker(&["export", "c"]).ok().out).iter().any(|(name, _)| name == "tmp/dir/one"));
        let id = docker(&["commit", "-a", "me", "-m", "why", "-c", "CMD [\"cat\", \"/tmp/in\"]", "c", "made:2"]);
        assert_eq!(docker(&["image", "inspect", "-f", "{{.Id}} {{.Author}}", "made:2"]), format!("{id} me"));
        assert_eq!(docker(&["run", "--rm", "--net", "none", "made:2"]), "3");
        docker(&["rm", "-f", "c"]);
    }

    fn docker_manages_volumes(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        assert_eq!(docker(&["volume", "create", "--label", "a=b", "vv"]), "vv");
        assert_eq!(docker(&["volume", "ls", "--format", "{{.Driver}} {{.Name}} {{.Labels}}"]), "local vv a=b");
        assert_eq!(docker(&["volume", "inspect", "-f", "{{.Name}} {{.Scope}}", "vv"]), "vv local");
        docker(&["run", "--rm", "--net", "none", "-v", "vv:/x", "busybox", "sh", "-c", "echo kept > /x/f"]);
        assert_eq!(docker(&["run", "--rm", "--net", "none", "--mount", "type=volume,src=vv,dst=/x,readonly", "busybox", "cat", "/x/f"]), "kept");
        server.docker(&["run", "--rm", "--net", "none", "--mount", "type=volume,src=vv,dst=/x,readonly", "busybox", "touch", "/x/g"]).fails(1).says("Read-only");
        let host = dhow.file("w/f", "of the host");
        let bind = format!("type=bind,src={},dst=/f", host.display());
        assert_eq!(docker(&["run", "--rm", "--net", "none", "--mount", &bind, "busybox", "cat", "/f"]), "of the host");
        assert_eq!(docker(&["run", "--rm", "--net", "none", "--tmpfs", "/t:size=1m", "busybox", "sh", "-c", "df -k /t | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2"]), "1024");
        let id = docker(&["create", "--net", "none", "-v", "vv:/x", "-v", "/anonymous", "busybox"]);
        server.docker(&["volume", "rm", "vv"]).fails(1).says("volume is in use");
        assert_eq!(docker(&["volume", "ls", "-q"]).lines().count(), 2);
        docker(&["rm", "-v", &id]);
        assert_eq!(docker(&["volume", "ls", "-q"]), "vv");
        assert!(docker(&["volume", "prune", "-f"]).contains("Total reclaimed space"));
        let _ = server.docker(&["volume", "rm", "-f", "vv"]);
        assert_eq!(dhow.run(["volume", "ls", "-q"]).ok().trimmed(), "");
        server.docker(&["volume", "rm", "vv"]).fails(1).says("no such volume");
        server.docker(&["volume", "inspect", "vv"]).fails(1);
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

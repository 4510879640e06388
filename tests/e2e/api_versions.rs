//! What clients of each version of the API see and may ask for, at the boundaries of its version history. The versions that Debian's dockerd has
//! are compared with it, too (api_differential.rs).

use serde_json::{Value, json};

use crate::api_server::Server;

/// Calls, a place in their answers, and the versions from the first to the last that have it.
const FIELDS: &[(&str, &str, u16, u16)] = &[
    ("/containers/c/json", "/HostConfig/KernelMemory", 24, 41),
    ("/images/json", "/0/VirtualSize", 24, 43),
    ("/images/busybox/json", "/VirtualSize", 24, 43),
    ("/images/busybox/json", "/Descriptor", 48, 51),
    ("/images/busybox/json", "/Config/Hostname", 24, 49),
    ("/images/busybox/json", "/Config/Labels", 24, 51),
    ("/system/df", "/BuilderSize", 24, 41),
    ("/system/df", "/Images/0/VirtualSize", 24, 43),
    ("/info", "/ExecutionDriver", 24, 24),
    ("/info", "/RuncCommit/Expected", 24, 48),
    ("/info", "/RegistryConfig/AllowNondistributableArtifactsCIDRs", 24, 48),
    ("/info", "/FirewallBackend/Driver", 49, 51),
    ("/info", "/BridgeNfIptables", 24, 49),
    ("/containers/json?all=1", "/0/HostConfig/Annotations", 46, 51),
];

/// Bodies for `containers/create` in a version, what is in the answer to that, and the field that such a container has then.
const CREATES: &[(u16, &str, &str, &str, &str)] = &[
    (24, r#""HostConfig":{"AutoRemove":true}"#, "", "/HostConfig/AutoRemove", "false"),
    (25, r#""HostConfig":{"AutoRemove":true}"#, "", "/HostConfig/AutoRemove", "true"),
    (39, "", "", "/HostConfig/IpcMode", "\"shareable\""),
    (40, "", "", "/HostConfig/IpcMode", "\"private\""),
    (41, r#""HostConfig":{"ConsoleSize":[20,70]}"#, "", "/HostConfig/ConsoleSize", "[0,0]"),
    (42, r#""HostConfig":{"ConsoleSize":[20,70]}"#, "", "/HostConfig/ConsoleSize", "[20,70]"),
    (
        41,
        r#""HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/t","BindOptions":{}}]}"#,
        "",
        "/Mounts/0/Type",
        "\"tmpfs\"",
    ),
    (
        42,
        r#""HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/t","BindOptions":{}}]}"#,
        "BindOptions must not be specified on mount type",
        "",
        "",
    ),
    (
        42,
        r#""HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t","TmpfsOptions":{}}]}"#,
        "TmpfsOptions must not be specified on mount type",
        "",
        "",
    ),
    (42, r#""HostConfig":{"Annotations":{"a":"b"}}"#, "", "/HostConfig/Annotations", ""),
    (43, r#""HostConfig":{"Annotations":{"a":"b"}}"#, "", "/HostConfig/Annotations", r#"{"a":"b"}"#),
    (
        43,
        r#""Healthcheck":{"Test":["CMD","true"],"StartInterval":7000000000}"#,
        "",
        "/Config/Healthcheck/StartInterval",
        "",
    ),
    (
        44,
        r#""Healthcheck":{"Test":["CMD","true"],"StartInterval":7000000000}"#,
        "",
        "/Config/Healthcheck/StartInterval",
        "7000000000",
    ),
    (
        43,
        r#""HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t","ReadOnly":true,"BindOptions":{"ReadOnlyForceRecursive":true}}]}"#,
        "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer",
        "",
        "",
    ),
    (
        43,
        r#""NetworkingConfig":{"EndpointsConfig":{"a":{},"b":{}}}"#,
        "Container cannot be created with multiple network endpoints: a, b",
        "",
        "",
    ),
    (
        44,
        r#""NetworkingConfig":{"EndpointsConfig":{"a":{},"b":{}}}"#,
        "",
        "/NetworkSettings/Networks/b/NetworkID",
        "\"\"",
    ),
    (
        43,
        r#""MacAddress":"02:00:00:00:00:05","HostConfig":{"NetworkMode":"none"}"#,
        "conflicting options: mac-address and the network mode",
        "",
        "",
    ),
    (
        44,
        r#""MacAddress":"02:00:00:00:00:05","HostConfig":{"NetworkMode":"n"}"#,
        "The container-wide MacAddress field is now deprecated",
        "/HostConfig/NetworkMode",
        "\"n\"",
    ),
    (
        44,
        r#""MacAddress":"02:00:00:00:00:05","HostConfig":{"NetworkMode":"n"},"NetworkingConfig":{"EndpointsConfig":{"n":{"MacAddress":"02:00:00:00:00:06"}}}"#,
        "must match the endpoint-specific MAC address",
        "",
        "",
    ),
    (
        44,
        r#""HostConfig":{"Mounts":[{"Type":"volume","Source":"v","Target":"/t","VolumeOptions":{"Subpath":"x"}}]}"#,
        "VolumeOptions.Subpath needs API v1.45 or newer",
        "",
        "",
    ),
    (
        45,
        r#""HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"Options":[["noexec"],["bogus"]]}}]}"#,
        "invalid tmpfs option",
        "",
        "",
    ),
    (
        47,
        r#""HostConfig":{"Mounts":[{"Type":"image","Source":"busybox","Target":"/t"}]}"#,
        "needs API v1.48 or newer",
        "",
        "",
    ),
    (
        48,
        r#""HostConfig":{"Mounts":[{"Type":"image","Source":"busybox","Target":"/t"}]}"#,
        "",
        "/Mounts/0/Type",
        "\"image\"",
    ),
    (
        47,
        r#""HostConfig":{"NetworkMode":"n"},"NetworkingConfig":{"EndpointsConfig":{"n":{"GwPriority":3}}}"#,
        "",
        "/NetworkSettings/Networks/n/GwPriority",
        "0",
    ),
    (
        48,
        r#""HostConfig":{"NetworkMode":"n"},"NetworkingConfig":{"EndpointsConfig":{"n":{"GwPriority":3}}}"#,
        "",
        "/NetworkSettings/Networks/n/GwPriority",
        "3",
    ),
    (
        48,
        r#""HostConfig":{"NetworkMode":"n"},"NetworkingConfig":{"EndpointsConfig":{"n":{"IPAMConfig":{"LinkLocalIPs":["169.254.1.1"]}}}}"#,
        "Id",
        "/NetworkSettings/Networks/n/IPAMConfig",
        r#"{"LinkLocalIPs":["169.254.1.1"]}"#,
    ),
    (
        47,
        r#""HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"volume","Source":"vol","Target":"/t"}]}"#,
        "\"Warnings\":[]",
        "/Mounts/0/Name",
        "\"vol\"",
    ),
    (
        48,
        r#""HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"volume","Source":"vol","Target":"/t"}]}"#,
        "the container-wide volume-driver configuration is ignored",
        "/Mounts/0/Name",
        "\"vol\"",
    ),
    (
        51,
        r#""HostConfig":{"NetworkMode":"host","PortBindings":{"80/tcp":[{"HostPort":"80"}]}}"#,
        "Published ports are discarded when using host network mode",
        "/HostConfig/NetworkMode",
        "\"host\"",
    ),
    (45, r#""HostConfig":{"NetworkMode":"n"}"#, "", "/NetworkSettings/Networks/n/Aliases", "null"),
];

both! {
    fn fields_come_and_go(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "Annotations": {"a": "b"}}}));
        for (path, place, first, last) in FIELDS {
            let near = [*first, first.saturating_sub(1), *last, last + 1];
            for version in near.into_iter().filter(|v| (24..=51).contains(v)) {
                let answer = server.get(&format!("/v1.{version}{path}")).is(200).json();
                assert_eq!(answer.pointer(place).is_some(), (*first..=*last).contains(&version), "1.{version} {path} {place}");
            }
        }
        let of = |version: u16, path: &str, place: &str| server.get(&format!("/v1.{version}{path}")).is(200).json().pointer(place).cloned();
        assert_eq!([50, 51].map(|v| of(v, "/images/json", "/0/Containers")), [-1, 1].map(|n| Some(json!(n))));
        assert_eq!([41, 42].map(|v| of(v, "/images/json?shared-size=1", "/0/SharedSize")), [-1, 0].map(|n| Some(json!(n))));
        assert_eq!([24, 25].map(|v| of(v, "/info", "/SecurityOptions/0")), ["seccomp", "name=seccomp,profile=builtin"].map(|n| Some(json!(n))));
        server.get("/v1.51/images/json?filters=%7B%22until%22%3A%5B%22100%22%5D%7D").is(200).json().as_array().unwrap().is_empty().then_some(()).unwrap();
        server.delete("/containers/c").is(204);
    }

    fn what_is_asked_for_means_what_it_meant(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        for (version, body, said, place, expected) in CREATES {
            let comma = if body.is_empty() { "" } else { "," };
            let body = format!(r#"{{"Image":"busybox","Cmd":["true"]{comma}{body}}}"#);
            let args = ["-H", "Content-Type: application/json"];
            let answer = server.call("POST", &format!("/v1.{version}/containers/create?name=c"), &args, Some(body.clone().into_bytes()));
            assert!(answer.text().contains(said), "1.{version} {body}: {}", answer.text());
            assert_eq!(answer.status, if place.is_empty() && version != &51 { 400 } else { 201 }, "1.{version} {body}: {}", answer.text());
            if answer.status == 201 {
                let shown = server.get(&format!("/v1.{version}/containers/c/json")).is(200).json();
                let found = shown.pointer(place).map(Value::to_string).unwrap_or_default();
                assert_eq!(&found, expected, "1.{version} {body}: {place}");
                server.delete("/containers/c?v=1").is(204);
            }
        }
        dhow.run(["volume", "rm", "-f", "vol"]).ok();
    }

    fn parameters_of_later_versions_are_unknown_to_earlier_ones(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let post = |path: &str| server.post(path, &Value::Null);
        let start = || post("/containers/c/start").is(204);
        server.create("c", &json!({"Image": "busybox", "Cmd": ["sh", "-c", "trap 'exit 5' USR1; trap 'exit 6' TERM; while :; do sleep 0.1; done"], "HostConfig": {"NetworkMode": "none"}}));
        for (version, code) in [(41, 6), (42, 5)] {
            start();
            // When it prints it listens.
            let ready = dhow.run(["exec", "c", "sh", "-c", "until grep -q 'SigCgt:.*[1-9a-f]' /proc/1/status; do :; done"]);
            ready.ok();
            post(&format!("/v1.{version}/containers/c/stop?signal=USR1&t=20")).is(204);
            assert_eq!(post("/containers/c/wait").is(200).json()["StatusCode"], code, "1.{version}");
        }
        post("/v1.29/containers/c/wait?condition=nonsense").is(200);
        post("/v1.30/containers/c/wait?condition=nonsense").is(400).says("invalid condition");
        let other = "%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22s390x%22%7D";
        for (path, since) in [("/images/busybox/json", 49), ("/images/busybox/history", 48)] {
            server.get(&format!("/v1.{}{path}?platform={other}", since - 1)).is(200);
            server.get(&format!("/v1.{since}{path}?platform={other}")).is(404);
        }
        server.get(&format!("/v1.49/images/busybox/json?platform={other}&manifests=1")).is(400).says("conflicting options");
        server.delete(&format!("/v1.50/images/busybox?force=1&platforms={other}")).is(404).says("does not match the specified platform");
        server.get("/images/busybox/json").is(200);
        let create = |version: u16| {
            let body = json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}});
            server.post(&format!("/v1.{version}/containers/create?name=d&platform=linux/s390x"), &body)
        };
        create(41).is(404).says("does not match the specified platform");
        create(40).is(201);
        // The names of a container on a network of its own: its id is one of them for clients before 1.45.
        server.post("/networks/create", &json!({"Name": "n", "Attachable": true})).is(201);
        assert_eq!(server.get("/networks/n").is(200).json()["Attachable"], true);
        server.post("/networks/create", &json!({"Name": "m", "ConfigFrom": {"Network": "n"}})).is(501);
        let id = server.create("e", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "n"}}));
        let aliases = |version: u16| server.get(&format!("/v1.{version}/containers/e/json")).json()["NetworkSettings"]["Networks"]["n"]["Aliases"].clone();
        assert_eq!([aliases(44), aliases(45)], [json!([&id[..12]]), Value::Null]);
        for name in ["c", "d", "e"] {
            server.delete(&format!("/containers/{name}")).is(204);
        }
        server.delete("/networks/n").is(204);
    }

    fn terminals_begin_with_their_size(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Tty": true, "Cmd": ["sh", "-c", "stty size; sleep 1000"], "HostConfig": {"NetworkMode": "none", "ConsoleSize": [21, 71]}}));
        server.post("/containers/c/start", &Value::Null).is(204);
        let size = |version: u16, create: Value, start: Value| {
            let body = json!({"Cmd": ["stty", "size"], "Tty": true, "AttachStdin": true, "AttachStdout": true, "ConsoleSize": create});
            let made = server.post(&format!("/v1.{version}/containers/c/exec"), &body).is(201).json();
            let id = made["Id"].as_str().unwrap().to_string();
            let start = json!({"Tty": true, "ConsoleSize": start});
            server.post(&format!("/v1.{version}/exec/{id}/start"), &start).is(200).text().trim().to_string()
        };
        assert_eq!(size(42, json!([22, 72]), Value::Null), "22 72");
        assert_eq!(size(42, json!([22, 72]), json!([23, 73])), "23 73");
        assert_eq!(size(41, json!([22, 72]), json!([23, 73])), "stty: standard input", "it has no size");
        let mut log = String::new();
        while !log.contains('\n') {
            log = server.get("/containers/c/logs?stdout=1").is(200).text();
        }
        assert_eq!(log, "21 71\r\n");
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

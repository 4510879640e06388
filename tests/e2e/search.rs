//! Searching registries: docker's search at an index, the catalogue of others; from the command line and through the API.

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::evil::{Evil, Reply};
use crate::harness::Dhow;
use crate::registry::{Options, PASSWORD, Registry, USER};

/// An index as docker.io has one.
fn index() -> Evil {
    Evil::start(|request| {
        if request.path != "/v1/search" {
            return Reply::not_found();
        }
        let one = |name: &str, description: Value, stars: u64, official: bool| {
            json!({
                "name": name, "description": description, "star_count": stars, "is_official": official,
                "is_automated": name == "ann/tool", "is_trusted": false,
            })
        };
        let long = "A description that is longer than\nwhat a table has room for";
        let results = json!([
            one("ann/tool", Value::Null, 2, false),
            one("tool", json!(long), 70, true),
            one("bob/tool\u{1b}[2J", json!("short"), 0, false),
        ]);
        Reply::json(200, &json!({"num_results": 3, "query": "tool", "results": results}))
    })
}

/// dhow takes the index for that of docker.io.
fn with_index(dhow: &Dhow, index: &Evil) {
    let host = index.host();
    let text = format!("[[registry]]\nprefix = \"docker.io\"\nlocation = \"{host}\"\n");
    dhow.file("h/.config/containers/registries.conf", text);
}

both! {
    fn an_index_is_asked(dhow) {
        let index = index();
        with_index(dhow, &index);
        let shown = dhow.run(["search", "library/tool"]).ok().lines();
        let words = |line: &str| line.split_whitespace().map(String::from).collect::<Vec<_>>();
        assert_eq!(words(&shown[0]), ["NAME", "DESCRIPTION", "STARS", "OFFICIAL"]);
        assert!(shown[1].starts_with("tool ") && shown[1].contains("A description that is longer than what a tab… ") && shown[1].contains("[OK]"), "{shown:?}");
        assert_eq!(words(&shown[2]), ["ann/tool", "2"]);
        assert!(!shown[3].contains('\u{1b}'), "{shown:?}");
        let asked = index.requests();
        assert!(asked.iter().any(|r| r.query == "q=tool&n=25"), "{asked:?}");
        let names = |args: &[&str]| {
            let args = [&["search", "--format", "{{.Name}}"], args, &["tool"]].concat();
            dhow.run(args).ok().lines()
        };
        assert_eq!(names(&["--filter", "is-official=true"]), ["tool"]);
        assert_eq!(names(&["-f", "stars=2", "-f", "is-official=false"]), ["ann/tool"]);
        assert_eq!(names(&["-f", "is-automated=true"]), ["ann/tool"]);
        assert_eq!(names(&["--limit", "2"]).len(), 2);
        assert!(index.requests().iter().any(|r| r.query == "q=tool&n=2"));
        assert!(dhow.run(["search", "--no-trunc", "tool"]).ok().stdout().contains("has room for"));
        let json: Value = serde_json::from_str(&dhow.run(["search", "--format", "json", "tool"]).ok().lines()[0]).unwrap();
        assert_eq!((&json["StarCount"], &json["IsOfficial"]), (&json!("70"), &json!("true")));
        dhow.run(["search", "-f", "nope=1", "tool"]).fails(125).says("invalid filter 'nope'");
        dhow.run(["search", "--limit", "101", "tool"]).fails(125).says("101");
        dhow.run(["search", "https://tool"]).fails(1).says("invalid repository name");
    }

    fn clients_search_through_the_api(dhow) {
        let index = index();
        with_index(dhow, &index);
        let server = Server::start(dhow);
        let found = server.get("/images/search?term=tool").is(200).json();
        assert_eq!(found[0], json!({"name": "ann/tool", "description": "", "star_count": 2, "is_official": false, "is_automated": true}));
        let official = server.get("/images/search?term=tool&limit=3&filters=%7B%22is-official%22%3A%5B%22true%22%5D%7D").is(200).json();
        assert_eq!((official.as_array().unwrap().len(), &official[0]["name"]), (1, &json!("tool")));
        assert!(crate::swagger::complaints(crate::swagger::operation("GET", "/images/search").unwrap().1, 200, &found).is_empty());
        server.get("/images/search?term=tool&limit=x").is(400).says("invalid limit");
        server.get("/images/search?term=tool&limit=101").is(400).says("limit 101 is outside the range of [1, 100]");
        server.get("/images/search?term=tool&limit=-1").is(400).says("limit -1 is outside");
        server.get("/images/search?term=tool&filters=%7B%22nope%22%3A%5B%22true%22%5D%7D").is(400).says("invalid filter 'nope'");
        server.get("/images/search?term=tool&filters=%7B%22stars%22%3A%5B%22x%22%5D%7D").is(400).says("invalid filter 'stars=[x]'");
        server.get("/images/search?term=https://x").is(400).says("invalid repository name");
        let shown = server.docker(&["search", "--filter", "stars=1", "--format", "{{.Name}} {{.StarCount}} {{.IsOfficial}}", "tool"]).ok();
        // Later ones don't sort them.
        let mut shown = shown.lines();
        shown.sort();
        assert_eq!(shown, ["ann/tool 2 ", "tool 70 [OK]"]);
    }

    fn a_registry_without_a_search_has_its_catalogue(dhow) {
        let registry = Registry::start(Options { auth: true, ..Options::default() });
        for name in ["team/tool:1", "team/other:1", "tool:1"] {
            registry.push_busybox(name);
        }
        let host = registry.host();
        dhow.run(["search", &format!("{host}/tool")]).fails(1).says("searching").says("HTTP 401");
        dhow.run_input(["login", "-u", USER, "--password-stdin", &host], PASSWORD).ok();
        let names = |term: &str| dhow.run(["search", "--format", "{{.Name}}", &format!("{host}/{term}")]).ok().lines();
        assert_eq!(names("tool"), [format!("{host}/team/tool"), format!("{host}/tool")]);
        assert_eq!(names("").len(), 3);
        assert_eq!(names("nothing").len(), 0);
        // What is found can be pulled.
        dhow.run(["pull", &format!("{}:1", names("team/tool")[0])]).ok();
        dhow.run(["rmi", &format!("{host}/team/tool:1")]).ok();
        // The account of whoever asks, not of whoever serves.
        let server = Server::start(dhow);
        dhow.run(["logout", &host]).ok();
        server.get(&format!("/images/search?term={host}/tool")).is(401);
        let auth = format!("X-Registry-Auth: {}", encoded(&json!({"username": USER, "password": PASSWORD})));
        let found = server.call("GET", &format!("/images/search?term={host}/tool"), &["-H", &auth], None).is(200).json();
        assert_eq!(found[1]["name"], format!("{host}/tool"));
    }
}

fn encoded(value: &Value) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE.encode(value.to_string())
}

#[test]
fn what_goes_wrong_is_said() {
    let dhow = Dhow::root();
    let pages = Evil::start(|request| match (request.path.as_str(), request.query.as_str()) {
        ("/v1/search", _) => Reply::new(200, "<html>"),
        ("/v2/_catalog", "n=1000") => Reply::json(200, &json!({"repositories": ["a/x"]}))
            .with("Link", "</v2/_catalog?n=1000&last=x>; rel=\"next\""),
        ("/v2/_catalog", _) => Reply::json(200, &json!({"repositories": ["b/x"]})),
        _ => Reply::not_found(),
    });
    let found = dhow.run(["search", "--format", "{{.Name}}", &format!("{}/x", pages.host())]).ok().lines();
    assert_eq!(found, [format!("{}/a/x", pages.host()), format!("{}/b/x", pages.host())]);
    let none = Evil::start(|_| Reply::not_found());
    dhow.run(["search", &format!("{}/x", none.host())]).fails(1).says("HTTP 404");
    let damaged = Evil::start(|request| match request.path.as_str() {
        "/v2/_catalog" => Reply::new(200, "["),
        _ => Reply::not_found(),
    });
    dhow.run(["search", &format!("{}/x", damaged.host())]).fails(1).says("no catalogue");
    dhow.run(["search", "127.0.0.1:1/x"]).fails(1).says("searching 127.0.0.1:1");
    let blocked = format!("[[registry]]\nlocation = \"{}\"\nblocked = true\n", none.host());
    dhow.file("h/.config/containers/registries.conf", blocked);
    dhow.run(["search", &format!("{}/x", none.host())]).fails(1).says("blocks");
    dhow.file(
        "h/.config/containers/registries.conf",
        "[[registry]]\nprefix = \"docker.io\"\nlocation = \"a b\"\n",
    );
    dhow.run(["search", "x"]).fails(1).says("a b");
}

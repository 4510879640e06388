//! Which handler answers which request.

use hyper::Method;

use super::call::Call;
use super::query::Query;
use super::reply::Reply;
use super::server::Server;
use super::version::ApiVersion;
use super::{containers, exec, images, metrics, networks, swarm, system, volumes};
use crate::error::Result;

pub type Handler = fn(&mut Call) -> Result<Reply>;

/// Answers on the thread that serves everybody, so it must wait for nothing: with what is remembered, or that a handler has to do it.
pub type Quick = fn(&Server, ApiVersion, &[String], &Query) -> Option<Reply>;

/// Method, pattern, handler. In a pattern `{}` is a name: one segment of the path or more, as names of images have slashes.
type Route = (Method, &'static str, Handler);

const GET: Method = Method::GET;
const HEAD: Method = Method::HEAD;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

const ROUTES: &[&[Route]] = &[SYSTEM, CONTAINERS, IMAGES, NETWORKS, VOLUMES, swarm::ROUTES];

const SYSTEM: &[Route] = &[
    (GET, "/_ping", system::ping),
    (HEAD, "/_ping", system::ping),
    (GET, "/version", system::version),
    (GET, "/info", system::info),
    (GET, "/events", system::events),
    (GET, "/system/df", system::df),
    (POST, "/build/prune", system::build_prune),
    (POST, "/auth", system::auth),
    (GET, "/metrics", metrics::show),
];

const CONTAINERS: &[Route] = &[
    (GET, "/containers/json", containers::list),
    (POST, "/containers/create", containers::create),
    (POST, "/containers/prune", containers::prune),
    (GET, "/containers/{}/json", containers::inspect),
    (GET, "/containers/{}/top", containers::top),
    (GET, "/containers/{}/logs", containers::logs),
    (GET, "/containers/{}/stats", containers::stats),
    (POST, "/containers/{}/start", containers::start),
    (POST, "/containers/{}/stop", containers::stop),
    (POST, "/containers/{}/restart", containers::restart),
    (POST, "/containers/{}/kill", containers::kill),
    (POST, "/containers/{}/pause", containers::pause),
    (POST, "/containers/{}/unpause", containers::unpause),
    (POST, "/containers/{}/rename", containers::rename),
    (POST, "/containers/{}/update", containers::update),
    (POST, "/containers/{}/wait", containers::wait),
    (POST, "/containers/{}/resize", containers::resize),
    (POST, "/containers/{}/attach", containers::attach),
    (GET, "/containers/{}/attach/ws", containers::attach_web_socket),
    (HEAD, "/containers/{}/archive", containers::archive_stat),
    (GET, "/containers/{}/archive", containers::archive_get),
    (PUT, "/containers/{}/archive", containers::archive_put),
    (GET, "/containers/{}/changes", containers::changes),
    (GET, "/containers/{}/export", containers::export),
    (POST, "/commit", containers::commit),
    // Before the one that would take it for a container's name.
    (DELETE, "/containers/{}/checkpoints/{}", swarm::no_checkpoints),
    (DELETE, "/containers/{}", containers::remove),
    (POST, "/containers/{}/exec", exec::create),
    (POST, "/exec/{}/start", exec::start),
    (POST, "/exec/{}/resize", exec::resize),
    (GET, "/exec/{}/json", exec::inspect),
];

/// What answers requests with these patterns first.
const QUICK: &[(Method, &str, Quick)] = &[
    (GET, "/_ping", system::quick_ping),
    (HEAD, "/_ping", system::quick_ping),
    (GET, "/containers/{}/json", containers::recall_inspect),
];

const IMAGES: &[Route] = &[
    (GET, "/images/json", images::list),
    (POST, "/images/create", images::create),
    (POST, "/images/load", images::load),
    (POST, "/images/prune", images::prune),
    (GET, "/images/search", images::search),
    (GET, "/images/get", images::save),
    (GET, "/images/{}/get", images::save),
    (GET, "/images/{}/json", images::inspect),
    (GET, "/images/{}/history", images::history),
    (POST, "/images/{}/tag", images::tag),
    (POST, "/images/{}/push", images::push),
    (GET, "/distribution/{}/json", images::distribution),
    (DELETE, "/images/{}", images::remove),
];

const NETWORKS: &[Route] = &[
    (GET, "/networks", networks::list),
    (GET, "/networks/", networks::list),
    (POST, "/networks/create", networks::create),
    (POST, "/networks/prune", networks::prune),
    (GET, "/networks/{}", networks::inspect),
    (POST, "/networks/{}/connect", networks::connect),
    (POST, "/networks/{}/disconnect", networks::disconnect),
    (DELETE, "/networks/{}", networks::remove),
];

const VOLUMES: &[Route] = &[
    (GET, "/volumes", volumes::list),
    (POST, "/volumes/create", volumes::create),
    (POST, "/volumes/prune", volumes::prune),
    (GET, "/volumes/{}", volumes::inspect),
    (PUT, "/volumes/{}", swarm::not_a_manager),
    (DELETE, "/volumes/{}", volumes::remove),
];

/// Which route it is: its method and its pattern.
pub type Pattern = (&'static str, &'static str);

/// What answers a request.
#[derive(Debug)]
pub struct Found {
    pub quick: Option<Quick>,
    pub handler: Handler,
    pub route: Pattern,
    /// What stands in the places of the pattern.
    pub places: Vec<String>,
}

impl Found {
    /// Whether the request may change something: all but those that only read, and what is typed for a program.
    pub fn changes(&self) -> bool {
        let (method, pattern) = self.route;
        !matches!(method, "GET" | "HEAD") || pattern.ends_with("/attach/ws")
    }
}

/// What answers it. As with dockerd a path that has no such method is no path.
pub fn find(method: &Method, path: &str) -> Option<Found> {
    // Most of them are told apart by what they begin with.
    let may_fit = |pattern: &str| {
        let mut bytes = path.bytes();
        pattern.bytes().take_while(|byte| *byte != b'{').all(|byte| bytes.next() == Some(byte))
    };
    ROUTES.iter().flat_map(|table| table.iter()).filter(|(m, p, _)| m == method && may_fit(p)).find_map(
        |(known, pattern, handler)| {
            let places = fits(pattern, path)?;
            let route = (known.as_str(), *pattern);
            Some(Found { quick: quick(method, pattern), handler: *handler, route, places })
        },
    )
}

fn quick(method: &Method, pattern: &str) -> Option<Quick> {
    QUICK.iter().find(|(m, p, _)| m == method && *p == pattern).map(|(_, _, quick)| *quick)
}

/// What stands in the pattern's places when the path is of this form.
fn fits(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut literals = pattern.split("{}").peekable();
    let mut rest = path.strip_prefix(literals.next()?)?;
    let mut names = Vec::new();
    while let Some(literal) = literals.next() {
        // The last one ends the path; of one in its midst the names before may hold some.
        let end =
            if literals.peek().is_some() { rest.rfind(literal)? } else { rest.strip_suffix(literal)?.len() };
        let name = &rest[..end];
        if name.is_empty() || name.ends_with('/') {
            return None;
        }
        names.push(name.to_string());
        rest = &rest[end + literal.len()..];
    }
    rest.is_empty().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, name) in [
            ("/a/{}/b", "/a/x/b", "x"),
            ("/a/{}/b", "/a/x/y/b", "x/y"),
            ("/images/{}/json", "/images/localhost:5000/a/b:1/json", "localhost:5000/a/b:1"),
            ("/images/{}", "/images/a", "a"),
            ("/a/{}/b/{}", "/a/x/b/c/b/y", "x/b/c y"),
        ] {
            assert_eq!(fits(pattern, path).unwrap().join(" "), name, "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/a/{}/b", "/a//b"),
            ("/a/{}", "/a"),
            ("/a/{}", "/a/b/"),
            ("/images/{}/json", "/images/json"),
            ("/a", "/a/b"),
        ] {
            assert!(fits(pattern, path).is_none(), "{pattern} {path}");
        }
        assert!(find(&Method::GET, "/containers/json").is_some());
        assert!(find(&Method::PUT, "/containers/json").is_none());
    }

    /// What is answered with `--read-only`. A route that isn't here changes something, or nobody has thought of it.
    const READING: &str = "/_ping /version /info /events /system/df /metrics /containers/json /containers/{}/json /containers/{}/top \
        /containers/{}/logs /containers/{}/stats /containers/{}/archive /containers/{}/changes /containers/{}/export /exec/{}/json \
        /images/json /images/search /images/get /images/{}/get /images/{}/json /images/{}/history /distribution/{}/json /networks \
        /networks/ /networks/{} /volumes /volumes/{}";

    #[test]
    fn whatever_changes_something_is_known() {
        let reading: Vec<_> = READING.split_whitespace().collect();
        for (method, pattern, _) in ROUTES.iter().flat_map(|table| table.iter()) {
            let found = find(method, &pattern.replace("{}", "a")).unwrap();
            let reads = matches!(*method, GET | HEAD) && (reading.contains(pattern) || is_of_swarms(pattern));
            assert_eq!(found.changes(), !reads, "{method} {pattern}");
        }
    }

    /// They are refused anyhow, in words of their own.
    fn is_of_swarms(pattern: &str) -> bool {
        swarm::ROUTES.iter().any(|(_, p, _)| *p == pattern)
    }
}

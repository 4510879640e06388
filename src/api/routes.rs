//! Which handler answers which request.

use hyper::Method;
use percent_encoding::percent_decode_str;

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

/// Method, pattern, handler. In a pattern `{}` is one segment of the path, `{*}` one or more of them: names of images have slashes.
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
    (GET, "/images/{*}/get", images::save),
    (GET, "/images/{*}/json", images::inspect),
    (GET, "/images/{*}/history", images::history),
    (POST, "/images/{*}/tag", images::tag),
    (POST, "/images/{*}/push", images::push),
    (GET, "/distribution/{*}/json", images::distribution),
    (DELETE, "/images/{*}", images::remove),
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

/// What answers it. As with dockerd a path that has no such method is no path.
pub fn find(method: &Method, path: &str) -> Option<Found> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    // Most of them are told apart by what they begin with.
    let may_fit = |pattern: &str| path.starts_with(pattern.split('{').next().unwrap_or_default());
    ROUTES.iter().flat_map(|table| table.iter()).filter(|(m, p, _)| m == method && may_fit(p)).find_map(
        |(known, pattern, handler)| {
            let parts: Vec<&str> = pattern.split('/').skip(1).collect();
            let mut places = Vec::new();
            let fits = fits(&parts, &segments, &mut places);
            let route = (known.as_str(), *pattern);
            fits.then(|| Found { quick: quick(method, pattern), handler: *handler, route, places })
        },
    )
}

fn quick(method: &Method, pattern: &str) -> Option<Quick> {
    QUICK.iter().find(|(m, p, _)| m == method && *p == pattern).map(|(_, _, quick)| *quick)
}

fn fits(pattern: &[&str], path: &[&str], places: &mut Vec<String>) -> bool {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"{}", pattern)), Some((first, path))) => {
            places.push(decoded(first));
            !first.is_empty() && fits(pattern, path, places)
        }
        (Some((&"{*}", pattern)), Some(_)) => {
            // All but what the rest of the pattern needs.
            let Some(length) = path.len().checked_sub(pattern.len()).filter(|n| *n > 0) else { return false };
            places.push(decoded(&path[..length].join("/")));
            path[..length].iter().all(|s| !s.is_empty()) && fits(pattern, &path[length..], places)
        }
        (Some((literal, pattern)), Some((first, path))) => literal == first && fits(pattern, path, places),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pattern: &str, path: &str) -> Option<Vec<String>> {
        let split = |t: &'static str| t.split('/').skip(1).collect::<Vec<_>>();
        let mut found = Vec::new();
        fits(&split(pattern.to_string().leak()), &split(path.to_string().leak()), &mut found).then_some(found)
    }

    #[test]
    fn patterns() {
        assert_eq!(places("/a/{}/b", "/a/x%2Fy/b").unwrap(), ["x/y"]);
        assert_eq!(
            places("/images/{*}/json", "/images/localhost:5000/a/b:1/json").unwrap(),
            ["localhost:5000/a/b:1"]
        );
        assert_eq!(places("/images/{*}", "/images/a").unwrap(), ["a"]);
        for (pattern, path) in
            [("/a/{}/b", "/a//b"), ("/a/{}", "/a"), ("/images/{*}/json", "/images/json"), ("/a", "/a/b")]
        {
            assert!(places(pattern, path).is_none(), "{pattern} {path}");
        }
        assert!(find(&Method::GET, "/containers/json").is_some());
        assert!(find(&Method::PUT, "/containers/json").is_none());
    }
}

//! What dockerd answers to calls about swarms, plugins, checkpoints and builds when there is none of it.

use hyper::{Method, StatusCode};
use serde_json::json;

use super::call::Call;
use super::errors;
use super::reply::Reply;
use super::routes::Handler;
use crate::error::{Kind, Result};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

pub const ROUTES: &[(Method, &str, Handler)] = &[
    (POST, "/swarm/init", no_swarm),
    (POST, "/swarm/join", no_swarm),
    (POST, "/swarm/leave", not_part),
    (GET, "/swarm", not_a_manager),
    (GET, "/swarm/unlockkey", not_a_manager),
    (POST, "/swarm/update", not_a_manager),
    (POST, "/swarm/unlock", not_a_manager),
    (GET, "/nodes", not_a_manager),
    (GET, "/nodes/{}", not_a_manager),
    (POST, "/nodes/{}/update", not_a_manager),
    (DELETE, "/nodes/{}", not_a_manager),
    (GET, "/services", not_a_manager),
    (POST, "/services/create", not_a_manager),
    (GET, "/services/{}", not_a_manager),
    (GET, "/services/{}/logs", not_a_manager),
    (POST, "/services/{}/update", not_a_manager),
    (DELETE, "/services/{}", not_a_manager),
    (GET, "/tasks", not_a_manager),
    (GET, "/tasks/{}", not_a_manager),
    (GET, "/tasks/{}/logs", not_a_manager),
    (GET, "/secrets", not_a_manager),
    (POST, "/secrets/create", not_a_manager),
    (GET, "/secrets/{}", not_a_manager),
    (POST, "/secrets/{}/update", not_a_manager),
    (DELETE, "/secrets/{}", not_a_manager),
    (GET, "/configs", not_a_manager),
    (POST, "/configs/create", not_a_manager),
    (GET, "/configs/{}", not_a_manager),
    (POST, "/configs/{}/update", not_a_manager),
    (DELETE, "/configs/{}", not_a_manager),
    (GET, "/plugins", no_plugins),
    (GET, "/plugins/privileges", unsupported_plugins),
    (POST, "/plugins/pull", unsupported_plugins),
    (POST, "/plugins/create", unsupported_plugins),
    (GET, "/plugins/{}/json", plugin_not_found),
    (POST, "/plugins/{}/enable", plugin_not_found),
    (POST, "/plugins/{}/disable", plugin_not_found),
    (POST, "/plugins/{}/upgrade", plugin_not_found),
    (POST, "/plugins/{}/push", plugin_not_found),
    (POST, "/plugins/{}/set", plugin_not_found),
    (DELETE, "/plugins/{}", plugin_not_found),
    (GET, "/containers/{}/checkpoints", no_checkpoints),
    (POST, "/containers/{}/checkpoints", no_checkpoints),
    (POST, "/build", no_builds),
    (POST, "/build/cancel", no_builds),
    (POST, "/session", no_builds),
    (POST, "/grpc", no_builds),
];

#[allow(clippy::unnecessary_wraps)] // a handler
pub fn not_a_manager(_: &mut Call) -> Result<Reply> {
    Ok(errors::message(
        StatusCode::SERVICE_UNAVAILABLE,
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
    ))
}

#[allow(clippy::unnecessary_wraps)] // a handler
fn not_part(_: &mut Call) -> Result<Reply> {
    Ok(errors::message(StatusCode::SERVICE_UNAVAILABLE, "This node is not part of a swarm"))
}

fn no_swarm(_: &mut Call) -> Result<Reply> {
    Kind::Unsupported.err("dhow has no swarms: it runs containers of one machine")
}

fn no_plugins(_: &mut Call) -> Result<Reply> {
    Reply::json(&json!([]))
}

fn plugin_not_found(call: &mut Call) -> Result<Reply> {
    Kind::NotFound.err(format!("plugin {:?} not found", call.name()))
}

fn unsupported_plugins(_: &mut Call) -> Result<Reply> {
    Kind::Unsupported.err("dhow has no plugins")
}

/// As a dockerd that isn't in its experimental mode, as dhow never is.
pub fn no_checkpoints(_: &mut Call) -> Result<Reply> {
    Kind::Unsupported.err(
        "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.",
    )
}

fn no_builds(_: &mut Call) -> Result<Reply> {
    Kind::Unsupported
        .err("dhow doesn't build images yet: build with another tool, then pull or load the image")
}

//! Each answer to the calls of tests/api-calls and tests/docker-api/calls against the definition of the API. What is not as it says
//! stands in tests/docker-api/exceptions with its reason; a line there that nothing needs fails, too.

use serde_json::Value;

use crate::api_differential::{CALLS, Call, Side, fits, known, lines, parse};
use crate::api_server::Server;
use crate::harness::Dhow;
use crate::swagger;

const MORE: &str = include_str!("../docker-api/calls");
const EXCEPTIONS: &str = include_str!("../docker-api/exceptions");

/// What is wrong with the answer to a call: of which operation, where and how.
fn complaints(call: &Call<'_>, status: u64, body: &Value) -> Vec<(String, String, String)> {
    let Some((template, operation)) = swagger::operation(call.method, call.path) else {
        let is_none = status == 404 && body["message"] == "page not found";
        // Of dockerd's experiments: served by one that has them, and refused by any other.
        let defined = is_none || (status == 501 && call.path.contains("/checkpoints"));
        let complaint = (call.text.into(), "status".into(), format!("not defined, and yet {status}: {body}"));
        return if defined { Vec::new() } else { vec![complaint] };
    };
    // A stream of documents is told as text.
    let documents: Vec<Value> = match body.as_str() {
        Some(text) if template == "/events" => {
            serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect()
        }
        _ => vec![body.clone()],
    };
    let found = documents.iter().flat_map(|body| swagger::complaints(operation, status, body));
    found.map(|(place, why)| (format!("{} {template} {status}", call.method), place, why)).collect()
}

fn check(dhow: &Dhow) {
    let server = Server::start(dhow);
    let mut side = Side::new(&server.socket, "1.51");
    let known = known(EXCEPTIONS);
    let mut used = vec![false; known.len()];
    let mut unknown = Vec::new();
    let mut calls = format!("{CALLS}\n{MORE}");
    if dhow.is_rootless() {
        // Limits are not everywhere for an ordinary user.
        calls = calls.replace("\"Memory\":67108864,\"CpuShares\":512,\"PidsLimit\":100,", "");
        calls = calls.replace("\"CpuShares\":256,", "").replace(",\"NanoCpus\":1000000000", "");
    }
    for call in lines(&calls).map(parse) {
        let (status, body) = side.ask(dhow, &call);
        // Curl is given no body of these.
        if call.method == "HEAD" {
            continue;
        }
        for (operation, place, why) in complaints(&call, status, &body) {
            let mut explained = false;
            for (at, (pattern, path)) in known.iter().enumerate() {
                if fits(pattern, &operation) && fits(path, &place) {
                    (used[at], explained) = (true, true);
                }
            }
            if !explained {
                unknown.push(format!("{operation} | {place} | {why} ({})", call.text));
            }
        }
    }
    unknown.sort();
    unknown.dedup();
    let needless = known.iter().zip(used).filter(|(_, used)| !used);
    unknown.extend(needless.map(|((t, p), _)| format!("no such exception: {t} | {p}")));
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

both! {
    fn answers_are_what_the_definition_says(dhow) {
        check(dhow);
    }
}

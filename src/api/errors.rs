//! How failures are told: docker's status codes and its `{"message": …}`.

use hyper::StatusCode;
use serde_json::json;

use super::reply::Reply;
use crate::error::{self, Error, Kind};

/// The status for a failure.
pub fn status(error: &Error) -> StatusCode {
    match error::kind_of(error) {
        Some(Kind::NotFound) => StatusCode::NOT_FOUND,
        Some(Kind::Conflict) => StatusCode::CONFLICT,
        Some(Kind::Invalid | Kind::CannotStart(126 | 127)) => StatusCode::BAD_REQUEST,
        Some(Kind::Unauthorized) => StatusCode::UNAUTHORIZED,
        Some(Kind::Forbidden) => StatusCode::FORBIDDEN,
        Some(Kind::Unsupported) => StatusCode::NOT_IMPLEMENTED,
        Some(Kind::Corrupt | Kind::Unavailable | Kind::CannotStart(_) | Kind::Exit(_)) | None => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

pub fn reply(error: &Error) -> Reply {
    message(status(error), &error::one_line(error))
}

pub fn message(status: StatusCode, text: &str) -> Reply {
    Reply::Json(status, json!({"message": text}))
}

/// What a stream of progress says when something fails in its midst (Engine API, JSONError).
pub fn in_stream(error: &Error) -> serde_json::Value {
    let text = error::one_line(error);
    json!({"errorDetail": {"message": text}, "error": text})
}

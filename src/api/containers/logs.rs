//! What containers have written.

use std::io::Write;

use jiff::Timestamp;

use crate::api::body::Out;
use crate::api::call::Call;
use crate::api::relay::frame;
use crate::api::reply::{MULTIPLEXED, RAW, Reply};
use crate::api::version::ApiVersion;
use crate::engine::Engine;
use crate::engine::containers::{ContainerConfig, ContainerDir, Entry, LogsRequest, Stream};
use crate::error::{Context, Kind, Result};

/// How entries are shown.
#[derive(Debug, Clone, Copy)]
struct Show {
    stdout: bool,
    stderr: bool,
    timestamps: bool,
    details: bool,
    tty: bool,
}

/// `GET /containers/{id}/logs`
pub fn logs(call: &mut Call) -> Result<Reply> {
    let query = &call.query;
    let show = Show {
        stdout: query.flag("stdout"),
        stderr: query.flag("stderr"),
        timestamps: query.flag("timestamps"),
        details: query.flag("details"),
        tty: false,
    };
    if !show.stdout && !show.stderr {
        return Kind::Invalid.err("Bad parameters: you must choose at least one stream");
    }
    let tail = match query.text("tail") {
        None | Some("all") => None,
        // As dockerd, what is no number is all of it.
        Some(text) => text.parse().ok(),
    };
    let request = LogsRequest {
        follow: query.flag("follow"),
        tail,
        since: time(query.text("since"))?,
        until: time(query.text("until"))?,
        hangup: Some(call.gone.clone()),
    };
    let (dir, _) = call.engine().find(call.name())?;
    let config = dir.config()?;
    let show = Show { tty: config.process.tty, ..show };
    let server = call.server.clone();
    let kind = if show.tty || call.version < ApiVersion(42) { RAW } else { MULTIPLEXED };
    Ok(Reply::stream(kind, move |out| write(&server.engine, (&dir, &config), &request, show, out)))
}

fn write(
    engine: &Engine,
    (dir, config): (&ContainerDir, &ContainerConfig),
    request: &LogsRequest,
    show: Show,
    out: &mut Out,
) -> Result<()> {
    let mut line = Vec::new();
    // Of both streams: whether the last entry has ended its line.
    let mut fresh = [true; 2];
    if request.follow {
        // Whoever follows is to know that there is something to follow, before there is any.
        engine.check_log(config)?;
        out.flush()?;
    }
    let follow = request.follow;
    engine.logs(dir, config, request, &mut |entry| {
        let wanted = match entry.stream {
            Stream::Stdout => show.stdout,
            Stream::Stderr => show.stderr,
        };
        if wanted {
            line.clear();
            let fresh = &mut fresh[usize::from(entry.stream == Stream::Stderr)];
            encode(entry, show, *fresh, &mut line);
            *fresh = entry.log.ends_with(b"\n");
            if !show.tty {
                out.write_all(&frame(entry.stream, line.len()))?;
            }
            out.write_all(&line)?;
            if follow {
                out.flush()?;
            }
        }
        Ok(true)
    })
}

/// `fresh`: the entry begins a line.
fn encode(entry: &Entry, show: Show, fresh: bool, line: &mut Vec<u8>) {
    if show.timestamps && fresh {
        line.extend_from_slice(format!("{:.9} ", entry.time).as_bytes());
    }
    if show.details && fresh {
        let text: Vec<String> = entry.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
        line.extend_from_slice(text.join(",").as_bytes());
        line.push(b' ');
    }
    line.extend_from_slice(&entry.log);
}

/// The log so far as an attached client gets it.
pub fn past(
    engine: &Engine,
    dir: &ContainerDir,
    config: &ContainerConfig,
    (stdout, stderr): (bool, bool),
    frames: bool,
) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut line = Vec::new();
    let show = Show { stdout, stderr, timestamps: false, details: false, tty: config.process.tty };
    engine.logs(dir, config, &LogsRequest::default(), &mut |entry| {
        let wanted = if entry.stream == Stream::Stdout { show.stdout } else { show.stderr };
        if wanted {
            line.clear();
            encode(entry, show, false, &mut line);
            if frames {
                all.extend_from_slice(&frame(entry.stream, line.len()));
            }
            all.extend_from_slice(&line);
        }
        Ok(true)
    })?;
    Ok(all)
}

/// Seconds since 1970, with a fraction or without; 0 is none. What the command line takes is taken here, too.
pub fn time(text: Option<&str>) -> Result<Option<Timestamp>> {
    match text {
        None | Some("0") => Ok(None),
        Some(text) => {
            crate::engine::time::parse(text).map(Some).with_context(|| format!("invalid time {text:?}"))
        }
    }
}

//! What programs do with bollard: a container from create to remove, its streams, exec, logs, wait, events and archives.

use std::collections::HashMap;
use std::error::Error;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::exec::StartExecResults;
use bollard::models::{ContainerCreateBody, ExecConfig, HostConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder,
    EventsOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
    StatsOptionsBuilder, UploadToContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::{StreamExt, TryStreamExt};
use tokio::io::AsyncWriteExt;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn words(text: &[&str]) -> Option<Vec<String>> {
    Some(text.iter().map(ToString::to_string).collect())
}

fn container(command: &[&str]) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some("busybox".into()),
        cmd: words(command),
        host_config: Some(HostConfig { network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    }
}

fn named(name: &str) -> Option<bollard::query_parameters::CreateContainerOptions> {
    Some(CreateContainerOptionsBuilder::default().name(name).build())
}

/// Attached before the start: input, output and errors apart, the exit code.
async fn attach(docker: &Docker) -> Result<()> {
    let mut body = container(&["sh", "-c", "echo err >&2; cat; exit 3"]);
    (body.open_stdin, body.stdin_once) = (Some(true), Some(true));
    docker.create_container(named("attached"), body).await?;
    let options = AttachContainerOptionsBuilder::default().stream(true).stdin(true).stdout(true).stderr(true);
    let mut attached = docker.attach_container("attached", Some(options.build())).await?;
    docker.start_container("attached", None::<StartContainerOptions>).await?;
    attached.input.write_all(b"to and fro\n").await?;
    attached.input.shutdown().await?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(piece) = attached.output.next().await {
        match piece? {
            LogOutput::StdOut { message } => out.extend_from_slice(&message),
            LogOutput::StdErr { message } => err.extend_from_slice(&message),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((out.as_slice(), err.as_slice()), (&b"to and fro\n"[..], &b"err\n"[..]));
    let waits = WaitContainerOptionsBuilder::default().condition("not-running").build();
    match docker.wait_container("attached", Some(waits)).next().await {
        Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => assert_eq!(code, 3),
        other => panic!("{other:?}"),
    }
    docker.remove_container("attached", None).await?;
    Ok(())
}

async fn exec(docker: &Docker, command: &[&str]) -> Result<(String, Option<i64>)> {
    let config = ExecConfig {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: words(command),
        env: words(&["A=b"]),
        working_dir: Some("/tmp".into()),
        ..ExecConfig::default()
    };
    let id = docker.create_exec("c", config).await?.id;
    let StartExecResults::Attached { output, .. } = docker.start_exec(&id, None).await? else {
        panic!("not attached");
    };
    let pieces: Vec<LogOutput> = output.try_collect().await?;
    let text = pieces.iter().map(ToString::to_string).collect();
    Ok((text, docker.inspect_exec(&id).await?.exit_code))
}

/// Archives in and out.
async fn archives(docker: &Docker) -> Result<()> {
    let from = |path: &str| Some(DownloadFromContainerOptionsBuilder::default().path(path).build());
    let pieces: Vec<_> = docker.download_from_container("c", from("/etc/passwd")).try_collect().await?;
    let archive = pieces.concat();
    assert!(archive.starts_with(b"passwd\0"));
    let to = UploadToContainerOptionsBuilder::default().path("/home").build();
    docker.upload_to_container("c", Some(to), bollard::body_full(archive.into())).await?;
    assert_eq!(exec(docker, &["cmp", "/etc/passwd", "/home/passwd"]).await?, (String::new(), Some(0)));
    let missing: std::result::Result<Vec<_>, _> =
        docker.download_from_container("c", from("/nope")).try_collect().await;
    let error = missing.unwrap_err();
    let not_found =
        matches!(error, bollard::errors::Error::DockerResponseServerError { status_code: 404, .. });
    assert!(not_found, "{error:?}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let docker = Docker::connect_with_defaults()?.negotiate_version().await?;
    assert_eq!(docker.ping().await?, "OK");
    assert!(docker.version().await?.api_version.is_some());
    let begun = docker.info().await?.system_time;
    assert!(begun.is_some());
    let filters = HashMap::from([("container", vec!["c"])]);
    let mut events = docker.events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
    let listening = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(Ok(event)) = events.next().await {
            seen.extend(event.action);
            if seen.last().is_some_and(|a| a == "destroy") {
                break;
            }
        }
        seen
    });
    attach(&docker).await?;

    docker.create_container(named("c"), container(&["sh", "-c", "echo one; echo two; exec sleep 1000"])).await?;
    docker.start_container("c", None::<StartContainerOptions>).await?;
    let inspected = docker.inspect_container("c", None).await?;
    assert_eq!(inspected.state.and_then(|s| s.running), Some(true));
    assert_eq!(exec(&docker, &["sh", "-c", "pwd; echo $A; exit 4"]).await?, ("/tmp\nb\n".into(), Some(4)));
    archives(&docker).await?;
    let options = LogsOptionsBuilder::default().stdout(true).follow(true).build();
    let lines: Vec<LogOutput> = docker.logs("c", Some(options)).take(2).try_collect().await?;
    assert_eq!(lines.iter().map(ToString::to_string).collect::<String>(), "one\ntwo\n");
    let options = StatsOptionsBuilder::default().stream(false).build();
    let stats = docker.stats("c", Some(options)).next().await.expect("statistics")?;
    assert_eq!(stats.name.as_deref().map(|n| n.trim_start_matches('/')), Some("c"));
    assert_eq!(docker.list_containers(None).await?.len(), 1);
    assert!(!docker.top_processes("c", None).await?.processes.unwrap_or_default().is_empty());
    let now = bollard::query_parameters::StopContainerOptionsBuilder::default().t(0).build();
    docker.stop_container("c", Some(now)).await?;
    let ended: Vec<_> = docker.wait_container("c", None).collect().await;
    assert_eq!(ended.len(), 1);
    docker.remove_container("c", Some(RemoveContainerOptionsBuilder::default().force(true).build())).await?;
    let seen = listening.await?;
    for action in ["create", "start", "die", "destroy"] {
        assert!(seen.iter().any(|a| a == action), "no {action} in {seen:?}");
    }
    println!("all done");
    Ok(())
}

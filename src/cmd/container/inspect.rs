//! `dhow inspect` and `dhow container inspect`.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cmd::format::Inspection;
use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result, is};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    Container,
    Image,
}

/// Show all that is known of containers or images, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// json, or a Go template
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
    /// What the names stand for
    #[arg(long, value_enum, value_name = "TYPE")]
    r#type: Option<Type>,
    /// Also the size of what a container has written
    #[arg(short = 's', long)]
    size: bool,
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

impl Verb for Inspect {
    const NAME: &'static str = "inspect";
    const ABOUT: &'static str = "Show all that is known of containers or images, as JSON";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let format = Inspection::new(self.format.as_deref())?;
        format.print_each(&self.names, |name| match self.r#type {
            Some(Type::Container) => container(&engine, name, self.size),
            Some(Type::Image) => image(&engine, name),
            None => match container(&engine, name, self.size) {
                Err(e) if is(&e, Kind::NotFound) => match image(&engine, name) {
                    Err(e) if is(&e, Kind::NotFound) => Kind::NotFound.err(format!("No such object: {name}")),
                    other => other,
                },
                other => other,
            },
        })
    }
}

/// Show all that is known of containers, as JSON
#[derive(Debug, Args)]
pub(crate) struct ContainerInspect {
    /// json, or a Go template
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
    /// Also the size of what the container has written
    #[arg(short = 's', long)]
    size: bool,
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for ContainerInspect {
    const NAME: &'static str = "inspect";
    const ABOUT: &'static str = "Show all that is known of containers, as JSON";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        Inspection::new(self.format.as_deref())?
            .print_each(&self.containers, |name| container(&engine, name, self.size))
    }
}

fn container(engine: &Engine, name: &str, size: bool) -> Result<Value> {
    let mut value = engine.inspect(name)?;
    if size {
        let (root, written) = engine.container_sizes(name)?;
        value["SizeRw"] = written.into();
        value["SizeRootFs"] = root.into();
    }
    Ok(value)
}

fn image(engine: &Engine, name: &str) -> Result<Value> {
    serde_json::to_value(engine.inspect_image(name, None)?).context("encoding the answer")
}

//! What each verb does: typed requests to `oci`, answers as text.

use super::arguments::Verb;
use super::report;
use crate::error::{Kind, Result};
use crate::oci::{Store, create, exec, lifecycle, template};

impl Verb {
    /// What stands before the message when it fails, and the exit code then.
    pub(super) fn failure(&self) -> (&'static str, u8) {
        match self {
            Self::Create(_) => ("runc create failed: ", 1),
            Self::Run(_) => ("runc run failed: ", 1),
            Self::Exec(_) => ("exec failed: ", 255),
            _ => ("", 1),
        }
    }

    /// Whether a process of this binary will be inside a container.
    pub(super) fn enters_container(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Run(_) | Self::Exec(_))
    }

    pub(super) fn run(self, store: &Store) -> Result<u8> {
        match self {
            Self::Create(create) => create::create(store, &create.request())?,
            Self::Run(run) => {
                let request =
                    create::CreateRequest { detach: run.detach, keep: run.keep, ..run.create.request() };
                return create::run(store, &request);
            }
            Self::Start(container) => lifecycle::start(store, &container.id)?,
            Self::State(container) => report::state(store, &container.id)?,
            Self::Kill(kill) => lifecycle::kill(store, &kill.id, &kill.signal, kill.all)?,
            Self::Delete(delete) => lifecycle::delete(store, &delete.id, delete.force)?,
            Self::Exec(exec) => {
                if !exec.cgroup.is_empty() {
                    return Kind::Unsupported.err("exec --cgroup is not supported yet");
                }
                return exec::exec(store, &exec.request()?);
            }
            Self::List(list) => report::list(store, &list.format, list.quiet)?,
            Self::Ps(ps) => return report::ps(store, &ps.id, &ps.format, &ps.options),
            Self::Spec(spec) => {
                let ids = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
                create::write_template(
                    spec.bundle.as_deref(),
                    &template::spec(spec.rootless.then_some(ids)),
                )?;
            }
            Self::Features => report::features()?,
            Self::Events(_) => return Kind::Unsupported.err("events is not supported yet"),
            Self::Pause(_) | Self::Resume(_) => {
                return Kind::Unsupported.err("pause and resume are not supported yet");
            }
            Self::Update(_) => return Kind::Unsupported.err("update is not supported yet"),
        }
        Ok(0)
    }
}

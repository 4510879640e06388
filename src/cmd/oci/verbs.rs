//! What each verb does: typed requests to `oci`, answers as text.

use super::arguments::Verb;
use super::report;
use crate::error::Result;
use crate::oci::{Store, control, create, exec, lifecycle, template};

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

    pub(super) fn run(self, store: &Store, cgroup: create::CgroupChoice) -> Result<u8> {
        match self {
            Self::Create(create) => create::create(store, &create.request(cgroup))?,
            Self::Run(run) => {
                let request = create::CreateRequest {
                    detach: run.detach,
                    keep: run.keep,
                    ..run.create.request(cgroup)
                };
                return create::run(store, &request);
            }
            Self::Start(container) => lifecycle::start(store, &container.id)?,
            Self::State(container) => report::state(store, &container.id)?,
            Self::Kill(kill) => lifecycle::kill(store, &kill.id, &kill.signal, kill.all)?,
            Self::Delete(delete) => lifecycle::delete(store, &delete.id, delete.force)?,
            Self::Exec(exec) => return exec::exec(store, &exec.request()?),
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
            Self::Events(events) => {
                let interval = control::parse_duration(&events.interval)?;
                let interval = (!events.stats).then_some(interval);
                control::events(store, &events.id, interval, &mut std::io::stdout())?;
            }
            Self::Pause(container) => control::pause(store, &container.id)?,
            Self::Resume(container) => control::resume(store, &container.id)?,
            Self::Update(update) => {
                control::update(store, &update.id, &update.limits()?, update.bandwidth().as_ref())?;
            }
        }
        Ok(0)
    }
}

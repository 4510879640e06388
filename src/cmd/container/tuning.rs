//! The options of `run` and `create` for the smaller settings.

use clap::Args;

use super::parse;
use crate::engine::containers::{Tuning, tuning};
use crate::error::{Kind, Result};

#[derive(Debug, Args)]
pub struct TuningArgs {
    /// How readily the kernel kills it for want of memory, -1000 to 1000
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    oom_score_adj: Option<i32>,
    /// NIS domain name
    #[arg(long, value_name = "NAME")]
    domainname: Option<String>,
    /// File mode creation mask
    #[arg(long, value_name = "OCTAL")]
    umask: Option<String>,
    /// Add an annotation, for the runtime
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Seconds after which the container is killed
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// Time zone, as Europe/Berlin, or local for the host's
    #[arg(long, value_name = "ZONE", alias = "timezone")]
    tz: Option<String>,
    /// Add a line to the container's /etc/passwd
    #[arg(long, value_name = "ENTRY")]
    passwd_entry: Option<String>,
    /// Add a user of this host to the container's /etc/passwd
    #[arg(long, value_name = "USER")]
    hostuser: Vec<String>,
    /// Give the container this environment's variables
    #[arg(long)]
    pub env_host: bool,
}

impl TuningArgs {
    pub fn tuning(self, keep_groups: bool) -> Result<Tuning> {
        if self.oom_score_adj.is_some_and(|score| !(-1000..=1000).contains(&score)) {
            return Kind::Invalid.err(format!(
                "Invalid value {}, range for oom score adj is [-1000, 1000]",
                self.oom_score_adj.unwrap_or_default()
            ));
        }
        let mut passwd = self.hostuser.iter().map(|u| tuning::host_user(u)).collect::<Result<Vec<_>>>()?;
        passwd.extend(self.passwd_entry.as_deref().map(tuning::passwd_entry).transpose()?);
        Ok(Tuning {
            oom_score_adj: self.oom_score_adj,
            domainname: self.domainname.filter(|n| !n.is_empty()),
            umask: self.umask.as_deref().map(tuning::umask).transpose()?,
            annotations: self.annotation.iter().map(|a| parse::label(a)).collect::<Result<_>>()?,
            timeout: self.timeout.filter(|s| *s > 0),
            localtime: self.tz.as_deref().filter(|z| !z.is_empty()).map(tuning::timezone).transpose()?,
            passwd,
            keep_groups,
            isolation: None,
        })
    }
}

//! `system check`: whether everything that is kept is what it was, and whether everything that is referred to is there.
//!
//! A blob is what its digest says. A layer is what its blob makes: it is unpacked once more beside the one that is there, and the two trees
//! are compared file by file. Without its blob a layer can only be looked for. First everything is looked at, then what was found is
//! mended, if that was asked for. Nothing is collected meanwhile that was there at the beginning.

mod blobs;
mod containers;
mod layers;
mod repair;

use serde::Serialize;

use crate::engine::Engine;
use crate::error::Result;
use crate::state::Roots;
use blobs::Known;
use repair::Remedy;

pub(crate) use layers::{COMPARE, compare_role};

#[derive(Debug, Clone, Copy, Default)]
pub struct CheckRequest {
    /// Mend what can be mended.
    pub repair: bool,
    /// Read no content of layers and their blobs: presence, sizes and references only.
    pub quick: bool,
}

/// Something that isn't as it should be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// What it is about: `blob sha256:…`, `container NAME`.
    pub object: String,
    pub problem: String,
    /// What `--repair` does about it, or has done; or what to do instead.
    pub remedy: String,
    /// Whether something is lost or can't be used; otherwise it is what a killed process left, which the next commands remove.
    pub damage: bool,
    /// Whether it is mended.
    pub repaired: bool,
}

/// What was looked at, and found.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CheckReport {
    pub findings: Vec<Finding>,
    pub images: usize,
    pub blobs: usize,
    pub layers: usize,
    pub containers: usize,
    pub volumes: usize,
}

impl CheckReport {
    /// Whether nothing is wrong, or nothing any more.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| !finding.damage || finding.repaired)
    }
}

/// A check in progress.
struct Check<'a> {
    engine: &'a Engine,
    quick: bool,
    report: CheckReport,
    /// What to do about each finding.
    remedies: Vec<Remedy>,
    known: Known,
}

impl Engine {
    pub fn check(&self, request: CheckRequest) -> Result<CheckReport> {
        let mut check = Check {
            engine: self,
            quick: request.quick,
            report: CheckReport::default(),
            remedies: Vec::new(),
            known: Known::default(),
        };
        let lease = check.images()?;
        check.layers()?;
        check.containers()?;
        check.names()?;
        check.volumes()?;
        check.networks()?;
        check.leftovers()?;
        let Check { mut report, remedies, .. } = check;
        if request.repair {
            self.mend(&mut report.findings, remedies);
        }
        drop(lease);
        Ok(report)
    }
}

impl Check<'_> {
    fn roots(&self) -> &Roots {
        &self.engine.roots
    }

    fn damage(&mut self, object: String, problem: impl Into<String>, remedy: Remedy) {
        self.found(object, problem.into(), remedy, true);
    }

    fn leftover(&mut self, object: String, problem: impl Into<String>, remedy: Remedy) {
        self.found(object, problem.into(), remedy, false);
    }

    fn found(&mut self, object: String, problem: String, remedy: Remedy, damage: bool) {
        let finding = Finding { object, problem, remedy: remedy.offer(), damage, repaired: false };
        self.report.findings.push(finding);
        self.remedies.push(remedy);
    }
}

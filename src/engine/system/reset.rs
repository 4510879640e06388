//! `system reset`: removes everything that is kept in a root.

use std::path::Path;

use crate::engine::Engine;
use crate::engine::containers::RemoveRequest;
use crate::engine::networks::NetworkFilter;
use crate::error::{Kind, Result, is};
use crate::netns;
use crate::state::file;

impl Engine {
    /// Stops and removes all containers, then images, volumes and networks, and the directories that they were in. What can't be removed
    /// in the usual way, because it is damaged, is removed with the files; the first failure that stays is told at the end.
    pub fn reset(&self) -> Result<()> {
        let mut failures = Vec::new();
        for dir in self.containers().list()? {
            let request = RemoveRequest { force: true, volumes: true, ..RemoveRequest::default() };
            match self.remove(dir.id.as_str(), request) {
                Err(e) if !is(&e, Kind::NotFound) && !is(&e, Kind::Corrupt) => failures.push(e),
                _ => {}
            }
        }
        if !failures.is_empty() {
            // A container that still runs would lose its files under its feet.
            return Err(failures.remove(0));
        }
        for network in self.list_networks(&NetworkFilter::default())? {
            if !netns::is_predefined(&network.name) && network.name != netns::DEFAULT {
                match self.remove_network(&network.name, true) {
                    Err(e) if is(&e, Kind::NotFound) => {}
                    other => other?,
                }
            }
        }
        let store = self.swept_networks()?;
        let default = store.list()?.into_iter().find(|network| network.name == netns::DEFAULT);
        if let Some(default) = default {
            netns::take_down(&store, &default)?;
        }
        self.remove_files()
    }

    /// Only what is ours: the directory may have been given with `--root`.
    fn remove_files(&self) -> Result<()> {
        self.unmount_all()?;
        let remover = self.remover();
        let roots = &self.roots;
        let gone = |path: &Path| if path.symlink_metadata().is_ok() { remover(path) } else { Ok(()) };
        // The lists first: whoever looks meanwhile finds nothing rather than half of it.
        file::remove_file(&roots.images().join("index.json"))?;
        let all = [
            roots.names(),
            roots.containers(),
            roots.images(),
            roots.layers(),
            roots.shifted_layers(),
            roots.volumes(),
            roots.root.join("mounts"),
            roots.root.join("networks"),
        ];
        all.iter().try_for_each(|path| gone(path))?;
        file::remove_file(&roots.root.join("version"))
    }
}

//! The options of `run` and `create` for volumes, other mounts and the container's own layer.

use std::path::PathBuf;

use clap::Args;

use crate::engine::containers::{
    CreateRequest, ImageVolumes, MountPoint, OwnLayer, TmpfsMount, VolumesFrom, parse_mount, quantity,
};
use crate::engine::volumes::check_driver;
use crate::error::{Kind, Result};

/// As typed.
#[derive(Debug, Args)]
pub struct MountArgs {
    /// Mount a volume, or a directory or file of the host: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate
    #[arg(short = 'v', long, value_name = "[SOURCE:]DEST[:OPTIONS]")]
    volume: Vec<String>,
    /// Who makes the volumes that are not there yet: local is the only one
    #[arg(long, value_name = "DRIVER")]
    volume_driver: Option<String>,
    /// Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)
    #[arg(long, value_name = "KEY=VALUE,...")]
    mount: Vec<String>,
    /// Mount what another container has mounted
    #[arg(long, value_name = "CONTAINER[:ro|rw|z|Z]")]
    volumes_from: Vec<VolumesFrom>,
    /// Mount an empty file system in memory
    #[arg(long, value_name = "DEST[:OPTIONS]")]
    tmpfs: Vec<TmpfsMount>,
    /// What the places become that the image has for volumes: anonymous (volumes without a name), tmpfs or ignore
    #[arg(long, value_name = "WHAT", default_value = "anonymous", hide_possible_values = true)]
    image_volume: ImageVolumes,
    /// Make the root file system read-only
    #[arg(long)]
    read_only: bool,
    /// With --read-only: file systems in memory on /run, /tmp and /var/tmp
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    read_only_tmpfs: Option<bool>,
    /// With --rm: keep what the container changes in memory
    #[arg(long)]
    ephemeral: bool,
    /// size=SIZE: how much the container may write
    #[arg(long, value_name = "KEY=VALUE")]
    storage_opt: Vec<String>,
}

impl MountArgs {
    /// Puts what was typed into a request. `rootfs` as typed.
    pub fn apply(self, rootfs: Option<PathBuf>, request: &mut CreateRequest) -> Result<()> {
        check_driver(self.volume_driver.as_deref())?;
        for text in &self.volume {
            request.files.mounts.push(text.parse::<MountPoint>()?);
        }
        for text in &self.mount {
            request.files.mounts.push(parse_mount(text)?);
        }
        if self.read_only_tmpfs.is_some() && !self.read_only {
            return Kind::Invalid.err("--read-only-tmpfs goes with --read-only");
        }
        if self.ephemeral && !request.auto_remove {
            return Kind::Invalid
                .err("--ephemeral goes with --rm: what the container has changed is lost with it");
        }
        request.files.tmpfs = self.tmpfs;
        request.files.volumes_from = self.volumes_from;
        request.files.image_volumes = self.image_volume;
        request.files.readonly_rootfs = self.read_only;
        request.files.read_only_tmpfs = self.read_only_tmpfs.unwrap_or(false);
        let (rootfs, over_rootfs) = over(rootfs)?;
        request.rootfs = rootfs;
        let size = storage_size(&self.storage_opt)?;
        request.files.layer = OwnLayer { over_rootfs, ephemeral: self.ephemeral, size };
        if request.rootfs.is_some() && !over_rootfs && (self.ephemeral || size.is_some()) {
            return Kind::Invalid.err("--ephemeral and --storage-opt go with --rootfs DIR:O only: DIR itself is written to otherwise");
        }
        Ok(())
    }
}

/// `DIR[:O]`
fn over(rootfs: Option<PathBuf>) -> Result<(Option<PathBuf>, bool)> {
    let Some(path) = rootfs else { return Ok((None, false)) };
    let Some(text) = path.to_str() else { return Ok((Some(path), false)) };
    match text.rsplit_once(':') {
        _ if path.is_dir() => Ok((Some(path), false)),
        Some((dir, "O")) => Ok((Some(dir.into()), true)),
        Some((dir, options)) if options.starts_with("O,") || options == "idmap" => {
            Kind::Unsupported.err(format!("--rootfs {dir}:{options}: only the option O is known"))
        }
        _ => Ok((Some(path), false)),
    }
}

fn storage_size(options: &[String]) -> Result<Option<u64>> {
    let mut size = None;
    for option in options {
        match option.split_once('=') {
            Some(("size", text)) => size = Some(quantity::size(text)?).filter(|s| *s > 0),
            _ => {
                return Kind::Invalid
                    .err(format!("unknown option {option:?} for --storage-opt: size=SIZE is known"));
            }
        }
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_directory_can_be_left_as_it_is() {
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(over(path("/no/such:O")).unwrap(), (path("/no/such"), true));
        assert_eq!(over(path("/no/such")).unwrap(), (path("/no/such"), false));
        assert!(over(path("/no/such:O,x")).is_err());
    }

    #[test]
    fn of_storage_options_only_the_size_is_known() {
        assert_eq!(storage_size(&["size=1m".into()]).unwrap(), Some(1 << 20));
        assert!(storage_size(&["inode=1".into()]).is_err() && storage_size(&["size=x".into()]).is_err());
    }
}

//! Images for tests, made once from what Debian installs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dhow::state::{Digest, Lock, file};
use serde_json::json;

const DIR: &str = "/tmp/dhow-e2e-fixtures";
/// To be raised when the content changes.
const VERSION: &str = "1";
/// 2024-01-01T00:00:00Z
const CREATED: u64 = 1_704_067_200;

/// A docker-archive of `busybox:latest`: /bin/busybox with its applets, users root, daemon and app (uid 1000), /tmp.
pub fn busybox_archive() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = Path::new(DIR).join(format!("busybox-{VERSION}.tar"));
        std::fs::create_dir_all(DIR).unwrap();
        let _lock = Lock::exclusive(&Path::new(DIR).join("lock")).unwrap();
        if !path.exists() {
            let layer = busybox_layer();
            let archive = docker_archive(&["busybox:latest"], &layer, &json!({"Cmd": ["sh"]}));
            file::write_mode(&path, &archive, 0o644, file::Durability::Ephemeral).unwrap();
        }
        path
    })
}

/// The uncompressed layer of the busybox image.
pub fn busybox_layer() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (dir, mode) in
        [("bin", 0o755), ("etc", 0o755), ("home", 0o755), ("root", 0o700), ("tmp", 0o1777), ("var", 0o755)]
    {
        add(&mut tar, tar::EntryType::Directory, &format!("{dir}/"), mode, (0, 0), &[]);
    }
    add(&mut tar, tar::EntryType::Directory, "home/app/", 0o755, (1000, 1000), &[]);
    let busybox = std::fs::read("/bin/busybox").expect("Debian's busybox-static is installed");
    add(&mut tar, tar::EntryType::Regular, "bin/busybox", 0o755, (0, 0), &busybox);
    let applets = Command::new("/bin/busybox").arg("--list").output().unwrap();
    for applet in String::from_utf8(applets.stdout).unwrap().lines().filter(|a| *a != "busybox") {
        let mut header = header(tar::EntryType::Symlink, 0o777, (0, 0), 0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    let passwd = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\napp:x:1000:1000:App:/home/app:/bin/sh\n";
    add(&mut tar, tar::EntryType::Regular, "etc/passwd", 0o644, (0, 0), passwd.as_bytes());
    let group = "root:x:0:\ndaemon:x:1:\nusers:x:100:app\napp:x:1000:\n";
    add(&mut tar, tar::EntryType::Regular, "etc/group", 0o644, (0, 0), group.as_bytes());
    tar.into_inner().unwrap()
}

/// A docker-archive of one image with one layer and this `config` (Docker's container configuration).
pub fn docker_archive(names: &[&str], layer: &[u8], config: &serde_json::Value) -> Vec<u8> {
    let (image, id) = image_config(&[Digest::of(layer)], config);
    let manifest =
        json!([{"Config": format!("{}.json", id.hex()), "RepoTags": names, "Layers": ["layer/layer.tar"]}]);
    let mut tar = tar::Builder::new(Vec::new());
    add(&mut tar, tar::EntryType::Directory, "layer/", 0o755, (0, 0), &[]);
    add(&mut tar, tar::EntryType::Regular, "layer/layer.tar", 0o644, (0, 0), layer);
    add(&mut tar, tar::EntryType::Regular, &format!("{}.json", id.hex()), 0o644, (0, 0), &image);
    add(&mut tar, tar::EntryType::Regular, "manifest.json", 0o644, (0, 0), manifest.to_string().as_bytes());
    tar.into_inner().unwrap()
}

/// The image configuration document over layers with these diff IDs, and its digest.
pub fn image_config(diff_ids: &[Digest], config: &serde_json::Value) -> (Vec<u8>, Digest) {
    let mut config = config.clone();
    config["Env"] = json!(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
    let document = json!({
        "created": "2024-01-01T00:00:00Z",
        "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids.iter().map(ToString::to_string).collect::<Vec<_>>()},
        "history": diff_ids.iter().map(|_| json!({"created": "2024-01-01T00:00:00Z", "created_by": "fixture"})).collect::<Vec<_>>(),
    });
    let bytes = document.to_string().into_bytes();
    let digest = Digest::of(&bytes);
    (bytes, digest)
}

/// One image as a registry serves it: manifest, configuration and one gzip layer.
pub struct ServedImage {
    pub manifest: Vec<u8>,
    pub manifest_digest: Digest,
    pub config: Vec<u8>,
    pub config_digest: Digest,
    /// Compressed.
    pub layer: Vec<u8>,
    pub layer_digest: Digest,
}

pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An OCI image over `layer` (uncompressed tar).
pub fn served_image(layer: &[u8]) -> ServedImage {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(layer).unwrap();
    let compressed = gz.finish().unwrap();
    let (config, config_digest) = image_config(&[Digest::of(layer)], &json!({"Cmd": ["sh"]}));
    let layer_digest = Digest::of(&compressed);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config_digest.to_string(), "size": config.len()},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer_digest.to_string(), "size": compressed.len()}],
    })
    .to_string()
    .into_bytes();
    let manifest_digest = Digest::of(&manifest);
    ServedImage { manifest, manifest_digest, config, config_digest, layer: compressed, layer_digest }
}

/// Appends one entry.
pub fn add(
    tar: &mut tar::Builder<Vec<u8>>,
    kind: tar::EntryType,
    path: &str,
    mode: u32,
    owner: (u64, u64),
    data: &[u8],
) {
    let mut header = header(kind, mode, owner, data.len() as u64);
    tar.append_data(&mut header, path, data).unwrap();
}

fn header(kind: tar::EntryType, mode: u32, owner: (u64, u64), size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(owner.0);
    header.set_gid(owner.1);
    header.set_mtime(CREATED);
    header.set_size(size);
    header
}

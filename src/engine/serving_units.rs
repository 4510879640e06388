//! Units of systemd for `dhow serve`: a socket, and a service that is started when somebody connects to it.

use std::path::{Path, PathBuf};

use super::Engine;
use super::boot::{Installed, quoted};
use crate::error::{Context, Result};
use crate::state::file::{self, Durability};
use crate::state::roots;

const SOCKET: &str = "dhow.socket";
const SERVICE: &str = "dhow.service";
const TARGET: &str = "sockets.target";
/// Seconds without a connection after which the server ends: the socket starts it again.
const IDLE: u32 = 60;

/// How the units are to serve.
#[derive(Debug, Clone, Default)]
pub struct UnitsRequest {
    /// Where to listen beside the usual place.
    pub docker_sock: Option<PathBuf>,
    /// Group that may use the sockets.
    pub group: Option<String>,
    pub read_only: bool,
}

impl Engine {
    /// Writes the units, for the system or for this user, and has the socket opened from the next start on.
    pub fn install_serve(&self, request: &UnitsRequest) -> Result<Installed> {
        let dir = if self.is_rootless() {
            roots::config_home()?.join("systemd/user")
        } else {
            PathBuf::from("/etc/systemd/system")
        };
        self.install_serve_in(&dir, request)
    }

    fn install_serve_in(&self, dir: &Path, request: &UnitsRequest) -> Result<Installed> {
        let exe = std::env::current_exe().context("finding the dhow binary")?;
        let wants = dir.join(format!("{TARGET}.wants"));
        file::make_dirs(&wants, 0o755)?;
        let (unit, link) = (dir.join(SOCKET), wants.join(SOCKET));
        let mut command = format!(
            "{} --root {} --runroot {} serve --idle-exit {IDLE}",
            quoted(&exe),
            quoted(&self.roots.root),
            quoted(&self.roots.runroot)
        );
        if request.read_only {
            command += " --read-only";
        }
        let write =
            |path: &Path, text: &str| file::write_mode(path, text.as_bytes(), 0o644, Durability::Durable);
        write(&dir.join(SERVICE), &service(&command))?;
        let sockets: Vec<PathBuf> =
            [Some(self.default_socket()), request.docker_sock.clone()].into_iter().flatten().collect();
        write(&unit, &socket(&sockets, request.group.as_deref()))?;
        file::remove_file(&link)?;
        std::os::unix::fs::symlink(Path::new("..").join(SOCKET), &link)
            .with_context(|| format!("making {}", link.display()))?;
        Ok(Installed { unit, link })
    }
}

/// A path in a socket unit: only `%` means something there.
fn plain(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

fn socket(paths: &[PathBuf], group: Option<&str>) -> String {
    let mut text =
        "[Unit]\nDescription=Docker Engine API of dhow\nDocumentation=man:dhow-serve(1)\n\n[Socket]\n"
            .to_string();
    for path in paths {
        text += &format!("ListenStream={}\n", plain(path));
    }
    text += "SocketMode=0660\nDirectoryMode=0711\n";
    text.extend(group.map(|group| format!("SocketGroup={group}\n")));
    text + &format!("\n[Install]\nWantedBy={TARGET}\n")
}

fn service(command: &str) -> String {
    // Containers outlive the server (KillMode), and have cgroups of their own below its own (Delegate).
    format!(
        "[Unit]\nDescription=Docker Engine API of dhow\nDocumentation=man:dhow-serve(1)\nRequires={SOCKET}\nAfter={SOCKET}\n\n\
         [Service]\nExecStart={command} fd://\nKillMode=process\nDelegate=yes\nLimitNOFILE=1048576\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_for_these_roots() {
        let base = tempfile::tempdir().unwrap();
        let (root, runroot) = (base.path().join("my root"), base.path().join("run"));
        let engine = Engine::open(Some(&root), Some(&runroot), None).unwrap();
        let dir = base.path().join("units");
        let request = UnitsRequest {
            docker_sock: Some("/var/run/docker.sock".into()),
            group: Some("docker".into()),
            read_only: true,
        };
        for _ in 0..2 {
            let installed = engine.install_serve_in(&dir, &request).unwrap();
            assert_eq!(installed.link.canonicalize().unwrap(), installed.unit.canonicalize().unwrap());
            let text = std::fs::read_to_string(&installed.unit).unwrap();
            let listen = format!(
                "ListenStream={}\nListenStream=/var/run/docker.sock\n",
                runroot.join("dhow.sock").display()
            );
            assert!(text.contains(&listen) && text.contains("SocketGroup=docker\n"), "{text}");
            let text = std::fs::read_to_string(dir.join(SERVICE)).unwrap();
            let command = format!(
                "--root \"{}\" --runroot \"{}\" serve --idle-exit 60 --read-only fd://\n",
                root.display(),
                runroot.display()
            );
            assert!(text.contains(&command), "{text}");
        }
    }
}

//! Debian's docker-registry on a loopback port, with its own storage; killed when dropped.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::fixtures;

/// The account of a registry with basic authentication.
pub const USER: &str = "ann";
pub const PASSWORD: &str = "s3cret";
/// `htpasswd -Bbn ann s3cret`
const HTPASSWD: &str = "ann:$2y$05$M7WPdODiOPM8UCC9ge77iOJHcr12ObtGbkhsBE/RCuqDui4ywL7ca\n";

#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Ask for [`USER`] and [`PASSWORD`].
    pub auth: bool,
    /// Speak TLS with a certificate of [`Registry::ca`].
    pub tls: bool,
}

pub struct Registry {
    child: Child,
    dir: TempDir,
    options: Options,
    port: u16,
}

impl Registry {
    pub fn start(options: Options) -> Self {
        let dir = tempfile::Builder::new().prefix("reg-").tempdir_in("/tmp").unwrap();
        let mut registry = String::from("version: 0.1\nlog:\n  level: info\n  formatter: json\n");
        registry += &format!("storage:\n  filesystem:\n    rootdirectory: {}/data\n", dir.path().display());
        registry += "  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:0\n";
        if options.tls {
            make_certificates(dir.path());
            let d = dir.path().display();
            registry += &format!("  tls:\n    certificate: {d}/server.crt\n    key: {d}/server.key\n");
        }
        if options.auth {
            let d = dir.path().display();
            registry += &format!("auth:\n  htpasswd:\n    realm: dhow tests\n    path: {d}/htpasswd\n");
            put(&dir, "htpasswd", HTPASSWD);
        }
        put(&dir, "config.yml", &registry);
        let mut child = Command::new("docker-registry")
            .args(["serve", "config.yml"])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Debian's docker-registry is installed");
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let port = listening_port(&mut log);
        // Its log must be drained, or it would block on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, dir, options, port }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it has stored.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The certificate authority of a TLS registry, PEM.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.crt")
    }

    /// Pushes the busybox fixture (with skopeo) and answers the whole name.
    pub fn push_busybox(&self, name: &str) -> String {
        self.push(&format!("docker-archive:{}", fixtures::busybox_archive().display()), name, &[])
    }

    /// Copies `source` (skopeo's notation) to `name`; answers the whole name.
    pub fn push(&self, source: &str, name: &str, args: &[&str]) -> String {
        let target = format!("{}/{name}", self.host());
        let mut command = Command::new("skopeo");
        command.args(["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]).args(args);
        if self.options.auth {
            command.args(["--dest-creds", &format!("{USER}:{PASSWORD}")]);
        }
        let out =
            command.args([source, &format!("docker://{target}")]).output().expect("skopeo is installed");
        assert!(out.status.success(), "skopeo: {}", String::from_utf8_lossy(&out.stderr));
        target
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port from the line `… "msg":"listening on 127.0.0.1:NNN" …` (with `, tls` for TLS).
fn listening_port(log: &mut impl BufRead) -> u16 {
    let mut seen = String::new();
    loop {
        let start = seen.len();
        assert!(log.read_line(&mut seen).unwrap() > 0, "docker-registry ended: {seen}");
        if let Some((_, rest)) = seen[start..].split_once("listening on 127.0.0.1:") {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().expect("a port number");
        }
    }
}

fn make_certificates(dir: &std::path::Path) {
    let openssl = |args: &[&str]| {
        let out = Command::new("openssl").args(args).current_dir(dir).output().expect("openssl is installed");
        assert!(out.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let mut ca = vec![
        "req",
        "-x509",
        "-days",
        "30",
        "-subj",
        "/CN=dhow test CA",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
    ];
    ca.extend(key);
    openssl(&ca);
    let mut server =
        vec!["req", "-x509", "-days", "30", "-subj", "/CN=127.0.0.1", "-CA", "ca.crt", "-CAkey", "ca.key"];
    server.extend(key);
    server.extend([
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    server.extend(["-keyout", "server.key", "-out", "server.crt"]);
    openssl(&server);
}

fn put(dir: &TempDir, name: &str, text: &str) {
    dhow::state::file::write(
        &dir.path().join(name),
        text.as_bytes(),
        dhow::state::file::Durability::Ephemeral,
    )
    .unwrap();
}

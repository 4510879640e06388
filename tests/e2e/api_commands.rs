//! Every command that docker's command line lists, at `dhow serve`: a command that a docker has and that isn't tried here is a failure. Those of
//! what dhow has not (swarms, plugins, checkpoints) say what they say at a dockerd that has none of it: see `CLUSTERS` and `PLUGINS`.

use std::collections::BTreeSet;

use crate::api_cli::{Docker, each};
use crate::harness::{Stdin, TIMEOUT, finish};
use crate::registry::{Options, Registry};

/// `ARGUMENTS | EXIT CODE | WHAT IT SAYS`. `$R` is a registry, `$W` a directory, `$S` the server.
type Steps = &'static [&'static str];

/// Each of these also without `container` before it.
const CONTAINERS: Steps = &[
    "container create --name c --net none -v vol:/v busybox sleep 1000 | 0 | ",
    "container start c | 0 | c",
    "container ls --format {{.Names}} | 0 | c",
    "container inspect -f {{.State.Status}} c | 0 | running",
    "container exec c touch /made | 0 | ",
    "container diff c | 0 | A /made",
    "container top c | 0 | sleep 1000",
    "container logs c | 0 | ",
    "container stats --no-stream c | 0 | MEM USAGE",
    "container port c | 0 | ",
    "container cp c:/made $W/made | 0 | ",
    "container commit c made:1 | 0 | sha256:",
    "container export -o $W/root.tar c | 0 | ",
    "container update --restart on-failure c | 0 | c",
    "container rename c d | 0 | ",
    "container restart -t 0 d | 0 | d",
    "container kill d | 0 | d",
    "container wait d | 0 | 137",
    "container run --rm --net none busybox echo said | 0 | said",
    "container start d | 0 | d",
    "container stop -t 0 d | 0 | d",
    "container rm d | 0 | d",
];

/// Of one that isn't there.
const NO_CONTAINER: Steps = &[
    "container start nope | 1 | No such container: nope",
    // Each command line words it in its own way.
    "container inspect nope | 1 | nope",
    "container exec nope true | 1 | No such container: nope",
    "container diff nope | 1 | No such container: nope",
    "container top nope | 1 | No such container: nope",
    "container logs nope | 1 | No such container: nope",
    "container stats --no-stream nope | 1 | No such container: nope",
    "container port nope | 1 | No such container: nope",
    "container cp nope:/made $W/none | 1 | No such container",
    "container commit nope | 1 | No such container: nope",
    "container export nope | 1 | No such container: nope",
    "container update --restart no nope | 1 | No such container: nope",
    "container rename nope d | 1 | No such container: nope",
    "container restart nope | 1 | No such container: nope",
    "container kill nope | 1 | cannot kill container: nope: No such container: nope",
    "container wait nope | 1 | No such container: nope",
    "container run --rm --net none --pull never nope | 125 | No such image: nope",
    "container stop nope | 1 | No such container: nope",
    "container pause nope | 1 | No such container: nope",
    "container unpause nope | 1 | No such container: nope",
    "container attach nope | 1 | No such container: nope",
    "container rm nope | 1 | No such container: nope",
];

const IMAGES: Steps = &[
    "container create --name c --net none busybox | 0 | ",
    "container export -o $W/root.tar c | 0 | ",
    "image tag busybox $R/a:1 | 0 | ",
    "image push $R/a:1 | 0 | digest: sha256:",
    "image push $R/none:1 | 1 | An image does not exist locally with the tag: $R/none",
    "image pull $R/a:1 | 0 | Status: ",
    "image ls --format {{.Repository}} | 0 | $R/a",
    "image inspect -f {{.Os}} busybox | 0 | linux",
    "image history busybox | 0 | IMAGE",
    "image save -o $W/image.tar busybox | 0 | ",
    "image load -i $W/image.tar | 0 | Loaded image: busybox",
    "image load -i $W/text | 1 | ",
    "image import $W/root.tar im:1 | 0 | sha256:",
    "image build $W | 1 | dhow doesn't build images yet",
    "image rm im:1 $R/a:1 | 0 | Untagged: im:1",
    "image prune -f | 0 | Total reclaimed space",
    "tag busybox $R/a:2 | 0 | ",
    "push $R/a:2 | 0 | digest: sha256:",
    "pull $R/a:2 | 0 | Status: ",
    "images --format {{.Repository}} | 0 | $R/a",
    "inspect -f {{.Os}} busybox | 0 | linux",
    "history busybox | 0 | IMAGE",
    "save -o $W/image.tar busybox | 0 | ",
    "load -i $W/image.tar | 0 | Loaded image: busybox",
    "import $W/root.tar im:1 | 0 | sha256:",
    "build $W | 1 | dhow doesn't build images yet",
    "rmi im:1 $R/a:2 | 0 | Untagged: im:1",
    "builder build $W | 1 | dhow doesn't build images yet",
    "builder prune -f | 1 | dhow doesn't build images yet: it has no build cache to prune",
    "search $R/a | 0 | NAME",
    "login -u a -p b $R | 0 | Login Succeeded",
    "logout $R | 0 | Removing login credentials",
    "container prune -f | 0 | Total reclaimed space",
];

/// Between the command line and the registry alone; but what they make can be pulled.
const MANIFESTS: Steps = &[
    "manifest create --insecure $R/list:1 $R/a:1 | 0 | Created manifest list",
    "manifest annotate $R/list:1 $R/a:1 --os linux | 0 | ",
    "manifest inspect --insecure $R/list:1 | 0 | amd64",
    "manifest push --insecure $R/list:1 | 0 | sha256:",
    "manifest rm $R/list:1 | 0 | ",
    "pull $R/list:1 | 0 | Status: Downloaded newer image for $R/list:1",
    "rmi $R/list:1 | 0 | Untagged: $R/list:1",
];

/// By a command line that knows nothing of the Open Container Initiative's media types.
const OLD_MANIFESTS: Steps = &[
    "manifest create --insecure $R/list:1 $R/a:1 | 1 | no such manifest",
    "manifest annotate $R/list:1 $R/a:1 --os linux | 1 | does not exist",
    "manifest inspect --insecure $R/list:1 | 1 | no such manifest",
    "manifest push --insecure $R/list:1 | 1 | No such manifest",
    "manifest rm $R/list:1 | 1 | No such manifest",
];

const REST: Steps = &[
    "volume create --label a=b vol | 0 | vol",
    "volume ls -q | 0 | vol",
    "volume inspect -f {{.Labels.a}} vol | 0 | b",
    "volume update --availability active vol | 1 | This node is not a swarm manager",
    "volume prune -f | 0 | Total reclaimed space",
    "volume rm -f vol | 0 | vol",
    "volume rm vol | 1 | o such volume",
    "network create n | 0 | ",
    "network create m | 0 | ",
    "network ls --format {{.Name}} | 0 | n",
    "network inspect -f {{.Driver}} n | 0 | bridge",
    "create --name c --net n busybox | 0 | ",
    "network connect m c | 0 | ",
    "network disconnect m c | 0 | ",
    "network prune -f | 0 | m",
    "start c | 1 | network n not found",
    "network create n | 0 | ",
    "rm c | 0 | c",
    "network rm n | 0 | n",
    "network inspect n | 1 | Error",
    "system df | 0 | Local Volumes",
    "system events --since 1h --until 1s | 0 | container create",
    "system info -f {{.OSType}} | 0 | linux",
    "system prune -f | 0 | Total reclaimed space",
    "events --since 1h --until 1s | 0 | volume create",
    "info -f {{.OSType}} | 0 | linux",
    "version -f {{.Server.Os}} | 0 | linux",
    "context create there --docker host=$S | 0 | there",
    "context ls | 0 | there",
    "context inspect there | 0 | $S",
    "context update there --description d | 0 | there",
    "context export there $W/there.tar | 0 | ",
    "context import again $W/there.tar | 0 | again",
    "context use default | 0 | default",
    "context show | 0 | ",
    "context rm there again | 0 | again",
];

const NO_MANAGER: &str = "his node is not a swarm manager";

/// All fail with this, or what stands there.
const CLUSTERS: Steps = &[
    "config create a $W/text",
    "config inspect a",
    "config ls",
    "config rm a",
    "node demote a",
    "node inspect self",
    "node ls",
    "node promote a",
    "node ps",
    "node rm a",
    "node update --role worker a",
    "secret create a $W/text",
    "secret inspect a",
    "secret ls",
    "secret rm a",
    "service create busybox",
    "service inspect a",
    "service logs a",
    "service ls",
    "service ps a",
    "service rm a",
    "service rollback a",
    "service scale a=1",
    "service update a",
    "stack deploy -c $W/compose.yml a",
    "stack ls",
    "stack ps a",
    "stack rm a",
    "stack services a",
    "swarm ca",
    "swarm join-token worker",
    "swarm unlock-key",
    "swarm update --autolock",
    "swarm unlock | 1 | This node is not part of a swarm",
    "swarm leave | 1 | This node is not part of a swarm",
    "swarm init --advertise-addr 127.0.0.1 | 1 | dhow has no swarms",
    "swarm join --token SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-7p73s1dx5in4tatdymyhg9hu2 127.0.0.1:1 | 1 | dhow has no swarms",
    "stack config -c $W/compose.yml | 0 | image: b",
];

const PLUGINS: Steps = &[
    "plugin ls | 0 | NAME",
    "plugin inspect a | 1 | plugin",
    "plugin enable a | 1 | plugin \"a\" not found",
    "plugin disable a | 1 | plugin \"a\" not found",
    "plugin rm a | 1 | plugin",
    "plugin set a b=c | 1 | plugin \"a\" not found",
    "plugin push a/b | 1 | plugin \"a/b:latest\" not found",
    "plugin upgrade a | 1 | error reading plugin data",
    "plugin install --grant-all-permissions $R/p | 1 | dhow has no plugins",
    "plugin create a/b $W/plugin | 1 | dhow has no plugins",
    "checkpoint create c x | 1 | only supported on a Docker daemon with experimental features enabled",
    "checkpoint ls c | 1 | only supported on a Docker daemon with experimental features enabled",
    "checkpoint rm c x | 1 | only supported on a Docker daemon with experimental features enabled",
    // Of a server for signatures; there is none.
    "trust inspect a | 1 | o signatures or cannot access a",
    "trust revoke -y a:1 | 1 | could not remove signature",
    "trust sign a:1 | 1 | notary",
];

/// How those begin that ask nobody: they are about keys on the client's disk, and its shell.
const NEVER_ASK: [&str; 3] = ["trust key", "trust signer", "completion "];

/// One of the programs, its commands, and those that were tried.
struct Trial<'a> {
    docker: &'a Docker<'a>,
    registry: &'a str,
    commands: BTreeSet<String>,
    tried: BTreeSet<String>,
    complaints: Vec<String>,
}

/// The commands below one, and which of them have further ones.
fn commands(docker: &Docker<'_>, group: &[&str]) -> Vec<(String, bool)> {
    let help = docker.says(&[group, &["--help"]].concat());
    let (mut found, mut heading) = (Vec::new(), "");
    for line in help.lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            heading = line.split_once("ommands:").map_or("", |(h, _)| h);
        } else if let (false, Some(name)) = (heading.is_empty(), line.strip_prefix("  "))
            && name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            let name = name.split(' ').next().unwrap();
            // With a star: of another program.
            if !name.ends_with('*') {
                found.push((
                    name.to_string(),
                    heading.starts_with("Management") || heading.starts_with("Swarm"),
                ));
            }
        }
    }
    found
}

impl<'a> Trial<'a> {
    fn of(docker: &'a Docker<'a>, registry: &'a str) -> Self {
        let mut all = BTreeSet::new();
        for (name, is_group) in commands(docker, &[]) {
            if is_group {
                all.extend(commands(docker, &[&name]).into_iter().map(|(c, _)| format!("{name} {c}")));
            } else {
                all.insert(name);
            }
        }
        assert!(all.len() > 100 && all.contains("container ls") && all.contains("ps"), "{all:?}");
        Self { docker, registry, commands: all, tried: BTreeSet::new(), complaints: Vec::new() }
    }

    fn note(&mut self, words: &[&str]) -> bool {
        let two = words[..words.len().min(2)].join(" ");
        let command = if self.commands.contains(&two) { two } else { words[0].to_string() };
        let is_there = self.commands.contains(&command);
        self.tried.insert(command);
        is_there
    }

    fn take(&mut self, steps: impl IntoIterator<Item = impl AsRef<str>>) {
        let w = self.docker.server.dhow.base.join("w");
        let server = format!("unix://{}", self.docker.server.socket.display());
        for step in steps {
            let step = step
                .as_ref()
                .replace("$R", self.registry)
                .replace("$W", w.to_str().unwrap())
                .replace("$S", &server);
            let mut parts = step.split(" | ");
            let words: Vec<&str> = parts.next().unwrap().split(' ').collect();
            let (code, text) = parts.next().zip(parts.next()).unwrap_or(("1", NO_MANAGER));
            // What an older one hasn't.
            if !self.note(&words) {
                continue;
            }
            let mut command = self.docker.command(&words);
            command.env("DOCKER_CONTENT_TRUST_SERVER", "https://127.0.0.1:1");
            let out = finish(command, step.clone(), Stdin::Empty, TIMEOUT);
            if out.code.to_string() != code || !(out.stdout().contains(text) || out.stderr().contains(text)) {
                self.complaints.push(format!("{out:?}"));
            }
        }
    }

    /// Where one types, and what ordinary users' cgroups may not have.
    fn take_the_others(&mut self) {
        for prefix in [&["container"][..], &[]] {
            let with = |args: &[&'static str]| [prefix, args].concat();
            self.docker.says(&["create", "-i", "--name", "c", "--net", "none", "busybox", "head", "-n", "1"]);
            self.docker.says(&["start", "c"]);
            let attached = self.docker.input(&with(&["attach", "c"]), Stdin::Bytes(b"typed\n".to_vec()));
            assert_eq!(attached.ok().stdout(), "typed\n");
            self.docker.says(&["rm", "c"]);
            self.docker.says(&["run", "-d", "--name", "c", "--net", "none", "busybox", "sleep", "1000"]);
            let paused = self.docker.run(&with(&["pause", "c"]));
            if paused.code == 0 || !self.docker.server.dhow.is_rootless() {
                assert_eq!(paused.ok().trimmed(), "c");
                assert_eq!(self.docker.says(&["ps", "--format", "{{.State}}"]), "paused");
                assert_eq!(self.docker.says(&with(&["unpause", "c"])), "c");
            } else {
                paused.fails(1).says("Error response from daemon: ");
                self.docker.run(&with(&["unpause", "c"])).fails(1).says("is not paused");
            }
            self.docker.says(&["rm", "-f", "c"]);
            for command in ["attach", "pause", "unpause"] {
                self.note(&with(&[command]));
            }
        }
    }

    fn end(&self) {
        let tried = |c: &String| self.tried.contains(c) || NEVER_ASK.iter().any(|n| c.starts_with(n));
        let left: Vec<&String> = self.commands.iter().filter(|c| !tried(c)).collect();
        assert!(left.is_empty(), "nobody has tried {left:?}");
        assert!(self.complaints.is_empty(), "{}", self.complaints.join("\n\n"));
    }
}

/// The same without the word that one may leave out.
fn short(step: &str) -> String {
    step.replacen("container ", "", 1).replacen("ls ", "ps ", usize::from(step.starts_with("container ls")))
}

both! {
    fn every_command_of_docker(dhow) {
        let registry = Registry::start(Options::default());
        let host = registry.host();
        dhow.file("w/text", "text");
        dhow.file("w/Dockerfile", "FROM busybox\n");
        dhow.file("w/compose.yml", "version: '3'\nservices:\n  a:\n    image: b\n");
        dhow.file("w/plugin/config.json", "{}");
        dhow.file("w/plugin/rootfs/x", "");
        each(dhow, |docker| {
            let mut trial = Trial::of(docker, &host);
            for steps in [CONTAINERS, NO_CONTAINER] {
                trial.take(steps);
                trial.take(steps.iter().map(|s| short(s)));
            }
            trial.take_the_others();
            trial.take(["rmi made:1 | 0 | Untagged", "volume rm vol | 0 | vol"]);
            trial.take(IMAGES);
            let is_old = docker.says(&["version", "-f", "{{.Client.Version}}"]).starts_with("20.");
            for steps in [if is_old { OLD_MANIFESTS } else { MANIFESTS }, REST, CLUSTERS, PLUGINS] {
                trial.take(steps);
            }
            trial.end();
            for made in ["made", "root.tar", "image.tar", "there.tar"] {
                std::fs::remove_file(dhow.base.join("w").join(made)).unwrap();
            }
        });
    }
}

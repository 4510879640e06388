"""What programs do with docker-py."""
import io
import tarfile
import threading

import docker

client = docker.from_env(timeout=40)
assert client.ping()
assert client.version()["ApiVersion"] == "1.51"
assert client.info()["Swarm"]["LocalNodeState"] == "inactive"

# Run to the end: output, errors, exit codes.
assert client.containers.run("busybox", ["echo", "out"], network_mode="none", remove=True) == b"out\n"
try:
    client.containers.run("busybox", ["sh", "-c", "echo err >&2; exit 3"], network_mode="none", remove=True)
    raise SystemExit("no error")
except docker.errors.ContainerError as error:
    assert (error.exit_status, error.stderr) == (3, b"err\n"), error
try:
    client.containers.run("busybox", ["nope"], network_mode="none", remove=True)
    raise SystemExit("no error")
except docker.errors.APIError as error:
    assert "executable file not found" in str(error), error
for missing in (lambda: client.containers.get("nope"), lambda: client.images.get("nope"), lambda: client.volumes.get("nope")):
    try:
        missing()
        raise SystemExit("no error")
    except docker.errors.NotFound:
        pass

# Events are told while things happen.
seen, stream = [], client.events(decode=True, filters={"type": "container"})


def listen():
    for event in stream:
        seen.append(event["Action"])
        if event["Action"] == "destroy" and event["Actor"]["Attributes"]["name"] == "d":
            return


listener = threading.Thread(target=listen, daemon=True)
listener.start()

c = client.containers.create(
    "busybox", ["sh", "-c", "echo started; exec sleep 1000"], name="c", labels={"a": "b"}, environment={"X": "1"},
    network_mode="none", tty=False, stdin_open=True, working_dir="/tmp", volumes={"vv": {"bind": "/v", "mode": "rw"}},
    healthcheck={"test": ["CMD", "true"], "interval": 10**9},
)
assert c.status == "created"
c.start()
c.reload()
assert c.status == "running" and c.labels == {"a": "b"}
assert [x.id for x in client.containers.list(filters={"label": "a=b"})] == [c.id]
for line in c.logs(stream=True, follow=True):
    assert line == b"started\n", line
    break
assert c.exec_run(["sh", "-c", "pwd; echo $X"]) == (0, b"/tmp\n1\n")
code, (out, err) = c.exec_run(["sh", "-c", "echo o; echo e >&2; exit 4"], demux=True)
assert (code, out, err) == (4, b"o\n", b"e\n")
assert c.exec_run("tty", tty=True)[0] == 0
assert b"".join(c.exec_run("cat /etc/passwd", stream=True).output) == c.exec_run("cat /etc/passwd").output
assert any("sleep 1000" in " ".join(row) for row in c.top()["Processes"])
stats = c.stats(stream=False)
assert stats["name"] == "/c" and "cpu_stats" in stats

# Files, both ways.
made = io.BytesIO()
with tarfile.open(fileobj=made, mode="w") as tar:
    info = tarfile.TarInfo("sub/file")
    info.size = 3
    tar.addfile(info, io.BytesIO(b"abc"))
assert c.put_archive("/v", made.getvalue())
chunks, stat = c.get_archive("/v/sub")
assert stat["name"] == "sub", stat
with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
    assert tar.extractfile("sub/file").read() == b"abc"
c.exec_run("touch /made")
assert {"Path": "/made", "Kind": 1} in c.diff()
assert len(b"".join(c.export())) > 100000
image = c.commit("committed", "1", message="m", author="me", changes="CMD echo changed", conf={"Labels": {"x": "y"}})
assert image.labels["x"] == "y" and image.tags == ["committed:1"], image.attrs
assert client.containers.run("committed:1", network_mode="none", remove=True) == b"changed\n"

c.rename("d")
c.restart(timeout=0)
c.stop(timeout=0)
assert c.wait()["StatusCode"] in (137, 143)
c.start()
socket = c.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
socket.close()
c.kill()
c.wait()
c.remove(v=True)
listener.join(20)
assert not listener.is_alive()
for action in ("create", "start", "die", "rename", "restart", "kill", "destroy"):
    assert action in seen, (action, seen)

# Images.
saved = b"".join(image.save(named=True))
client.images.remove("committed:1")
(loaded,) = client.images.load(saved)
assert loaded.id == image.id and loaded.tags == ["committed:1"]
assert loaded.tag("other", "2")
assert sorted(client.images.get("other:2").tags) == ["committed:1", "other:2"]
client.images.remove(loaded.id, force=True)
assert [i.tags for i in client.images.list()] == [["busybox:latest"]]
assert client.images.get("busybox").history()

# Volumes.
v = client.volumes.get("vv")
assert v.attrs["Driver"] == "local"
v.remove()
w = client.volumes.create("ww", labels={"a": "b"})
assert client.volumes.list(filters={"label": "a=b"}) == [w]
assert client.volumes.prune(filters={"all": ["true"]})["VolumesDeleted"] == ["ww"]
assert {n.name for n in client.networks.list()} >= {"bridge", "host", "none"}
# The one that could not be started.
assert len(client.containers.prune()["ContainersDeleted"]) == 1
assert client.containers.list(all=True) == []
print("all done")

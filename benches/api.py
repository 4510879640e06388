"""Calls of the Docker Engine API over a Unix socket, timed. Standard library only. Usage: api.py DIR PID PID PID (dhow, dockerd, podman)"""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import sys
import threading
import time

TOOLS = ["dhow", "docker", "podman"]
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
CONTAINERS = max(1, int(100 * SCALE))
LOG = int((1 << 30) * SCALE)
WORKERS = 4


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Api:
    def __init__(self, directory, name):
        self.path = f"{directory}/{name}.sock"
        self.local = threading.local()

    def call(self, method, path, body=None, headers=None):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = Connection(self.path)
        if isinstance(body, dict):
            body, headers = json.dumps(body), {"Content-Type": "application/json"}
        try:
            connection.request(method, "/v1.41" + path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            self.local.connection = None
            raise
        if answer.status >= 400:
            raise RuntimeError(f"{self.path}: {method} {path}: {answer.status}: {text[:200]}")
        return text

    def get(self, path):
        """A GET by a bare socket: http.client alone takes 60 microseconds for a request, as long as a fast server."""
        if getattr(self.local, "socket", None) is None:
            self.local.socket = socket.socket(socket.AF_UNIX)
            self.local.socket.connect(self.path)
            self.local.space = bytearray(1 << 20)
        view = memoryview(self.local.space)
        self.local.socket.sendall(b"GET /v1.41%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
        have = self.local.socket.recv_into(view)
        end = self.local.space.index(b"\r\n\r\n", 0, have) + 4
        head = bytes(view[:end]).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{self.path}: GET {path}: {head}")
        length = head.find(b"content-length: ")
        whole = None if length < 0 else end + int(head[length + 16 : head.index(b"\r", length)])
        # In chunks the last one is empty; JSON has no line ends of that kind.
        while have != whole if whole else bytes(view[have - 5 : have]) != b"0\r\n\r\n":
            got = self.local.socket.recv_into(view[have:])
            if not got:
                raise RuntimeError(f"{self.path}: GET {path}: cut short")
            have += got

    def json(self, *args, **more):
        return json.loads(self.call(*args, **more))


def timed(work, count, workers=1):
    """Requests a second, and the median and 99th percentile of milliseconds. Each worker is a process: threads would wait for one another's
    interpreter."""
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()

    def run(share):
        own = []
        for _ in range(share):
            begun = time.perf_counter()
            work()
            own.append((time.perf_counter() - begun) * 1000)
        results.put(own)

    def process(share):
        # A thread of its own has connections of its own.
        thread = threading.Thread(target=run, args=(share,))
        thread.start()
        thread.join()

    begun = time.perf_counter()
    processes = [fork.Process(target=process, args=(count // workers,)) for _ in range(workers)]
    [p.start() for p in processes]
    times = sorted(t for _ in processes for t in results.get())
    spent = time.perf_counter() - begun
    [p.join() for p in processes]
    return len(times) / spent, statistics.median(times), times[int(len(times) * 0.99)]


def memory(pid):
    """Private bytes of a process, in MiB (and of its descendants' children none: containers are not the server's)."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        kib = sum(int(line.split()[1]) for line in file if line.startswith(("Private_Clean", "Private_Dirty")))
    return kib / 1024


def show(title, rows):
    print(title)
    best = {}
    for name, row in rows.items():
        rate, median, high = row
        print(f"    {name:8} {rate:10.1f} /s   median {median:8.2f} ms   99 % {high:8.2f} ms")
        best[name] = row
    others = [row for name, row in rows.items() if name != "dhow"]
    if "dhow" in rows and others:
        rate = rows["dhow"][0] / max(o[0] for o in others)
        latency = min(o[1] for o in others) / rows["dhow"][1]
        print(f"    dhow: {rate:.1f} x the requests of the better, {latency:.1f} x less latency")


def create(api, command):
    body = {"Image": "bench", "Cmd": command, "HostConfig": {"NetworkMode": "none"}}
    return api.json("POST", "/containers/create", body)["Id"]


def whole_life(api):
    identity = create(api, ["/bin/true"])
    api.call("POST", f"/containers/{identity}/start")
    api.call("POST", f"/containers/{identity}/wait")
    api.call("DELETE", f"/containers/{identity}")


def execute(api, identity):
    made = api.json("POST", f"/containers/{identity}/exec", {"Cmd": ["/bin/true"], "AttachStdout": True})["Id"]
    api.call("POST", f"/exec/{made}/start", {"Detach": False})
    api.json("GET", f"/exec/{made}/json")


def stream(api):
    identity = create(api, ["/bin/sh", "-c", "yes 0123456789012345678901234567890123456789012345678901234567890 | head -c " + str(LOG)])
    api.call("POST", f"/containers/{identity}/start")
    api.call("POST", f"/containers/{identity}/wait")
    connection = Connection(api.path)
    begun = time.perf_counter()
    connection.request("GET", f"/v1.41/containers/{identity}/logs?stdout=1")
    answer, length = connection.getresponse(), 0
    while chunk := answer.read(1 << 20):
        length += len(chunk)
    spent = time.perf_counter() - begun
    api.call("DELETE", f"/containers/{identity}")
    return length / spent / 1e6


def main():
    directory, pids = sys.argv[1], dict(zip(TOOLS, sys.argv[2:]))
    apis = {name: Api(directory, name) for name in TOOLS}
    for api in apis.values():
        for _ in range(200):
            try:
                api.call("GET", "/_ping")
                break
            except OSError:
                time.sleep(0.1)
    idle = {name: memory(pids[name]) for name in TOOLS}
    print("idle, private memory (MiB): " + ", ".join(f"{name} {idle[name]:.1f}" for name in TOOLS))
    ids = {}
    for name, api in apis.items():
        with open(f"{directory}/image.tar", "rb") as file:
            api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", file.read(), {"Content-Type": "application/x-tar"})
        ids[name] = create(api, ["/bin/sleep", "100000"])
        api.call("POST", f"/containers/{ids[name]}/start")
        for _ in range(CONTAINERS - 1):
            create(api, ["/bin/true"])
    jobs = [
        (f"list of {CONTAINERS} containers", lambda api, _: api.get("/containers/json?all=1"), 2000, 100),
        ("inspect", lambda api, one: api.get(f"/containers/{one}/json"), 20000, 4000),
        ("create, start, wait, remove", lambda api, _: whole_life(api), 200, 20),
        ("exec, its output, its exit code", lambda api, one: execute(api, one), 200, 40),
    ]
    for title, work, fast, slow in jobs:
        for workers in (1, WORKERS):
            rows = {}
            for name, api in apis.items():
                count = max(workers, int((fast if name == "dhow" else slow) * SCALE))
                rows[name] = timed(lambda: work(api, ids[name]), count, workers)
            show(f"{title}, {workers} at a time", rows)
    rates = {name: stream(api) for name, api in apis.items()}
    print(f"the log of {LOG >> 20} MiB, MB/s: " + ", ".join(f"{name} {rates[name]:.0f}" for name in TOOLS))


main()

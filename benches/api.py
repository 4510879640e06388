"""Calls of the Docker Engine API over a Unix socket, timed. Standard library only. Usage: api.py DIR PID PID PID (dhow, dockerd, podman)"""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
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


def asked(api, path, count, workers):
    """The same of a GET, asked by benches/load.c: a client in Python takes longer than the server, and what is measured is the processors that
    both share."""
    command = [f"{os.path.dirname(api.path)}/load", api.path, "/v1.41" + path, str(count // workers), str(workers)]
    return tuple(float(number) for number in subprocess.check_output(command).split())


def memory(pid):
    """Private bytes of a process, in MiB (and of its descendants' children none: containers are not the server's)."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        kib = sum(int(line.split()[1]) for line in file if line.startswith(("Private_Clean", "Private_Dirty")))
    return kib / 1024


def show(title, rows, workers):
    print(title)
    best = {}
    for name, row in rows.items():
        rate, median, high = row
        print(f"    {name:8} {rate:10.1f} /s   mean {workers * 1000 / rate:8.3f} ms   median {median:8.3f} ms   99 % {high:8.3f} ms")
        best[name] = row
    others = [row for name, row in rows.items() if name != "dhow"]
    if "dhow" in rows and others:
        # Each client asks again when it has its answer: the mean of the latencies is the clients by the requests a second.
        rate = rows["dhow"][0] / max(o[0] for o in others)
        median, high = (min(o[n] for o in others) / rows["dhow"][n] for n in (1, 2))
        print(f"    dhow: {rate:.1f} x the requests of the better, {rate:.1f} x less latency in the mean, {median:.1f} x in the median, {high:.1f} x at 99 %")


def create(api, command, **host):
    body = {"Image": "bench", "Cmd": command, "HostConfig": {"NetworkMode": "none", **host}}
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
    # All of it is to be kept.
    kept = {"Type": "json-file", "Config": {"max-size": "8g"}}
    identity = create(api, ["/bin/sh", "-c", "yes 0123456789012345678901234567890123456789012345678901234567890 | head -c " + str(LOG)], LogConfig=kept)
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
    # Idle is who has had nothing to do for a while.
    time.sleep(15)
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
    # A path, or calls; of dhow so many, of the others so many.
    jobs = [
        (f"list of {CONTAINERS} containers", lambda _: "/containers/json?all=1", None, 2000, 100),
        ("inspect", lambda one: f"/containers/{one}/json", None, 40000, 8000),
        ("create, start, wait, remove", None, lambda api, _: whole_life(api), 200, 20),
        ("exec, its output, its exit code", None, lambda api, one: execute(api, one), 200, 40),
    ]
    for title, path, work, fast, slow in jobs:
        for workers in (1, WORKERS):
            rows = {}
            for name, api in apis.items():
                count = max(workers, int((fast if name == "dhow" else slow) * SCALE))
                one = ids[name]
                rows[name] = asked(api, path(one), count, workers) if path else timed(lambda: work(api, one), count, workers)
            show(f"{title}, {workers} at a time", rows, workers)
    rates = {name: stream(api) for name, api in apis.items()}
    print(f"the log of {LOG >> 20} MiB, MB/s: " + ", ".join(f"{name} {rates[name]:.0f}" for name in TOOLS))


main()

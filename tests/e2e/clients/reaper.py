"""A program's tests that are killed before they clean up: the reaper does it."""
import os
import signal

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.waiting_utils import wait_for_logs

network = Network().create()
container = DockerContainer("busybox").with_command(["sh", "-c", "echo ready; exec sleep 1000"]).with_name("tested")
container.with_volume_mapping("kept", "/v", "rw")
container.start()
wait_for_logs(container, "ready", timeout=20)
print("all done", flush=True)
os.kill(os.getpid(), signal.SIGKILL)

"""A program's test with a container of its own, which it removes itself."""
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

container = DockerContainer("busybox").with_command(["sh", "-c", "echo $GREETING is ready; exec sleep 1000"])
container = container.with_env("GREETING", "hello").with_name("tested").with_kwargs(network_mode="none")
with container as running:
    wait_for_logs(running, "hello is ready", timeout=20)
    code, out = running.exec(["sh", "-c", "echo from inside"])
    assert (code, out) == (0, b"from inside\n")
    out, err = running.get_logs()
    assert out == b"hello is ready\n" and err == b"", (out, err)
print("all done")

"""A server of ours, for as long as a test needs it."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.support.broker import free_port
from tests.support.waiting import wait_until

_REPOSITORY = Path(__file__).parents[2]


@contextmanager
def serving(*command: str, **environment: str) -> Iterator[str]:
    """The address of a server that takes its port as its last argument, while it runs."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY), **environment}
    server = subprocess.Popen([*command, str(port)], cwd=_REPOSITORY, env=environment)
    try:
        wait_until(lambda: _answers(port) or server.poll() is not None, 30)
        assert server.poll() is None, command
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    with suppress(ConnectionError), closing(socket.create_connection(("127.0.0.1", port), timeout=10)):
        return True
    return False

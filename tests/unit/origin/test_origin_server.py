"""The origin on the server it ships with, over real connections."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.origin.app import create_app
from pipeline.origin.server import serve

REPOSITORY = Path(__file__).parents[3]
PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from pipeline.origin.app import create_app
from pipeline.origin.server import serve
serve(partial(create_app, Path(sys.argv[1]), list), port=int(sys.argv[2]))
"""

SPELLINGS = [
    "/titles/../catalog.db",
    "/titles/%2e%2e/catalog.db",
    "/titles/%2e%2e%2fcatalog.db",
    "/titles/..%5ccatalog.db",
    "/titles/%252e%252e/catalog.db",
    "/titles/bird/%00",
    "/titles/%c0%ae%c0%ae/catalog.db",
    "/titles/%ff%fe",
    "//titles/../catalog.db",
]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(root: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", PROGRAM, str(root), str(port)]
    child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(port, child)
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=20)


def wait_until_healthy(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and child.poll() is None:
        try:
            assert ask(port, "/healthz")[0] == 200
        except ConnectionError:
            continue
        return
    pytest.fail("the origin did not come up")


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    result = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return result


def test_files_arrive_whole_and_in_parts(server, port, segment):
    status, headers, body = ask(port, segment)
    assert (status, body) == (200, bytes(range(256)) * 2400)
    assert headers["content-length"] == "614400"
    assert ask(port, segment, Range="bytes=262143-262145")[::2] == (206, b"\xff\x00\x01")
    assert ask(port, segment, If_None_Match=headers["etag"])[::2] == (304, b"")
    assert ask(port, segment, "HEAD")[1]["content-length"] == "614400"


def test_no_way_out_in_any_spelling(server, port):
    answers = [ask(port, path) for path in SPELLINGS]
    assert [status for status, _, _ in answers] == [404] * len(SPELLINGS)
    assert not any(b"secret" in body for _, _, body in answers)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_a_player_still_connected(server, port, number):
    player = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    player.request("GET", "/healthz")
    player.getresponse().read()
    os.kill(server.pid, number)
    output, _ = server.communicate(timeout=20)
    assert (server.returncode, output) == (0, b"")
    player.close()


def test_a_worker_does_not_outlive_its_server(server, port):
    server.kill()
    server.communicate(timeout=20)
    with pytest.raises(ConnectionRefusedError):
        ask(port, "/healthz")


def test_a_port_in_use_is_said_so(server, port, root):
    with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1, port {port}: Address already in use"):
        serve(partial(create_app, root, list), port=port)


def test_an_unknown_host_is_said_so(root, port):
    with pytest.raises(UsageError, match=r"cannot listen on no-such-host\.invalid"):
        serve(partial(create_app, root, list), host="no-such-host.invalid", port=port)

"""Running the origin on granian."""

import multiprocessing
import os
import signal
import socket
import threading
from functools import partial
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from starlette.types import ASGIApp

from pipeline.errors import UsageError
from pipeline.origin.access import Access
from pipeline.origin.app import create_app
from pipeline.origin.audit import write_audit
from pipeline.origin.licenses import Licensing
from pipeline.origin.media_settings import MediaSettings
from pipeline.origin.metrics import Monitoring
from pipeline.origin.pages import Titles

# A player may hold its connection for as long as it plays; stopping does not wait for it.
_STOP_SECONDS = 5


def serve(
    root: Path,
    titles: Titles,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
    monitoring: Monitoring | None = None,
    licensing: Licensing | None = None,
    access: Access | None = None,
    published: MediaSettings | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then let running responses finish for a few seconds and return.

    Each worker is a process that makes its own application. So `titles`, and what `monitoring`, `licensing`
    and `access` look with, should be functions of a module, or partials of one, and open what they need (a
    database, say) when they are called and not before.
    Raises UsageError if the address is not ours to listen on.
    """
    address = _available(host, port)
    server = Server(
        "pipeline.origin",
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        workers=workers,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    server.serve(
        target_loader=partial(_start_worker, root, titles, monitoring, licensing, access, published),
        wrap_loader=False,
    )


def _start_worker(
    root: Path,
    titles: Titles,
    monitoring: Monitoring | None,
    licensing: Licensing | None,
    access: Access | None,
    published: MediaSettings | None,
) -> ASGIApp:
    """Make the application of a worker process, which ends with the process that started it."""
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    if licensing:
        write_audit(root / "logs" / "audit.log")
    return create_app(root, titles, monitoring, licensing, access, published=published)


def _stop_with_parent() -> None:
    # A server that is killed cannot stop its workers. They would go on answering on its port.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _available(host: str, port: int) -> str:
    """Return the numeric address of `host`, having listened there once.

    granian shares its port between workers (SO_REUSEPORT), and so would share it with another origin that
    someone forgot to stop, each answering half of the requests.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise UsageError(f"cannot listen on {host}, port {port}: {error.strerror}; choose another") from None
    return str(address[0])

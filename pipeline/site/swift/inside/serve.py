"""Swift as one process: `python serve.py FOLDER PORT`, with the configuration in FOLDER/etc.

Proxy, account, container and object server share a process; the S3 API listens on PORT, the others wherever
the system puts them. On SIGTERM, requests that run are answered first.
"""

import errno
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from swift.common import utils

utils.monkey_patch()

import eventlet  # noqa: E402
import eventlet.wsgi  # noqa: E402
from eventlet import greenio  # noqa: E402
from membership import Membership  # noqa: E402  beside this file, which is where Python looks
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import NullLogger, loadapp  # noqa: E402

HOST = "127.0.0.1"
STORES = ("account", "container", "object")
CONNECTIONS = 1024
"""At a time, of each server."""

CLIENT_SECONDS = 60
"""Without a byte from a client, or for one."""

PART_POWER = 4
"""The folders under one disk, as a power of two. It must never change, for paths follow from it."""


def main(folder: Path, port: int) -> None:
    conf = folder / "etc"
    utils.set_swift_dir(str(conf))
    sockets = {name: _listening(0) for name in STORES}
    for name, listening in sockets.items():
        _write_ring(conf / f"{name}.ring.gz", listening.getsockname()[1])
    membership = Membership()
    membership.claim()
    for name, listening in sockets.items():
        eventlet.spawn(_serve, membership.required(_loaded(conf, name)), listening)
    proxy = _listening(port)
    # Whoever accepts learns of it, as if the socket were at its end.
    signal.signal(signal.SIGTERM, lambda *_: greenio.shutdown_safe(proxy))
    _serve(_loaded(conf, "proxy"), proxy)


def _listening(port: int) -> Any:
    return eventlet.listen((HOST, port), backlog=CONNECTIONS)


def _write_ring(path: Path, port: int) -> None:
    """One copy of everything, on one disk."""
    builder = RingBuilder(PART_POWER, 1, 1)
    disk = {"id": 0, "region": 1, "zone": 1, "device": "disk", "weight": 1.0}
    builder.add_dev({**disk, "ip": HOST, "port": port, "replication_ip": HOST, "replication_port": port})
    builder.rebalance()
    builder.get_ring().save(str(path))


def _loaded(conf: Path, name: str) -> Any:
    return loadapp(str(conf / f"{name}-server.conf"), global_conf={"log_name": name})


def _serve(app: Any, listening: Any) -> None:
    """Until the socket is shut down; then until all that was asked is answered."""
    pool = eventlet.GreenPool(CONNECTIONS)
    try:
        eventlet.wsgi.server(
            listening,
            app,
            NullLogger(),
            protocol=SwiftHttpProtocol,
            custom_pool=pool,
            # User metadata and ETag keep their spelling, as S3's clients expect.
            capitalize_response_headers=False,
            socket_timeout=CLIENT_SECONDS,
        )
    except OSError as error:
        # That is what accepting gives on a socket that is shut down.
        if error.errno != errno.EINVAL:
            raise
    finally:
        pool.waitall()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="capitalize_response_headers is disabled")
    main(Path(sys.argv[1]), int(sys.argv[2]))

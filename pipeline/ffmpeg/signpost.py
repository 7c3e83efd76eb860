"""Tells ffmpeg where a master is without showing it: a command line can be read by everybody on a machine.

ffmpeg takes URLs from its command line alone, and a signed one opens the master to whoever has it. So the
command names a host that does not exist, and the child's environment, which only its own user can read, a
proxy on loopback with a password. The proxy answers that one request by a redirect to the signed URL.
"""

import base64
import secrets
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import quote, urlsplit

from pipeline.ffmpeg.source import Remote

HOST = "master.invalid"
"""Never a host's name (RFC 6761, 6.4)."""

USER = "ffmpeg"

POLL_SECONDS = 0.05
"""How soon the server notices that it is to end."""


@contextmanager
def signposted(url: str, key: str, ca_file: str) -> Iterator[Remote]:
    """The master behind the signed `url` as ffmpeg may read it, for as long as the context lasts.

    `key` is what it is called; `ca_file` counts where the URL is of https.
    """
    where = urlsplit(url)
    password = secrets.token_urlsafe(32)
    with _Signpost(url, password) as server:
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            proxy = f"http://{USER}:{password}@127.0.0.1:{server.server_address[1]}"
            environment = {"http_proxy": proxy, "no_proxy": where.hostname or ""}
            ca = ca_file if where.scheme == "https" else ""
            yield Remote(f"http://{HOST}/{quote(key)}", ca, environment)
        finally:
            server.shutdown()
            thread.join()


class _Signpost(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, url: str, password: str) -> None:
        self.url = url
        self.expected = b"Basic " + base64.b64encode(f"{USER}:{password}".encode())
        super().__init__(("127.0.0.1", 0), _Directions)


class _Directions(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        signpost = cast("_Signpost", self.server)
        given = self.headers.get("Proxy-Authorization", "").encode()
        if secrets.compare_digest(given, signpost.expected):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", signpost.url)
        else:
            # ffmpeg gives no password before it is asked for one.
            self.send_response(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
            self.send_header("Proxy-Authenticate", 'Basic realm="master"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name it has in the base
        """Nothing: a log would be of URLs."""

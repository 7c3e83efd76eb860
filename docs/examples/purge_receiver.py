"""Takes telecine's purge messages and has a cache forget what changed.

    pip install standardwebhooks
    PURGE_SECRET=whsec_... EDGE=https://media.example.com python purge_receiver.py

It sends `PURGE https://media.example.com/titles/film/master.m3u8`, as Varnish, Fastly and nginx's cache_purge
take it. For a CDN with an API of its own, replace `purge`: of CloudFront that is create_invalidation.
"""

import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = os.environ["PURGE_SECRET"]
EDGE = os.environ["EDGE"].rstrip("/")
LARGEST = 100_000


def purge(path: str) -> None:
    request = urllib.request.Request(EDGE + path, method="PURGE")  # noqa: S310  EDGE is the operator's
    with urllib.request.urlopen(request, timeout=5):  # noqa: S310
        pass


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers["content-length"] or 0), LARGEST))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Webhook(SECRET).verify(body, headers)
            for path in json.loads(body)["data"].get("paths", ()):
                purge(path)
            status = 204
        except WebhookVerificationError:
            status = 403
        except OSError:
            status = 502  # telecine tries again
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


if __name__ == "__main__":
    host, port = os.environ.get("LISTEN", "127.0.0.1:8099").rsplit(":", 1)
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()

"""A real nginx that runs what `telecine nginx-config` prints."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.rawhttp import ask, get
from tests.support.waiting import wait_until

MAIN = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
worker_processes {workers};
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def needed() -> str:
    """The program; skips the test where there is none."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("needs nginx; see tests/install-tools")
    return program


def is_up(port: int) -> bool:
    try:
        return ask(port, get(b"/titles/")).status == 404
    except ConnectionRefusedError:
        return False


@contextmanager
def nginx(folder: Path, config: str, port: int, workers: int = 1) -> Iterator[None]:
    """Runs until the end; `folder` is for its own files."""
    main = _written(folder, config, workers)
    child = subprocess.Popen([needed(), "-c", str(main)], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: child.poll() is not None or is_up(port), 20)
        assert child.poll() is None, child.communicate()[1].decode()
        yield
    finally:
        child.terminate()
        child.communicate(timeout=20)


def accepted(folder: Path, config: str) -> bool:
    """Whether nginx would run it."""
    main = _written(folder, config, workers=1)
    done = subprocess.run([needed(), "-t", "-c", str(main)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return "warn" not in done.stderr


def _written(folder: Path, config: str, workers: int) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "site.conf").write_text(config)
    main = folder / "nginx.conf"
    # As nobody it could not read the folders of tests.
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(MAIN.format(folder=folder, user=user, workers=workers))
    return main

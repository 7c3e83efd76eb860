"""What must not be served: whatever is not a plain published file below `titles`."""

import asyncio
import os

import pytest
from asking import open_files

from pipeline.origin.app import create_app
from pipeline.origin.folder import Folder, is_public_path

OUTSIDE = [
    "/titles/../catalog.db",
    "/titles/bird/../../catalog.db",
    "/titles/bird/../../masters/bird.mp4",
    "/titles/./bird/master.m3u8",
    "/titles//bird/master.m3u8",
    "/titles/bird//master.m3u8",
    "/titles/bird/master.m3u8/",
    "/titles/..%2fmasters/bird.mp4",
    "/titles/%2e%2e/masters/bird.mp4",
    "/titles/..\\masters\\bird.mp4",
    "/titles/bird\\master.m3u8",
    "/titles/..;/masters/bird.mp4",
    "/titles/bird/master.m3u8\0.mp4",
    "/titles/bird/master.m3u8%00.mp4",
    "/titles//etc/passwd.json",
    "/titles/C:/boot.json",
    "/titles/~root/x.json",
    "/titles/bird/master.m3u8::$DATA",
    "/titles/\uff0e\uff0e/masters/bird.mp4",
    "/titles/bird/\udcff.mp4",
    "/titles/bird/master.m3u8\n",
    "/titles/bird/ master.m3u8",
    "/titles/" + "a/" * 600 + "x.mp4",
    "/titles/" + "a" * 300 + ".mp4",
    "/titles/",
    "/titles/bird",
    "/titles/bird/",
    "/titles/bird/v/7f3a/",
]


def status_of(app, path: str) -> tuple[int, bytes]:
    """Ask for a decoded path as a server would hand it over, without a client that tidies it up first."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_way_out(root, path):
    assert status_of(create_app(root, list), path) == (404, b"Not found\n")


@pytest.mark.parametrize(
    "path", ["/catalog.db", "/masters/bird.mp4", "/artifacts/x", "/titles", "/static/../app.py"]
)
def test_beside_titles_there_are_only_pages(root, path):
    status, body = status_of(create_app(root, list), path)
    assert status == 404
    assert b"secret" not in body
    assert str(root).encode() not in body


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.mp4",
        ".seg-00001.m4s.tmp",
        "seg-00001.m4s.tmp",
        "seg-00001.m4s.part",
        "seg-00001.m4s~",
        "tmp8f2k1",
        "notes.txt",
        "key.bin",
        "catalog.db",
    ],
)
def test_hidden_temporary_and_unknown_files(ask, root, name):
    (root / "titles/bird" / name).write_bytes(b"secret")
    assert ask(f"/titles/bird/{name}").status_code == 404


def test_a_hidden_folder(ask, root):
    (root / "titles/bird/.v").mkdir()
    (root / "titles/bird/.v/init.mp4").write_bytes(b"secret")
    assert ask("/titles/bird/.v/init.mp4").status_code == 404


def test_a_linked_file_is_not_followed(ask, root):
    (root / "titles/bird/link.mp4").symlink_to(root / "masters/bird.mp4")
    assert ask("/titles/bird/link.mp4").status_code == 404


def test_not_even_within_the_title(ask, root):
    (root / "titles/bird/link.m3u8").symlink_to("master.m3u8")
    assert ask("/titles/bird/link.m3u8").status_code == 404


def test_a_linked_folder_is_not_followed(ask, root):
    (root / "titles/out").symlink_to(root / "masters")
    assert ask("/titles/out/bird.mp4").status_code == 404


def test_the_root_itself_may_be_a_link(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("links") / "site"
    elsewhere.symlink_to(root)
    assert status_of(create_app(elsewhere, list), "/titles/bird/master.m3u8")[0] == 200


def test_a_pipe_does_not_hang_the_origin(ask, root):
    os.mkfifo(root / "titles/bird/pipe.mp4")
    assert ask("/titles/bird/pipe.mp4").status_code == 404


def test_a_folder_with_the_name_of_a_file(ask, root):
    (root / "titles/bird/folder.mp4").mkdir()
    assert ask("/titles/bird/folder.mp4").status_code == 404


def test_nothing_is_published_yet(tmp_path):
    assert status_of(create_app(tmp_path, list), "/titles/bird/master.m3u8")[0] == 404


def test_files_refused_are_closed_again(root):
    (root / "titles/bird/link.mp4").symlink_to(root / "masters/bird.mp4")
    (root / "titles/bird/folder.mp4").mkdir()
    before = open_files()
    for path in ("bird/link.mp4", "bird/folder.mp4", "bird/none.mp4", "bird/master.m3u8/x.mp4"):
        with pytest.raises(FileNotFoundError):
            Folder(root / "titles").open(path)
    assert open_files() == before


def test_a_disk_that_fails_is_no_missing_file(root, monkeypatch, caplog):
    def fails(*args: object) -> bytes:
        raise OSError(5, "Input/output error", "/srv/secret/path")

    monkeypatch.setattr(os, "pread", fails)
    status, body = status_of(create_app(root, list), "/titles/bird/master.m3u8")
    assert (status, body) == (503, b"Temporarily unavailable\n")
    assert "bird/master.m3u8" in caplog.text


@pytest.mark.parametrize("path", ["a", "a/b.mp4", "v/7f3a/images/poster.jpg", "_x/y-z.0"])
def test_public_paths(path):
    assert is_public_path(path)

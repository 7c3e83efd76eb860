"""`telecine nginx-config`: which way of serving it chooses, and that nginx understands each."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.errors import UsageError
from pipeline.origin.nginx import Front, nginx_config
from tests.support.nginx import accepted, needed

FRONT = Front("8080", "media.example.com", "127.0.0.1:8081")


def printed(*options: str, **environment: str) -> str:
    done = CliRunner(env=environment).invoke(main, ["nginx-config", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_folder_is_sent_and_a_bucket_is_kept(tmp_path: Path) -> None:
    folder = printed("-o", str(tmp_path))
    assert f'root "{tmp_path}";' in folder
    assert "proxy_cache" not in folder
    bucket = printed("-o", str(tmp_path), "--cache-size", "1g", TELECINE_STORAGE="s3://bucket")
    assert 'proxy_cache_path "/var/cache/nginx/telecine"' in bucket
    assert "max_size=1g" in bucket
    assert "root " not in bucket


@pytest.mark.parametrize("storage", ["", "s3://bucket"])
def test_where_titles_want_a_link_nothing_is_sent_that_the_origin_did_not_see(
    tmp_path: Path, storage: str
) -> None:
    config = printed("-o", str(tmp_path), TELECINE_ACCESS="signed", TELECINE_STORAGE=storage)
    assert "root " not in config
    assert "proxy_cache" not in config


@pytest.mark.parametrize(
    "front",
    [
        FRONT,
        Front("[::1]:8080", "_", "[::1]:8081", root=Path('/srv/a "b" \\c')),
        Front("8080", "_", "127.0.0.1:8081", cache=Path("a cache")),
    ],
    ids=["link", "folder", "bucket"],
)
def test_nginx_understands_it(tmp_path: Path, front: Front) -> None:
    needed()
    if front.cache:
        front = replace(front, cache=tmp_path / front.cache)
    assert accepted(tmp_path / "nginx", nginx_config(front))


@pytest.mark.parametrize("name", ["/srv/$HOME", "/srv/a\nb"])
def test_a_folder_that_nginx_would_take_for_something_else(name: str) -> None:
    with pytest.raises(UsageError, match="nginx cannot be told of a folder of that name"):
        nginx_config(Front("80", "_", "127.0.0.1:8080", root=Path(name)))

"""Which way a master is read, in a table."""

import pytest

from pipeline.ffmpeg.source import DEMUXERS
from pipeline.masters.choice import WAYS, Choice, Reads, Way, choose

AWS = "https://films.s3.eu-west-1.amazonaws.com/masters/0a/film.mov?X-Amz-Signature=5"
HERE = "http://127.0.0.1:8333/films/masters/0a/film.mov?X-Amz-Signature=5"
NEAR = "http://minio:9000/films/masters/0a/film.mov?X-Amz-Signature=5"
MOV = "mov,mp4,m4a,3gp,3g2,mj2"


@pytest.mark.parametrize(
    ("reads", "container", "url", "way"),
    [
        ("auto", MOV, AWS, "url"),
        ("auto", "matroska,webm", AWS, "url"),
        ("auto", "mxf", AWS, "url"),
        ("auto", "mpegts", AWS, "copy"),
        ("auto", "h264", AWS, "copy"),
        ("auto", "wav", AWS, "copy"),
        ("auto", "of tomorrow", AWS, "copy"),
        ("auto", MOV, HERE, "url"),
        ("auto", MOV, HERE.replace("127.0.0.1", "localhost"), "url"),
        ("auto", MOV, HERE.replace("127.0.0.1", "[::1]"), "url"),
        ("auto", MOV, NEAR, "copy"),
        ("auto", MOV, NEAR.replace("minio", "10.0.0.7"), "copy"),
        ("url", MOV, NEAR, "url"),
        ("url", "mpegts", AWS, "url"),
        ("cache", MOV, AWS, "copy"),
    ],
)
def test_by_format_and_connection(reads: Reads, container: str, url: str, way: Way) -> None:
    assert choose(reads, container, url, proxied=False, able=True).way == way


def test_reasons() -> None:
    assert choose("auto", MOV, NEAR, proxied=False, able=True) == Choice(
        "copy", "plain HTTP to another machine: nothing would notice changed bytes"
    )
    assert choose("auto", MOV, AWS, proxied=True, able=True) == Choice(
        "copy", "the storage is behind a proxy"
    )
    assert choose("auto", MOV, AWS, proxied=False, able=False) == Choice(
        "copy", "this ffmpeg cannot be kept from following redirects, or lacks TLS"
    )


def test_every_format_that_a_master_may_have_is_in_the_table() -> None:
    assert WAYS.keys() == set(DEMUXERS)

"""Where a storage is, as people write it."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.storage.location import Bucket, parse_location


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("s3://films", Bucket("films")),
        ("s3://films/", Bucket("films")),
        ("s3://films.example.com/site/one/", Bucket("films.example.com", "site/one/")),
    ],
)
def test_a_bucket(text: str, bucket: Bucket) -> None:
    assert parse_location(text) == bucket
    assert str(bucket) == text.rstrip("/")


def test_a_folder() -> None:
    assert parse_location("/srv/site") == Path("/srv/site")


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3://No",
        "s3://a",
        "s3://films/../other",
        "s3://films//x",
        "s3:///x",
        "https://films.example.com",
    ],
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_location(text)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(UsageError) as refused:
        parse_location("https://user:hush@films.example.com")
    assert "hush" not in str(refused.value)

"""What telecine asks of S3, by the environment, and what is said of objects then."""

from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.storage.s3.headers import describe
from pipeline.storage.s3.settings import S3Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSE", "STORAGE_CLASS", "TIMEOUT"):
        monkeypatch.delenv(f"TELECINE_S3_{name}", raising=False)


def test_nothing_is_asked_by_default() -> None:
    assert S3Settings.load() == S3Settings("", "", 20.0, 5)


@pytest.mark.parametrize(
    ("name", "value", "settings"),
    [
        ("SSE", "AES256", S3Settings(encryption="AES256")),
        ("SSE", "aws:kms", S3Settings(encryption="aws:kms")),
        ("SSE", "aws:kms:1234-ab", S3Settings(encryption="aws:kms:1234-ab")),
        ("STORAGE_CLASS", "STANDARD_IA", S3Settings(storage_class="STANDARD_IA")),
        ("TIMEOUT", "60", S3Settings(timeout=60.0)),
    ],
)
def test_what_can_be_asked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, settings: S3Settings
) -> None:
    monkeypatch.setenv(f"TELECINE_S3_{name}", value)
    assert S3Settings.load() == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSE", "aes"),
        ("SSE", "aws:kms:"),
        ("STORAGE_CLASS", "GLACIER"),
        ("STORAGE_CLASS", "DEEP_ARCHIVE"),
        ("TIMEOUT", "0"),
        ("TIMEOUT", "301"),
        ("TIMEOUT", "1.5"),
    ],
)
def test_what_cannot_be_asked(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TELECINE_S3_{name}", value)
    with pytest.raises(UsageError, match=f"TELECINE_S3_{name} is .?{value}"):
        S3Settings.load()


@pytest.mark.parametrize(
    ("encryption", "said"),
    [
        ("", {}),
        ("AES256", {"ServerSideEncryption": "AES256"}),
        ("aws:kms", {"ServerSideEncryption": "aws:kms"}),
        ("aws:kms:arn:aws:kms:k", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:k"}),
    ],
)
def test_everything_is_encrypted_as_asked(encryption: str, said: dict[str, Any]) -> None:
    described = describe("artifacts/a/done.json", S3Settings(encryption=encryption))
    assert described == {"ContentType": "application/json", **said}


@pytest.mark.parametrize(
    ("key", "is_given"),
    [
        ("artifacts/a/1080.mp4", True),
        ("titles/film/v/1/video/h264-90/seg-00001.m4s", True),
        ("titles/film/v/1/images/poster.jpg", True),
        ("artifacts/a/done.json", False),
        ("titles/film/v/1/master.m3u8", False),
        ("titles/film/v/1/text/en.vtt", False),
        ("masters/0/film.mp4", False),
        ("probes/a.mp4", False),
    ],
)
def test_media_have_the_storage_class_that_is_asked(key: str, is_given: bool) -> None:
    described = describe(key, S3Settings(storage_class="STANDARD_IA"))
    assert described.get("StorageClass") == ("STANDARD_IA" if is_given else None)

"""What S3 is asked for besides keeping bytes, as it tells afterwards."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.storage.s3.settings import S3Settings
from pipeline.storage.s3.storage import S3Storage
from pipeline.storage.s3.transfer import PART
from tests.support.s3 import server

FILM = "titles/film/v/1/video/h264-90/init.mp4"
LARGE = "artifacts/a/1080.mp4"


@pytest.fixture
def storage(tmp_path: Path) -> S3Storage:
    settings = S3Settings(encryption="AES256", storage_class="STANDARD_IA")
    return server("ministack").storage(tmp_path, settings)


def told(storage: S3Storage, key: str) -> dict[str, Any]:
    names = ("ContentType", "CacheControl", "ServerSideEncryption", "StorageClass")
    found = storage.place.client.head_object(**storage.place.at(key))
    return {name: said for name, said in found.items() if name in names}


def test_small_and_large_objects_are_described_alike(storage: S3Storage, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(PART + 1))
    storage.put(FILM, b"box")
    storage.put_file(LARGE, large)
    asked = {"ContentType": "video/mp4", "ServerSideEncryption": "AES256", "StorageClass": "STANDARD_IA"}
    assert told(storage, FILM) == {**asked, "CacheControl": "public, max-age=31536000, immutable"}
    assert told(storage, LARGE) == asked


def test_manifests_stay_where_reading_is_cheap(storage: S3Storage) -> None:
    storage.put("titles/film/master.m3u8", b"#EXTM3U")
    assert "StorageClass" not in told(storage, "titles/film/master.m3u8")


def test_a_digest_that_is_known_from_the_start_is_kept_with_the_object(storage: S3Storage) -> None:
    with closing(storage.uploads.begin("masters/0/film.mov", PART, "ab" * 32)) as upload:
        client, at = storage.place.client, storage.place.at(upload.key)
        part = client.upload_part(**at, UploadId=upload.id, PartNumber=1, Body=b"frames")
        parts: Any = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
        client.complete_multipart_upload(**at, UploadId=upload.id, MultipartUpload={"Parts": parts})
    assert client.head_object(**at)["Metadata"] == {"sha256": "ab" * 32}

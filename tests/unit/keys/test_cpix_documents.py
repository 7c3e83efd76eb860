"""CPIX documents that we write."""

from collections.abc import Callable
from uuid import UUID

from pipeline.keys.cpix.export import exported
from pipeline.keys.cpix.provider import CpixKeys
from pipeline.keys.cpix.request import request
from pipeline.keys.cpix.response import answered
from pipeline.keys.opening import KeyStore
from pipeline.keys.record import ContentKeyRecord
from pipeline.keys.secret import Secret

CLASSES = ("audio", "sd", "hd", "uhd")
KIDS = {"audio": "00000000-0000-4000-8000-000000000001", "hd": "00000000-0000-4000-8000-00000000000a"}


def test_what_is_asked(golden: Callable[[str, str], None]) -> None:
    golden("keys/request.xml", request("film", KIDS, "cbcs").decode())  # type: ignore[arg-type]


def test_an_export_can_be_read_back(provider: CpixKeys, store: KeyStore) -> None:
    keys = provider.keys("job-1", "film", CLASSES)
    provider.keys("job-2", "film", CLASSES)
    document = exported("film", store.vault.of_title("film"))
    kids = {one: str(keys[one].uuid) for one in CLASSES}
    assert {record.key_class: record for record in answered(document, "film", kids, "cbcs")} == keys


def test_an_export_of_keys_of_a_file(golden: Callable[[str, str], None]) -> None:
    records = [
        ContentKeyRecord(UUID(kid).bytes, "film", one, Secret(UUID(kid).bytes[::-1]))  # type: ignore[arg-type]
        for one, kid in KIDS.items()
    ]
    golden("keys/export.xml", exported("film", records).decode())

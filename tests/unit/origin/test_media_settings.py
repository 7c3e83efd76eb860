"""Settings of what an origin keeps."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.origin.media_settings import MediaSettings

SITE = Path("/site")


def test_without_any():
    settings = MediaSettings.load(SITE, {})
    assert (settings.storage, settings.memory, settings.disk) == (SITE, 100_663_296, 4_294_967_296)


def test_of_ones_own():
    given = {"TELECINE_ORIGIN_MEMORY": "8388608", "TELECINE_ORIGIN_CACHE": "0"}
    assert MediaSettings.load(SITE, given) == MediaSettings(SITE, 8_388_608, 0)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("TELECINE_ORIGIN_MEMORY", "0", "give bytes, 8388608 at least$"),
        ("TELECINE_ORIGIN_MEMORY", "1G", "give bytes, 8388608 at least$"),
        ("TELECINE_ORIGIN_CACHE", "1000", "give bytes, 8388608 at least, or 0$"),
        ("TELECINE_ORIGIN_CACHE", "-1", "give bytes, 8388608 at least, or 0$"),
    ],
)
def test_what_is_no_size(variable, text, words):
    with pytest.raises(UsageError, match=f"^{variable} is '{text}': {words}"):
        MediaSettings.load(SITE, {variable: text})

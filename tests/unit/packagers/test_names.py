import pytest

from packagers import names


@pytest.mark.parametrize("path", ["init.mp4", "video/h264-720/seg-00001.m4s", "v/3f9a", "a/zh-Hant_2.mp4"])
def test_relative_paths(path: str) -> None:
    assert names.is_relative_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../secret",
        "video/../../secret",
        "video//a",
        "video/",
        "./a",
        ".hidden",
        "https://example.com/a",
        "file:a",
        "//example.com/a",
        "a?b",
        "a#b",
        "a%2e%2e",
        "a b",
        "a\nb",
        "a\n",
        'a"b',
        "$Number$",
        "a\\b",
        "à",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    assert not names.is_relative_path(path)


def test_folder_is_empty_or_ends_with_a_slash() -> None:
    assert names.folder("") == ""
    assert names.folder("v/3f9a/") == "v/3f9a/"


@pytest.mark.parametrize("base", ["v", "/", "/v/", "../", "https://example.com/", "v//"])
def test_other_folders_are_refused(base: str) -> None:
    with pytest.raises(ValueError, match="not a relative folder"):
        names.folder(base)


@pytest.mark.parametrize(
    "uri", ["/keys/3f9a?t=1&u=%20", "skd://film/1", "data:text/plain;base64,AA+/=", "urn:a"]
)
def test_uris(uri: str) -> None:
    assert names.is_uri(uri)


@pytest.mark.parametrize("uri", ["", 'a"b', "a\nb", "a\n", "a b", "ü", "<a>", "\x00"])
def test_other_uris_are_refused(uri: str) -> None:
    assert not names.is_uri(uri)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Director's cut", "Director's cut"),
        ("  two\r\n#EXT-X-ENDLIST\tlines ", "two #EXT-X-ENDLIST lines"),
        ("line\u2028paragraph\u2029next\x85", "line paragraph next"),
        ("null\x00 half \ud800 none \uffff", "null half none"),
        ("e\u0301", "\u00e9"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
        ("\x07", ""),
        ("x" * 1000, "x" * 200),
    ],
)
def test_printable(label: str, expected: str) -> None:
    assert names.printable(label) == expected

"""The strings that a manifest quotes.

Neither a playlist nor a segment template can escape anything, so what we name ourselves must need no
escaping: paths, codecs, languages. What we are given, a label out of a master, is made fit to write.
"""

import re
import unicodedata

LABEL_LENGTH = 200  # characters; a menu shows far fewer

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_CODECS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_FAMILY = re.compile(r"[a-z0-9][a-z0-9-]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986, 2
_UNFIT = {"Cc", "Cn", "Cs", "Zl", "Zp"}  # control, not a character, half a surrogate pair, line, paragraph


def is_relative_path(text: str) -> bool:
    """Whether `text` is a plain place below the manifest: no scheme, root or `..`, nothing to escape."""
    return _PATH.fullmatch(text) is not None


def folder(base: str) -> str:
    """`base` if it can stand before a relative path: empty, or such a path and a slash; else ValueError."""
    if base and not (base.endswith("/") and is_relative_path(base[:-1])):
        raise ValueError(f"{base!r} is not a relative folder such as 'v/3f9a/'")
    return base


def is_uri(text: str) -> bool:
    """Whether `text` has only characters of a URI, so that it can stand in quotes. It may lead anywhere."""
    return _URI.fullmatch(text) is not None


def is_codec_string(text: str) -> bool:
    """Whether `text` has the shape of one RFC 6381 codec, such as `avc1.64001f`."""
    return _CODECS.fullmatch(text) is not None


def is_codec_family(text: str) -> bool:
    """Whether `text` can name a codec family, such as `h264`."""
    return _FAMILY.fullmatch(text) is not None


def is_language_tag(text: str) -> bool:
    """Whether `text` has the shape of a BCP 47 tag, which is also that of `xs:language`."""
    return _LANGUAGE.fullmatch(text) is not None


def printable(label: str) -> str:
    """`label` in NFC on one line, without the characters that neither a playlist (RFC 8216bis 4.1) nor XML
    (XML 1.0, 2.2) may hold."""
    plain = "".join(" " if unicodedata.category(c) in _UNFIT else c for c in label[: 4 * LABEL_LENGTH])
    return " ".join(unicodedata.normalize("NFC", plain).split())[:LABEL_LENGTH].rstrip()

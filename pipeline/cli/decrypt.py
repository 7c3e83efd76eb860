"""`telecine decrypt`: a file of an encrypted title as it was before, for whoever runs the site."""

import re
import sys
from pathlib import Path

import click

from packagers.cenc import CencError, ContentKey, Unprotector
from packagers.cenc.header import Header, protection_of
from packagers.hls import MEDIA_NAME, read_media_playlist
from packagers.mp4.bits import Mp4Error
from packagers.presentation import INIT_NAME
from packagers.readback import ManifestError
from packagers.segment_encryption import decrypt_segment
from pipeline.cli.finding import versions_of
from pipeline.cli.opening import existing, opened_catalog
from pipeline.cli.options import output_option
from pipeline.errors import KeysError, UsageError
from pipeline.keys.opening import open_keys
from pipeline.keys.record import ContentKeyRecord

NUMBER = re.compile(r"seg-(\d+)\.m4s")
KEY_URI = re.compile(r'URI="[^"]*/([0-9a-f]{32})"')
"""Of aes-128, where a playlist names no id but in the path that the key is fetched from."""


@click.command(name="decrypt")
@click.argument("segment", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="The title that the file is of.")
@output_option
def decrypt_command(segment: Path, title: str, output: Path | None) -> None:
    """Write SEGMENT, a segment or an `init.mp4` of a title's rendition, decrypted to stdout.

    Its `init.mp4` and `media.m3u8` are read from the same folder. A clear init and segment, one after the
    other, play in any player.

    \b
    Example:
      telecine decrypt site/titles/film/v/3f2a/video/h264-720/seg-00001.m4s --title film -o site > clear.m4s
    """
    if sys.stdout.isatty():
        raise UsageError("what comes out is no text: send it into a file with `> clear.m4s`")
    root = existing(output).root
    with opened_catalog(output) as catalog:
        versions_of(catalog, title)
        keys = open_keys(catalog, root).vault.of_title(title)
    try:
        data = decrypted(segment, keys)
    except (CencError, ManifestError, Mp4Error, ValueError) as error:
        raise UsageError(f"{segment}: {error}") from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    sys.stdout.buffer.write(data)


def decrypted(file: Path, keys: list[ContentKeyRecord]) -> bytes:
    """Raises UsageError where nothing is encrypted, KeysError where no key is the one."""
    playlist = (file.parent / MEDIA_NAME).read_text(encoding="utf-8")
    protection = read_media_playlist(playlist).protection
    if protection is None:
        raise UsageError(f"{file} is not encrypted")
    if protection.scheme == "aes-128":
        named = KEY_URI.search(playlist)
        return _whole(file, bytes.fromhex(named[1]) if named else None, keys)
    header = (file.parent / INIT_NAME).read_bytes()
    key = _of(kid_of(header), keys)
    track = Unprotector(header, ContentKey(key.kid, key.key.reveal()))
    return track.header if file.name == INIT_NAME else track.segment(file.read_bytes())


def kid_of(header: bytes) -> bytes:
    """What `tenc` says: a playlist for some systems names no id."""
    _, entry = Header.parse(header).protected_entry
    return protection_of(entry).encryption.kid


def _whole(file: Path, kid: bytes | None, keys: list[ContentKeyRecord]) -> bytes:
    number = NUMBER.fullmatch(file.name)
    if number is None:
        return file.read_bytes()
    return decrypt_segment(file.read_bytes(), _of(kid, keys).key.reveal(), int(number[1]))


def _of(kid: bytes | None, keys: list[ContentKeyRecord]) -> ContentKeyRecord:
    found = next((key for key in keys if key.kid == kid), None)
    if found is None:
        raise KeysError(f"no key of the title has the id {kid.hex() if kid else 'that its playlist names'}")
    return found

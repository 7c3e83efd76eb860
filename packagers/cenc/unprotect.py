"""A protected CMAF track back to the clear one, ours or that of another packager."""

from packagers.cenc.auxiliary import SampleInformation, read_information
from packagers.cenc.cipher import counter_blocks, crypt_ctr, decrypt_cbc
from packagers.cenc.error import CencError
from packagers.cenc.fragments import MediaFragment, fragments
from packagers.cenc.header import Header, ProtectionInformation, clear_entry, protection_of
from packagers.cenc.scheme import KEY_BYTES, ContentKey, pattern_of
from packagers.cenc.subsamples import Integers, whole_samples
from packagers.mp4.bits import Mp4Error, printable
from packagers.mp4.protection import SampleEncryption

FIRST = 1
SAMPLE_IV_BYTES = {"cenc": (8, 16), "cbcs": (0,)}


class Unprotector:
    """Decrypts one track: `header`, and then segment by segment, in any order.

    The track may have a second, clear sample entry; fragments that use it are clear already.

    Raises `CencError` for a track that is not protected by `cenc` or `cbcs`, or by another key.
    """

    def __init__(self, header: bytes, key: ContentKey) -> None:
        protected = Header.parse(header)
        self._key = key
        self._defaults = protected.defaults
        try:
            number, entry = protected.protected_entry
            information = protection_of(entry)
            self.header = protected.with_entries(clear_entry(entry))
        except Mp4Error as error:
            raise CencError(f"header: {error}") from error
        check_supported(information)
        self._protected = number
        self._encryption = information.encryption
        self._scheme_type = information.scheme_type
        if self._encryption.kid != key.kid:
            raise CencError(f"the track is under key {self._encryption.kid.hex()}, not {key.kid.hex()}")

    def segment(self, data: bytes) -> bytes:
        """The clear segment."""
        media = memoryview(bytearray(data))
        try:
            return b"".join(
                part
                for piece in fragments(media, self._defaults)
                for part in (self._fragment(piece, media) if isinstance(piece, MediaFragment) else (piece,))
            )
        except Mp4Error as error:
            raise CencError(f"segment: {error}") from error

    def _fragment(self, fragment: MediaFragment, data: memoryview) -> tuple[bytes, memoryview]:
        samples = fragment.samples
        number = fragment.description(self._defaults)
        if number == self._protected:
            box = fragment.track.one("senc", SampleEncryption)
            if box.sample_count != len(samples.sizes):
                raise CencError(f"senc has {box.sample_count} samples, the fragment {len(samples.sizes)}")
            information = read_information(box, self._encryption.per_sample_iv_size)
            self._decrypt(information, samples.places, samples.sizes, data)
        return fragment.clear_moof(FIRST if number != FIRST else None), fragment.mdat

    def _decrypt(
        self, information: SampleInformation, places: Integers, sizes: Integers, data: memoryview
    ) -> None:
        ranges = information.subsamples or whole_samples(sizes)
        ranges.check_sizes(sizes)
        start, key = ranges.starts(places), self._key.value
        if self._scheme_type == "cenc":
            counters = counter_blocks(information.ivs)
            crypt_ctr(key, counters, ranges.sample, start, ranges.protected, data)
            return
        iv = self._encryption.constant_iv or b""
        decrypt_cbc(key, iv, pattern_of(self._encryption), start, ranges.protected, data)


def check_supported(found: ProtectionInformation) -> None:
    scheme, encryption = found.scheme_type, found.encryption
    if scheme not in SAMPLE_IV_BYTES or encryption.is_protected != 1:
        raise CencError(f"protection scheme {printable(scheme)} is not supported")
    if encryption.per_sample_iv_size not in SAMPLE_IV_BYTES[scheme]:
        raise CencError(f"{scheme} with an IV of {encryption.per_sample_iv_size} bytes for each sample")
    if scheme == "cbcs" and len(encryption.constant_iv or b"") != KEY_BYTES:
        raise CencError(f"cbcs without a constant IV of {KEY_BYTES} bytes")

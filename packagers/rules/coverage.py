"""Rules about what a title offers."""

from collections.abc import Iterator

from packagers.hls.variants import AudioGroup, audio_groups
from packagers.presentation import AudioFormat, Presentation
from packagers.rules.model import Rule


def _no_h264(presentation: Presentation) -> Iterator[str]:
    codecs = [group.codec for group in presentation.of_kind("video")]
    if codecs and "h264" not in codecs:
        yield f"the picture is only in {', '.join(codecs)}"


def _no_stereo_aac(presentation: Presentation) -> Iterator[str]:
    sounds = [(g.codec, t.format) for g in presentation.of_kind("audio") for t in g.tracks]
    plain = [f for codec, f in sounds if codec == "aac" and isinstance(f, AudioFormat) and f.channels <= 2]
    if sounds and not plain:
        yield "there is sound, but none that every device plays"


def _no_trick_play(presentation: Presentation) -> Iterator[str]:
    for group in presentation.of_kind("video"):
        # No part of a segment that is encrypted whole can be decrypted alone.
        whole = group.protection is not None and group.protection.scheme == "aes-128"
        for track in group.tracks:
            if not track.sync_points and not whole:
                yield f"{track.path} has none"


def _uneven_audio_groups(presentation: Presentation) -> Iterator[str]:
    groups = audio_groups(presentation)
    for group in groups[1:]:
        if _renditions(group) != _renditions(groups[0]):
            yield f"{group.id} has not the languages and roles of {groups[0].id}"


def _renditions(group: AudioGroup) -> set[tuple[str, str]]:
    return {(r.group.language, r.group.role) for r in group.renditions}


def _no_language(presentation: Presentation) -> Iterator[str]:
    for group in presentation.of_kind("audio"):
        if group.language == "und":
            yield f"that of {group.tracks[0].path} is unknown"


RULES = (
    Rule(
        id="h264",
        clause="HLS authoring 1.12",
        level="should",
        message="the picture is offered in H.264, which every device plays",
        fix="Add H.264 rungs to the ladder",
        breaches=_no_h264,
    ),
    Rule(
        id="stereo-aac",
        clause="HLS authoring 2.3",
        level="must",
        message="sound is offered in stereo AAC, or AAC mono where the master is mono",
        fix="Add a stereo AAC rung to the ladder",
        breaches=_no_stereo_aac,
    ),
    Rule(
        id="trick-play",
        clause="HLS authoring 6.1",
        level="must",
        message="every video track has an I-frame playlist",
        fix="Package the track again, with the places of its I-frames",
        breaches=_no_trick_play,
    ),
    Rule(
        id="audio-groups",
        clause="RFC 8216bis 4.4.6.1.1",
        level="must",
        message="every audio group has the same renditions",
        fix="Encode each language and role in every audio codec, channel layout and bit rate of the ladder",
        breaches=_uneven_audio_groups,
    ),
    Rule(
        # A MUST there. But an unknown language is better left out than guessed, and such a title still plays.
        id="language",
        clause="HLS authoring 8.10",
        level="should",
        message="every audio track states its language",
        fix="State the language of the sound in the master",
        breaches=_no_language,
    ),
)

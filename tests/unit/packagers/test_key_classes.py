import pytest
from sample_presentations import ENGLISH, KEYS, LADDER, audio, protected, protection, video

from packagers.key_classes import key_class, protect
from packagers.presentation import Group, Presentation, PresentationError

SIZES = (80, 80, 80, 80)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (640, 360, "sd"),
        (720, 576, "sd"),
        (1024, 576, "sd"),
        (576, 1024, "sd"),
        (1026, 576, "hd"),
        (1280, 534, "hd"),
        (720, 1280, "hd"),
        (1920, 1080, "hd"),
        (1080, 1920, "hd"),
        (1922, 1080, "uhd"),
        (3840, 2160, "uhd"),
    ],
)
def test_class_of_a_picture(width: int, height: int, expected: str) -> None:
    assert key_class(video("v", "avc1.64001f", width, height, SIZES)) == expected


def test_class_of_sound() -> None:
    assert key_class(audio("a", channels=6)) == "audio"


def test_a_group_is_split_by_the_classes_of_its_tracks() -> None:
    groups = protected(LADDER, "cbcs").groups
    assert [(g.codec, [t.name for t in g.tracks], g.protection and g.protection.kid) for g in groups] == [
        ("h264", ["h264-360"], KEYS["sd"]),
        ("h264", ["h264-720"], KEYS["hd"]),
        ("av1", ["av1-720"], KEYS["hd"]),
        ("aac", ["aac-en"], KEYS["audio"]),
    ]


def test_tracks_of_a_class_stay_together() -> None:
    rungs = [video(f"v-{h}", "avc1.64001f", h * 16 // 9, h, SIZES) for h in (720, 360, 1080, 144)]
    [hd, sd] = protected(Presentation((Group("video", "h264", tuple(rungs)),)), "cenc").groups
    assert [t.name for t in hd.tracks] == ["v-720", "v-1080"]
    assert [t.name for t in sd.tracks] == ["v-360", "v-144"]


def test_a_class_without_a_key_is_refused() -> None:
    with pytest.raises(PresentationError, match="no key for audio in the aac group"):
        protect(Presentation((ENGLISH,)), {"sd": protection("cbcs", KEYS["sd"])})


def test_what_else_a_group_says_is_kept() -> None:
    [english] = protected(Presentation((ENGLISH,)), "cbcs").groups
    assert (english.language, english.label, english.role) == ("en", "English", "main")

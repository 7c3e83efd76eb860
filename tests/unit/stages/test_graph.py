"""Which steps follow a plan, and what each waits for."""

import msgspec

from pipeline.codec import from_json
from pipeline.media import MediaInfo
from pipeline.stages.graph import StepParams, steps_of
from pipeline.stages.ingest import first_step
from pipeline.stages.registry import STAGES
from tests.unit.stages.plans import audio_stream, job, pictures, plan_of, sound, video_stream

FILM = plan_of(
    pictures(625),
    sound(1, 0, 1),
    video=video_stream(width=640, height=360),
    audio=[audio_stream(1, "en")],
    spec=job(("h264", "av1")),
)


def test_the_steps_of_a_film_of_three_chunks_in_two_codecs() -> None:
    h264 = ("encode:h264:0001", "encode:h264:0002", "encode:h264:0003")
    av1 = ("encode:av1:0001", "encode:av1:0002", "encode:av1:0003")
    tracks = ("audio/aac128-en", "video/h264-360", "video/h264-234", "video/av1-360")
    packages = tuple(f"package:{track}:0001" for track in tracks)
    verifies = {f"verify:{track}:0001": (f"package:{track}:0001",) for track in tracks}
    assert {step.name: step.after for step in steps_of(FILM, "plan-artifact")} == {
        "audio:aac128-en": ("plan",),
        "poster": ("plan",),
        **dict.fromkeys((*h264, *av1), ("plan",)),
        "package:audio/aac128-en:0001": ("audio:aac128-en",),
        "package:video/h264-360:0001": h264,
        "package:video/h264-234:0001": h264,
        "package:video/av1-360:0001": av1,
        "manifests": (*packages, "poster"),
        "check": ("manifests",),
        **verifies,
        "publish": (*verifies, "check"),
    }


def test_a_part_is_packaged_after_its_own_chunks_and_verified_with_the_first_parts_header() -> None:
    """Of four minutes at 25 frames/s: five chunks are a part."""
    plan = plan_of(pictures(6000), video=video_stream(width=640, height=360))
    after = {step.name: step.after for step in steps_of(plan, "p")}
    chunks = [step for step in after if step.startswith("encode")]
    assert len(chunks) == len(plan.grid.chunks) == 15
    packages = [f"package:video/h264-360:{number:04d}" for number in range(1, 4)]
    assert [list(after[package]) for package in packages] == [chunks[:5], chunks[5:10], chunks[10:]]
    assert after["verify:video/h264-360:0001"] == (packages[0],)
    assert after["verify:video/h264-360:0003"] == (packages[0], packages[2])
    assert after["manifests"][:3] == tuple(packages)


def test_sound_alone_has_neither_chunks_nor_poster() -> None:
    radio = plan_of(sound(0, 0, 90_000), audio=[audio_stream(0, "en")])
    assert [step.name for step in steps_of(radio, "p")] == [
        "audio:aac128-en",
        "package:audio/aac128-en:0001",
        "manifests",
        "check",
        "verify:audio/aac128-en:0001",
        "publish",
    ]


def test_parents_come_before_children() -> None:
    known = {"plan"}
    for step in steps_of(FILM, "p"):
        assert set(step.after) <= known
        assert step.name not in known
        known.add(step.name)


def test_parameters_say_which_part_of_the_plan() -> None:
    params = {step.name: from_json(step.params, StepParams) for step in steps_of(FILM, "plan-artifact")}
    assert params["encode:av1:0002"] == StepParams(plan="plan-artifact", codec="av1", chunk=1)
    assert params["package:video/h264-234:0001"].rendition == "video/h264-234"
    assert params["audio:aac128-en"].audio == 0


def test_every_kind_of_step_has_a_stage() -> None:
    kinds = {step.kind for step in steps_of(FILM, "p")} | {first_step(1).kind, "inspect", "checksum", "plan"}
    assert kinds == set(STAGES)


def test_a_stored_master_is_verified_before_anything_is_published() -> None:
    stored = msgspec.structs.replace(FILM, master="masters/0a/film.mov")
    assert [step.after for step in steps_of(stored, "p") if "checksum" in step.after] == [
        (*(step.name for step in steps_of(FILM, "p") if step.kind == "verify"), "check", "checksum")
    ]
    assert steps_of(stored, "p")[-1].name == "publish"


def test_steps_that_read_the_master_know_its_format_and_have_time_to_copy_it() -> None:
    master = MediaInfo(format="mpegts", size=20_000_000_000, duration=None, video=None, audio=())
    usual = {step.name: step.needs for step in steps_of(FILM, "p")}
    told = {
        step.kind: step.needs.seconds - usual[step.name].seconds
        for step in steps_of(FILM, "p", master)
        if from_json(step.params, StepParams).container == "mpegts"
    }
    assert told == {"encode": 2000.0, "audio": 2000.0, "poster": 2000.0}

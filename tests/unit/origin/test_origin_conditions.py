"""Conditional requests: RFC 9110, section 13."""

import pytest


@pytest.fixture
def tag(ask, segment) -> str:
    return ask(segment).headers["etag"]


def test_the_tag_is_strong(tag):
    assert tag[0] == tag[-1] == '"'
    assert len(tag) == 34


@pytest.mark.parametrize(
    "field", ["{tag}", "W/{tag}", '"other", {tag}', '"other",W/{tag} , "more"', "*", " * "]
)
def test_not_modified(ask, segment, tag, field):
    answer = ask(segment, If_None_Match=field.format(tag=tag))
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("field", ['"other"', 'W/"other"', "", "nonsense", '"a"b"', "{bare}"])
def test_modified(ask, segment, tag, field):
    answer = ask(segment, If_None_Match=field.format(bare=tag.strip('"')))
    assert answer.status_code == 200


def test_if_none_match_comes_before_range(ask, segment, tag):
    assert ask(segment, If_None_Match=tag, Range="bytes=0-1").status_code == 304


@pytest.mark.parametrize(
    ("field", "status"), [("{tag}", 200), ("*", 200), ('"other"', 412), ("W/{tag}", 412)]
)
def test_if_match_needs_a_strong_match(ask, segment, tag, field, status):
    assert ask(segment, If_Match=field.format(tag=tag)).status_code == status


def test_if_match_comes_before_if_none_match(ask, segment, tag):
    assert ask(segment, If_Match='"other"', If_None_Match=tag).status_code == 412


def test_the_tag_follows_the_content_and_not_the_time(ask, root, segment, tag):
    copy = root / "titles/bird/v/7f3a/video/copy.m4s"
    copy.write_bytes((root / segment.lstrip("/")).read_bytes())
    assert ask("/titles/bird/v/7f3a/video/copy.m4s").headers["etag"] == tag


def test_the_tag_is_the_hash_of_the_content(ask):
    # printf init | sha256sum | head -c 32
    answer = ask("/titles/bird/v/7f3a/video/avc-720/init.mp4")
    assert answer.headers["etag"] == '"bb54068aea85faa7e487530083366be9"'


def test_head_says_what_get_would_say(ask, segment):
    got, headed = ask(segment), ask(segment, "HEAD")
    assert headed.status_code == 200
    assert headed.content == b""
    assert headed.headers == got.headers
    assert headed.headers["content-length"] == "614400"


def test_head_knows_no_ranges(ask, segment):
    assert ask(segment, "HEAD", Range="bytes=0-1").status_code == 200


def test_head_knows_conditions(ask, segment, tag):
    assert ask(segment, "HEAD", If_None_Match=tag).status_code == 304

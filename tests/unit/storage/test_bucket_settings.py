"""What a bucket's settings should be, given what they are: ours beside those of others."""

import pytest

from pipeline.storage.s3.bucket_settings import (
    Config,
    Wishes,
    cors,
    encryption,
    lifecycle,
    previous_days,
    public_access,
    versioning,
)
from pipeline.storage.s3.settings import S3Settings

THEIRS = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}}
NEIGHBOUR = {**THEIRS, "ID": "telecine:other/uploads"}


def days(config: Config, name: str) -> object:
    rules = {rule["ID"]: rule for rule in config["Rules"]}
    return rules.get(f"telecine:vod/{name}", {}).get("Expiration", {}).get("Days")


def test_rules_of_others_stay_where_they_are() -> None:
    once = lifecycle({"Rules": [THEIRS, NEIGHBOUR]}, "vod/", Wishes())
    assert once["Rules"][:2] == [THEIRS, NEIGHBOUR]
    assert [rule["ID"] for rule in once["Rules"][2:]] == [
        "telecine:vod/uploads",
        "telecine:vod/ledgers",
        "telecine:vod/probes",
        "telecine:vod/previous",
    ]
    assert {rule["Filter"]["Prefix"] for rule in once["Rules"][2:]} == {"vod/", "vod/uploads/", "vod/probes/"}


def test_what_was_set_once_stays_until_something_else_is_wished() -> None:
    first = lifecycle({}, "vod/", Wishes(artifact_days=90, previous_days=7))
    assert days(first, "artifacts") == 90
    assert lifecycle(first, "vod/", Wishes()) == first
    assert previous_days(first, "vod/", Wishes()) == 7
    second = lifecycle(first, "vod/", Wishes(artifact_days=0, previous_days=0))
    assert {rule["ID"] for rule in second["Rules"]} == {
        "telecine:vod/uploads",
        "telecine:vod/ledgers",
        "telecine:vod/probes",
    }


def test_a_rule_of_ours_that_says_more_is_left() -> None:
    ours = lifecycle({}, "", Wishes())["Rules"]
    more = [{**rule, "Bucket": "told by the endpoint"} for rule in ours]
    assert lifecycle({"Rules": more}, "", Wishes()) == {"Rules": more}


def test_origins_are_those_wished_or_those_there() -> None:
    theirs = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://studio.example"]}
    first = cors({"CORSRules": [theirs]}, Wishes(origins=("https://a.example",)))
    assert first["CORSRules"][0] == theirs
    assert first["CORSRules"][1]["AllowedOrigins"] == ["https://a.example"]
    assert cors(first, Wishes()) == first
    assert cors({}, Wishes())["CORSRules"][0]["AllowedOrigins"] == ["*"]


def test_versions_are_turned_on_and_never_off() -> None:
    assert versioning({}, 30) == {"Status": "Enabled"}
    assert versioning({"Status": "Enabled", "MFADelete": "Disabled"}, 0)["Status"] == "Enabled"
    assert versioning({}, 0) == {}


def by_default(algorithm: str, **key: str) -> Config:
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **key}}]}


@pytest.mark.parametrize(
    ("present", "asked", "due"),
    [
        ({}, "", by_default("AES256")),
        (by_default("aws:kms"), "", by_default("aws:kms")),
        (by_default("AES256"), "aws:kms", by_default("aws:kms")),
        (by_default("AES256"), "aws:kms:key-1", by_default("aws:kms", KMSMasterKeyID="key-1")),
    ],
)
def test_encryption_is_that_of_new_objects(present: Config, asked: str, due: Config) -> None:
    assert encryption(present, S3Settings(encryption=asked)) == due


def test_public_access_is_blocked_altogether() -> None:
    assert public_access({"BlockPublicAcls": False}) == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }

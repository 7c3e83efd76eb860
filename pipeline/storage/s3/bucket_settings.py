"""What the settings of a bucket should be, given what they are: rules of others are never touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.storage.s3.features import FOLDER as PROBES
from pipeline.storage.s3.part_ledger import FOLDER as LEDGERS
from pipeline.storage.s3.settings import KMS, S3Settings

Config = dict[str, Any]
"""The configuration of one aspect of a bucket, as the client takes and gives it."""

CORS_ID = "telecine"

EXPOSED = ["Accept-Ranges", "Content-Encoding", "Content-Length", "Content-Range", "Date", "ETag"]
"""What players measure and what they seek by."""

UPLOAD_DAYS = 7
"""An upload that nobody went on with for so long is not gone on with."""

PREVIOUS_DAYS = 30
"""For how long what was overwritten or deleted can be had back."""

PUBLIC = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Wishes:
    """What an operator may choose; None is what telecine set earlier, or else its default.

    `origins` are the web sites whose players read the bucket. `artifact_days` after they were made, artifacts
    go, and `previous_days` after they were replaced or deleted, earlier versions of objects; 0 is never, and
    no versions.
    """

    origins: tuple[str, ...] | None = None
    artifact_days: int | None = None
    previous_days: int | None = None


def cors(present: Config, wishes: Wishes) -> Config:
    """One rule of ours, after those of others: the first that fits a request counts."""
    rules = present.get("CORSRules", [])
    had = next((rule["AllowedOrigins"] for rule in rules if rule.get("ID") == CORS_ID), ["*"])
    ours = {
        "ID": CORS_ID,
        "AllowedOrigins": list(wishes.origins or had),
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["Range"],
        "ExposeHeaders": EXPOSED,
        "MaxAgeSeconds": 86_400,
    }
    return {"CORSRules": _merged(rules, [ours], [CORS_ID])}


def lifecycle(present: Config, prefix: str, wishes: Wishes) -> Config:
    """What nobody will ask for again goes by itself. Artifacts only if that is wished: a rule goes by their
    age, and does not know which of them a job or a later packaging needs."""
    rules = present.get("Rules", [])
    ids = {
        name: f"telecine:{prefix}{name}" for name in ("uploads", "ledgers", "probes", "artifacts", "previous")
    }
    had: Config = next((rule for rule in rules if rule.get("ID") == ids["artifacts"]), {})
    artifacts = wishes.artifact_days
    if artifacts is None:
        artifacts = had.get("Expiration", {}).get("Days", 0)
    previous = previous_days(present, prefix, wishes)
    wanted = [
        _rule(ids["uploads"], prefix, AbortIncompleteMultipartUpload={"DaysAfterInitiation": UPLOAD_DAYS}),
        _rule(ids["ledgers"], f"{prefix}{LEDGERS}/", Expiration={"Days": UPLOAD_DAYS + 1}),
        _rule(ids["probes"], f"{prefix}{PROBES}/", Expiration={"Days": 1}),
    ]
    if artifacts:
        wanted.append(_rule(ids["artifacts"], f"{prefix}artifacts/", Expiration={"Days": artifacts}))
    if previous:
        noncurrent = {"NoncurrentDays": previous}
        marker = {"ExpiredObjectDeleteMarker": True}
        wanted.append(
            _rule(ids["previous"], prefix, NoncurrentVersionExpiration=noncurrent, Expiration=marker)
        )
    return {**present, "Rules": _merged(rules, wanted, ids.values())}


def previous_days(present: Config, prefix: str, wishes: Wishes) -> int:
    """For how long previous versions are kept, as is wished, or as the bucket's lifecycle has it already."""
    if wishes.previous_days is not None:
        return wishes.previous_days
    rules = present.get("Rules", [])
    ours: Config = next((rule for rule in rules if rule.get("ID") == f"telecine:{prefix}previous"), {})
    days: int = ours.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", PREVIOUS_DAYS)
    return days


def versioning(present: Config, days: int) -> Config:
    """On, if previous versions are to be kept. Never turned off: somebody else may want it on."""
    return {**present, "Status": "Enabled"} if days else present


def encryption(present: Config, settings: S3Settings) -> Config:
    """As new objects ask for it, or else what there is, or else that of S3 itself."""
    if present.get("Rules") and not settings.encryption:
        return present
    algorithm, _, key = settings.encryption.partition(f"{KMS}:")
    said = {"SSEAlgorithm": KMS, "KMSMasterKeyID": key} if key else {"SSEAlgorithm": algorithm or "AES256"}
    if any(rule.get("ApplyServerSideEncryptionByDefault") == said for rule in present.get("Rules", [])):
        return present
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": said}]}


def public_access(present: Config) -> Config:
    """None, for players read through an origin or a CDN that has access of its own."""
    return {**present, **dict.fromkeys(PUBLIC, True)}


def _rule(identity: str, prefix: str, **what: Config) -> Config:
    return {"ID": identity, "Filter": {"Prefix": prefix}, "Status": "Enabled", **what}


def _merged(rules: Sequence[Config], wanted: Sequence[Config], ours: Any) -> list[Config]:
    """The rules with those of `ours` as they are wanted; one that says more than that is left as it is."""
    had = {rule.get("ID"): rule for rule in rules}
    kept = [rule for rule in rules if rule.get("ID") not in set(ours)]
    return kept + [_as_had(had.get(rule["ID"], {}), rule) for rule in wanted]


def _as_had(had: Config, wanted: Config) -> Config:
    return had if all(had.get(name) == value for name, value in wanted.items()) else wanted

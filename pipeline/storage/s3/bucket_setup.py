"""The settings of a bucket: compared with what they should be, and set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from pipeline.storage.s3 import bucket_settings as settings
from pipeline.storage.s3.bucket_aspects import (
    CORS,
    ENCRYPTION,
    LIFECYCLE,
    PUBLIC_ACCESS,
    REFUSED,
    UNKNOWN,
    VERSIONING,
    Aspect,
    HiddenError,
    LackingError,
    present,
    write,
)
from pipeline.storage.s3.bucket_settings import Config, Wishes
from pipeline.storage.s3.errors import code_of, explained
from pipeline.storage.s3.place import Place

State = Literal["right", "differs", "lacking", "hidden", "left"]
"""`lacking`: the endpoint has no such settings. `hidden`: these credentials may not see it. `left`: as it is,
on purpose."""

NO_VERSIONS = "previous versions would never go: there is no lifecycle"
IS_PUBLIC = "the bucket is public by its policy or its ACL, and stays so: players may read it directly"
EVERYBODY = "http://acs.amazonaws.com/groups/global/"


@dataclass(frozen=True)
class Compared:
    """One aspect: as it is, and as it should be, the same unless it `differs`; `note` is why it does not."""

    aspect: Aspect
    state: State
    present: Config
    wanted: Config
    note: str = ""

    @property
    def added(self) -> list[Config]:
        return [rule for rule in _rules(self.wanted) if rule not in _rules(self.present)]

    @property
    def removed(self) -> list[Config]:
        return [rule for rule in _rules(self.present) if rule not in _rules(self.wanted)]

    @property
    def kept(self) -> int:
        """How many rules stay."""
        return sum(rule in _rules(self.present) for rule in _rules(self.wanted))


def compare(place: Place, wishes: Wishes) -> Iterator[Compared]:
    """All aspects, in the order in which they are best set. Raises StorageError where the bucket cannot be
    reached."""
    prefix = place.bucket.prefix
    public = IS_PUBLIC if _is_public(place) else ""
    yield _compared(place, PUBLIC_ACCESS, settings.public_access, public)
    yield _compared(place, ENCRYPTION, lambda had: settings.encryption(had, place.settings))
    lifecycle = _compared(place, LIFECYCLE, lambda had: settings.lifecycle(had, prefix, wishes))
    yield lifecycle
    # Rules for previous versions are there before there are any.
    days = settings.previous_days(lifecycle.present, prefix, wishes)
    without = NO_VERSIONS if days and lifecycle.state == "lacking" else ""
    yield _compared(place, VERSIONING, lambda had: settings.versioning(had, days), without)
    yield _compared(place, CORS, lambda had: settings.cors(had, wishes))


def apply(place: Place, compared: Compared) -> None:
    """Set what differs. Raises StorageError."""
    write(place, compared.aspect, compared.wanted)


def _compared(place: Place, aspect: Aspect, want: Callable[[Config], Config], leave: str = "") -> Compared:
    try:
        had = present(place, aspect)
    except LackingError:
        return Compared(aspect, "lacking", {}, {}, aspect.lacking)
    except HiddenError:
        return Compared(aspect, "hidden", {}, {}, "these credentials may not see it")
    due = want(had)
    if due == had:
        return Compared(aspect, "right", had, had)
    return Compared(aspect, "left", had, had, leave) if leave else Compared(aspect, "differs", had, due)


def _is_public(place: Place) -> bool:
    """As far as one may ask."""
    policy = _asked(place, place.client.get_bucket_policy_status).get("PolicyStatus", {})
    grants = _asked(place, place.client.get_bucket_acl).get("Grants", [])
    everybody = (grant["Grantee"].get("URI", "").startswith(EVERYBODY) for grant in grants)
    return bool(policy.get("IsPublic")) or any(everybody)


def _asked(place: Place, ask: Callable[..., Any]) -> dict[str, Any]:
    with explained(f"cannot read who may use {place.bucket.name}"):
        try:
            return dict(ask(Bucket=place.bucket.name))
        except ClientError as error:
            if code_of(error) in UNKNOWN | REFUSED | {"NoSuchBucketPolicy"}:
                return {}
            raise


def _rules(config: Config) -> list[Config]:
    """A configuration that is no list of rules is one."""
    lists = [value for value in config.values() if isinstance(value, list)]
    return lists[0] if lists else [config] if config else []

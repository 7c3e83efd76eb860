"""What a webhook says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.catalog.records import EventRecord
from pipeline.codec import from_json, to_json


@dataclass(frozen=True)
class Message:
    """`id` is the same at every try, and `body`, JSON, too."""

    id: str
    body: str

    @classmethod
    def about(cls, event: EventRecord, title: str) -> "Message":
        """The type is `job.` and the event's kind; the data are its fields, its job and its title."""
        fields = from_json(event.body, dict[str, Any])
        kind = fields.pop("event")
        # A catalog that is set up anew counts its events from 1 again.
        return cls.of(
            f"evt_{event.id}_{round(event.at * 1000)}",
            f"job.{kind}",
            datetime.fromtimestamp(event.at, UTC),
            {"job": event.job, "title": title, **fields},
        )

    @classmethod
    def of(cls, id: str, type: str, at: datetime, data: dict[str, Any]) -> "Message":  # noqa: A002
        """Standard Webhooks 1.0, "Payload structure"."""
        return cls(id, to_json({"type": type, "timestamp": at, "data": data}).decode())

"""What happens in a job right now, over Redis pub/sub: nobody listening loses nothing, the catalog has it."""

import logging
import time
from collections.abc import Iterator

import redis

from pipeline.codec import to_json
from pipeline.events import Event

log = logging.getLogger(__name__)


def channel(job: str) -> str:
    return f"telecine:job:{job}"


class Live:
    """Publishes and hears the events of jobs."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=10
        )

    def close(self) -> None:
        self._redis.close()

    def publish(self, job: str, event: Event) -> None:
        """Best effort: a view that stands still for a moment is no reason to hold up a step."""
        try:
            self._redis.publish(channel(job), to_json(event))
        except redis.RedisError as error:
            log.debug("not shown: %s", error)

    def listen(self, job: str, seconds: float) -> Iterator[bytes | None]:
        """Events as JSON as they come, and None after every silence of `seconds`, and at least as often
        between events. Raises redis.RedisError where the broker is away."""
        subscription = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with subscription as pubsub:
            pubsub.subscribe(channel(job))
            asked = time.monotonic()
            while True:
                message = pubsub.get_message(timeout=seconds)
                if message and message["type"] == "message":
                    yield message["data"]
                if time.monotonic() - asked >= seconds:
                    asked = time.monotonic()
                    yield None

"""What happens in a job right now, over Redis pub/sub: nobody listening loses nothing, the catalog has it."""

import logging
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

    def listen(self, job: str, seconds: float) -> Iterator[bytes]:
        """Events as JSON as they come, for as long as the next comes within `seconds`."""
        with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe(channel(job))
            while (message := pubsub.get_message(timeout=seconds)) is not None:
                if message["type"] == "message":
                    yield message["data"]

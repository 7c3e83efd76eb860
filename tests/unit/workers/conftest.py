"""A broker for the Celery app of this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker, running_broker
from workers import shown
from workers.app import app
from workers.messages import breaker


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with running_broker(tmp_path / "redis") as server:
        # Settings are read when the app is first used; that may have been before.
        monkeypatch.setenv("REDIS_URL", server.url)
        monkeypatch.setitem(app.conf, "broker_url", server.url)
        # One that was made before has connections to another broker.
        monkeypatch.setattr(app.amqp, "_producer_pool", None)
        yield server
    shown._dispatcher.cache_clear()
    breaker.close()

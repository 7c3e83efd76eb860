"""`telecine webhook test`, as an operator runs it."""

import json

import pytest
from receiver import SECRET, receiving

from tests.support.site import TELECINE, run

COMMAND = [*TELECINE, "webhook", "test"]


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECINE_WEBHOOK_SECRET", SECRET)


@pytest.mark.usefixtures("secret")
def test_it_tells_who_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("TELECINE_WEBHOOK_URL", receiver.url)
        done = run(COMMAND)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"ok    http://127.0.0.1:{receiver.port}: status 204, ")
    (received,) = receiver.received
    received.verify()
    assert json.loads(received.body)["type"] == "webhook.test"


@pytest.mark.usefixtures("secret")
def test_it_fails_unless_all_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as glad, receiving("redirect") as sorry:
        monkeypatch.setenv("TELECINE_WEBHOOK_URL", f"{glad.url},{sorry.url}")
        done = run(COMMAND)
    assert done.returncode == 1
    ok, failed = done.stdout.splitlines()
    assert ok.startswith("ok  ")
    assert failed.startswith(
        f"FAIL  http://127.0.0.1:{sorry.port}: status 307, and redirects are not followed, "
    )


def test_without_one_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELECINE_WEBHOOK_URL", "TELECINE_PURGE_URL"):
        monkeypatch.delenv(name, raising=False)
    done = run(COMMAND)
    assert (done.returncode, done.stderr) == (
        2, "telecine: no webhook is set: name URLs in TELECINE_WEBHOOK_URL or TELECINE_PURGE_URL\n",
    )  # fmt: skip

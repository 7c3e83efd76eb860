"""Tells caches in front of the storage which paths changed, so that they need not wait until these expire."""

import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from tenacity import retry, retry_if_result, stop_after_attempt, wait_random_exponential

from pipeline.errors import TelecineError
from pipeline.webhooks.hook import Hook, purge_hooks
from pipeline.webhooks.message import Message
from pipeline.webhooks.post import Letter, send

TYPE = "title.changed"
TRIES = 4
LONGEST_PAUSE = 4.0
"""Seconds. All tries to a receiver that says nothing take less than a minute."""

log = logging.getLogger(__name__)


def purge(storage: str, title: str, keys: Sequence[str]) -> str:
    """Tell the receivers of TELECINE_PURGE_URL that these keys of a storage have other content now; in words,
    who did not take it, empty where all did.

    What was published is published: nothing is raised, and whoever was not told shows the old content until
    it expires.
    """
    try:
        receivers = purge_hooks()
        refusals = _tell(receivers, _message(storage, title, keys)) if receivers else []
    except TelecineError as error:
        refusals = [str(error)]
    except Exception as error:  # A proxy's URL or a file of certificates that cannot be used, say.
        log.exception("caches are not told of %s", title)
        refusals = [type(error).__name__]
    if not refusals:
        return ""
    return f"{title}: caches were not told, and show it as it was until that expires: {'; '.join(refusals)}"


def _message(storage: str, title: str, keys: Sequence[str]) -> Message:
    data = {"storage": storage, "title": title, "paths": [f"/{key}" for key in keys]}
    return Message.of(f"purge_{secrets.token_hex(8)}", TYPE, datetime.now(UTC), data)


def _tell(receivers: Sequence[Hook], message: Message) -> list[str]:
    """Tell all of them at the same time, those that do not take it again; what these said at last."""
    left = list(receivers)

    @retry(
        retry=retry_if_result(bool),
        wait=wait_random_exponential(max=LONGEST_PAUSE),
        stop=stop_after_attempt(TRIES),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else [],
    )
    def tell() -> list[str]:
        answers = send([Letter(hook, message) for hook in left])
        refused = [(hook, answer) for hook, answer in zip(left, answers, strict=True) if not answer.taken]
        left[:] = [hook for hook, _ in refused]
        return [f"{hook.place}: {answer.words}" for hook, answer in refused]

    return tell()

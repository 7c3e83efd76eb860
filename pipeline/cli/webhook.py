"""`telecine webhook`: are webhooks set up well?"""

import secrets
from datetime import UTC, datetime

import click

from pipeline.errors import UsageError
from pipeline.webhooks.hook import hooks, purge_hooks
from pipeline.webhooks.message import Message
from pipeline.webhooks.post import Letter, send


@click.group(name="webhook")
def webhook_command() -> None:
    """Try the webhooks of TELECINE_WEBHOOK_URL and TELECINE_PURGE_URL.

    \b
    Example:
      telecine webhook test
    """


@webhook_command.command(name="test")
@click.pass_context
def test(ctx: click.Context) -> None:
    """Send a signed event of type `webhook.test` to every URL, once, and tell what came back.

    Fails unless all took it.

    \b
    Example:
      TELECINE_WEBHOOK_URL=https://example.com/hook telecine webhook test
    """
    receivers = hooks() + purge_hooks()
    if not receivers:
        raise UsageError("no webhook is set: name URLs in TELECINE_WEBHOOK_URL or TELECINE_PURGE_URL")
    identity = f"test_{secrets.token_hex(8)}"
    message = Message.of(identity, "webhook.test", datetime.now(UTC), {"message": "It works."})
    answers = send([Letter(hook, message) for hook in receivers])
    for hook, answer in zip(receivers, answers, strict=True):
        mark = "ok  " if answer.taken else "FAIL"
        click.echo(f"{mark}  {hook.place}: {answer.words}, {answer.seconds:.2f} s")
    if not all(answer.taken for answer in answers):
        ctx.exit(1)

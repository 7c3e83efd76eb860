"""One Celery task for each kind of step, so that ops see kinds by name; all do the same."""

from typing import Any

from celery import Task

from pipeline.stages.registry import STAGES
from workers import shown
from workers.app import app
from workers.messages import send, send_again
from workers.slot import slot
from workers.turn import Turn


def do_step(task: Task, step: int) -> str:  # type: ignore[type-arg]
    """Do the step with this id if there is something left to do, and go on for a moment with what is ready
    then. What comes back is for people to read."""
    request: Any = task.request
    here = slot()
    turn = Turn(request.delivery_info["routing_key"], (request.timelimit or (None,))[0], here.stop.requested)
    ended = here.do(step, turn)
    if ended is None:
        send_again(task)
        return "back in the queue: no room here now"
    go_on(turn, request.hostname)
    return ended


def go_on(turn: Turn, hostname: str) -> None:
    """Do the steps that the turn keeps, and send those for which there is no room."""
    hint = None
    for hint in turn:
        with shown.as_task(hostname, hint) as done:
            ended = slot().do(hint.step, turn, patience=0.0)
            if ended is None:
                send([hint])
            done(ended or "into the queue: no room here now")
    # With nothing to tell, it would take an open breaker's probe and prove nothing about the broker.
    if hint:
        shown.flush(hostname)


for kind in STAGES:
    app.task(name=kind, bind=True)(do_step)

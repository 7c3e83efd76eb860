"""One Celery task for each kind of step, so that ops see kinds by name; all do the same."""

from celery import Task

from pipeline.stages.registry import STAGES
from workers.app import app
from workers.messages import send_again
from workers.slot import slot


def do_step(task: Task, step: int) -> str:  # type: ignore[type-arg]
    """Do the step with this id if there is something left to do. What comes back is for people to read."""
    ended = slot().do(step)
    if ended is None:
        send_again(task)
        return "back in the queue: no room here now"
    return ended


for kind in STAGES:
    app.task(name=kind, bind=True)(do_step)

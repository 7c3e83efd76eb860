"""Celery's settings, each with its reason. Read when the app is first used, from the environment.

Nothing here is needed for a step to be done once: the catalog sees to that. These settings decide how soon a
step is done, how much is repeated, and what operators see.
"""

from kombu import Exchange, Queue

from pipeline.catalog.records import QUEUES
from pipeline.settings import Settings

LONGEST_STEP = 12 * 3600
"""Seconds: above the limit of any step."""

broker_url = Settings.load().broker_url

# Results are in the catalog. A second place for them could disagree with it, and would fill the broker.
result_backend = None
task_ignore_result = True

task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
task_default_queue = QUEUES[0]
# A misspelt queue is an error, not a new queue that nobody serves.
task_create_missing_queues = False

# With one message reserved for a slot, acknowledged when its step has ended, and those that the slot went on
# with (workers.turn), no worker sits on messages that another could begin, and an urgent one is next in line
# everywhere.
task_acks_late = True
worker_prefetch_multiplier = 1
# A message whose process died is not delivered again by Celery: its step may have been what killed it, and
# such messages go round for ever. The reconciler takes the step back, counts, and announces it anew.
task_reject_on_worker_lost = False
task_acks_on_failure = True
task_acks_on_timeout = True

broker_transport_options = {
    # Redis gives messages out again that were not acknowledged in this time, running or not.
    "visibility_timeout": LONGEST_STEP,
    # Priorities 0 (first) to 9 are lists of their own; by default there are only four.
    "priority_steps": list(range(10)),
    # Lets a worker notice within seconds that its connection is dead though nobody closed it.
    "socket_keepalive": True,
    "health_check_interval": 10,
    # Who sends while the broker is away learns so at once, not after six seconds: the catalog has the step.
    "max_retries": 0,
}
# The broker may be started after the workers, and may be away for as long as it takes.
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
# On a lost connection Redis redelivers what runs; cancelling it would lose the message for good.
worker_cancel_long_running_tasks_on_connection_loss = False

# What Flower shows: who sent, received and began what.
worker_send_task_events = True
task_track_started = True

# Python gives memory back late; a fresh process now and then keeps long-lived workers small.
worker_max_tasks_per_child = 5000
worker_max_memory_per_child = 1_000_000
"""KiB, of the process itself and not of its encoders."""

# SIGTERM lets steps end for a few seconds, then has them given back (workers.slot). This is for SIGQUIT.
worker_soft_shutdown_timeout = 8

# The worker's log is the site's log: structured, with job and step (workers.logs).
worker_hijack_root_logger = False
worker_redirect_stdouts = False

# A clock that differs is harmless here: leases are judged by the database's.
worker_enable_remote_control = True
event_queue_expires = 60.0
imports = ("workers.tasks",)

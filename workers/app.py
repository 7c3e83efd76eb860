"""The Celery app: `celery -A workers.app ...` works with every tool of Celery's, Flower among them."""

from celery import Celery

app = Celery("telecine", config_source="workers.celeryconfig")

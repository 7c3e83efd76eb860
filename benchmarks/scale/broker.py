"""Messages as Redis keeps them for Celery: a list a priority and queue."""

from collections import deque

from pipeline.catalog.records import PRIORITIES, QUEUES, Hint, QueueName


class Broker:
    """Gives out the most urgent message; of queues with equally urgent ones, the one served longest ago."""

    def __init__(self) -> None:
        self._lists: dict[tuple[int, QueueName], deque[Hint]] = {
            (priority, queue): deque() for priority in PRIORITIES for queue in QUEUES
        }
        self._turn = list(QUEUES)
        self.length = 0

    def push(self, hint: Hint) -> None:
        self._lists[hint.priority, hint.queue].append(hint)
        self.length += 1

    def pop(self) -> Hint | None:
        if not self.length:
            return None
        for priority in reversed(PRIORITIES):
            for queue in self._turn:
                if found := self._lists[priority, queue]:
                    self._turn.remove(queue)
                    self._turn.append(queue)
                    self.length -= 1
                    return found.popleft()
        raise AssertionError("the length is that of all lists")

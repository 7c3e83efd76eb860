"""Log lines of what happens at every request."""

import logging

from pipeline.origin.occasional import Occasional


def test_one_line_in_ten_seconds_for_the_same_words(caplog):
    now = [100.0]
    log = Occasional(logging.getLogger("test"), now=lambda: now[0])
    for number in range(5):
        log.warning("cannot serve %d", number)
    log.warning("cannot read %d", 5)
    now[0] += 10
    log.warning("cannot serve %d", 6)
    log.warning("cannot serve %d", 7)
    assert caplog.messages == [
        "cannot serve 0",
        "cannot read 5",
        "cannot serve 6 (4 more like this before)",
    ]

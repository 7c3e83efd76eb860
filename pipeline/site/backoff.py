"""How long to wait before a part is started again."""

from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Seconds: `first`, then twice as many each time up to `longest`; `first` again once a run has lasted for
    `steady`."""

    first: float = 1
    longest: float = 60
    steady: float = 60
    _last: float = field(default=0, init=False)

    def after(self, ran: float) -> float:
        """How long to wait now that a run of `ran` seconds has ended."""
        again = self._last > 0 and ran < self.steady
        self._last = min(2 * self._last, self.longest) if again else self.first
        return self._last

"""Which workers live."""

from sqlalchemy import delete, func, select

from pipeline.catalog.announcing import ALIVE_SECONDS
from pipeline.catalog.database import Facet, Transaction, reads, writes
from pipeline.catalog.records import WorkerRecord
from pipeline.catalog.schema import is_in, steps, workers

_COLUMNS = tuple(workers.c[name] for name in WorkerRecord.__slots__)


class Workers(Facet):
    @writes
    def beat(self, tx: Transaction, worker: WorkerRecord) -> None:
        """The worker lives; it is recorded with its first heartbeat."""
        row = {
            "id": worker.id,
            "machine": worker.machine,
            "queues": f",{','.join(worker.queues)},",
            "slots": worker.slots,
            "threads": worker.threads,
            "memory": worker.memory,
            "started": tx.now,
            "seen": tx.now,
        }
        seen = tx.upsert(workers).on_conflict_do_update(index_elements=["id"], set_={"seen": tx.now})
        tx.execute(seen, row)

    @writes
    def gone(self, tx: Transaction, worker: str) -> None:
        """The worker ends in an orderly way."""
        tx.execute(delete(workers).where(workers.c.id == worker))

    @writes
    def forget_dead(self, tx: Transaction, seconds: float) -> None:
        """Remove those that were not heard of for so long."""
        tx.execute(delete(workers).where(workers.c.seen < tx.now - seconds))

    @reads
    def alive(self, tx: Transaction) -> list[WorkerRecord]:
        """Those heard of lately, by machine."""
        lately = workers.c.seen > tx.now - ALIVE_SECONDS
        rows = tx.execute(select(*_COLUMNS).where(lately).order_by(workers.c.machine, workers.c.started))
        return [_record(WorkerRecord(*row)) for row in rows]

    @reads
    def busy(self, tx: Transaction) -> dict[str, int]:
        """How many steps run, by worker; those without any are left out."""
        counts = select(steps.c.worker, func.count()).where(is_in("running")).group_by(steps.c.worker)
        return dict(tx.execute(counts).all())


def _record(row: WorkerRecord) -> WorkerRecord:
    names = str(row.queues).strip(",")
    return WorkerRecord(
        id=row.id,
        machine=row.machine,
        queues=tuple(names.split(",")),
        slots=row.slots,
        threads=row.threads,
        memory=row.memory,
        started=row.started,
        seen=row.seen,
    )

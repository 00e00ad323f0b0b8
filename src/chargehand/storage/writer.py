"""Group commit: many callers share one transaction and one wait for the disk.

Callers queue their work; whoever finds the door free leads, does all that is queued in one
transaction, commits, and wakes the others. There is no writer thread and no timer: the next
leader is the first who queued meanwhile. A leader that goes away is found out by those who wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from chargehand.storage.lane import post_all
from chargehand.storage.posting import AloneNeeded, Answer, Posting
from chargehand.storage.session import CommitFailed, CommitUnanswered
from chargehand.storage.transaction import Transaction

T = TypeVar("T")
BATCH_MAX = 512
"""Callers that share one commit."""
LANE_MAX = 4096
"""Postings that share one commit, unless one caller brings more."""
UNKNOWN = (
    "the database did not answer when it was to commit: what was sent is written or not; send it"
    " again under the same keys, and it counts once"
)
UNWRITTEN = "the database could not commit; nothing was written"
RESCUE_S = 0.5
"""How long a caller waits to be woken before it looks for itself."""


class Door(Protocol):
    """An engine's way to open, commit and take back the one writing transaction."""

    def begin(self, *, alone: bool) -> Transaction:
        """Open a transaction; ``alone``: no other writer beside it."""
        ...

    def commit(self, transaction: Transaction) -> None:
        """Make it durable."""
        ...

    def abandon(self) -> None:
        """Take back what is open, where something is."""
        ...

    def rest(self) -> None:
        """Housekeeping beside the commits, by another connection."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class _Job:
    """One caller's work, and what came of it."""

    __slots__ = ("done", "error", "postings", "result", "wake", "work")

    def __init__(
        self,
        work: Callable[[Transaction], Any] | None = None,
        postings: Sequence[Posting] = (),
    ) -> None:
        self.work = work
        self.postings = postings
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.wake = threading.Lock()
        self.wake.acquire()


class Writer:
    """The one door for writing in this process."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._leading = threading.Lock()
        self._resting = threading.Lock()
        self._queue: deque[_Job] = deque()
        self._closed = False
        self._is_open_end = False
        """The commit was asked for, and its transaction is gone without an answer."""

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction; when it returns, its effect is durable.

        Work that raises leaves no trace, and does not disturb the others of its batch; where the
        database itself gave up (a full disk), ``CommitFailed`` tells all of them.
        """
        result: T = self._do(_Job(work=work))
        return result

    def post(self, postings: Sequence[Posting]) -> list[Answer]:
        """Post movements; durable when it returns. Each is posted or refused on its own."""
        if not postings:
            return []
        answers: list[Answer] = self._do(_Job(postings=postings))
        return answers

    def close(self) -> None:
        """Close the connection, after what is under way."""
        with self._resting, self._leading:
            self._closed = True
            self._door.close()
            while self._queue:
                job = self._queue.popleft()
                job.error = CommitFailed("the database is closed; nothing was written")
                job.done = True
                _wake(job)

    def rest(self) -> None:
        """Do the engine's housekeeping; who writes meanwhile does not wait for it."""
        with self._resting:
            if not self._closed:
                self._door.rest()

    def _do(self, job: _Job) -> Any:
        self._queue.append(job)
        while not job.done:
            if self._leading.acquire(blocking=False):
                try:
                    if not job.done:
                        self._lead()
                finally:
                    self._leading.release()
                self._hand_on()
            else:
                job.wake.acquire(timeout=RESCUE_S)
        if job.error is not None:
            raise job.error
        return job.result

    def _hand_on(self) -> None:
        """Wake the first who queued meanwhile: it leads next."""
        try:
            waiting = self._queue[0]
        except IndexError:
            return
        _wake(waiting)

    def _lead(self) -> None:
        batch: list[_Job] = []
        ended = self._is_open_end = False
        try:
            self._take(batch)
            alone = any(job.work is not None for job in batch)
            try:
                self._commit(batch, alone=alone)
            except AloneNeeded:
                self._commit(batch, alone=True)
        except Exception as error:  # noqa: BLE001 - it is raised to every caller of the batch
            for job in batch:
                job.error = job.error or self._told(error, alone=len(batch) == 1)
            ended = True
        else:
            ended = True
        finally:
            for job in batch:
                if not ended:  # the leader itself was interrupted
                    job.error = job.error or self._told(None)
                job.done = True
                _wake(job)

    def _told(self, error: Exception | None, *, alone: bool = False) -> Exception:
        """What a caller hears when its batch was not committed, or nobody knows."""
        said = "" if error is None or isinstance(error, CommitFailed) else f": {error}"
        told: Exception
        if self._is_open_end:
            told = CommitUnanswered(f"{UNKNOWN}{said}")
        elif alone and error is not None:
            return error
        else:
            told = CommitFailed(f"{UNWRITTEN}{said}")
        told.__cause__ = error
        return told

    def _take(self, batch: list[_Job]) -> None:
        """Fill the next batch with jobs, in the order of their coming."""
        lane = 0
        while self._queue and len(batch) < BATCH_MAX:
            lane += len(self._queue[0].postings)
            if batch and lane > LANE_MAX:
                break
            batch.append(self._queue[0])
            self._queue.popleft()

    def _commit(self, batch: list[_Job], *, alone: bool) -> None:
        if self._closed:
            raise CommitFailed("the database is closed; nothing was written")
        transaction = self._door.begin(alone=alone)
        committed = begun = False
        try:
            for run in _runs(batch):
                if not transaction.is_open:
                    break
                if run[0].work is None:
                    _post(run, transaction)
                else:
                    _work(run[0], transaction)
            if not transaction.is_open:
                raise CommitFailed(UNWRITTEN)
            begun = True
            self._door.commit(transaction)
            committed = True
        finally:
            if not committed:
                self._is_open_end = begun and not transaction.is_open
                self._door.abandon()


def _wake(job: _Job) -> None:
    try:
        job.wake.release()
    except RuntimeError:  # it is awake already
        return


def _runs(batch: list[_Job]) -> list[list[_Job]]:
    """Neighbors that only post are done together."""
    runs: list[list[_Job]] = []
    for job in batch:
        if job.work is None and runs and runs[-1][0].work is None:
            runs[-1].append(job)
        else:
            runs.append([job])
    return runs


def _work(job: _Job, transaction: Transaction) -> None:
    """Run one caller's work under its own savepoint."""
    assert job.work is not None
    try:
        with transaction.savepoint("work"):
            job.result = job.work(transaction)
    except Exception as error:  # noqa: BLE001 - it is raised again where the work came from
        job.error = error


def _post(jobs: list[_Job], transaction: Transaction) -> None:
    answers = iter(post_all([one for job in jobs for one in job.postings], transaction))
    for job in jobs:
        job.result = [next(answers) for _ in job.postings]

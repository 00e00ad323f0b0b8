"""The record as evidence: checked, signed, proven, exported; and what is erased beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from chargehand.plant import auditing, checkpointing, privacy, proving
from chargehand.plant.audit_tree import Outside
from chargehand.plant.checkpointing import Signed
from chargehand.plant.proving import EntryProof, GrowthProof
from chargehand.plant.reading import AuditReport
from chargehand.settings import Settings
from chargehand.storage.store import Store
from chargehand.vocabulary.refusal import Refusal


class Evidence:
    """What a plant can show to whoever does not have to trust it."""

    store: Store
    settings: Settings
    folder: Path

    def verify(
        self, progress: auditing.Progress | None = None, *, outside: Sequence[Outside] = ()
    ) -> AuditReport:
        """Check the whole chain, what was signed of it, and every table that must agree with it."""
        return auditing.verify(self.store, progress, folder=self.folder, outside=outside)

    def sign_checkpoint(self, *, new_key: bool = False) -> Signed:
        """Sign the record as it stands, and put the checkpoint into the plant's folder."""
        return checkpointing.sign(self, new_key=new_key)

    def checkpoint(self, *, size: int | None = None) -> Signed | None:
        """The newest signed checkpoint, or the one of a size; None where there is none yet."""
        with self.store.snapshot() as sql:
            if size is not None:
                return proving.signed_at(sql, size)
            return checkpointing.last_signed(sql)

    def prove(self, what: str) -> EntryProof | Refusal:
        """Prove an entry: by its number, a proposal such as ``P-12``, or a task's key."""
        return proving.prove_entry(self, what)

    def prove_growth(self, first: int, second: int) -> GrowthProof | Refusal:
        """Prove that the record at one size begins with the record at a smaller one."""
        return proving.prove_continuation(self, first, second)

    def export_journal(self, *, since: int = 0, until: int) -> Iterator[str]:
        """The entries from one place to another, a line of JSON each."""
        return proving.export(self, since=since, until=until)

    def erase(self, *, token: str = "", person: str = "", by: str) -> privacy.Erased | Refusal:
        """Erase a text that a person wrote, or all that a person wrote or is called."""
        return privacy.erase(self.store, token=token, person=person, by=by)

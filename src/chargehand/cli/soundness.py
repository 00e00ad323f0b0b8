"""The doctor's checks of one plant: its folder, its record, and the work under way."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from chargehand.cli.findings import DATABASE as FILE
from chargehand.cli.findings import Finding, Patient, note, ok, problem, warning
from chargehand.cli.mishaps import is_closed_to_us, is_out_of_reach, of_file, of_record
from chargehand.cli.outside import port, tokens

FREE_BYTES_MIN = 500 * 1024**2
TAIL = 2000
"""Journal entries that are checked without --full."""
AHEAD = timedelta(minutes=5)
LAG = timedelta(minutes=15)
KEYLESS_MAX = 5
WRITING = "write permission"
DATABASE = "database"
RESTORE = "Stop the server, keep this folder aside, and put the last backup in its place."


def settings(patient: Patient) -> Finding:
    """The settings can be read, whole."""
    from chargehand.settings import SettingsFault

    try:
        read = patient.settings()
        read.database.address()
    except SettingsFault as error:
        return problem("settings", str(error), "Mend the lines that are named.")
    kind = "demo plant" if read.plant.simulation else "plant"
    return ok("settings", f"{kind} {read.plant.enterprise}, {len(read.targets)} outside targets")


def writing(patient: Patient) -> Finding:
    """The folder and the record can be written."""
    try:
        with tempfile.TemporaryFile(dir=patient.place):
            pass
    except OSError as error:
        found, _ = of_file(error, patient.place)
        return problem(WRITING, found, f"Let this account write to {patient.place}.")
    database = patient.place / FILE
    if database.is_file() and not os.access(database, os.W_OK):
        return problem(
            WRITING, f"{database} is read-only", f"Let this account write to {database}."
        )
    return ok("write permission", "the folder can be written")


def disk(patient: Patient) -> Finding:
    """There is room to grow."""
    free = shutil.disk_usage(patient.place).free
    size = sum(file.stat().st_size for file in patient.place.rglob("*") if file.is_file())
    found = f"{free / 1024**3:.1f} GiB free, the plant has {size / 1024**2:.0f} MiB"
    if free < max(FREE_BYTES_MIN, size):
        return problem("disk", found, "Make room; the record stops when the disk is full.")
    return ok("disk", found)


def backup(_patient: Patient) -> Finding:
    """There is a copy to go back to."""
    return note(
        "backup",
        "chargehand makes no backups by itself",
        "Let a timer run `chargehand db backup FILE`, and keep the files on another machine.",
    )


def integrity(patient: Patient) -> Finding:
    """The database is sound, as far as it can tell quickly."""
    from chargehand.plant.looking_in import StorageFault, soundness

    try:
        with patient.record() as sql:
            what, faults = soundness(sql)
    except StorageFault as error:
        if is_closed_to_us(error) or is_out_of_reach(error):
            return problem(DATABASE, *of_record(error))
        return problem(DATABASE, f"cannot be read: {error}", RESTORE)
    if faults:
        return problem(DATABASE, "; ".join(faults)[:300], RESTORE)
    return ok(DATABASE, f"sound, {what}")


def migrations(patient: Patient) -> Finding:
    """The database has the shape that this release needs."""
    steps = files("chargehand") / "storage" / "migrations" / "versions"
    newest = max(f.name[1:5] for f in steps.iterdir() if f.name.startswith("v0"))
    with patient.record() as sql:
        row = sql.execute("SELECT version_num FROM alembic_version").fetchone()
    stands = str(row[0]) if row else "nothing"
    if stands == newest:
        return ok("migrations", f"at {stands}, the newest")
    cure = "Start `chargehand up` once: it brings the database forward, after a backup."
    if stands > newest:
        cure = "This database was made by a newer release: install that one."
    return problem("migrations", f"at {stands}, this release needs {newest}", cure)


def chain(patient: Patient) -> Finding:
    """The journal's entries are what was written; with --full all of them, and every balance."""
    if patient.full:
        return _whole_chain(patient)
    from chargehand.record.journal import Entry, leaf_hash

    with patient.record() as sql:
        head = sql.execute("SELECT size FROM head").fetchone()
        size = head["size"] if head else 0
        rows = sql.execute(
            "SELECT * FROM sequenced WHERE place >= ? ORDER BY place DESC", (size - TAIL,)
        ).fetchall()
    for place, row in enumerate(rows, start=1):
        entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
        if row["place"] != size - place or leaf_hash(entry.leaf_text()) != bytes(row["leaf"]):
            return problem("audit chain", f"entry {entry.number} does not fit the chain", RESTORE)
    return ok("audit chain", f"the last {len(rows)} of {size} entries hold (--full checks all)")


def _whole_chain(patient: Patient) -> Finding:
    from contextlib import closing

    from chargehand.plant.plant import Plant

    with closing(Plant.open(patient.place)) as plant:
        report = plant.verify()
    if not report.holds:
        return problem("audit chain", "; ".join(report.faults[:3]), RESTORE)
    return ok("audit chain", f"all {report.entries} entries hold, root {report.root[:16]}")


def policy(patient: Patient) -> Finding:
    """The policy in force can be read."""
    from chargehand.governance.policy import Policy, parse_policy

    with patient.record() as sql:
        row = sql.execute("SELECT version, text FROM policy ORDER BY version DESC").fetchone()
    if row is None:
        return problem("policy", "none is in force", "`chargehand policy activate FILE`.")
    read = parse_policy(row["text"])
    if not isinstance(read, Policy):
        return problem("policy", str(read[0]), "`chargehand policy activate FILE` with it mended.")
    if not read.phases or {str(rule.phase) for rule in read.phases} == {"observe"}:
        return note(
            "policy",
            f"version {row['version']}: everything is observed, nothing is carried out",
            "When proposals have been right for some weeks, put a decision into phase assist.",
        )
    phases = ", ".join(f"{r.decision} {r.phase} at {r.site}/{r.zone}" for r in read.phases)
    return ok("policy", f"version {row['version']}, {len(read.people)} people; {phases}")


def people(patient: Patient) -> Finding:
    """Everybody who should act has a way in."""
    from chargehand.governance.policy import Policy, parse_policy

    now = _written(datetime.now(UTC))
    with patient.record() as sql:
        row = sql.execute("SELECT text FROM policy ORDER BY version DESC").fetchone()
        held = {
            str(key["person"])
            for key in sql.execute(
                "SELECT person FROM credential WHERE kind IN ('key', 'session', 'password')"
                " AND ended_at IS NULL AND expires_at > ?",
                (now,),
            )
        }
    read = parse_policy(row["text"]) if row else ()
    known = read.people if isinstance(read, Policy) else ()
    without = [
        str(p.person)
        for p in known
        if p.active and not (p.os_user or p.subject) and p.person not in held
    ]
    if without:
        more = "" if len(without) <= KEYLESS_MAX else f" and {len(without) - KEYLESS_MAX} more"
        return note(
            "people",
            f"without key, password or session: {', '.join(without[:KEYLESS_MAX])}{more}",
            "`chargehand account link PERSON` for the console, `chargehand key create PERSON`.",
        )
    return ok("people", f"{len(known)} people, all with a way in")


def clock(patient: Patient) -> Finding:
    """No source is ahead of this computer's clock."""
    with patient.record() as sql:
        row = sql.execute(
            "SELECT max(occurred_at) AS at FROM (SELECT occurred_at FROM journal"
            " WHERE occurred_at IS NOT NULL ORDER BY number DESC LIMIT ?)",
            (TAIL,),
        ).fetchone()
    if row is None or row["at"] is None:
        return ok("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; no signal to compare with")
    ahead = datetime.fromisoformat(row["at"]) - datetime.now(UTC)
    if ahead > AHEAD:
        return problem(
            "clock",
            f"a signal is {ahead} in the future",
            "Set the clock of this computer, or of the source, by NTP.",
        )
    return ok("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, no signal from the future")


def orders(patient: Patient) -> Finding:
    """No order waits for a person, or fails again and again."""
    with patient.record() as sql:
        rows = sql.execute(
            "SELECT key, state, last_error FROM orders WHERE state = 'needs_person'"
            " OR (state = 'pending' AND attempts >= 3)"
        ).fetchall()
    if rows:
        first = "; ".join(f"{row['key']}: {row['last_error']}" for row in rows[:3])
        return problem(
            "orders",
            f"{len(rows)} stuck: {first}",
            "Mend the target, then see `chargehand show` of each proposal.",
        )
    return ok("orders", "none is stuck")


def worker(patient: Patient) -> Finding:
    """The background work keeps up."""
    now = datetime.now(UTC)
    with patient.record() as sql:
        due = sql.execute(
            "SELECT count(*) AS n, min(run_at) AS at FROM job WHERE run_at <= ?", (_written(now),)
        ).fetchone()
        stale = sql.execute(
            "SELECT count(*) AS n FROM job WHERE lease_until < ?", (_written(now - LAG),)
        ).fetchone()["n"]
    if not due["n"]:
        return ok("worker", "nothing is due")
    lag = now - datetime.fromisoformat(due["at"])
    found = f"{due['n']} jobs are due, the oldest for {str(lag).split('.')[0]}, {stale} left lying"
    if lag > LAG or stale:
        return warning("worker", found, "Is `chargehand up` running? It does the background work.")
    return ok("worker", found)


def _written(moment: datetime) -> str:
    from chargehand.vocabulary.instant import written

    return written(moment)


def breakers(patient: Patient) -> Finding:
    """No decision has been stopped."""
    with patient.record() as sql:
        rows = sql.execute("SELECT * FROM breaker WHERE closed_at IS NULL").fetchall()
    if rows:
        return warning(
            "breakers",
            "; ".join(f"{row['decision']} at {row['site']}: {row['because']}" for row in rows[:3]),
            str(rows[0]["cure"]),
        )
    return ok("breakers", "none is open")


def faulty_rows(patient: Patient) -> Finding:
    """What arrived could be used."""
    with patient.record() as sql:
        count = sql.execute("SELECT count(*) FROM inbox WHERE status <> 'accepted'").fetchone()[0]
    if count:
        return note(
            "sources",
            f"{count} rows were refused or could not be read",
            "The console's page Sources lists each with its cure.",
        )
    return ok("sources", "everything that arrived could be used")


PLANT = (settings, writing, disk, port, tokens, backup)
RECORD = (
    integrity, migrations, chain, policy, people, clock, orders, worker, breakers, faulty_rows,
)  # fmt: skip

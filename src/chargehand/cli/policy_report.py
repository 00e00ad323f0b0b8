"""Policy checks, tests, differences and change requests, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargehand.governance.comparison import Difference
    from chargehand.governance.explaining import Explanation
    from chargehand.governance.policy_testing import Tried
    from chargehand.governance.promotion import Evidence
    from chargehand.plant.policy_checks import PolicyCheck
    from chargehand.plant.policy_diff import PolicyDiff
    from chargehand.plant.policy_request_reads import ChangeRequest


def check_report(name: str, looked: PolicyCheck) -> str:
    """What a check found."""
    if looked.mistakes:
        return "\n".join(map(str, looked.mistakes))
    lines = [f"{name}: no mistakes; {looked.people} people"]
    lines += [f"  odd: {one}" for one in looked.remarks]
    lines += [f"  tests: {one}" for one in looked.test_mistakes]
    if looked.tests:
        lines += tests_report(looked.tests).splitlines()
    if looked.words:
        lines += ["Against the text in force:", *word_lines(looked.words)]
    return "\n".join(lines)


def tests_report(tests: Sequence[Tried]) -> str:
    """How each policy test went; the failing ones with what was found."""
    lines = []
    for one in tests:
        lines.append(f"{'ok   ' if one.passed else 'FAILS'} line {one.line}: {one.what}")
        if not one.passed:
            lines.append(f"      expected {one.expected}; found {one.found} ({one.clause})")
            lines.append(f"      {one.because}")
    failed = sum(not one.passed for one in tests)
    lines.append(f"{len(tests)} policy tests, {failed} failed")
    return "\n".join(lines)


def word_lines(words: Iterable[Difference]) -> Iterator[str]:
    """What another text says differently, a line each."""
    return (f"  {one}" for one in words)


def diff_report(found: PolicyDiff) -> str:
    """What another text changes."""
    lines = [f"Version {found.base_version} to {found.new_version}:"]
    lines += list(word_lines(found.words)) or ["  nothing but the number"]
    seen = f"{found.looked_at} proposals of the last {found.days} days"
    if found.left_out:
        seen += f" ({found.left_out} older ones were not looked at)"
    if not found.shifts:
        lines.append(f"{seen}: every one would have been ruled as it was.")
        return "\n".join(lines)
    lines.append(f"{seen}, of which these would have been ruled otherwise:")
    for shift in found.shifts:
        sums = " and ".join(map(str, shift.values))
        lines.append(f"  {shift.count} x {shift.before} -> {shift.after}, worth {sums}")
    for one in found.changed:
        lines.append(
            f"  {one.proposal} {one.value} {one.decision} at {one.site}/{one.zone}:"
            f" {one.before.answer} -> {one.after.answer} ({one.after.clause}: {one.after.because})"
        )
    return "\n".join(lines)


def explain_report(found: Explanation) -> str:
    """Whether somebody may do something, and every clause that was looked at."""
    said = "may" if found.answer.passed else "may not"
    stead = f", in the stead of {found.for_whom}" if found.for_whom else ""
    lines = [
        f"{found.who} {said}: {found.asked}{stead}",
        f"  {found.answer.clause}: {found.answer.text}",
    ]
    lines += [
        f"  {'for    ' if one.passed else 'against'} {one.clause}: {one.text}"
        for one in found.looked_at
    ]
    return "\n".join(lines)


def request_report(request: ChangeRequest) -> str:
    """A change request whole."""
    row = request.row
    versions = f"version {row.base_version} to {row.new_version}"
    lines = [f"{row.id}  {row.kind}, {row.state.replace('_', ' ')}: {versions}, {row.title}"]
    why = f": {row.because}" if row.because else ""
    lines.append(f"Proposed by {row.proposed_by} on {row.proposed_at:%Y-%m-%d %H:%M %Z}{why}")
    if row.missing:
        lines.append(f"Until {row.expires_at:%Y-%m-%d %H:%M %Z}: {row.missing}")
    if row.ended_because:
        lines.append(f"Ended: {row.ended_because}")
    for one in request.signatures:
        text = f": {one.because}" if one.because else ""
        lines.append(f"{one.verdict} by {one.person} ({one.role}), {one.at:%Y-%m-%d %H:%M}{text}")
    lines.append(f"{request.tests} policy tests passed. It changes:")
    lines += list(word_lines(request.differences)) or ["  nothing but the number"]
    for proof in request.evidence:
        lines += _evidence(proof)
    return "\n".join(lines)


def _evidence(proof: Evidence) -> Iterator[str]:
    where = f"{proof.decision} at {proof.site}, zone {proof.zone}"
    yield f"Raises {where}, {proof.step}:"
    for check in proof.checks:
        yield f"  {'ok   ' if check.passed else 'FAILS'} {check.text}"
    if proof.dry_run is not None:
        run = proof.dry_run
        yield (
            f"  of {run.seen} proposals in {run.days} days it would have cleared"
            f" {run.cleared_after} by itself ({run.cleared_before} before);"
            f" {run.wrong_after} of {run.measured_after} measured ones turned out wrong"
        )

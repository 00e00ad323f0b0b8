"""Write the pages of docs/reference that follow from the code.

`python tools/reference.py` writes them; a test compares them with what the code says.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument
    from pydantic.fields import FieldInfo

    from chargehand.decisions.decision import Decision

PLACE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
HEAD: Final = "<!-- Made by tools/reference.py from the code: `make docs` makes it again. -->"
NO_CURE: Final = "Nothing: it is an answer, not a fault."
CODE_CURES: Final = {
    "decision_failed": "Report it to the author of the decision, with the traceback.",
    "no_ruling": "Look at the audit: `chargehand audit verify`.",
    "no_target": "Name a target for the transaction in the settings.",
    "out_of_order": "Nothing: what is newer holds.",
    "unbalanced": "Report it: the record refuses it by design.",
}
"""What to do about the refusals for which the command line has no advice."""

TYPES: Final = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "`true` or `false`",
    "tuple[str, ...]": "list of texts",
}
KINDS: Final = (
    ("bool", ""), ("int", " N"), ("float", " N"), ("Path", " PATH"), ("str", " TEXT"),
    ("Literal", " WORD"), ("datetime", " TIME"),
)  # fmt: skip
"""How the value of an option is written, by its type."""
WORDS: Final = {
    "plant.enterprise": "Name of the plant.",
    "plant.simulation": "A plant to rehearse on: the console wears a striped frame.",
    "server.host": "Address to listen on.",
    "server.port": "Port to listen on.",
    "server.root_path": "Where a proxy that strips it puts Chargehand, such as `/chargehand`.",
    "oidc.client_id": "What the provider calls this installation.",
    "targets.NAME.kind": "How it is spoken to.",
    "targets.NAME.url": "Address that orders are posted to.",
    "targets.NAME.transactions": "Which orders go there; all others stay with Chargehand.",
    "targets.NAME.timeout_s": "How long one request may take (seconds).",
}
"""Meanings of settings whose name says it all in the code."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def prose(text: str) -> str:
    """A docstring as Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", inspect.cleandoc(text)).replace("_<", "_\\<")


def decisions() -> Iterator[str]:
    """Every kind of decision of this package, with what it says of itself."""
    from chargehand.decisions import catalogue

    yield "# Decisions\n"
    yield "Every kind of decision in this package. `chargehand decisions` lists those of a plant,"
    yield "with what other packages bring. [How to write one](../how-to/first-decision.md).\n"
    names = [name for name in catalogue.names() if find_spec(f"chargehand.decisions.{name}")]
    for name in names:
        yield from _decision(name, catalogue.load(name))


def _decision(name: str, decision: Decision[Any]) -> Iterator[str]:
    module = import_module(f"chargehand.decisions.{name}")
    yield f"## `{name}`\n"
    yield prose(inspect.getdoc(module) or "") + "\n"
    rows = [
        ("people see", decision.title),
        ("may propose", _listed(one.value for one in decision.transactions)),
        ("needs", _listed(decision.needs)),
        (
            "may wait at a site",
            "any number" if (n := decision.open_max) is None else f"at most {n}",
        ),
        ("an approver may change", _listed(decision.changeable)),
        ("without model or source", decision.fallback),
        ("answers no with", _listed(sorted(_codes(module)))),
    ]
    yield from table(("", ""), rows)
    yield ""
    yield from _constants(module)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "nothing"


def _codes(module: ModuleType) -> set[str]:
    from chargehand.vocabulary.refusal import RefusalCode

    found = re.findall(r"RefusalCode\.([A-Z_]+)", inspect.getsource(module))
    return {RefusalCode[name].value for name in found}


def _constants(module: ModuleType) -> Iterator[str]:
    """Numbers of the module that carry a docstring, with their units."""
    said = attribute_texts(ast.parse(inspect.getsource(module)).body)
    rows = [
        (f"`{name}`", f"{getattr(module, name):g}", prose(text))
        for name, text in said.items()
        if isinstance(getattr(module, name, None), int | float)
    ]
    if rows:
        yield from table(("constant", "value", "meaning"), rows)
        yield ""


def attribute_texts(body: Sequence[ast.stmt]) -> dict[str, str]:
    """Each assigned name of a body with the string that stands below it."""
    found = {}
    for line, below in pairwise(body):
        target = line.target if isinstance(line, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(below, ast.Expr):
            value = below.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[target.id] = " ".join(value.value.split())
    return found


def refusals() -> Iterator[str]:
    """Every code of a refusal, what it means and what to do."""
    from chargehand.cli.cures import CURES
    from chargehand.vocabulary import refusal

    yield "# Refusals\n"
    yield 'A "no" is a value with a code and a reason: an answer, not an error. Codes are stable:'
    yield "interfaces and reports count them. The reason is a sentence for people and may change.\n"
    rows: list[tuple[str, ...]] = []
    for line in inspect.getsource(refusal.RefusalCode).splitlines():
        text = line.strip()
        if text.startswith("#"):
            yield from _refusal_table(rows)
            yield f"## {text.removeprefix('#').strip().capitalize()}\n"
            rows = []
        elif match := re.match(r'[A-Z_]+ = "(\w+)"', text):
            code = refusal.RefusalCode(match[1])
            cure = CURES.get(code) or CODE_CURES.get(code.value, NO_CURE)
            rows.append((f"`{code.value}`", refusal.MEANING[code], cure))
    yield from _refusal_table(rows)


def _refusal_table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    if rows:
        yield from table(("code", "meaning", "what to do"), rows)
        yield ""


# -------------------------------------------------------------------------------------- settings


def settings() -> Iterator[str]:
    """Every setting of a plant."""
    from chargehand import settings as module

    yield "# Settings\n"
    yield prose(inspect.getdoc(module) or "").partition("\n")[2].strip() + "\n"
    yield "All mistakes are named at once. A name that is not in this list is a mistake.\n"
    folder = Path(inspect.getsourcefile(module) or "").parent
    classes = {
        node.name: attribute_texts(node.body)
        for file in sorted(folder.glob("*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    for part, field in module.Settings.model_fields.items():
        kind: Any = field.annotation
        name = part
        if not hasattr(kind, "model_fields"):  # many of a kind, or none at all
            is_many = kind.__args__[0] is str
            kind, name = kind.__args__[int(is_many)], f"{part}.NAME" if is_many else part
        yield f"## `[{name}]`\n"
        yield (inspect.getdoc(kind) or "") + "\n"
        said = classes[kind.__name__]
        rows = [_setting(name, key, one, said) for key, one in kind.model_fields.items()]
        yield from table(("key", "value", "unless stated", "meaning"), rows)
        yield ""


def _setting(part: str, key: str, field: FieldInfo, said: dict[str, str]) -> tuple[str, ...]:
    written = str(field.annotation).replace("typing.", "")
    kind = getattr(field.annotation, "__name__", written)
    kind = TYPES.get(written, TYPES.get(kind, written))
    if written.startswith("Literal"):
        kind = f"`{re.findall(r'[a-z]+', written.removeprefix('Literal'))[0]}`"
    default = "must be given" if field.is_required() else f"`{field.default!r}`".replace("'", '"')
    if isinstance(field.default, bool):
        default = f"`{str(field.default).lower()}`"
    return (
        f"`{key}`",
        kind + _limits(field),
        default,
        prose(said.get(key) or WORDS[f"{part}.{key}"]),
    )


def _limits(field: FieldInfo) -> str:
    limits = [
        f"{word} {getattr(one, sign):g}"
        for one in field.metadata
        for sign, word in (("gt", "above"), ("ge", "from"), ("le", "to"), ("lt", "below"))
        if getattr(one, sign, None) is not None
    ]
    pattern = any(getattr(one, "pattern", None) for one in field.metadata)
    return (", " + " ".join(limits) if limits else "") + (", `HH:MM`" if pattern else "")


# ------------------------------------------------------------------------------------------- cli


def cli() -> Iterator[str]:
    """Every command, with its arguments and options."""
    from chargehand.cli.main import ABOUT, MENU, build

    yield "# Command line\n"
    yield ABOUT + "\n"
    yield "Every command on a plant takes `--plant FOLDER` (else `CHARGEHAND_PLANT`, else the next"
    yield "folder above that has a `chargehand.toml`), and `--quiet` (`-q`): results only.\n"
    for group, commands in MENU.items():
        yield f"## {group}\n"
        for name, _, _ in commands:
            yield from _command(f"chargehand {name}", build(name)[name])


def _command(path: str, command: App) -> Iterator[str]:
    below = [name for name in command if not name.startswith("-")]
    if below:
        for name in below:
            yield from _command(f"{path} {name}", command[name])
        return
    arguments = [one for one in command.assemble_argument_collection() if one.show]
    own = [one for one in arguments if not {"--plant", "--quiet", "--json"} & set(one.names)]
    places = [_place(one) for one in own if one.index is not None]
    yield f"### `{' '.join([path, *places])}`\n"
    yield prose(command.help or "") + "\n"
    if own:
        yield from table(("", ""), [(_option(one), _help(one)) for one in own])
        yield ""


def _place(argument: Argument) -> str:
    name = argument.name.lstrip("-").upper()
    return name if argument.required else f"[{name}]"


def _option(argument: Argument) -> str:
    if argument.index is not None:
        return f"`{_place(argument)}`"
    kind = next(sign for name, sign in KINDS if name in str(argument.hint))
    return ", ".join(f"`{name}{kind}`" for name in argument.names)


def _help(argument: Argument) -> str:
    text, default = prose(argument.parameter.help or ""), argument.field_info.default
    is_said = isinstance(default, str | int) and not isinstance(default, bool) and default != ""
    return text + (f" Unless stated: `{default}`." if is_said else "")


PAGES: Final = {
    "decisions.md": decisions,
    "refusals.md": refusals,
    "settings.md": settings,
    "cli.md": cli,
}


def page(name: str) -> str:
    """The text of one page."""
    return "\n".join([HEAD, "", *PAGES[name]()]).rstrip() + "\n"


if __name__ == "__main__":
    for file in PAGES:
        (PLACE / file).write_text(page(file), encoding="utf-8")

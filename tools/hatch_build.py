"""Refuse a wheel that lacks the browser files: a plant without internet could not fetch them."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/chargehand/web/static/vendor")
NEEDED = ("htmx.js", "fonts.css", "icons.svg", "LICENSES.txt")


def missing(root: Path) -> list[str]:
    """List the browser files that are not in their place."""
    return [name for name in NEEDED if not (root / VENDOR / name).is_file()]


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Stops a build that would ship an incomplete console."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002
        """Check before anything is packed; an editable install serves files as they come."""
        if version == "editable":
            return
        if names := missing(Path(self.root)):
            raise FileNotFoundError(f"{VENDOR} lacks {', '.join(names)}: run `make assets` first")

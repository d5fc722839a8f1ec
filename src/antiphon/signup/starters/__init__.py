"""Units to start from: files that ship with Antiphon."""

from importlib.resources import files


def starters() -> dict[str, str]:
    """Name → the file."""
    found = (one for one in files(__name__).iterdir() if one.name.endswith(".yaml"))
    return {one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8") for one in sorted(found, key=str)}

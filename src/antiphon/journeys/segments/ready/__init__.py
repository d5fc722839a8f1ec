"""The segments that ship with Antiphon."""

from importlib import resources


def ready() -> dict[str, str]:
    """The YAML of each ready segment by its name."""
    folder = resources.files(__name__)
    files = (file for file in folder.iterdir() if file.name.endswith(".yaml"))
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in sorted(files, key=lambda f: f.name)
    }

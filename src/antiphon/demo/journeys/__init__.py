"""The demo shop's own journeys, beside the playbooks that it switches on."""

from importlib import resources


def shop_journeys() -> dict[str, str]:
    """The YAML of each journey by its name."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".yaml"))
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in sorted(files, key=lambda file: file.name)
    }

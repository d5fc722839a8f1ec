"""A wheel carries the built web assets, or is not built."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DIST = Path("src/antiphon/web/static/dist")

pytestmark = pytest.mark.acceptance


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a build reads, without the built assets."""
    copy = tmp_path / "antiphon"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("dist", "__pycache__"))
    shutil.copytree(ROOT / "ui", copy / "ui", ignore=shutil.ignore_patterns("node_modules"))
    return copy


def build(checkout: Path, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "out"],
        cwd=checkout,
        env=dict(os.environ, ANTIPHON_BUILD_UI="0"),
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_holds_assets(checkout: Path) -> None:
    shutil.copytree(ROOT / DIST, checkout / DIST)
    done = build(checkout, "wheel")
    assert done.returncode == 0, done.stderr
    (wheel,) = (checkout / "out").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    built = [f"antiphon/web/static/dist/{path.name}" for path in (ROOT / DIST).iterdir()]
    assert "antiphon/web/static/dist/manifest.json" in built
    assert sorted(built) == sorted(name for name in names if "/static/dist/" in name)
    assert any(name.startswith("antiphon/web/templates/") for name in names)


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_nothing_is_built_without_assets(checkout: Path, target: str) -> None:
    done = build(checkout, target)
    assert done.returncode != 0
    assert "The built web assets are missing" in done.stderr
    assert f"this {target} would have no pages" in done.stderr
    assert not list((checkout / "out").glob("*"))

"""A plugin of another package: installed with pip's own files, found by its entry point, used by a merchant."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core import plugins
from tests.actors import Merchant
from tests.conftest import AppMaker

PLUGIN = '''"""A plugin from elsewhere."""
from core import AdjustmentDraft, Plugin, hookimpl

PLUGIN = Plugin(name="elsewhere", title={"en": "Elsewhere"}, api=">=1,<2")


@hookimpl
def add_adjustments(quote, layer):
    """Ten off."""
    return [AdjustmentDraft("ten off", -10)] if layer == "promotion" else []
'''
BROKEN = "raise RuntimeError('this package is broken')"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder of installed packages, as pip leaves them: one sound, one that does not even import."""
    folder = tmp_path / "site-packages"
    for name, text in {"elsewhere": PLUGIN, "shattered": BROKEN}.items():
        (folder / f"merx_{name}").mkdir(parents=True)
        (folder / f"merx_{name}" / "__init__.py").touch()
        (folder / f"merx_{name}" / "plugin.py").write_text(text)
        about = folder / f"merx_{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: merx-{name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[merx.plugins]\n{name} = merx_{name}.plugin\n")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith(("merx_elsewhere", "merx_shattered"))]:
        del sys.modules[name]


@pytest.fixture
def app(site: Path, make_app: AppMaker) -> Flask:
    return make_app()


def test_an_installed_package_brings_a_plugin_and_a_broken_one_hurts_only_itself(
    app: Flask, merchant: Merchant
) -> None:
    with app.app_context():
        assert "elsewhere" in plugins.manifests() and "bank_transfer" in plugins.manifests()
        assert "this package is broken" in plugins.broken()["shattered"]
    listed = {row["name"]: row for row in merchant.owner.get("plugins")["data"]}
    assert listed["shattered"]["broken"] and not listed["elsewhere"]["enabled"]
    merchant.owner.post("plugins/elsewhere/enable")
    assert merchant.owner.get("plugins/elsewhere")["enabled"]
    assert merchant.owner.refused(409, "POST", "plugins/shattered/enable")["code"]

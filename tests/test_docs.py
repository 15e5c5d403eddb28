"""The docs are true: generated pages are current, every hook and plugin is described, every link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.commands import docs_pages
from core.commands.docs import pages
from tests.laws.source import ROOT

HEADINGS = ["What it does", "Turn it on", "Hooks", "Stores", "When it fails"]
GENERATED = ("api.md", "hooks.md", "lifecycles.md", "settings.md")
SKIPPED = {".venv", "var", "build", "dist", "node_modules", ".git"}


def markdown_files() -> list[Path]:
    """Every page of ours."""
    found = (path for path in ROOT.rglob("*.md") if not SKIPPED & set(path.relative_to(ROOT).parts))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def headings(text: str) -> list[str]:
    """The words of every heading outside code blocks."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line.lstrip("# ").strip() for line in text.split("\n") if re.match(r"#+ ", line)]


def anchor(heading: str) -> str:
    """How a forge names the heading in an address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Links of *text* to files and headings that are not there; addresses on the web are not asked."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if path and not file.exists():
            yield target
        elif part and file.suffix == ".md":
            words = text if file == page else file.read_text(encoding="utf-8")
            if part not in [anchor(heading) for heading in headings(words)]:
                yield target


def missing_headings(text: str, wanted: list[str]) -> list[str]:
    """Those of *wanted* that are no heading of *text*."""
    return [heading for heading in wanted if heading not in headings(text)]


@pytest.mark.parametrize("name", GENERATED)
def test_generated_page_is_current(app: Flask, name: str) -> None:
    present = (ROOT / "docs" / name).read_text(encoding="utf-8") if (ROOT / "docs" / name).exists() else ""
    assert present == pages(app)[name], f"docs/{name} is out of date: run `make docs`"


def test_pages_come_out_the_same_every_time(app: Flask) -> None:
    assert pages(app) == pages(app)


@pytest.mark.parametrize("name", list(docs_pages.hook_functions()))
def test_hook_is_documented_with_its_exact_signature(name: str) -> None:
    page = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    assert name in headings(page)
    assert f"```python\n{docs_pages.signature(docs_pages.hook_functions()[name])}\n```" in page


@pytest.mark.parametrize("page", markdown_files(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert not list(dead_links(page, page.read_text(encoding="utf-8")))


def test_the_readme_is_there() -> None:
    assert (ROOT / "README.md").is_file()


def test_the_changelog_begins_with_what_is_new() -> None:
    sections = headings((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert any(re.match(r"\[?(Unreleased|0\.1\.0)\b", section) for section in sections)


@pytest.mark.parametrize("plugin", sorted(path.parent.name for path in ROOT.glob("plugins/*/plugin.py")))
def test_plugin_explains_itself(plugin: str) -> None:
    page = ROOT / "plugins" / plugin / "README.md"
    assert page.is_file(), f"plugins/{plugin} needs a README.md with the headings {', '.join(HEADINGS)}"
    assert not missing_headings(page.read_text(encoding="utf-8"), HEADINGS)


@pytest.mark.parametrize("page", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda page: page.name)
def test_decision_says_context_decision_and_consequence(page: Path) -> None:
    assert re.match(r"\d{4}-[a-z0-9-]+\.md$", page.name), "a decision is called NNNN-title.md"
    found = headings(page.read_text(encoding="utf-8"))
    for wanted in ("Context", "Decision", "Consequence"):
        assert any(heading.startswith(wanted) for heading in found), f"{page.name} has no heading {wanted}"


# ------------------------------------------------------------------------------------------------ the tests bite
def test_a_dead_link_is_noticed() -> None:
    text = "[a](nowhere.md) [b](README.md) [c](#there) [d](#gone)\n\n## There\n\n```\n[e](f)\n```\n"
    assert list(dead_links(ROOT / "x.md", text.replace("README.md", "setup.cfg"))) == ["nowhere.md", "#gone"]


def test_a_missing_heading_is_noticed() -> None:
    text = "# Gift\n\n## What it does\n\n```\n## Hooks\n```\n"
    assert missing_headings(text, ["What it does", "Hooks"]) == ["Hooks"]

"""Directives for diagrams that follow the theme, and for the files of an example."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

DOCS = Path(__file__).parents[1]
EXAMPLES = DOCS.parent / "examples"
_LANGUAGES = {".py": "python", ".html": "html", ".js": "javascript", ".css": "css"}


class Diagram(Directive):
    """`.. diagram:: parties`: the drawing `_diagrams/parties.svg`, within the page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Put its text into the page, where the colours of the theme reach it."""
        drawing = DOCS / "_diagrams" / f"{self.arguments[0]}.svg"
        self.state.document.settings.record_dependencies.add(str(drawing))
        return [nodes.raw("", drawing.read_text(encoding="utf-8"), format="html")]


class ExampleFiles(Directive):
    """`.. example-files:: echo_agent`: all files of an example, each under its name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read them, the shortest way in first."""
        folder = EXAMPLES / self.arguments[0]
        files = sorted(path for path in folder.rglob("*") if path.suffix in _LANGUAGES)
        shown: list[nodes.Node] = []
        for path in sorted(files, key=lambda path: path.name != "agent.py"):
            text = path.read_text(encoding="utf-8")
            # A line alone says only what the folder is.
            if path.name == "__init__.py" or not text:
                continue
            name = str(path.relative_to(EXAMPLES.parent))
            title = nodes.title("", name)
            code = nodes.literal_block(text, text, language=_LANGUAGES[path.suffix])
            shown.append(nodes.section("", title, code, ids=[nodes.make_id(name)]))
        return shown


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives."""
    app.add_directive("diagram", Diagram)
    app.add_directive("example-files", ExampleFiles)
    return {"parallel_read_safe": True}

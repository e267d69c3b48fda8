"""How the documentation is built: `nox -s docs` runs Sphinx with this file."""

from __future__ import annotations

import sys
from pathlib import Path

from fishjam import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Fishjam server SDK for Python"
copyright = "the authors of the Fishjam server SDK for Python"  # noqa: A001
release = __version__
version = ".".join(release.split(".")[:2])

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "docstrings",
    "listings",
    "pictures",
]
exclude_patterns = ["_diagrams", "_ext", "_static"]
templates_path: list[str] = []

# A word in single backticks links to what it names, where that is known, and is code elsewhere.
default_role = "py:obj"
add_module_names = False
maximum_signature_line_length = 80
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

autoclass_content = "both"
# They are large, and their own classes are described by their own documentation.
autodoc_mock_imports = ["agents", "loguru", "numpy", "PIL", "pipecat"]
autodoc_member_order = "bysource"
autodoc_default_options = {
    # These imply that the members are shown at all.
    "undoc-members": True,
    # Users know what a str, a dict or an exception can do.
    "inherited-members": "str,int,dict,OSError,BaseException,Enum,OpenStrEnum,OpenIntEnum",
}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist", "tasklist"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
pygments_dark_style = "monokai"
html_title = f"Fishjam server SDK for Python {release}"
html_static_path = ["_static"]
html_css_files = ["fishjam.css"]
html_favicon = "_static/fishjam.svg"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_logo": "fishjam.svg",
    "dark_logo": "fishjam.svg",
    "top_of_page_buttons": [],
    "light_css_variables": {
        "color-brand-primary": "#0b6b75",
        "color-brand-content": "#0b6b75",
    },
    "dark_css_variables": {
        "color-brand-primary": "#5cc8d2",
        "color-brand-content": "#5cc8d2",
    },
}

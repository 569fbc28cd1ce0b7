"""Show pictures of the repository on the site without a second copy of them in docs/."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_LINK = re.compile(r"\]\(\.\./((?:\.\./)*figures/)")

FOLDERS = ("figures/gallery", "figures/benchmarks")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures under the paths that they have in the repository."""
    root = Path(config.config_file_path).parent
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.png")):
            name = path.relative_to(root).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Shorten links to pictures by one folder, as the site has `figures/` beside its pages."""
    return _LINK.sub(r"](\1", markdown)

"""All chapters, in the order of the paper."""

from __future__ import annotations

from typing import Final

from companion import (
    adversarial,
    computation,
    correlated,
    demonstrating,
    introduction,
    learning,
    phase,
    uniform,
)
from companion.chapter import Chapter

CHAPTERS: Final[dict[str, Chapter]] = {
    module.CHAPTER.name: module.CHAPTER
    for module in (
        introduction,
        demonstrating,
        phase,
        uniform,
        learning,
        correlated,
        computation,
        adversarial,
    )
}
"""The chapters by name."""

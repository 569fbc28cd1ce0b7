"""The paper's figures: one module a section, one function a figure, arrays in and a figure out."""

from figures import demonstrating, introduction, mathematics, phase
from figures.save import mark_failed, save

__all__ = ["demonstrating", "introduction", "mark_failed", "mathematics", "phase", "save"]

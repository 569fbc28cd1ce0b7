"""The link in the address bar: what it holds, and when it is left alone."""

from __future__ import annotations

import pytest

pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")

from companion.chapters import CHAPTERS
from companion.links import write_link
from companion.settings import restored

CHAPTER = CHAPTERS["phase"]
VALUES = CHAPTER.defaults()
PLACE = {"importance": 0.1, "density": 1.0}


class Address(dict[str, str]):
    """marimo's query parameters, counting how often they are written."""

    written = 0

    def set(self, name: str, value: str) -> None:
        self.written += 1
        self[name] = value

    def remove(self, name: str) -> None:
        self.pop(name)


def test_a_link_restores_chapter_values_and_place() -> None:
    address = Address({"n": "7", "chapter": "demonstrating"})
    write_link(address, CHAPTER, None, VALUES | {"cells": 5}, PLACE)
    assert address == {
        "chapter": "phase",
        "size": "two",
        "cells": "5",
        "seed": "0",
        "importance": "0.1",
        "density": "1",
    }
    assert restored(CHAPTER.settings, address) == (VALUES | {"cells": 5}, {})


def test_an_invalid_value_leaves_the_link_alone() -> None:
    address = Address(chapter="phase", cells="5")
    write_link(address, CHAPTER, VALUES | {"cells": 1_000_000})
    assert address == {"chapter": "phase", "cells": "5"}


def test_values_that_are_not_valid_together_leave_the_link_alone() -> None:
    basic = CHAPTERS["demonstrating"]
    address = Address(chapter="demonstrating", m="5")
    write_link(address, basic, basic.defaults() | {"m": 50})
    assert address == {"chapter": "demonstrating", "m": "5"}


def test_what_the_link_holds_is_not_written_again() -> None:
    address = Address()
    write_link(address, CHAPTER, VALUES)
    before = address.written
    write_link(address, CHAPTER, VALUES)
    assert address.written == before == 4

"""The schemas say one version each, in one place."""

from __future__ import annotations

import json
import re
from importlib import import_module, resources

import pytest

from claims.harness.judging.quantity import Kind
from claims.harness.schemas import schema

NAMES = sorted(
    path.name.removesuffix(".schema.json")
    for path in resources.files("claims.harness.schemas").iterdir()
    if path.name.endswith(".json")
)
WRITERS = {
    "arithmetic": "claims.harness.records.arithmetic_file",
    "baseline": "claims.harness.baselines.store",
    "ceilings": "claims.harness.floor.ceilings_file",
    "comparison": "claims.harness.records.comparison",
    "falsification": "claims.harness.records.falsification_file",
    "replication": "claims.harness.documentation.record",
    "results": "claims.harness.records.results",
    "throughput": "claims.harness.records.throughput",
}


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_schema_names_its_version(name: str) -> None:
    assert not re.search(r"version [0-9]", json.dumps(schema(name)), re.IGNORECASE)


@pytest.mark.parametrize(("name", "module"), WRITERS.items())
def test_the_version_of_a_schema_is_the_one_that_is_written(name: str, module: str) -> None:
    assert schema(name)["properties"]["schema_version"]["const"] == import_module(module).SCHEMA_VERSION


@pytest.mark.parametrize("name", ["baseline", "replication", "results"])
def test_a_schema_of_quantities_allows_every_kind(name: str) -> None:
    assert json.dumps(list(Kind)) in json.dumps(schema(name))

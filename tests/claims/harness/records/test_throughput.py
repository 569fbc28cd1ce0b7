"""A throughput report is stored and read back unchanged, and a partial run keeps the rest of a baseline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from claims.harness.files import FileError
from claims.harness.records import throughput_file
from claims.harness.records.throughput import NOTEBOOK, SCAN, Ceilings, Floor
from tests.helpers.throughput_reports import CEILINGS, CURVE, ENVIRONMENT, LOOP, report, row


def test_report_reads_back_the_same_and_fits_its_schema(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(throughput_file.SCHEMA)
    path = throughput_file.path_of(tmp_path, "cpu")
    throughput_file.write(path, report(LOOP, row()))
    assert throughput_file.read(path, "cpu") == report(LOOP, row())


def test_report_keeps_what_a_partial_run_did_not_measure() -> None:
    old = report(LOOP, row(), row(workload="basic"))
    fresh = report(row(ratio=30.0))
    merged = old.merged(fresh)
    assert [(each.workload, each.stack, each.ratio) for each in merged.rows] == [
        ("phase", NOTEBOOK, 1.0),
        ("phase", "fused", 30.0),
        ("basic", "fused", 20.0),
    ]
    assert merged.curves == [CURVE]


def test_a_completed_report_describes_the_later_run() -> None:
    growth = [
        replace(CURVE, varied=varied, exponent=exponent) for varied, exponent in (("n", 1.0), ("batch", 2.0))
    ]
    old = replace(
        report(environment={"device_name": "old"}, ceilings=Ceilings(1.0, 1.0, 1.0)),
        curves=growth,
        compilation={"an empty cache": 50.0, "a full cache": 5.0},
    )
    merged = old.merged(report())
    assert (merged.environment, merged.ceilings) == (ENVIRONMENT, CEILINGS)
    assert merged.compilation == {"an empty cache": 12.3, "a full cache": 5.0}
    assert merged.curves == [growth[0], CURVE]


def test_the_loop_comes_first_and_the_others_as_they_were_measured() -> None:
    merged = report(row(stack="z"), row(stack="a")).merged(report(LOOP))
    assert [each.stack for each in merged.rows] == [NOTEBOOK, "z", "a"]
    assert [each.stack for each in merged.without({"z"}).rows] == [NOTEBOOK, "a"]


def test_a_ratio_to_another_stack_is_of_the_same_workload() -> None:
    measured = report(row(stack=SCAN, ratio=4.0), row(), row(workload="basic"))
    assert [measured.ratio_to(SCAN, each) for each in measured.rows] == [1.0, 5.0, None]


def test_numbers_are_stored_to_four_digits() -> None:
    [stored] = report(row(ratio=1.23456, ratio_range=(0.123456, 123456.0))).as_json()["throughput"]
    assert (stored["ratio"], stored["ratio_range"], stored["batch_size"]) == (1.235, [0.1235, 123500.0], 128)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is missing"),
        ("{", "is not valid JSON"),
        ("[]", "does not fit its schema"),
        ('{"schema_version": 99}', "has schema version 99"),
        (json.dumps(report(row(ratio=-1.0)).as_json()), "throughput/0/ratio"),
        (json.dumps(report(row(), device="cuda").as_json()), "holds measurements for cuda"),
        (json.dumps(report(row(), row()).as_json()), "holds two rows"),
    ],
)
def test_error_of_a_bad_baseline_ends_with_the_update_command(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = throughput_file.path_of(tmp_path, "cpu")
    path.parent.mkdir()
    if text is not None:
        path.write_text(text)
    with pytest.raises(FileError, match=message) as caught:
        throughput_file.read(path, "cpu")
    assert str(caught.value).endswith("Measure it anew: tms bench --device cpu --update-baselines")


def test_least_time_adds_arithmetic_and_draws_and_overlaps_memory() -> None:
    assert CEILINGS.seconds(Floor(0, 1e11, 1e9, 1)) == 2
    assert CEILINGS.seconds(Floor(0, 1, 1, 1e11)) == 10

"""A baseline compares like with like, and an update replaces only what ran."""

from __future__ import annotations

import dataclasses

import pytest

from claims.harness.baselines.baseline import Baseline, Entry, Key, LossEntry
from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.losses import Losses
from claims.harness.baselines.significance import alpha_of_one
from claims.harness.judging.quantity import Kind, Quantity
from tests.helpers.baselines import KEY, STEADY, baseline_with, quantity
from tests.helpers.losses import baseline_of, stored


@pytest.mark.parametrize(
    "now",
    [
        quantity(*STEADY, name="another"),
        quantity(*STEADY, unit="rad"),
        quantity(*(1.0,) * 8, kind=Kind.SHARE),
    ],
)
def test_quantity_of_another_name_kind_or_unit_has_no_baseline(now: Quantity) -> None:
    assert baseline_with(quantity(*STEADY)).compare(KEY, now).status is Steadiness.MISSING


def test_quantity_that_is_no_longer_measured_is_named() -> None:
    baseline = baseline_with(quantity(*STEADY), quantity(*STEADY, name="old"))
    assert baseline.vanished(KEY, [quantity(*STEADY)]) == ["old"]


def test_update_drops_what_no_longer_exists_only_if_all_that_exists_is_known() -> None:
    old = baseline_with(quantity(*STEADY), key=Key("OLD-1", "test_gone"))
    assert old.updated({}, existing=None).entries == old.entries
    assert old.updated({}, existing={KEY}).entries == {}


def test_update_replaces_what_ran_and_drops_a_test_that_is_gone_from_a_claim_that_is_not() -> None:
    gone = Key(KEY.claim, "test_gone")
    old = baseline_with(quantity(*STEADY))
    old = dataclasses.replace(old, entries={**old.entries, gone: old.entries[KEY]})
    fresh = baseline_with(quantity(3.0, 4.0)).entries
    assert old.updated(fresh, existing=None).entries == {gone: old.entries[KEY], **fresh}
    assert old.updated(fresh, existing={KEY}).entries == fresh
    before, now = ({"small": LossEntry({}, Losses(0, 1, ((loss,),)))} for loss in (0.5, 0.25))
    assert dataclasses.replace(old, losses=before).updated({}, now, existing=None).losses == now


def test_claims_of_another_device_are_named_once() -> None:
    entries = {
        Key(claim, test): Entry(environment, {})
        for claim, test, environment in (
            ("DEMO-2", "a", {"device": "cpu"}),
            ("DEMO-2", "b", {"device": "cpu"}),
            ("DEMO-1", "a", {"device": "cpu"}),
            ("DEMO-3", "a", {"device": "cuda"}),
            ("DEMO-4", "a", {}),
        )
    }
    baseline = Baseline(device="cuda", profile="quick", entries=entries)
    assert baseline.borrowed == ["DEMO-1", "DEMO-2"]


def test_update_keeps_the_losses_of_what_was_not_trained() -> None:
    old = baseline_of(stored())
    fresh = {"new": LossEntry({}, Losses(0, 1, ((1.0,),)))}
    assert set(old.updated({}, fresh, existing=None).losses) == {"small", "new"}
    assert set(old.updated({}, fresh, existing=set(), trained={"new"}).losses) == {"new"}


def test_all_quantities_and_losses_of_a_run_share_one_level() -> None:
    two = baseline_with(quantity(*STEADY), quantity(*STEADY, name="other"))
    third = baseline_with(quantity(*STEADY), key=Key("DEMO-2", "test_it")).entries
    losses = Losses(0, 1, ((0.1, 0.2), (0.3, 0.4)))
    entries = {"small": LossEntry({}, losses), "large": LossEntry({}, losses)}
    baseline = dataclasses.replace(two, entries={**two.entries, **third}, losses=entries)
    assert baseline.comparisons == 5
    assert baseline.compare(KEY, quantity(*STEADY)).alpha == alpha_of_one(5)
    assert baseline.compare_losses("small", losses).alpha == alpha_of_one(5)
    assert baseline.compare_losses("absent", losses).status is Steadiness.MISSING

"""The setting that turns on forms of the CUDA kernels."""

from __future__ import annotations

import pytest

from tests.helpers.small import is_one_sentence, small
from tms.engines.cuda import forms
from tms.engines.cuda.plan import plan_of


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, forms.DEFAULT),
        ("", ()),
        ("none", ()),
        ("tensor-cores", ("tensor-cores",)),
        (" tensor-cores , tensor-cores", ("tensor-cores",)),
    ],
)
def test_the_variable_names_the_forms(
    monkeypatch: pytest.MonkeyPatch, value: str | None, names: tuple[str, ...]
) -> None:
    if value is None:
        monkeypatch.delenv(forms.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(forms.VARIABLE, value)
    assert forms.chosen() == names


def test_no_form_is_on_by_default() -> None:
    assert forms.DEFAULT == ()


@pytest.mark.parametrize("value", ["tensor", "tensor-cores,,tensor-cores", "all"])
def test_a_form_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(forms.VARIABLE, value)
    with pytest.raises(ValueError, match=r"names the form '.*'; it must be none or some of") as refusal:
        forms.chosen()
    assert is_one_sentence(str(refusal.value))


def test_a_plan_follows_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = small(n_features=400, n_hidden=30, batch_size=1024, density=0.1)
    monkeypatch.delenv(forms.VARIABLE, raising=False)
    assert not plan_of(experiment).split
    monkeypatch.setenv(forms.VARIABLE, "tensor-cores")
    assert plan_of(experiment).split

"""The error of a measurement that finds nothing to measure in the models at hand."""

from __future__ import annotations


class NothingToMeasure(ValueError):
    """Models lack what is to be measured, such as a pentagon; the message is a clause that says what.

    That is a finding about the models, and no fault of the measurement.
    """


def require(there: bool, lacking: str) -> None:
    """Check that models have what is to be measured.

    Parameters
    ----------
    there
        Whether they have it.
    lacking
        What they lack, as a clause such as "no model is a pentagon".

    Raises
    ------
    NothingToMeasure
        If they have not.
    """
    if not there:
        raise NothingToMeasure(lacking)

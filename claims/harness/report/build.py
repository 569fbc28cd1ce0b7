"""Build the view model of a report from a results.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.records.changes import changes_from_baseline
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.records.results import Document
from claims.harness.report import text
from claims.harness.report.pictures import Album, drawn_earlier, names
from claims.harness.report.quantities import main_of, quantity_view, unmeasured_view
from claims.harness.report.view import ClaimView, Count, FigureView, ReportView, SectionView
from claims.harness.report.view_parts import (
    ControlView,
    ExperimentView,
    FalsificationView,
    FigureErrorView,
    status,
)

Entry = Mapping[str, Any]
"""A part of a results.json."""

_NOT_JUDGED: Final[Entry] = {
    "standing": "not judged",
    "kind": "",
    "value": None,
    "allowed": None,
    "sentence": "No claim about its models was judged.",
}


def build(
    document: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> ReportView:
    """Build the view model of a run's report.

    Parameters
    ----------
    document
        A results.json.
    folder
        The folder that its figures are relative to.
    falsification
        The falsification matrix; None where there is none.
    heatmap
        Files of the matrix's figure, relative to the folder.
    """
    album = Album(folder)
    environment = document["environment"]
    counts = _counts(document)
    return ReportView(
        complete=document["complete"],
        implementation=environment.get("implementation") or "",
        baseline=environment["baseline"] or "",
        profile=environment["profile"],
        device=environment["device"],
        device_name=environment["device_name"],
        engine=environment["engine"],
        seed=environment["seed"],
        started=text.moment(environment["started"]),
        seconds=f"{environment['seconds']:.0f}",
        duration=text.duration(document),
        training_floor=text.training_floor(document),
        counts=counts,
        headline=", ".join(f"{count.number} {count.label}" for count in counts),
        figure_errors=tuple(FigureErrorView(**error) for error in document["figure_errors"]),
        changes=tuple(change.cells() for change in changes_from_baseline(document)),
        sections=_sections(document, album, falsification),
        experiments=_experiments(document),
        training=f"{sum(experiment['seconds'] for experiment in document['experiments']):.1f}",
        environment=tuple(
            (name.replace("_", " "), "none" if value is None else str(value))
            for name, value in environment.items()
        ),
        falsification=None if falsification is None else _falsification(falsification, album, heatmap),
    )


def claim_views(
    claims: Iterable[Entry], album: Album, falsification: Matrix | None = None
) -> tuple[ClaimView, ...]:
    """Format claims of a results.json, in their order.

    Parameters
    ----------
    claims
        Entries of claims.
    album
        The figures of the run.
    falsification
        The falsification matrix; None where there is none.
    """
    tests_of: Counter[str] = Counter()
    shown: set[str] = set()
    views = []
    for claim in claims:
        tests_of[claim["id"]] += 1
        views.append(_claim(claim, tests_of[claim["id"]], _figures(claim, album, shown), falsification))
        shown |= {figure.name for figure in views[-1].figures if figure.picture}
    return tuple(views)


def _counts(document: Document) -> tuple[Count, ...]:
    def experiments(count: int) -> str:
        return text.plural(count, "experiment", "experiments")

    summary = document["summary"]
    always = [
        ("replicated", "replicated"),
        ("contradicted", "contradicted"),
        ("inconclusive", "inconclusive"),
        ("failed", "failed"),
        ("drifted", "drifted"),
    ]
    if_any = [
        ("unexpected", "not as documented", "not as documented"),
        ("drifted_losses", "drifted", f"{experiments(summary['drifted_losses'])} with drifted losses"),
        ("missing", "missing", "without baseline"),
        ("missing_losses", "missing", f"{experiments(summary['missing_losses'])} without baseline losses"),
        ("not_converged", "not converged", f"{experiments(summary['not_converged'])} not converged"),
        (
            "convergence_not_shown",
            "not shown",
            f"{experiments(summary['convergence_not_shown'])} without evidence of convergence",
        ),
        ("not_run", "not run", "not run"),
        ("noted", "noted", text.plural(summary["noted"], "robustness note", "robustness notes")),
    ]
    errors = len(document["figure_errors"])
    undrawn = f"{text.plural(errors, 'figure', 'figures')} not drawn"
    counts = [Count(number=summary[n], label=label, status=status(label), always=True) for n, label in always]
    counts += [Count(number=errors, label=undrawn, status=status("failed"), always=False)]
    counts += [
        Count(number=summary[n], label=label, status=status(word), always=False) for n, word, label in if_any
    ]
    return tuple(count for count in counts if count.always or count.number)


def _sections(document: Document, album: Album, falsification: Matrix | None) -> tuple[SectionView, ...]:
    titles: Mapping[str, str] = document["sections"]
    by_section: dict[str, list[ClaimView]] = {}
    views = claim_views(document["claims"], album, falsification)
    for claim, view in zip(document["claims"], views, strict=True):
        by_section.setdefault(claim["section"], []).append(view)
    return tuple(
        SectionView(
            id=section,
            title=titles.get(section, section),
            claims=tuple(claims),
            statements=sum(not claim.is_note for claim in claims),
            replicated=sum(claim.verdict.word == "replicated" for claim in claims),
        )
        for section, claims in by_section.items()
    )


def _claim(
    claim: Entry, nth: int, figures: tuple[FigureView, ...], falsification: Matrix | None
) -> ClaimView:
    key = Key(claim["id"], claim["test"])
    quantities = tuple(map(quantity_view, claim["quantities"]))
    unmeasured = tuple(map(unmeasured_view, claim["unmeasured"]))
    return ClaimView(
        id=claim["id"],
        anchor=claim["id"] if nth == 1 else f"{claim['id']}.{nth}",
        test=claim["test"],
        sentence=claim["sentence"],
        url=claim["source"]["url"],
        is_note=claim["note"],
        verdict=status(claim["verdict"]),
        unexpected=None if claim["passes"] or claim["verdict"] == "failed" else status("not as documented"),
        baseline=status(claim["baseline"]),
        expected=claim["expected"],
        documented=claim["documented"] or "",
        reading=claim["reading"] or "",
        reason=tuple((claim["reason"] or "").splitlines()),
        passes=claim["passes"],
        is_expected=claim["passes"] and claim["verdict"] == "contradicted" and claim["baseline"] != "drifted",
        seconds=f"{claim['seconds']:.1f} s",
        quantities=quantities,
        unmeasured=unmeasured,
        main=main_of(quantities, unmeasured),
        figures=figures,
        catches=text.catches(falsification.catches(key))
        if falsification and key in falsification.claims
        else "",
    )


def _figures(claim: Entry, album: Album, shown: set[str]) -> tuple[FigureView, ...]:
    figures = []
    for name in names(claim["figures"]):
        film = album.film(name, claim["figures"])
        picture = album.picture(name, claim["figures"], only=".svg" if film else "")
        before = [album.picture(old, claim["before"]) for old in drawn_earlier(name, claim["before"])]
        earlier = tuple(old for old in before if old) if picture else ()
        figures.append(
            FigureView(name=name, picture=picture, earlier=earlier, repeated=name in shown, film=film)
        )
    return tuple(figures)


def _experiments(document: Document) -> tuple[ExperimentView, ...]:
    """Format all experiments, those first that cast doubt on claims."""
    order = ["not converged", "not shown"]
    views = [_experiment(experiment) for experiment in document["experiments"]]
    return tuple(sorted(views, key=lambda e: [*order, e.standing.word].index(e.standing.word)))


def _experiment(experiment: Entry) -> ExperimentView:
    reused, convergence = experiment["reused"], experiment["convergence"] or _NOT_JUDGED
    return ExperimentView(
        name=experiment["name"],
        description=experiment["description"],
        engine=experiment["engine"],
        device=experiment["device"],
        reused=reused,
        seconds="" if reused else f"{experiment['seconds']:.1f}",
        rate="" if reused else f"{experiment['instance_steps_per_second']:,.0f}",
        memory=text.megabytes(experiment.get("peak_bytes")),
        difference=experiment.get("difference") or "",
        drift=status(experiment["drift"]["status"]),
        losses=text.losses(experiment),
        standing=status(convergence["standing"]),
        kind=convergence["kind"],
        value=text.convergence(convergence["value"]),
        allowed=text.convergence(convergence["allowed"]),
        evidence=convergence["sentence"],
    )


def _falsification(matrix: Matrix, album: Album, heatmap: Sequence[str]) -> FalsificationView:
    def ids(keys: Iterable[Key]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key.claim for key in keys))

    return FalsificationView(
        profile=str(matrix.environment["profile"]),
        claims=len(matrix.claims),
        controls=tuple(
            ControlView(
                name=name,
                mistake=control.mistake,
                because=control.because,
                caught=ids(matrix.caught_by(name)),
                withheld=ids(matrix.withheld_by(name)),
                blurred=ids(matrix.blurred_by(name)),
                missed=ids(matrix.missed_by(name)),
                replicated=ids(matrix.replicated_by(name)),
            )
            for name, control in matrix.controls.items()
        ),
        left=matrix.left,
        junk=len(matrix.junk),
        replicated=ids(key for name in matrix.junk for key in matrix.replicated_by(name)),
        picture=album.picture(names(heatmap)[0], heatmap) if heatmap else None,
    )

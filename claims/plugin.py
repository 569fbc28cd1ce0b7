"""The pytest plugin: run claims, judge them, compare them with their baselines, and write everything down."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import torch

from claims import baselines, environment, results
from claims.baselines import Baseline, Key
from claims.claim import Claim, ClaimError, Drift, NotAcceptedError, Steadiness, Verdict, judge
from claims.display import Display
from claims.draw import Draw, one_line
from claims.experiments import Experiments
from claims.files import FileError
from claims.measure import Measure
from claims.options import Options, add_options, read_options
from claims.results import Measured, Outcome
from claims.selection import exactly, keyword


@dataclass
class Recording:
    """What one test of a claim has shown so far."""

    claim: Claim
    measure: Measure = field(default_factory=Measure)
    draw: Draw = field(default_factory=Draw)
    verdict: Verdict = Verdict.NOT_RUN
    baseline: Steadiness = Steadiness.NOT_COMPARED
    measured: tuple[Measured, ...] = ()
    figures: tuple[str, ...] = ()
    error: str | None = None


class Run:
    """One run of the claims, from the header to the report.

    Parameters
    ----------
    config
        Of the pytest session.
    options
        What was asked for.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        capture = config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        self.options = options
        self.display = Display(capture.global_and_fixture_disabled)
        self.experiments = Experiments(options, self.display)
        self._config = config
        self._baseline_path = baselines.path_of(options.root, options.device, options.profile)
        self._baseline = Baseline(device=options.device, profile=options.profile)
        self._environment: dict[str, Any] = {}
        self._outcomes: dict[Key, Outcome] = {}
        self._sections: dict[str, str] = {}
        self._keys: dict[str, Key] = {}
        self._started = time.perf_counter()
        self._any_ran = False
        self._deselected = False
        self._done = 0

    @property
    def _results_path(self) -> Path:
        return self.options.output / "results.json"

    @property
    def _complete(self) -> bool:
        return self._done == len(self._outcomes)

    def pytest_sessionstart(self) -> None:
        """Load the baseline before anything is trained; a bad one ends the run here."""
        if self._config.option.collectonly:
            return
        try:
            self._baseline = baselines.load(
                self._baseline_path, device=self.options.device, profile=self.options.profile
            )
        except FileError as error:
            if not self.options.update_baselines:
                raise pytest.UsageError(str(error)) from error
            if self._baseline_path.exists():
                self.display.line(f"{error}\nNothing of it can be kept.", "yellow")
        self._environment = self._describe_environment()

    def pytest_report_header(self) -> list[str]:
        """Say what runs where."""
        options = self.options
        where = f"device {options.device}, engine {options.engine}"
        compared = (
            "to be rewritten" if options.update_baselines else f"{self._baseline.comparisons} quantities"
        )
        return [
            f"claims: profile {options.profile}, {where}, seed {options.seed}, output {options.output}",
            f"baseline: {self._relative(self._baseline_path)} ({compared})",
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Make -k understand claim ids; refuse two tests of a claim with one name."""
        for item in items:
            claim = claim_of(item)
            if claim is None:
                continue
            key = Key(claim.id, item.name)
            if key in self._keys.values():
                raise pytest.UsageError(
                    f"claim {key.claim} has two tests named {key.test}; names must be unique."
                )
            self._keys[item.nodeid] = key
            item.extra_keyword_matches.add(keyword(claim.id))
            self._sections.setdefault(claim.section, _title(item, claim))
        if self._keys:
            known = {key.claim for key in self._keys.values()}
            self._config.option.keyword = exactly(self._config.option.keyword, known)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note that this is not the whole suite."""
        self._deselected = self._deselected or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """List all that is to run, so that whatever happens the results say what did not."""
        for item in session.items:
            if claim := claim_of(item):
                self._outcomes[self._keys[item.nodeid]] = Outcome(claim=claim, test=item.name)
        reporter: Any = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter and len(self._outcomes) == len(session.items):
            reporter.showfspath = False
            reporter.reportchars = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run one claim and write down what came of it."""
        claim = claim_of(item)
        if claim is None:
            return (yield)
        recording = item.stash[RECORDING] = Recording(claim)
        self._any_ran = True
        started, training = time.perf_counter(), self.experiments.seconds
        result = yield
        seconds = time.perf_counter() - started - (self.experiments.seconds - training)
        outcome = Outcome(
            claim=claim,
            test=item.name,
            verdict=recording.verdict,
            baseline=recording.baseline,
            measured=recording.measured,
            figures=recording.figures,
            seconds=max(seconds, 0.0),
            error=recording.error,
        )
        self._outcomes[self._keys[item.nodeid]] = outcome
        self._done += 1
        self._write_results()
        if self._config.get_verbosity() <= 0:
            self.display.claim(outcome, self._done, len(self._outcomes))
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what the test measured, draw what it noted, and fail it if it must."""
        recording = item.stash.get(RECORDING, None)
        if recording is None:
            return (yield)
        try:
            result = yield
        except (Exception, pytest.fail.Exception) as error:
            self._draw(recording, one_line(error))
            raise
        quantities = recording.measure.quantities
        recording.verdict, recording.error = judge(recording.claim, quantities)
        moved = self._compare(recording, self._keys[item.nodeid])
        failed = recording.verdict is Verdict.FAILED or bool(moved)
        if moved:
            recording.error = "\n".join(filter(None, [recording.error, *moved]))
        if undrawn := self._draw(recording, recording.error if failed else None):
            recording.verdict = Verdict.FAILED
            recording.error = "\n".join(filter(None, [recording.error, *undrawn]))
        if failed or undrawn:
            raise ClaimError(recording.error)
        if recording.verdict is Verdict.NOT_REPLICATED:
            raise NotAcceptedError(recording.error)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the reason of every failure, and say those of claims without a traceback."""
        report = yield
        recording = item.stash.get(RECORDING, None)
        if recording is None or call.excinfo is None:
            return report
        error = call.excinfo.value
        if isinstance(error, NotAcceptedError | ClaimError):
            report.longrepr = str(error)
        elif report.failed:
            recording.verdict = Verdict.FAILED
            recording.error = one_line(error)
        elif report.skipped:
            recording.error = str(error)
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Leave pytest's letters out: each claim gets a line of its own."""
        if ("claim" not in report.keywords) or self._config.get_verbosity() > 0 or report.when != "call":
            return None
        category = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        return category, "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write results, report and baselines; a claim without a baseline fails the run."""
        if not self._any_ran:
            return
        self._write_results()
        missing = any(outcome.baseline is Steadiness.MISSING for outcome in self._outcomes.values())
        if missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self) -> None:
        """Show the table of claims, and say where everything is."""
        if not self._any_ran:
            return
        outcomes = list(self._outcomes.values())
        self.display.summary(outcomes, results.summarize(outcomes), time.perf_counter() - self._started)
        if not self._complete:
            kept = f"{self._done} of {len(outcomes)} claims"
            self.display.line(
                f"The run was cut short; the results of {kept} are kept in {self._results_path}."
            )
        if self.options.update_baselines:
            self._rewrite_baseline()
        elif any(outcome.baseline is Steadiness.MISSING for outcome in outcomes):
            self.display.line(
                f"{self._relative(self._baseline_path)} lacks what some claims measure; write it anew: "
                f"{baselines.mend(self.options.device, self.options.profile)}",
                "bold red",
            )

    def _compare(self, recording: Recording, key: Key) -> list[str]:
        quantities = recording.measure.quantities
        if self.options.update_baselines:
            untested = Drift(status=Steadiness.NOT_COMPARED)
            recording.measured = tuple(Measured(quantity, None, untested) for quantity in quantities)
            return []
        recording.measured = tuple(
            Measured(q, self._baseline.stored(key, q), self._baseline.compare(key, q)) for q in quantities
        )
        statuses = {measured.drift.status for measured in recording.measured}
        if self._baseline.vanished(key, quantities):
            statuses.add(Steadiness.MISSING)
        order = (Steadiness.DRIFTED, Steadiness.MISSING, Steadiness.STEADY)
        recording.baseline = next((s for s in order if s in statuses), Steadiness.NOT_COMPARED)
        return [_moved(m) for m in recording.measured if m.drift.status is Steadiness.DRIFTED]

    def _draw(self, recording: Recording, failure: str | None) -> list[str]:
        paths, errors = recording.draw.save(self.options.output, failure)
        recording.figures = tuple(paths)
        return errors

    def _write_results(self) -> None:
        document = results.document_of(
            list(self._outcomes.values()),
            complete=self._complete,
            environment={**self._environment, "seconds": round(time.perf_counter() - self._started, 1)},
            sections=self._sections,
            experiments=self.experiments.log,
        )
        results.write(self._results_path, document)

    def _rewrite_baseline(self) -> None:
        held = (Verdict.REPLICATED, Verdict.NOT_REPLICATED)
        source = environment.of_baseline(self.options.engine, self.options.device, self.options.seed)
        ran = {key: outcome for key, outcome in self._outcomes.items() if outcome.verdict in held}
        fresh = {
            key: baselines.entry_of([measured.quantity for measured in outcome.measured], source)
            for key, outcome in ran.items()
        }
        existing = set(self._outcomes) if self._is_whole_suite() else None
        updated = self._baseline.updated(fresh, existing=existing)
        left_out = sorted({key.claim for key, o in self._outcomes.items() if o.verdict is Verdict.FAILED})
        if left_out:
            self.display.line(
                f"Claims that failed keep their old baseline: {', '.join(left_out)}.", "bold red"
            )
        if not fresh:
            return
        updated.save(self._baseline_path)
        self.display.rewritten(
            self._baseline, updated, [(key, outcome.measured) for key, outcome in ran.items()]
        )
        self.display.line(f"wrote {self._relative(self._baseline_path)}")

    def _is_whole_suite(self) -> bool:
        named = [Path(argument) for argument in self._config.args]
        return (
            not self._deselected and self._complete and not any("::" in str(p) or p.is_file() for p in named)
        )

    def _describe_environment(self) -> dict[str, Any]:
        options = self.options
        commit, dirty = environment.git_state(options.root)
        return {
            "profile": options.profile,
            "device": options.device,
            "device_name": environment.device_name(options.device),
            "engine": options.engine,
            "seed": options.seed,
            "threads": torch.get_num_threads(),
            **environment.versions(),
            "system": environment.system(),
            "git_commit": commit,
            "git_dirty": dirty,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "baseline": None if options.update_baselines else self._relative(self._baseline_path),
            "reuse": options.reuse,
        }

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.options.root).as_posix()


RUN: Final = pytest.StashKey[Run]()
RECORDING: Final = pytest.StashKey[Recording]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything else happens."""
    config.addinivalue_line("markers", "claim(claim): a test of a claim of the paper; use claims.claim.claim")
    options = read_options(config)
    if config.option.xmlpath is None and not config.option.collectonly:
        config.option.xmlpath = str(options.output / "junit.xml")
    config.stash[RUN] = Run(config, options)
    config.pluginmanager.register(config.stash[RUN], "claims-run")


def claim_of(item: pytest.Item) -> Claim | None:
    """Find the claim that an item tests."""
    marker = item.get_closest_marker("claim")
    return marker.args[0] if marker and marker.args and isinstance(marker.args[0], Claim) else None


@pytest.fixture(scope="session")
def profile(pytestconfig: pytest.Config) -> str:
    """Scale of the experiments: "quick" or "paper"."""
    return pytestconfig.stash[RUN].options.profile


@pytest.fixture(scope="session")
def trained(pytestconfig: pytest.Config) -> Experiments:
    """Train an experiment of the paper once a run; see `claims.experiments.Experiments`."""
    return pytestconfig.stash[RUN].experiments


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """Take measurements; see `claims.measure.Measure`."""
    return _recording(request).measure


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Note figures; see `claims.draw.Draw`."""
    return _recording(request).draw


def _recording(request: pytest.FixtureRequest) -> Recording:
    recording: Recording | None = request.node.stash.get(RECORDING, None)
    if recording is None:
        raise pytest.UsageError(f"{request.node.name} measures or draws, but is not marked with @claim.")
    return recording


def _title(item: pytest.Item, claim: Claim) -> str:
    module = getattr(item, "module", None)
    lines = (getattr(module, "__doc__", None) or "").strip().splitlines()
    return lines[0].rstrip(".") if lines else claim.section


def _moved(measured: Measured) -> str:
    quantity, stored, drift = measured.quantity, measured.stored, measured.drift
    assert stored is not None
    assert drift.alpha is not None
    unit = f" {quantity.unit}" if quantity.unit else ""
    effect = "" if drift.effect is None else f", {drift.effect:+.2g} standard deviations"
    return (
        f"{quantity.name} drifted: baseline {stored.mean:.4g} (sd {stored.sd:.2g}, n {stored.n}), now "
        f"{quantity.mean:.4g}{unit} (sd {quantity.sd:.2g}, n {quantity.n}){effect}, "
        f"p = {drift.p_value:.2g} below {drift.alpha:.2g}"
    )

"""Everything this project does, each in an environment of its own that nox makes: `nox -l` lists it."""

from __future__ import annotations

import nox

nox.needs_version = ">=2025.2.9"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests"]

# A run that is interrupted stores what it measured so far before it goes.
SECONDS_TO_STORE = 60.0


def install(session: nox.Session, extra: str) -> None:
    """Install the project with one of its extras, at the versions that the baselines came from."""
    session.install("-e", f".[{extra}]", "-c", "constraints.txt")


def judge_claims(session: nox.Session, *arguments: str) -> None:
    """Run the paper's claims."""
    session.run(
        "python",
        "-m",
        "pytest",
        "claims",
        *arguments,
        interrupt_timeout=SECONDS_TO_STORE,
        terminate_timeout=SECONDS_TO_STORE,
    )


@nox.session
def replicate(session: nox.Session) -> None:
    """Replicate the paper into replication/; e.g. `-- --profile quick -k PHASE`."""
    install(session, "replicate")
    judge_claims(session, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Test the project's own code; arguments after `--` reach pytest."""
    install(session, "tests")
    # Nothing is timed here, which several workers would disturb; pytest-benchmark would say so.
    at_once = ("-n", "auto", "--maxprocesses", "8", "--benchmark-disable")
    session.run("python", "-m", "pytest", "tests", *at_once, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and types."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", "tms", "claims", "figures")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure training throughput beside the peers'; e.g. `-- -k phase`, or `-- --readme` to show it."""
    if "--readme" in session.posargs:
        install(session, "tests")
        session.run("python", "-m", "claims.harness.documentation.throughput")
        return
    session.install("-e", ".[tests,peers]", "-c", "constraints.txt")
    session.run(
        "python",
        "-m",
        "pytest",
        "tests/benchmarks",
        "--confcutdir=tests/benchmarks",  # the other tests check types at run time, which takes time
        "-o",
        "python_files=bench_*.py",
        "--benchmark-quiet",
        *session.posargs,
    )


@nox.session
def falsify(session: nox.Session) -> None:
    """Judge the claims under mistakes made on purpose, and store which notice which; e.g. `-- -k bias`."""
    install(session, "replicate")
    session.run(
        "python",
        "-m",
        "claims.harness.falsification",
        *session.posargs,
        interrupt_timeout=SECONDS_TO_STORE,
        terminate_timeout=SECONDS_TO_STORE,
    )


@nox.session
def baselines(session: nox.Session) -> None:
    """Train anew and show what would change in baselines/; `-- --write` changes it. Both profiles, or one."""
    install(session, "replicate")
    arguments = [argument for argument in session.posargs if argument != "--write"]
    mode = "--update-baselines" if "--write" in session.posargs else "--show-baselines"
    if any(argument.partition("=")[0] == "--profile" for argument in arguments):
        judge_claims(session, mode, *arguments)
        return
    for profile in ("quick", "paper"):
        output = f"replication/baselines-{profile}"
        judge_claims(session, mode, "--profile", profile, "--output", output, *arguments)


@nox.session
def flakes(session: nox.Session) -> None:
    """Repeat the quick profile over many seeds and count failures and drifts; `-- --runs 100`. Goes on."""
    install(session, "replicate")
    session.run("python", "-m", "claims.harness.flakiness", *session.posargs)


@nox.session
def gallery(session: nox.Session) -> None:
    """Redraw the README's gallery from the figures of a run, by default those in replication/."""
    install(session, "replicate")
    session.run("python", "-m", "figures.gallery", *(session.posargs or ["replication"]))

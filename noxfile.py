"""All tasks of the project, each in a separate virtual environment; `nox -l` lists them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests"]

# An interrupted run stores what it has measured before it ends.
SECONDS_TO_STORE = 60.0

# Tests run side by side; a worker that has no more takes some of another's. Nothing is timed here, which
# several workers would disturb; pytest-benchmark would say so.
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "8", "--dist", "worksteal", "--benchmark-disable")

# Threads of torch and OpenBLAS that wait for each other keep processors busy.
ONE_THREAD_EACH = {"OMP_NUM_THREADS": "1"}


def install(session: nox.Session, extras: str) -> None:
    """Install the project with extras, at the versions that the baselines came from."""
    # Python compiles the modules that it imports; compiling all of them here takes about a minute longer.
    session.install("--no-compile", "-e", f".[{extras}]", "-c", "constraints.txt")


def tms(session: nox.Session, command: str, extras: str = "replicate") -> None:
    """Run a subcommand of `tms`, with the session's arguments."""
    install(session, extras)
    session.run(
        "tms",
        command,
        *session.posargs,
        interrupt_timeout=SECONDS_TO_STORE,
        terminate_timeout=SECONDS_TO_STORE,
    )


@nox.session
def replicate(session: nox.Session) -> None:
    """Train and judge the paper's claims, results in replication/; e.g. `-- --profile quick -k PHASE`."""
    tms(session, "replicate")


@nox.session
def tests(session: nox.Session) -> None:
    """Test the project's own code; arguments after `--` reach pytest."""
    install(session, "tests")
    session.run("python", "-m", "pytest", "tests", *SIDE_BY_SIDE, *session.posargs, env=ONE_THREAD_EACH)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the tests with the oldest versions that pyproject.toml allows a user to have."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    bounds = [*project["dependencies"], *extras["replicate"], *extras["cluster"]]
    # Each torch needs one version of Triton, and the tests of kernels for GPUs another. What checks the order
    # of imports needs a newer rich than a user does.
    left_out = ("tms-replication", "triton", "import-linter")
    tools = [tool for tool in extras["tests"] if not tool.startswith(left_out)]
    session.install(
        "--no-compile",
        *("-e", ".[replicate,cluster]"),
        *(bound.replace(">=", "==") for bound in bounds if not bound.startswith("tms-replication")),
        *tools,
    )
    session.run(
        "python",
        "-m",
        "pytest",
        "tests",
        *SIDE_BY_SIDE,
        "--ignore=tests/tms/engines/test_fused_cuda.py",
        "--ignore=tests/test_architecture.py",
        "--ignore=tests/tms/engines/cuda",
        *session.posargs,
        env=ONE_THREAD_EACH,
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, types, and the workflows of CI."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("zizmor", "--offline", "--no-progress", ".github/workflows", "action.yml")
    workflows = sorted(str(path) for path in Path(".github/workflows").glob("*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    session.run("check-jsonschema", "--builtin-schema", "vendor.citation-file-format", "CITATION.cff")
    if shutil.which("actionlint"):
        session.run("actionlint", *workflows, external=True)
    else:  # its package on PyPI downloads a program when it is built, which not every machine may do
        session.warn("actionlint is not installed; CI runs it on the workflows.")
    session.run("mypy", "tms", "claims", "companion", "figures", "tests", "noxfile.py", "tms_replication.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation in site/; `-- --write` generates its pages from stored data first."""
    install(session, "docs")
    session.run("python", "-m", "claims.harness.documentation", *session.posargs)
    session.run("mkdocs", "build", "--strict")


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist, check them, and use the wheel in an empty environment outside the checkout."""
    needed = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "package")
    session.install(*needed, "-c", "constraints.txt")
    with tempfile.TemporaryDirectory() as folder:
        dist, empty = Path(folder, "dist"), Path(folder, "empty")
        pinned = {"PIP_CONSTRAINT": str(Path("constraints.txt").absolute())}
        session.run("python", "-m", "build", "--outdir", str(dist), env=pinned)
        session.run("python", "-m", "twine", "check", "--strict", *map(str, dist.iterdir()))
        session.run("python", "-m", "tests.package.contents", str(dist))
        session.run("python", "-m", "venv", str(empty))
        programs = empty / ("Scripts" if os.name == "nt" else "bin")
        [wheel] = dist.glob("*.whl")
        session.run(
            *(str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-compile"),
            *(f"{wheel}[explore]", "-c", "constraints.txt"),
            external=True,
        )
        session.run("python", "-m", "tests.package.use", str(programs / "tms"))
        session.run("python", "-m", "tests.package.explore", str(programs / "tms"))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure training throughput beside the peers'; e.g. `-- -k phase`."""
    tms(session, "bench", "tests,peers")


@nox.session
def falsify(session: nox.Session) -> None:
    """Make mistakes on purpose, and record which claims notice them; e.g. `-- -k bias`."""
    tms(session, "falsify")


@nox.session
def baselines(session: nox.Session) -> None:
    """Show how baselines/ would change, in all profiles or one; `-- --write` changes them."""
    tms(session, "baselines")


@nox.session
def flakes(session: nox.Session) -> None:
    """Count how often claims fail or drift by chance, over many seeds; e.g. `-- --runs 100`."""
    tms(session, "flakes")


@nox.session
def explore(session: nox.Session) -> None:
    """Open the interactive companion in the browser; e.g. `-- --port 9000`."""
    tms(session, "explore", "explore")


@nox.session
def notebook(session: nox.Session) -> None:
    """Export the companion to docs/companion.ipynb, for Jupyter and Colab."""
    install(session, "tests")
    export = ("export", "ipynb", "companion/app.py", "-o", "docs/companion.ipynb")
    session.run("marimo", *export, "--no-include-outputs", "--force")


@nox.session
def gallery(session: nox.Session) -> None:
    """Redraw the README's gallery from the figures of a run, by default the run in replication/."""
    install(session, "replicate")
    session.run("python", "-m", "figures.gallery", *(session.posargs or ["replication", "figures/gallery"]))

"""Open the companion of an installed copy: `python -m tests.package.explore path/to/tms`.

From an empty folder, its page is served and fetched, and its notebook trains every chapter once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from tests.package.use import require

SECONDS: Final = 60
"""Within which a page must answer that is served."""


def main(command: Path) -> None:
    """Serve the page, fetch it, and run the notebook."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as folder:
        serve = [str(command), "explore", "--no-browser", "--port", "0"]
        with subprocess.Popen(
            serve, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        ) as served:
            assert served.stdout is not None
            try:
                said = served.stdout.readline()
                print(said, end="", flush=True)
                require(said.startswith("The companion is at http://127.0.0.1:"), "its page is not served")
                with urlopen(said.split()[4], timeout=SECONDS) as page:
                    require(b"Toy Models of Superposition" in page.read(), "its page is not the companion's")
            finally:
                served.terminate()
        python = command.with_name("python")
        done = subprocess.run([python, "-m", "companion.app"], cwd=folder, env=environment, check=False)
        require(done.returncode == 0, f"its notebook ends with exit code {done.returncode}")
        left = sorted(path.name for path in Path(folder).iterdir())
        require(not left, f"the companion left {left} in the folder from which it was started")
    print("The installed copy serves its companion and trains every chapter.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())

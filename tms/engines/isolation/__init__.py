"""Isolation of other people's code: a fixed seed, errors in one sentence, and global settings restored.

`SETTINGS` lists every setting that is restored. Three things cannot be: the number of torch's interop
threads, which torch sets once, threads and exit handlers that the code starts, and modules that it imports.
"""

from tms.engines.isolation.calls import isolated
from tms.engines.isolation.errors import described
from tms.engines.isolation.kept import SETTINGS, imported, kept

__all__ = ["SETTINGS", "described", "imported", "isolated", "kept"]

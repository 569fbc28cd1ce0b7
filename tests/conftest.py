"""Settings of all tests."""

import runtime_types
from hypothesis import settings

pytest_plugins = ["pytester"]

runtime_types.install()

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

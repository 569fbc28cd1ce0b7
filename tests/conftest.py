"""Settings of all tests."""

from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

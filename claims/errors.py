"""What can go wrong with a claim, and how it is said."""


class MisuseError(ValueError):
    """A claim was written wrongly; says how, in one sentence."""


class NotAcceptedError(AssertionError):
    """A quantity of a claim that is documented as not replicated lies outside its acceptance region."""


class ClaimError(AssertionError):
    """A claim failed or drifted; says why, a line each reason."""


def one_line(error: BaseException) -> str:
    """Say an exception in one line: its type and the first line of its message."""
    message = str(error).strip().splitlines()
    return f"{type(error).__name__}: {message[0]}" if message else type(error).__name__

"""The one error that reaches people: what went wrong, where, and what to do."""


class VardeError(Exception):
    """A sentence for the person at the keyboard; `status` is the exit status (DESIGN of the command line: 2)."""

    def __init__(self, message: str, *, status: int = 2) -> None:
        super().__init__(message)
        self.status = status

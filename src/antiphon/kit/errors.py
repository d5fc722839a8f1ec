"""The one tree of errors that are expected and shown to people."""


class AntiphonError(Exception):
    """Something a person can understand and mend.

    ``what`` says what is wrong and names the thing; ``hint`` says the way out.
    """

    status = 400
    exit_code = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".strip()


class NotFoundError(AntiphonError):
    status = 404


class ConfigError(AntiphonError):
    exit_code = 2

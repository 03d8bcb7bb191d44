"""Which rules never fired in the tests that draw inputs for them."""

import warnings
from typing import Any


class Silent:
    """Keeps what the tallies of `jurat.testing` warned of, and says it at the end of the run.

    With tests in several processes, too: the warnings of all come in here.
    """

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, nodeid: str
    ) -> None:
        category = warning_message.category
        if category.__name__ == "NeverFired" and category.__module__.startswith("jurat.testing"):
            told, _, _ = str(warning_message.message).partition(", so nothing was shown")
            self._told[nodeid] = told

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._told:
            terminalreporter.section("jurat: what no drawn input made fire")
        for nodeid, told in sorted(self._told.items()):
            terminalreporter.line(f"{nodeid}: {told}")

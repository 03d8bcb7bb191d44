"""jurat: policy as code for AI and LLM governance.

    engine = Engine.load("policies/…", log="var/decisions")
    decision = engine.evaluate(request, supports={"redact"})

Everything is imported when it is first used, so `import jurat` costs next to nothing.

PYTEST_DONT_REWRITE: a plugin of pytest comes with this distribution, so pytest would rewrite the
assertions of this module, of which there are none, and warn where it was imported before.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jurat.bundle import BundleError as BundleError
    from jurat.engine import Engine as Engine
    from jurat.log import LogError as LogError
    from jurat.log import LogUnavailable as LogUnavailable
    from jurat.model import MissingFact as MissingFact
    from jurat.model import OrgState as OrgState
    from jurat.model import Request as Request
    from jurat.model import Response as Response
    from jurat.plan import Decision as Decision
    from jurat.plan import Denied as Denied
    from jurat.plan import Obligation as Obligation
    from jurat.plan import Reason as Reason
    from jurat.wire import InputError as InputError
    from jurat.wire import from_body as from_body

_HOMES = {
    "BundleError": "jurat.bundle",
    "Decision": "jurat.plan",
    "Denied": "jurat.plan",
    "Engine": "jurat.engine",
    "InputError": "jurat.wire",
    "LogError": "jurat.log",
    "LogUnavailable": "jurat.log",
    "MissingFact": "jurat.model",
    "Obligation": "jurat.plan",
    "OrgState": "jurat.model",
    "Reason": "jurat.plan",
    "Request": "jurat.model",
    "Response": "jurat.model",
    "from_body": "jurat.wire",
}

__all__ = [
    "BundleError",
    "Decision",
    "Denied",
    "Engine",
    "InputError",
    "LogError",
    "LogUnavailable",
    "MissingFact",
    "Obligation",
    "OrgState",
    "Reason",
    "Request",
    "Response",
    "from_body",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'jurat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""An index of bundles as Markdown: one line for each, with a link to its page beside this one."""

from collections.abc import Iterable, Iterator

from ._bundle import BundleReport
from ._bundle_markdown import JUDGED
from ._markdown import escaped, raw_table


def index_as_markdown(reports: Iterable[BundleReport]) -> str:
    """The page. The page of a bundle is `NAME.md`. It ends with a line feed."""
    return "\n".join(_lines(reports)) + "\n"


def _lines(reports: Iterable[BundleReport]) -> Iterator[str]:
    yield "# Bundles"
    yield ""
    yield (
        "Each is a directory of rules, example tables and tests: `jurat init DIR --template NAME` "
        "copies one to make it yours, `jurat report bundle NAME` writes its page."
    )
    yield ""
    rows = []
    for report in reports:
        bundle = report.bundle
        rows.append(
            (
                f"[{escaped(bundle.name)}]({bundle.name}.md)",
                escaped(_first_sentence(bundle.description)),
                str(len(bundle.rules)),
                str(len(bundle.tests)),
                ", ".join(JUDGED[kind].split()[0] for kind in report.inputs),
                escaped(", ".join(report.controls)),
            )
        )
    yield from raw_table(("bundle", "what for", "rules", "tests", "judges", "frameworks"), rows)


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    sentence, stop, _ = flat.partition(". ")
    return sentence + stop.strip()

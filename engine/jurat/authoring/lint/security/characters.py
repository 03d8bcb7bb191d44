"""Characters that make a file look like what it is not."""

import re
import unicodedata
from collections.abc import Iterator

from jurat.plugin import Edit, Fix, LintExample, LintFinding, LintRule, LintSubject

# Unicode 16, Bidi_Control, and characters without a width that can stand inside a word
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_HIDDEN = re.compile(
    f"[{_BIDI}\u00ad\u180e\u2060-\u2064\ufeff]|(?<=[!-~])[\u200b-\u200d]+(?=[!-~])"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-_.][^\W\d_]+)*")
# letters of other scripts that look like Latin ones (Unicode Technical Standard 39, confusables)
_LIKE = dict(
    zip(
        "абсԁеһіјӏорԛѕԝхуАВСЕНІЈКМОРЅТХУοναρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001 # what is looked for
        "abcdehijlopqswxyABCEHIJKMOPSTXYovapuABEZHIKMNOPTYX",
        strict=True,
    )
)

_RULE = """\
- id: stored
  title: Answers are not stored{}
  kind: expression
  effect: deny
  severity: medium
  when: request.project.id == "proj-{}" && request.params.store == true
"""


class BidiCharacter(LintRule):
    """A character that can't be seen: one that turns the direction of writing, or has no width.

    It makes a reviewer read another text than the one that runs. Where a test needs one, write it
    as an escape in double quotes, `"\\u202e"`. `--fix` takes it out of comments.
    """

    code, name, severity, needs = "JL301", "bidi-character", "error", "files"
    apart = True
    fires = LintExample({"rules/a.yaml": _RULE.format("  # \u202ereviewed\u202c", "a")})
    passes = LintExample({"rules/a.yaml": _RULE.format("  # reviewed", "a")})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for file, text in subject.texts.items():
            if text.isascii():
                continue
            for match in _HIDDEN.finditer(text):
                name = unicodedata.name(match[0][0], "a character without a name")
                place = subject.span(file, match.start(), len(match[0]))
                edit = Edit(file, match.start(), match.end())
                comment = any(
                    c.line == place.line and c.start < match.start()
                    for c in subject.comments(file)
                )
                fix = Fix("take it out", (edit,), safe=comment, keeps_digest=comment)
                message = f"U+{ord(match[0][0]):04X} {name.lower()} can't be seen"
                help = f'take it out, or write it as an escape: "\\u{ord(match[0][0]):04x}"'
                yield LintFinding(message, place, help, fix=fix)


class Confusable(LintRule):
    """A word of Latin letters with a letter of another script that looks the same.

    It is another word: a rule on a project whose name has a Cyrillic letter in it never sees the
    project of the same looks. Type the word anew.
    """

    code, name, severity, needs = "JL302", "confusable-character", "error", "files"
    apart = True
    fires = LintExample({"rules/a.yaml": _RULE.format("", "st\u043ere")})
    passes = LintExample({"rules/a.yaml": _RULE.format("", "store")})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for file, text in subject.texts.items():
            if text.isascii():
                continue
            for match in _WORD.finditer(text):
                word = match[0]
                if word.isascii() or not any(char.isascii() and char.isalpha() for char in word):
                    continue
                for index, char in enumerate(word):
                    if char in _LIKE and _latin_beside(word, index):
                        message = (
                            f"U+{ord(char):04X} {unicodedata.name(char).lower()} looks like "
                            f"`{_LIKE[char]}`"
                        )
                        place = subject.span(file, match.start() + index)
                        yield LintFinding(message, place, f"type `{_LIKE[char]}`")
                        break


def _latin_beside(word: str, index: int) -> bool:
    """Whether the letters right beside are Latin: `µ` and `Ω` before a unit are no disguise."""
    beside = word[max(0, index - 1) : index] + word[index + 1 : index + 2]
    return any(char.isascii() and char.isalpha() for char in beside) and len(word) > 2

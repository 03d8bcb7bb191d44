"""`# jurat: ignore[JL101] reason`: one finding accepted at its place, and what is wrong with that."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jurat.bundle import Diagnostic
from jurat.bundle.source import Mapping, Node, nearest
from jurat.bundle.source import Sequence as Items
from jurat.plugin import Comment, Edit, Fix, LintFinding, LintRule, Place

from ._extent import last_line
from ._items import is_list
from ._rules import matching, rule_named
from ._subject import Subject

REASON, UNUSED, UNKNOWN = "JL001", "JL002", "JL003"
_FORM = re.compile(r"jurat:\s*ignore\b\s*(\[[^\]]*\])?\s*[:-]?\s*(.*)")


@dataclass(slots=True)
class Ignore:
    """One comment: the codes that it accepts, and the lines that it is about."""

    comment: Comment
    words: tuple[str, ...]
    reason: str
    first: int
    last: int
    used: set[str] = field(default_factory=set)

    def takes(self, file: str, line: int, rule: LintRule) -> bool:
        """Whether it accepts a finding of `rule` in that line; remembers that it did."""
        if file != self.comment.file or not self.first <= line <= self.last:
            return False
        for word in self.words:
            if rule in matching(word, (rule,)):
                self.used.add(word)
                return True
        return False

    def blocked(self, places: Iterable[tuple[str, int]]) -> bool:
        """Whether one of the places is in its lines, or stands for its file as a whole."""
        file = self.comment.file
        return any(
            name == file and (not line or self.first <= line <= self.last) for name, line in places
        )


def ignores_of(subject: Subject, files: Iterable[str] | None = None) -> list[Ignore]:
    """All of a bundle's, or of some `files`, in their order."""
    found = []
    for name in subject.texts if files is None else files:
        if "jurat:" not in subject.texts.get(name, ""):
            continue
        for comment in subject.comments(name):
            match = _FORM.match(comment.text)
            if match is None:
                continue
            words = tuple(word.strip() for word in (match[1] or "[]")[1:-1].split(","))
            first = _about(subject, comment)
            found.append(
                Ignore(
                    comment,
                    tuple(word for word in words if word),
                    match[2].strip(),
                    first,
                    _until(subject.root(name), first),
                )
            )
    return found


def complaints(
    subject: Subject,
    found: Sequence[Ignore],
    rules: Sequence[LintRule],
    ran: set[str],
    problems: Iterable[Diagnostic],
) -> Iterator[tuple[str, LintFinding]]:
    """What is wrong with the comments themselves, by code. `ran` are the rules that looked. Where
    one of `problems` keeps an item from being read, nobody knows what would be found in it."""
    places = {(problem.file, problem.line) for problem in problems}
    for ignore in found:
        place = _place(ignore)
        if not ignore.words:
            help = "name what is accepted, like `# jurat: ignore[JL101] why`"
            yield (
                UNKNOWN,
                LintFinding("the comment names no code, so it accepts nothing", place, help),
            )
            continue
        if not ignore.reason:
            help = "say after the bracket why this is meant so"
            yield REASON, LintFinding("an ignored finding without a reason", place, help)
        for word in ignore.words:
            named = matching(word, rules)
            if not named:
                yield UNKNOWN, LintFinding(*_unknown(word, rules, place))
            elif ignore.blocked(places) or _unread(subject, ignore.comment.file):
                continue
            elif word not in ignore.used and any(rule.code in ran for rule in named):
                message = f"{word} is not found here, so there is nothing to ignore"
                fix = _without(subject, ignore, word)
                yield UNUSED, LintFinding(message, place, "take it out", fix=fix)


def _unread(subject: Subject, file: str) -> bool:
    """Whether a file is no list, though it should be: then none of its items is read."""
    return is_list(file) and not isinstance(subject.root(file), Items)


def _unknown(word: str, rules: Sequence[LintRule], place: Place) -> tuple[str, Place, str]:
    if re.match(r"JB\d", word, re.IGNORECASE):
        message = f"{word} keeps the bundle from being loaded and can't be ignored"
        return message, place, "mend what it is about"
    close = nearest(word, [name for rule in rules for name in (rule.code, rule.name)])
    named = rule_named(close, rules) if close else None
    help = f"did you mean {close}?" if named else "`jurat lint --list` shows them all"
    return f"there is no lint rule {word[:60]}", place, help


def _place(ignore: Ignore) -> Place:
    comment = ignore.comment
    return Place(comment.file, comment.line, comment.column, len(comment.text) + 2)


def _without(subject: Subject, ignore: Ignore, word: str) -> Fix:
    """The comment without one of its codes; without the comment, where it is the only one."""
    comment = ignore.comment
    text = subject.texts[comment.file]
    end = text.find("\n", comment.start)
    end = len(text) if end < 0 else end
    if text[comment.start : end].endswith("\r"):
        end -= 1
    left = [other for other in ignore.words if other != word]
    start, new = comment.start, ""
    if left:
        new = f"# jurat: ignore[{', '.join(left)}] {ignore.reason}".rstrip()
    elif comment.alone:
        start = text.rfind("\n", 0, comment.start) + 1
        end = min(len(text), text.find("\n", comment.start) + 1 or len(text))
    else:
        start = len(text[:start].rstrip(" "))
    edit = Edit(comment.file, start, end, new)
    return Fix("take the unused code out of the comment", (edit,), safe=True, keeps_digest=True)


def _about(subject: Subject, comment: Comment) -> int:
    """The line that a comment is about: its own, or the next that has more than a comment."""
    if not comment.alone:
        return comment.line
    source = subject.file(comment.file)
    lines = source.lines if source else []
    for number in range(comment.line, len(lines)):
        text = lines[number].strip()
        if text and not text.startswith("#"):
            return number + 1
    return comment.line


def _until(root: Node | None, line: int) -> int:
    """The last line of the largest thing that begins in `line`."""
    last = line
    left: list[Node] = [root] if root is not None else []
    while left:
        node = left.pop()
        if node is not root and node.line == line:
            last = max(last, last_line(node))
            continue
        if isinstance(node, Mapping):
            for key, value in node.entries.values():
                if key.line == line:
                    last = max(last, last_line(value))
                else:
                    left.append(value)
        elif isinstance(node, Items):
            left += node.items
    return last

"""A file of a bundle in its canonical form.

The author's choices that carry meaning to a reader stay: where a blank line stands, what is a flow
and what a block collection, where a long flow collection breaks, how a text is quoted that needs
it. The order of keys, the indentation, the blanks, needless quotes and needless lines do not.
"""

from typing import Any

from jurat.bundle import Diagnostic
from jurat.bundle.source import SourceFile, collector_paused, composed, parse

from ._comments import Comment, Comments
from ._order import Place, place_of
from ._scalar import block, folded, inline

WIDTH = 140  # characters that a flow collection may reach on one line, without its key
_GAP = 2  # blanks before a comment that ends a line, at least
_ANY = 1 << 30
_BLOCKS = ("|", ">")
_BREAKS = "\x85\u2028\u2029"  # line breaks of YAML 1.1: their texts are left alone


def formatted(file: SourceFile) -> str:
    """The canonical form of a file that parses; the text as it is, of one that does not.

    It reads the same: what is made is parsed again, and not taken if it means anything else.
    """
    return reformat(file, file.path)[0]


def reformat(file: SourceFile, name: str) -> tuple[str, list[Diagnostic]]:
    """The canonical form of a file whose name in its bundle is `name`, which the order of keys
    depends on; and what is wrong with it, where it does not parse: then it is as it was."""
    with collector_paused():
        text = file.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        root, before, problems = composed(SourceFile(file.path, text))
        if problems or before is None or any(char in text for char in _BREAKS):
            return file.text, problems
        made = Formatter(text, root).document(place_of(name))
        if made == text:
            return made, []
        after, problems = parse(SourceFile(file.path, made))
        same = not problems and after is not None and _same(before.plain(), after.plain())
        return made if same else file.text, []


def _same(left: Any, right: Any) -> bool:
    """Equal, and of equal types: 1, 1.0 and true are not."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(
            _same(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


class Formatter:
    """Writes one document anew. `root` is PyYAML's node of the text."""

    def __init__(self, text: str, root: Any) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.root = root
        self.comments = Comments(self.lines, _scalars(self.root))
        self.bound = (len(self.lines), 0)
        """Where what comes after the present part starts."""
        self.most = _ANY
        """The rightmost column of a comment that comes next: further in, the literal or folded
        text that it follows would take it in."""
        self.kept: set[int] = set()
        """Blank lines that are part of a text."""

    def document(self, place: Place) -> str:
        root = self.root
        if root.id == "scalar" or root.flow_style:
            first = self.comments.before(root.start_mark.line)
            head = self._leading(first, root.start_mark.line)
            body, _ = self._value(root, -2, place, 0)
            tail = [comment.text for comment in self.comments.rest()]
            return "\n".join([*_unblanked(head), *body, *tail]) + "\n"
        lines = self._collection(root, 0, place)
        rest = self.comments.rest()
        column = root.start_mark.column
        inner = [comment for comment in rest if comment.column > column]
        outer = rest[len(inner) :] if rest[: len(inner)] == inner else rest
        if outer is rest:
            inner = []
        lines += self._tail(inner, 2)
        lines += self._leading(outer, None)
        return "\n".join(_unblanked(lines)) + "\n"

    # -- collections

    def _collection(self, node: Any, indent: int, place: Place) -> list[str]:
        """A collection as a block, at `indent`; its comments before the first part with it."""
        if node.id == "sequence":
            return self._sequence(node, indent, place)
        return self._mapping(node, indent, place)

    def _sequence(self, node: Any, indent: int, place: Place) -> list[str]:
        column = -1 if node.flow_style else node.start_mark.column
        within = place.at("item")
        lines: list[str] = []
        outer = self.bound
        for number, item in enumerate(node.value):
            mark = item.start_mark
            following = node.value[number + 1 : number + 2]
            self.bound = _start(following[0]) if following else outer
            tail, head = self._between(mark, column, first=number == 0)
            lines += self._tail(tail, indent + 2)
            before = self._leading(head, mark.line, indent)
            lines += before if number else _unblanked(before)
            body, inside = self._value(item, indent, within, indent + 2)
            if inside:  # a block: its first line goes on after the dash
                above = 0
                # comments before its first key stand before the dash, with no blank line between
                while not (text := body[above].lstrip(" ")) or text.startswith("#"):
                    if text:
                        lines.append(" " * indent + text)
                    above += 1
                body = body[above:]
                body[0] = f"{' ' * indent}- {body[0][indent + 2 :]}"
            else:
                empty = item.value == "" and not self._raw(item)
                body[0] = f"{' ' * indent}-{'' if empty else ' '}{body[0]}"
            lines += body
        lines += self._tail(self._further_in(column), indent + 2)
        return lines

    def _mapping(self, node: Any, indent: int, place: Place) -> list[str]:
        column = -1 if node.flow_style else node.start_mark.column
        entries: list[tuple[int, list[str]]] = []
        pad = " " * indent
        outer = self.bound
        for number, (key, value) in enumerate(node.value):
            mark = key.start_mark
            following = node.value[number + 1 : number + 2]
            self.bound = _start(following[0][0]) if following else outer
            tail, head = self._between(mark, column, first=number == 0)
            if tail and entries:
                entries[-1][1].extend(self._tail(tail, indent + 2))
            lines = self._leading(head, mark.line, indent)
            if not number:  # a blank line there stands before the mapping, wherever the key goes
                lines = _unblanked(lines)
            name = inline(key, self._raw(key), flow=False)
            lines += self._entry(f"{pad}{name}:", key, value, indent, place.at(key.value))
            if not following:
                lines += self._tail(self._further_in(column), indent + 2)
            entries.append((place.rank.get(key.value, len(place.rank)), lines))
        ordered = [lines for _, lines in sorted(entries, key=lambda entry: entry[0])]
        ordered[0] = _unblanked(ordered[0])
        return [line for lines in ordered for line in lines]

    def _entry(self, name: str, key: Any, value: Any, indent: int, place: Place) -> list[str]:
        """`name` with what it stands for."""
        note = None
        on_next = value.start_mark.line > key.end_mark.line
        if on_next and value.value != "":
            note = self.comments.after(key.end_mark.line)
        above: list[str] = []
        if value.id == "scalar" or value.flow_style:  # a comment between key and value
            found = self.comments.before(value.start_mark.line, value.start_mark.column)
            above = self._leading(found, None, indent)
        body, inside = self._value(value, indent, place, indent + 2 if on_next else len(name) + 1)
        head = f"{name}{_noted(note)}"
        if inside:
            return [*above, head, *body]
        if value.value == "" and not self._raw(value):  # nothing, and maybe a comment
            return [*above, name + body[0]]
        joined = f"{name} {body[0]}"
        stays = value.id != "scalar" or len(body) > 1 or len(joined) > WIDTH or note is not None
        if (
            on_next
            and stays
            and (note is not None or value.id != "scalar" or value.style not in _BLOCKS)
        ):
            return [*above, head, " " * (indent + 2) + body[0], *body[1:]]
        return [*above, joined, *body[1:]]

    # -- values

    def _value(self, node: Any, indent: int, place: Place, column: int) -> tuple[list[str], bool]:
        """The lines of a value below something at `indent`, and whether they are a block at
        indent + 2. If not, the first line is without indentation, and is to stand at
        `column`."""
        if node.id == "scalar":
            return self._scalar(node, indent), False
        if not node.flow_style:
            return self._collection(node, indent + 2, place), True
        start, end = node.start_mark, node.end_mark
        if start.line == end.line:
            text = _flow(node, self.lines, place)
            if not node.value or len(text) + indent + 2 <= WIDTH or indent < 0:
                return [self._ended(text, end.line)], False
            return self._collection(node, indent + 2, place), True
        opening = self.lines[start.line][start.column + 1 :].strip(" ")
        if node.value and (not opening or opening.startswith("#")) and indent >= 0:
            return self._collection(node, indent + 2, place), True
        return self._broken(node, column), False

    def _scalar(self, node: Any, indent: int) -> list[str]:
        start, end = node.start_mark, node.end_mark
        if node.style in _BLOCKS:
            note = self.comments.after(start.line)
            self.most = indent
            lines, after = block(node, self.lines, indent + 2)
            self.kept.update(
                number
                for number in range(start.line + 1, after)
                if not self.lines[number].strip(" ")
            )
            lines[0] += _noted(note)
            return lines
        raw = self._raw(node)
        if start.line == end.line:
            return [self._ended(inline(node, raw, flow=False), end.line)]
        lines = folded(raw, indent + 2)
        lines[-1] = self._ended(lines[-1], end.line)
        return lines

    def _broken(self, node: Any, column: int) -> list[str]:
        """A flow collection of several lines: they stay, at the place of the bracket."""
        start, end = node.start_mark, node.end_mark
        self.comments.before(end.line, end.column)
        was = start.column + 1
        lines = [self.lines[start.line][start.column :].rstrip(" ")]
        for number in range(start.line + 1, end.line + 1):
            line = self.lines[number]
            if number == end.line:
                line = line[: end.column]
            text = line.strip(" ")
            more = max(0, len(line) - len(line.lstrip(" ")) - was)
            lines.append(" " * (column + 1 + more) + text if text else "")
        lines[-1] = self._ended(lines[-1], end.line)
        return lines

    def _raw(self, node: Any) -> str:
        return self.text[node.start_mark.index : node.end_mark.index]

    # -- comments

    def _ended(self, text: str, line: int) -> str:
        self.most = _ANY
        return text + _noted(self.comments.after(line))

    def _between(
        self, mark: Any, column: int, *, first: bool
    ) -> tuple[list[Comment], list[Comment]]:
        """The comments before a part of a collection at `column`: those further in belong to the
        part before it, the others to this one."""
        found = self.comments.before(mark.line, mark.column)
        if first or column < 0:
            return [], found
        split = 0
        while split < len(found) and found[split].column > column and found[split].alone:
            split += 1
        return found[:split], found[split:]

    def _further_in(self, column: int) -> list[Comment]:
        """The comments after the last part of a collection at `column` that are further in."""
        return [] if column < 0 else self.comments.further_in(column, self.bound)

    def _leading(self, comments: list[Comment], line: int | None, indent: int = 0) -> list[str]:
        """Lines before what stands in `line`: comments, and a blank line where one was."""
        lines: list[str] = []
        for comment in comments:
            if self._blank(comment.line - 1):
                lines.append("")
            lines.append(" " * indent + comment.text)
        if line is not None and self._blank(line - 1):
            lines.append("")
        return lines

    def _tail(self, comments: list[Comment], indent: int) -> list[str]:
        return self._leading(comments, None, min(indent, self.most))

    def _blank(self, line: int) -> bool:
        return line >= 0 and line not in self.kept and not self.lines[line].strip(" ")


def _start(node: Any) -> tuple[int, int]:
    return node.start_mark.line, node.start_mark.column


def _scalars(node: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.id == "scalar":
            found.append(one)
        elif one.id == "sequence":
            waiting.extend(one.value)
        else:
            for pair in one.value:
                waiting.extend(pair)
    return found


def _flow(node: Any, lines: list[str], place: Place) -> str:
    """A flow collection of one line."""
    if node.id == "scalar":
        line = lines[node.start_mark.line]
        return inline(node, line[node.start_mark.column : node.end_mark.column], flow=True)
    if node.id == "sequence":
        within = place.at("item")
        return f"[{', '.join(_flow(item, lines, within) for item in node.value)}]"
    rank = place.rank
    pairs = sorted(node.value, key=lambda pair: rank.get(pair[0].value, len(rank)))
    return "{" + ", ".join(_pair(key, value, lines, place) for key, value in pairs) + "}"


def _pair(key: Any, value: Any, lines: list[str], place: Place) -> str:
    name = _flow(key, lines, place)
    text = _flow(value, lines, place.at(key.value))
    return f"{name}: {text}" if text else f"{name}:"


def _noted(comment: Comment | None) -> str:
    return "" if comment is None else " " * max(_GAP, comment.gap) + comment.text


def _unblanked(lines: list[str]) -> list[str]:
    """`lines` without blank ones at the start."""
    start = 0
    while start < len(lines) and not lines[start]:
        start += 1
    return lines[start:]

"""What a pattern's tree says of whatever it matches: lengths, characters, how much is named."""

from ._syntax import Chain, Chars, Node, Repeat, Start


def lengths(node: Node) -> tuple[int, int | None]:
    """The least and the greatest length of what `node` matches; None: without end."""
    try:
        return node._lengths
    except AttributeError:
        made = _lengths(node)
        object.__setattr__(node, "_lengths", made)
        return made


def _lengths(node: Node) -> tuple[int, int | None]:
    if isinstance(node, Start):
        return 0, 0
    if isinstance(node, Chars):
        return 1, 1
    if isinstance(node, Repeat):
        least, most = lengths(node.part)
        if node.most is None or most is None:
            return least * node.least, 0 if most == 0 or node.most == 0 else None
        return least * node.least, most * node.most
    each = [lengths(part) for part in node.parts]
    leasts, mosts = [least for least, _ in each], [most for _, most in each]
    if isinstance(node, Chain):
        return sum(leasts), None if None in mosts else sum(m for m in mosts if m is not None)
    return min(leasts), None if None in mosts else max(m for m in mosts if m is not None)


def sample(node: Node, last: bool) -> str:
    """A short text that `node` admits: of each set the first character, of a choice the first
    branch; or the last ones."""
    if isinstance(node, Start):
        return ""
    if isinstance(node, Chars):
        code = node.mask.bit_length() if last else (node.mask & -node.mask).bit_length()
        return chr(max(0, code - 1))
    if isinstance(node, Repeat):
        return sample(node.part, last) * node.least if node.least else ""
    if isinstance(node, Chain):
        return "".join([sample(part, last) for part in node.parts])
    return sample(node.parts[-1 if last else 0], last)


def alphabet(node: Node) -> int:
    """Every character that may stand in what `node` matches."""
    if isinstance(node, Start):
        return 0
    if isinstance(node, Chars):
        return node.mask
    if isinstance(node, Repeat):
        return alphabet(node.part) if node.most != 0 else 0
    mask = 0
    for part in node.parts:
        mask |= alphabet(part)
    return mask


def positions(node: Node) -> int:
    """How many characters `node` names, each as often as it is repeated."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Start):
        return 0
    if isinstance(node, Repeat):
        return positions(node.part) * max(node.least, node.most or 1)
    return sum(map(positions, node.parts))

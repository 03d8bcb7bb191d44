"""Detectors of numbers with a check digit, each from a line of data."""

from jurat.plugin import Detector

from ._values import checked

LEFT = r"(?:^|[^0-9A-Za-z.-]|[^0-9A-Za-z][.-])"
RIGHT = r"(?:[^0-9A-Za-z-]|-[^0-9A-Za-z]|-?$)"
_NEXT = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "1234567890BCDEFGHIJKLMNOPQRSTUVWXYZA"
)


def number(
    name: str,
    entity: str,
    shape: str,
    module: str,
    source: str,
    context: tuple[str, ...],
    value: str,
    *,
    needs_context: bool = False,
    checksum: bool = True,
) -> Detector:
    """A number of which the module of stdnum says whether it holds. `value` is one that does; a
    misprint of it is the counter-example, where a check digit tells one (`checksum`)."""
    misprint = value[:-1] + value[-1].translate(_NEXT)
    against = (f"{context[0]} {misprint}",) if checksum else ()
    return Detector(
        id=name,
        entity=entity,
        patterns=(f"{LEFT}(?P<value>{shape}){RIGHT}",),
        validator=checked(module),
        context=context,
        needs_context=needs_context,
        checksum=checksum,
        examples=(f"{context[0]} {value}",),
        counter_examples=(*against, f"order {value}") if needs_context else against,
        source=source,
    )


def labelled(
    name: str,
    entity: str,
    shape: str,
    source: str,
    context: tuple[str, ...],
    *values: str,
) -> Detector:
    """A number without a check digit, which a word near must name."""
    return Detector(
        id=name,
        entity=entity,
        patterns=(f"{LEFT}(?P<value>{shape}){RIGHT}",),
        needs_context=True,
        context=context,
        examples=tuple(f"{context[0]}: {value}" for value in values),
        counter_examples=(f"order {values[0]}", f"{context[0]}: none"),
        source=source,
    )

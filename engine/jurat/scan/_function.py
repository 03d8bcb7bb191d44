"""Detectors that are functions over the text: what they find, and what they could not decide."""

from jurat.plugin import CONFIDENCES, Detection, Detector


def find_by_function(detector: Detector, text: str, found: list[Detection]) -> bool:
    """Add what `detector.find` finds in `text` to `found`; False if it could not decide: it
    raised, or gave what is no span of the text."""
    if detector.find is None:
        return True
    documented = detector.documentation
    made = []
    try:
        for start, end, confidence in detector.find(text):
            if not 0 <= start < end <= len(text) or confidence not in CONFIDENCES:
                return False
            example = documented is not None and documented(text[start:end])
            made.append(
                Detection(detector.entity, detector.id, start, end, confidence, example=example)
            )
    except Exception:  # noqa: BLE001  # a plugin's code may raise anything
        return False
    found += made
    return True

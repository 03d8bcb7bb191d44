"""Messages are cleaned by patterns; a value is quoted only where every detector agrees."""

from collections.abc import Iterable

from jurat.plan._speech import Speech
from jurat.plugin import Confidence, Detector
from jurat.scan import Scanner


def _names(text: str) -> Iterable[tuple[int, int, Confidence]]:
    for word in ("Azure", "Ada"):
        if word in text:
            yield text.index(word), text.index(word) + len(word), "medium"


NAMES = Detector("names", "PERSON", find=_names)
NUMBERS = Detector("numbers", "NUMBER", ("[0-9]{6}",))


def test_a_language_model_does_not_take_our_words_for_names() -> None:
    speech = Speech(lambda: Scanner([NAMES, NUMBERS]))
    told = "Azure serves {model} from 123456"
    assert speech.message(told, {"model": "gpt"}, "/model") == 'Azure serves "gpt" from [NUMBER]'
    assert speech.message(told, {"model": "Ada"}, "/model") == (
        "Azure serves the value at /model from [NUMBER]"
    )


def test_without_one_there_is_one_scanner() -> None:
    scanner = Scanner([NUMBERS])
    speech = Speech(lambda: scanner)
    assert speech.message("n 123456", {}, "") == "n [NUMBER]"
    assert speech._cleaner is scanner

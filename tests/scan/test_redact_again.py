"""What was redacted holds nothing more to redact, with every detector that there is."""

import random

import pytest

from jurat.scan import OPERATORS, Redactor, Scanner

KEY = bytes(range(32))
BETWEEN = (" ", ", ", "\n", " and ", ". The other: ", "; ", " - ")


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    made = Scanner()
    assert made.detectors
    return made


def mixtures(scanner: Scanner, count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    texts = [text for detector in scanner.detectors for text in detector.examples]
    return [
        "".join(
            part for text in chance.sample(texts, 4) for part in (text, chance.choice(BETWEEN))
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("operator", OPERATORS)
def test_redacting_again_changes_nothing(operator: str, scanner: Scanner) -> None:
    redactor = Redactor(scanner, operator, key=KEY)
    for text in mixtures(scanner, 150, OPERATORS.index(operator)):
        once = redactor.redact(text)
        assert once != text
        assert redactor.redact(once) == once
        if operator == "pseudonym":
            assert redactor.vault is not None
            assert redactor.vault.restore(once) == text


def test_a_label_speaks_for_no_other_value(scanner: Scanner) -> None:
    redactor = Redactor(scanner)
    text = "123-45-6789 and 212345678"
    once = redactor.redact(text)
    assert once == "[US_SSN] and 212345678"
    assert redactor.redact(once) == once
    far = once.replace(" and ", " and " + "x" * 69 + " ")  # the label is cut by the window
    assert redactor.redact(far) == far
    assert redactor.redact("SSN: 212345678") == "SSN: [US_SSN]"


def test_nothing_is_found_within_what_was_made(scanner: Scanner) -> None:
    for made in (
        "[KR_PASSPORT]",
        "<KR_PASSPORT_ibjfhcjeoehommnjaanb>",
        "[SECRET:ebnenckpceipkokljlcf]",
    ):
        for text in (f"swift: {made} and bic", f"<password>{made}</password>", f"password={made}"):
            assert scanner.scan(text) == []


@pytest.mark.parametrize(
    "text",
    [
        (
            "curl -s -u app:slhT6hTW7RTEcfCnszX3WruU https://api.inner.net; ENV SERVICE_TOKEN"
            " slhT6hTW7RTEcfCnszX3WruUzw3rn6Ke Website: www.stadtwerke-nord.de."
        ),
        "führerschein: B072RRE2I55, telefon 06-5/861 5789 - 8 (495) 174-45-29.",
    ],
)
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_word_that_comes_nearer_leaves_nothing(
    operator: str, text: str, scanner: Scanner
) -> None:
    redactor = Redactor(scanner, operator, key=KEY)
    once = redactor.redact(text)
    assert redactor.redact(once) == once
    if operator != "encrypt":  # with a nonce of its own each time
        stream = redactor.stream()
        out = "".join(stream.feed(character) for character in text)
        assert out + str(stream.flush()) == once

"""Numbers with a country's code: judged from the plans as `phonenumbers` judges them."""

import random

import phonenumbers
import pytest

from jurat_rules.packs.phones import _is_dialled

_KINDS = ("fixed_line", "mobile", "toll_free")


def _numbers(code: int, regions: tuple[str, ...], choose: random.Random) -> list[str]:
    """Numbers of a country, those with a digit more or less, others in it, and a prefix before."""
    made = []
    for region in regions:
        plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        for kind in _KINDS:
            known = getattr(plan, kind)
            if known is None or known.example_number is None:
                continue
            number = known.example_number
            made += [number, number[1:], number + "7", "0" + number, "1" + number]
            place = choose.randrange(len(number))
            made.append(f"{number[:place]}{choose.randrange(10)}{number[place + 1 :]}")
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_a_number_is_valid_where_phonenumbers_says_so(seed: int) -> None:
    choose = random.Random(seed)
    seen = set()
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for number in _numbers(code, regions, choose):
            value = f"+{code} {number[:3]} {number[3:]}"
            try:
                valid = phonenumbers.is_valid_number(phonenumbers.parse(value, None))
            except phonenumbers.NumberParseException:
                valid = False
            seen.add(valid)
            # the plan of the only country of a code may know what a national prefix hides
            told = _is_dialled(value)
            assert told == valid or (told and len(regions) == 1), value
    assert seen == {True, False}

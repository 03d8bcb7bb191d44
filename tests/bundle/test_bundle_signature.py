"""Signature files: what they bind, what is refused, one way to write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.bundle import BundleError
from jurat.bundle.signature import (
    NoteError,
    SigningKey,
    Statement,
    add_signature,
    new_key,
    parse_signing_key,
    read_keys,
    statement_in,
    verify_archive,
)
from jurat.canon import digest

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
ARCHIVE = b"the bytes of an archive"
OLD, NEW, OTHER = (new_key(name, name.encode().ljust(32)) for name in ("old", "new", "other"))


def said(archive: bytes = ARCHIVE, **changes: object) -> Statement:
    fields: dict[str, object] = {
        "name": "acme-ai",
        "version": "1.4.0",
        "revision": 7,
        "archive": digest(archive),
        "bundle": digest(b"what it says"),
        "signed": NOW,
        "expires": NOW + timedelta(days=1),
        **changes,
    }
    return Statement(**fields)  # type: ignore[arg-type]  # as the test says


def signed(*keys: SigningKey, statement: Statement | None = None) -> str:
    text = None
    for key in keys:
        text = add_signature(statement or said(), key, text)
    assert text is not None
    return text


def refused(signature: str | None, *keys: SigningKey, **options: object) -> str:
    options = {"now": NOW, **options}
    with pytest.raises(BundleError) as raised:
        verify_archive(ARCHIVE, signature, [key.vkey for key in keys], **options)  # type: ignore[arg-type]  # the options of one test
    (problem,) = raised.value.diagnostics
    return problem.code


def test_it_reads_as_documented() -> None:
    assert signed(OLD).splitlines()[:-1] == [
        "jurat-bundle/1",
        "name acme-ai",
        "version 1.4.0",
        "revision 7",
        f"archive {digest(ARCHIVE)}",
        f"bundle {digest(b'what it says')}",
        "signed 2026-05-25T12:00:00Z",
        "expires 2026-05-26T12:00:00Z",
        "",
    ]
    assert "\nexpires never\n" in signed(OLD, statement=said(expires=None))


def test_who_signed_is_told() -> None:
    text = signed(OLD, NEW)
    trusted = [NEW.vkey, OTHER.vkey, OLD.vkey]
    statement, signers = verify_archive(ARCHIVE, text, trusted, threshold=2, now=NOW)
    assert statement == said()
    assert signers == (NEW.vkey, OLD.vkey)


def test_a_key_takes_over_from_another() -> None:
    text = signed(OLD, NEW)
    for trusted in ([OLD], [OLD, NEW], [NEW]):  # before, meanwhile, after
        verify_archive(ARCHIVE, text, [key.vkey for key in trusted], now=NOW)
    assert refused(signed(OLD), NEW) == "JB093"


def test_one_key_under_two_names_counts_once() -> None:
    alias = SigningKey("alias", b"old".ljust(32))
    text = signed(OLD, alias)
    assert refused(text, OLD, alias, OTHER, threshold=2) == "JB093"


def test_what_is_refused() -> None:
    good = signed(OLD)
    assert refused(None, OLD) == "JB093"
    assert refused(good, OTHER) == "JB093"
    assert refused(good, OLD, OTHER, threshold=2) == "JB093"
    assert refused(signed(OLD, statement=said(b"another")), OLD) == "JB094"
    assert refused(good.replace("revision 7", "revision 9"), OLD) == "JB094"
    assert refused("", OLD) == "JB094"
    assert refused(good, OLD, now=NOW + timedelta(days=1)) == "JB095"
    # a false line of a trusted key makes the file worthless, whoever else signs
    false = signed(NEW, statement=said(revision=8)).splitlines()[-1] + "\n"
    assert refused(good + false, OLD, NEW) == "JB094"
    verify_archive(ARCHIVE, good + false, [OLD.vkey], now=NOW)  # new is nobody known here


@pytest.mark.parametrize("threshold", [0, 2, -1])
def test_a_threshold_can_be_reached(threshold: int) -> None:
    with pytest.raises(ValueError, match="the threshold is from 1"):
        verify_archive(ARCHIVE, None, [OLD.vkey, OLD.vkey], threshold=threshold, now=NOW)


def test_signatures_are_over_one_text() -> None:
    with pytest.raises(NoteError, match="says something else"):
        add_signature(said(revision=8), NEW, signed(OLD))
    assert add_signature(said(), OLD, signed(OLD)) == signed(OLD)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_file_is_worth_nothing(data: st.DataObject) -> None:
    text = signed(OLD, NEW)
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.characters(codec="ascii").filter(lambda char: char != text[at]))
    changed = text[:at] + char + text[at + 1 :]
    with pytest.raises(BundleError):
        verify_archive(ARCHIVE, changed, [OLD.vkey, NEW.vkey], threshold=2, now=NOW)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"jurat-bundle/1\n{text}", signed(OLD) + text):
        try:
            statement, note = statement_in(candidate)
        except NoteError:
            continue
        assert statement.text == note.text


@given(
    st.binary(min_size=32, max_size=32), st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)
)
@settings(max_examples=50, deadline=None)
def test_a_key_is_read_as_it_was_written(seed: bytes, name: str) -> None:
    key = new_key(name, seed)
    assert parse_signing_key(key.text + "\n").vkey == key.vkey


@pytest.mark.parametrize(
    "text",
    [
        "",
        OLD.vkey,
        OLD.text.replace("old", "odd"),
        OLD.text[:-4],
        "PRIVATE+KEY+old",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_what_is_no_key_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(NoteError) as raised:
        parse_signing_key(text)
    assert not text or text not in str(raised.value)


def test_lists_of_keys() -> None:
    assert read_keys(f"# release\n\n{OLD.vkey}\n  {NEW.vkey} \n") == [OLD.vkey, NEW.vkey]
    with pytest.raises(NoteError):
        read_keys(OLD.text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "ü", "a\nb"])
def test_names_that_no_note_can_carry(name: str) -> None:
    with pytest.raises(NoteError):
        new_key(name, bytes(32))

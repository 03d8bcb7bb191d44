"""A signer that is a command: for a key in a token, a vault or a KMS."""

import subprocess
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence

from ._errors import LogError
from ._note import NoteError, parse_vkey

_SIGNATURE = 64  # bytes of an Ed25519 signature
_SHOWN = 200  # characters of what a command says


class CommandSigner:
    """Signs a log's checkpoints by running `command` (no shell), once for each commit.

    The command gets the message on its standard input and writes the 64-byte Ed25519 signature to
    its standard output, raw or in base64, and exits with 0. `vkey` is the verifier key of the key
    that it signs with; its name is the log's origin. What it answers is checked against that
    before it is used. `timeout` is in seconds.
    """

    def __init__(self, command: Sequence[str], vkey: str, *, timeout: float = 10.0) -> None:
        try:
            self._key = parse_vkey(vkey)
        except NoteError as error:
            raise LogError(f"the verifier key of the signing command: {error}") from None
        if not command:
            raise LogError("the signing command is empty")
        self._command = list(command)
        self._timeout = timeout

    @property
    def vkey(self) -> str:
        return self._key.text

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`. Raises LogError, and says what the command said."""
        name = self._command[0]
        try:
            done = subprocess.run(
                self._command,
                input=message,
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LogError(
                f"the signing command {name} did not answer within {self._timeout:g} seconds"
            ) from None
        except OSError as error:
            raise LogError(f"the signing command {name} cannot be run: {error.strerror}") from None
        if done.returncode:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[:_SHOWN]
            told = f": {said}" if said else ""
            raise LogError(f"the signing command {name} failed with {done.returncode}{told}")
        signature = _signature(done.stdout)
        if signature is None:
            raise LogError(
                f"the signing command {name} answered {len(done.stdout)} bytes: no signature of "
                f"{_SIGNATURE} bytes, raw or in base64"
            )
        if not self._key.check(message, signature):
            raise LogError(
                f"the signing command {name} signed with another key than that of {self.vkey}"
            )
        return signature


def _signature(answer: bytes) -> bytes | None:
    if len(answer) == _SIGNATURE:
        return answer
    try:
        decoded = b64decode(answer.strip(), validate=True)
    except (Base64Error, ValueError):
        return None
    return decoded if len(decoded) == _SIGNATURE else None

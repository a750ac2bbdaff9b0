"""Keeps API keys unreadable in the database: encrypted with a secret of their own, ENDPOINT_KEY_SECRET."""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Less can be guessed by whoever has a copy of the database.
LEAST_CHARACTERS = 32


class SecretUnusable(Exception):
    """The secret that seals keys cannot do what is asked of it."""


class SecretMissing(SecretUnusable):
    """ENDPOINT_KEY_SECRET is not set."""


class SecretTooShort(SecretUnusable):
    """One of the secrets in ENDPOINT_KEY_SECRET can be guessed."""


class SecretWrong(SecretUnusable):
    """None of the secrets opens what was sealed."""


def seal(text: str) -> str:
    """Encrypt with the first secret."""
    return MultiFernet(_fernets()).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Decrypt with whichever secret fits."""
    try:
        return MultiFernet(_fernets()).decrypt(sealed).decode()
    except (InvalidToken, ValueError) as exc:  # ValueError: what is there was never sealed
        raise SecretWrong from exc


def renewed(sealed: str) -> str:
    """Return it under the first secret, so that older ones can be taken away; as it is when it is already."""
    try:
        _fernets()[0].decrypt(sealed)
    except (InvalidToken, ValueError):
        return seal(unseal(sealed))
    return sealed


def _fernets() -> list[Fernet]:
    secrets = [secret.strip() for secret in settings.ENDPOINT_KEY_SECRET.split(",") if secret.strip()]
    if not secrets:
        raise SecretMissing
    if any(len(secret) < LEAST_CHARACTERS for secret in secrets):
        raise SecretTooShort
    return [_fernet(secret) for secret in secrets]


@cache
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"keys of images endpoints")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))

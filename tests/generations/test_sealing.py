"""A stored key is unreadable without its secret, and outlives the secret's change."""

import pytest
from pytest_django import Settings

from generations.sealing import SecretMissing, SecretTooShort, SecretWrong, renewed, seal, unseal

OLD, NEW = "old-" + "a" * 32, "new-" + "b" * 32


def test_what_is_sealed_can_be_opened_and_not_read(settings: Settings) -> None:
    settings.ENDPOINT_KEY_SECRET = OLD
    sealed = seal("sk-of-nobody")
    assert "sk-of-nobody" not in sealed
    assert sealed != seal("sk-of-nobody")
    assert unseal(sealed) == "sk-of-nobody"


def test_an_old_secret_opens_until_it_is_taken_away(settings: Settings) -> None:
    settings.ENDPOINT_KEY_SECRET = OLD
    sealed = seal("sk-of-nobody")
    settings.ENDPOINT_KEY_SECRET = f" {NEW} , {OLD} "
    assert unseal(sealed) == "sk-of-nobody"
    fresh = renewed(sealed)
    assert renewed(fresh) == fresh
    settings.ENDPOINT_KEY_SECRET = NEW
    assert unseal(fresh) == "sk-of-nobody"
    with pytest.raises(SecretWrong):
        unseal(sealed)


@pytest.mark.parametrize(
    ("secret", "error"), [("", SecretMissing), (" , ", SecretMissing), ("x" * 31, SecretTooShort)]
)
def test_a_secret_that_protects_nothing_is_refused(
    settings: Settings, secret: str, error: type[Exception]
) -> None:
    settings.ENDPOINT_KEY_SECRET = secret
    with pytest.raises(error):
        seal("sk-of-nobody")


@pytest.mark.parametrize("broken", ["nonsense", "", "gAAAAA", "密"])
def test_what_was_never_sealed_is_not_opened(broken: str) -> None:
    with pytest.raises(SecretWrong):
        unseal(broken)

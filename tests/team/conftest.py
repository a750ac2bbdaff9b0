import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """These tests sign in often, and a real hash takes a quarter of a second by design."""
    settings.PASSWORD_HASHERS = ["tests.people.QuickHasher"]

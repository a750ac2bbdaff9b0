"""Four named people, so that every test about permission reads as a story."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from team.models import Role, User

PASSWORD = "a long enough phrase"
_numbers = count(1)


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own hash, cheap enough to make in every test."""

    iterations = 1


def make_member(**fields: Any) -> User:
    """A member with the usual password. `email` and `name` are made up unless given."""
    number = next(_numbers)
    known = {
        "email": f"member{number}@studio.example",
        "name": f"Member {number}",
        "password": QuickHasher().encode(PASSWORD, "salt"),
    }
    return User.objects.create(**{**known, **fields})


@pytest.fixture
def ada(db: None) -> User:
    """Ada is the administrator."""
    return make_member(email="ada@studio.example", name="Ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def rui(db: None) -> User:
    """Rui is a reviewer."""
    return make_member(email="rui@studio.example", name="Rui", role=Role.REVIEWER)


@pytest.fixture
def mei(db: None) -> User:
    """Mei is a member."""
    return make_member(email="mei@studio.example", name="Mei")


@pytest.fixture
def bo(db: None) -> User:
    """Bo is another member, who has nothing to do with Mei's things."""
    return make_member(email="bo@studio.example", name="Bo")

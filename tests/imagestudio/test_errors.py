"""What a visitor sees when something outside a view fails."""

import pytest
from django.db import OperationalError
from django.test import Client

from generations.models import Generation
from team.models import User


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (KeyError("a mistake"), 500)])
def test_a_database_that_is_away_is_not_called_a_mistake(
    mei: User, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    client = Client(raise_request_exception=False)
    client.force_login(mei)
    monkeypatch.setattr(Generation.objects, "visible_to", fail)

    assert client.get("/history/").status_code == status

"""Answers in words that nobody has seen before are found by the administrator, whole."""

import json

import pytest
from django.test import Client

from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted, error
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db


def test_the_admin_lists_what_no_rule_knows_and_shows_it_whole(
    ada: User, client: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    body = {"error": {"message": "a teapot", "code": "odd", "hint": "<b>x</b>" * 1_000 + "the end"}}
    wire.answers = [Scripted(status=418, body=json.dumps(body).encode()), error(401, message="bad key")]
    odd, _known = ask(), ask()
    run_everything()
    client.force_login(ada)

    listed = client.get("/admin/generations/call/?reason=unclassified")
    page = client.get(f"/admin/generations/call/{only_call(odd).pk}/change/")

    assert [call.pk for call in listed.context["cl"].result_list] == [only_call(odd).pk]
    assert "a teapot" in listed.text
    assert "the end" in page.text
    assert "<b>x</b>" not in page.text

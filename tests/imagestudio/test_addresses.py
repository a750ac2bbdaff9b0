"""Addresses that browsers ask for by themselves."""

from django.test import Client


def test_a_browser_that_asks_for_the_icon_by_its_old_name_gets_it(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert answer.status_code == 302
    assert answer["Location"].endswith(".svg")

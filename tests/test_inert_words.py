"""Words from outside are words on every page: they start no script and end no tag."""

import pytest
from django.test import Client

from team import membership
from team.models import User
from tests.studio_rows import make_rows

# None is longer than a name may be: so each stands whole in every field.
CORPUS = [
    "<script>bad(1)</script>",
    '"><img src=x onerror=bad(1)>',
    "' autofocus onfocus=bad(1) x='",
    "</title></textarea></template></select></style></script><!--><svg/onload=bad(1)>",
    "<div hx-get=/account/logout/ hx-trigger=load><base href=//evil.example>bad(1)",
    "{{ request.user.password }}{% include '_header.html' %}'\"<bad(1)",
]


@pytest.mark.parametrize("words", CORPUS)
def test_words_from_outside_are_inert_on_every_page(words: str, ada: User, rui: User, mei: User) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada, words=words)
    for person in (ada, rui, mei):
        User.objects.filter(pk=person.pk).update(name=words[:100])
    membership.suspend(rui, actor=ada)
    membership.reinstate(rui, actor=ada)

    seen = 0
    for person, addresses in {
        mei: [
            "/",
            f"/?from={rows.generation.pk}",
            "/live/",
            "/history/",
            f"/generations/{rows.generation.pk}/",
            f"/images/{rows.image.pk}/",
            "/settings/",
            f"/team/join/{rows.token}/",
        ],
        rui: ["/review/", "/review/?state=all", f"/review/{rows.refusal.pk}/?show=1"],
        ada: [
            "/team/",
            f"/team/members/{rui.pk}/role/",
            f"/team/members/{rui.pk}/suspend/",
            f"/team/members/{rui.pk}/reinstate/",
            f"/team/invitations/{rows.invitation.pk}/revoke/",
            *_admin_pages(rows.generation.pk, rows.call.pk, rows.image.pk, rows.refusal.pk, rows.verdict.pk),
            f"/admin/generations/endpoint/{rows.endpoint.pk}/change/",
            f"/admin/generations/endpoint/{rows.endpoint.pk}/delete/",
            f"/admin/generations/endpointmodel/{rows.offer.pk}/change/",
            f"/admin/team/user/{mei.pk}/change/",
            f"/admin/team/user/{mei.pk}/history/",
        ],
    }.items():
        client = Client()
        client.force_login(person)
        for address in addresses:
            page = client.get(address).content.decode()
            assert words not in page, address
            seen += "bad(1)" in page
    assert seen > 20


@pytest.mark.parametrize("words", CORPUS)
def test_words_that_come_back_from_a_form_are_inert(words: str, ada: User, rui: User, mei: User) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    client = Client()
    client.force_login(ada)
    field = {"prompt": words, "name": "", "email": words, "note": words, "decision": words, "role": words}
    for address in (
        "/",
        "/settings/",
        "/team/invite/",
        f"/review/{rows.refusal.pk}/",
        f"/team/members/{mei.pk}/role/",
        f"/admin/team/user/{mei.pk}/change/",
        "/account/password/reset/",
    ):
        assert words not in client.post(address, field).content.decode(), address
    for address in ("/?prompt=", "/history/?after=", "/review/?state=", "/admin/team/user/?q=", "/nothing/"):
        assert words not in client.get(address, {address.split("?")[-1][:-1]: words}).content.decode(), (
            address
        )
    visitor = Client()
    form = {"login": words, "next": words, "name": words, "email": words}
    for address in ("/account/login/", f"/team/join/{rows.token}/", f"/team/join/{rows.token}x/"):
        assert words not in visitor.post(address, form).content.decode(), address


def _admin_pages(*keys: object) -> list[str]:
    tables = ("generation", "call", "image", "refusal", "verdict")
    changes = [f"/admin/generations/{table}/{key}/change/" for table, key in zip(tables, keys, strict=True)]
    lists = [f"/admin/generations/{table}/" for table in (*tables, "endpoint", "endpointmodel")]
    return [
        *changes,
        *lists,
        *(f"/admin/team/{table}/" for table in ("user", "invitation", "membershipevent")),
    ]

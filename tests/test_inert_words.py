"""Words from outside are words on every page: they start no script and end no tag."""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from generations import deleted_collections, prompt_library
from generations.models import Access, Collection, Generation, Image, Price, SavedSearch, Tag
from team import membership
from team.models import User
from tests.studio_rows import Rows, make_rows

pytestmark = pytest.mark.either_database

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
            f"/?from={rows.generation.pk}&rewrite={rows.rewrite.pk}",
            "/live/",
            "/history/",
            f"/generations/{rows.generation.pk}/",
            f"/images/{rows.image.pk}/",
            "/settings/",
            f"/team/join/{rows.token}/",
        ],
        rui: ["/review/", "/review/?state=all", f"/review/{rows.case.pk}/?show=1"],
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
def test_names_notes_tags_and_searches_are_inert_wherever_history_is_kept(
    words: str, ada: User, rui: User, mei: User
) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada, words=words)
    images = _noted_copies(rows, words)
    Price.objects.create(offer=rows.offer, size=words[:20], quality=words[:20], per_image=1)
    User.objects.filter(pk__in=[mei.pk, ada.pk]).update(name=words[:100])

    seen = 0
    for person, addresses in {
        mei: _kept_pages(rows, images, words=words),
        ada: [
            "/history/?team=1&view=list",
            f"/history/counts/?person={mei.pk}",
            "/usage/?of=team",
            f"/endpoints/{rows.endpoint.pk}/models/{rows.offer.pk}/prices/",
        ],
    }.items():
        client = Client()
        client.force_login(person)
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            page = answer.content.decode()
            assert words not in page, address
            seen += "bad(1)" in page
    assert seen > 25


@pytest.mark.parametrize("words", CORPUS)
def test_words_that_are_kept_are_inert_in_what_is_said_of_it(
    words: str, ada: User, rui: User, mei: User
) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    client = Client()
    client.force_login(mei)
    order = f"/images/{rows.image.pk}/order/"
    said = {"images": rows.image.pk, "next": "/history/"}
    asked = [
        ("/history/searches/", {"name": words[:80], "query": f"q={words}", "pinned": "1"}),
        ("/collections/", {"name": words, "description": words, "access": "view"}),
        ("/library/", {"name": words, "text": words, "access": "view"}),
        (f"/library/{rows.saved_prompt.pk}/", {"text": words, "note": words}),
        (f"/collections/{rows.collection.pk}/", {"name": words, "description": words, "access": words}),
        (order, {"note": words}),
        (order, {"tags": words}),
        (order, {"new_collection": words}),
        ("/history/act/", {**said, "action": "tag", "tags": words}),
        ("/history/act/", {**said, "action": "zip", "pattern": words, "has_metadata": "1"}),
        ("/history/act/", {**said, "action": words}),
        ("/history/act/", {**said, "action": "trash"}),
    ]
    for address, form in asked:
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(address, form, headers=headers, follow=True)
            assert answer.status_code in (200, 422), (address, form)
            assert words not in answer.content.decode(), (address, form)
    search = SavedSearch.objects.get(member=mei)
    deleted = client.post(f"/history/searches/{search.pk}/delete/", follow=True).content.decode()
    assert "bad(1)" in deleted
    assert words not in deleted


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
        f"/review/{rows.case.pk}/",
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


def _noted_copies(rows: Rows, words: str) -> list[Image]:
    """The image three times more, the last in the trash; tags, a note and searches with the words."""
    image = rows.image
    member = rows.generation.member
    tag = Tag.objects.create(member=member, name=words[:60], folded=words[:120])
    Image.objects.filter(pk=image.pk).update(note=words, is_favourite=True, rating=4)
    image.tags.add(tag)
    copies = [image]
    for index in (1, 2, 3):
        copy = Image.objects.get(pk=image.pk)
        copy.pk, copy.index, copy._state.adding = uuid4(), index, True
        copy.save()
        copies.append(copy)
    SavedSearch.objects.create(member=member, name=words[:80], query=f"q={quote(words)}&tag={tag.pk}")
    variable = "{" + words.replace("{", "").replace("}", "")[:38] + "}"
    prompt_library.add_version(rows.saved_prompt, text=f"{variable} {words}", note=words, by=member)
    failed = Generation.objects.get(pk=rows.generation.pk)
    failed.pk, failed.submit_token, failed._state.adding = uuid4(), uuid4(), True
    failed.status, failed.trashed_at = "failed", failed.created_at
    failed.save()
    Image.objects.filter(pk=copies[3].pk).update(trashed_at=failed.created_at)
    return copies[:3]


def _kept_pages(rows: Rows, images: Sequence[Image], *, words: str) -> list[str]:
    """The addresses at which a member sees what is kept, found, compared and deleted."""
    member = rows.generation.member
    gone = Collection.objects.create(owner=member, name=words[:120], access=Access.VIEW)
    token = deleted_collections.delete(gone, by=member)
    tag = Tag.objects.get(member=member)
    image, collection, saved = images[0].pk, rows.collection.pk, rows.saved_prompt.pk
    compared = "&image=".join(str(one.pk) for one in images)
    return [
        "/history/?view=list",
        f"/history/?view=list&q={quote(words)}",
        f"/history/?q={quote(words)}&status=queued&collection={collection}&tag={tag.pk}",
        f"/history/?model={quote(words)}&size={quote(words[:20])}&category={quote(words)}",
        "/history/part/",
        "/history/counts/?status=partial",
        "/history/searches/",
        "/history/searches/pinned/",
        "/history/total/",
        "/history/matching/",
        "/collections/",
        f"/collections/?deleted={token}",
        f"/collections/{collection}/",
        f"/collections/{collection}/?arrange=1",
        "/library/",
        f"/library/?q={quote(words)}",
        f"/library/?text_of={rows.generation.pk}",
        f"/library/{saved}/",
        f"/library/{saved}/use/",
        "/prompts/",
        "/usage/",
        "/trash/",
        "/jobs/",
        f"/jobs/{rows.job.pk}/",
        "/data/",
        f"/series/{rows.generation.series}/",
        f"/generations/{rows.generation.pk}/series/",
        f"/images/{image}/",
        f"/images/{image}/order/",
        f"/images/{image}/similar/",
        f"/compare/?left={image}",
        f"/compare/?left={image}&right={images[1].pk}",
        f"/compare/?image={compared}",
        f"/tags/?tags={quote(words[:4])}",
    ]


def _admin_pages(*keys: object) -> list[str]:
    tables = ("generation", "call", "image", "refusal", "verdict")
    changes = [f"/admin/generations/{table}/{key}/change/" for table, key in zip(tables, keys, strict=True)]
    lists = [f"/admin/generations/{table}/" for table in (*tables, "endpoint", "endpointmodel")]
    return [
        *changes,
        *lists,
        *(f"/admin/team/{table}/" for table in ("user", "invitation", "membershipevent")),
    ]

"""The administrators' list, and the check of a prompt while it is written."""

from typing import Any

import pytest
from django.test import Client

from generations.models import ListedWord, WordEffect, WordKind
from team.models import User
from tests.generations.moderation.conftest import List

ENTRY = {
    "spellings": "Bolt",
    "kind": "brand",
    "effect": "warn",
    "instead_en": "plain shoes",
    "instead_zh": "",
}


@pytest.fixture
def admin(ada: User, listed: List) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def _text(answer: Any) -> str:  # the test client's answers have a type of its own
    return str(answer.content.decode())


def test_an_administrator_adds_a_name_and_it_is_looked_for_at_once(admin: Client, ada: User) -> None:
    answer = admin.post("/moderation/words/", {**ENTRY, "spellings": " Bolt \r\n\r\nBOLT\r\n闪电 \r\n"})

    assert answer.status_code == 302
    word = ListedWord.objects.get()
    assert word.spellings == "BOLT\n闪电"
    assert (word.changed_by, word.shipped_as) == (ada, "")
    assert "“BOLT” is on the list" in _text(admin.get("/moderation/words/"))
    assert "plain shoes" in _text(admin.post("/moderation/check/", {"prompt": "闪电牌运动鞋"}))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"spellings": " \n "}, "at least one spelling"),
        ({"spellings": "!!!"}, "has no letter"),
        ({"spellings": "x" * 101}, "too long"),
        ({"spellings": "\n".join(f"name {n}" for n in range(61))}, "at most 60"),
        ({"spellings": "n\n" * 1_000_001}, "at most 2000 characters"),
        ({"spellings": "a\0b"}, "Null characters"),
        ({"spellings": "ＨÉRON"}, "“heron” is on the list already"),
        ({"kind": "planet"}, "planet"),
        ({"effect": ""}, "required"),
        ({"instead_en": "like Bolt"}, "“Bolt” is stopped itself"),
        ({"instead_zh": "狐狸"}, "“狐狸” is stopped itself"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_saved(
    admin: Client, listed: List, fields: dict[str, str], says: str
) -> None:
    listed("heron")
    listed("狐狸", effect=WordEffect.STOP)

    answer = admin.post("/moderation/words/", {**ENTRY, **fields})

    assert answer.status_code == 422
    assert says in _text(answer)
    assert ListedWord.objects.count() == 2


def test_an_entry_is_changed_and_may_keep_its_own_spellings(admin: Client, listed: List) -> None:
    word = listed("Bolt", shipped_as="bolt")

    answer = admin.post(
        f"/moderation/words/{word.pk}/", {**ENTRY, "effect": "stop", "spellings": "Bolt\nVolt"}
    )

    assert answer.status_code == 302
    word.refresh_from_db()
    assert (word.spellings, word.effect, word.shipped_as) == ("Bolt\nVolt", "stop", "bolt")


def test_what_the_studio_ships_is_switched_off_and_never_deleted(admin: Client, listed: List) -> None:
    word = listed("Bolt", shipped_as="bolt")

    for _ in range(2):
        admin.post(f"/moderation/words/{word.pk}/switch/")
    answer = admin.post(f"/moderation/words/{word.pk}/delete/", follow=True)

    word.refresh_from_db()
    assert not word.is_active
    assert "Switch it off instead" in _text(answer)
    assert "plain shoes" not in _text(admin.post("/moderation/check/", {"prompt": "Bolt"}))
    admin.post(f"/moderation/words/{word.pk}/switch/", {"on": "1"})
    word.refresh_from_db()
    assert word.is_active


def test_an_own_entry_is_deleted_and_brought_back_as_it_was(admin: Client, listed: List) -> None:
    word = listed("Bolt", kind=WordKind.BRAND, instead_en="plain shoes", is_active=False)

    shown = admin.post(f"/moderation/words/{word.pk}/delete/", follow=True)
    assert not ListedWord.objects.exists()
    assert "“Bolt” was deleted" in _text(shown)

    admin.post("/moderation/words/restore/")
    back = ListedWord.objects.get()
    assert (back.spellings, back.instead_en, back.is_active) == ("Bolt", "plain shoes", False)
    assert "nothing to bring back" in _text(admin.post("/moderation/words/restore/", follow=True))


def test_the_list_is_searched_and_filtered(admin: Client, listed: List) -> None:
    listed("Bolt", kind=WordKind.BRAND)
    listed("Ann Artist\n安画家", kind=WordKind.ARTIST, effect=WordEffect.STOP)
    listed("Old Name", is_active=False)

    def shown(query: str) -> list[bool]:
        text = _text(admin.get(f"/moderation/words/?{query}"))
        return [f">{name}</a>" in text for name in ("Bolt", "Ann Artist", "Old Name")]

    assert shown("") == [True, True, True]
    assert shown("q=画家") == [False, True, False]
    assert shown("kind=brand") == [True, False, False]
    assert shown("effect=stop") == [False, True, False]
    assert shown("use=no") == [False, False, True]
    assert shown("kind=nonsense&page=zero") == [True, True, True]
    assert "Nothing on the list fits" in _text(admin.get("/moderation/words/?q=%25"))


def test_a_prompt_is_tried_and_nothing_is_kept_of_it(admin: Client, listed: List) -> None:
    listed("Ann Artist", effect=WordEffect.STOP, instead_en="soft ink")

    stopped = admin.post("/moderation/words/try/", {"prompt": "by Ann Artist <i>now</i>"})
    clear = admin.post("/moderation/words/try/", {"prompt": "a heron"})
    empty = admin.post("/moderation/words/try/", {"prompt": ""})

    assert "would not be sent" in _text(stopped) and "soft ink" in _text(stopped)
    assert "<i>now" not in _text(stopped)
    assert "Nothing stands against it" in _text(clear)
    assert empty.status_code == 422


def test_while_writing_a_member_is_told_and_asked_for_an_answer_either_way(
    client: Client, mei: User, listed: List
) -> None:
    listed("Ann Artist", effect=WordEffect.STOP, instead_en='say "soft ink" <b>')
    listed("Bolt", instead_en="plain shoes")
    client.force_login(mei)

    def check(prompt: str, **more: str) -> str:
        return _text(client.post("/moderation/check/", {"prompt": prompt, **more}))

    assert check("a heron").strip() == ""
    assert "Nothing stands against it" in check("a heron", check="1")
    assert "You can send it all the same" in check("Bolt")
    stopped = check('Ann "Artist" <script>, Bolt, Ann Artist')
    assert "would not be sent" in stopped
    assert 'data-instead="say &quot;soft ink&quot; &lt;b&gt;"' in stopped
    assert "only a warning" in stopped
    assert "<script>" not in stopped


def test_a_megabyte_of_prompt_is_answered(client: Client, mei: User, listed: List) -> None:
    listed("Bolt")
    client.force_login(mei)

    assert "Bolt" in _text(client.post("/moderation/check/", {"prompt": "Bolt " + "é🎨" * 200_000}))

"""Every page around the history: no barriers, nothing cut off on a small phone, no English in Chinese."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Album
from tests.e2e.pages import barriers
from tests.services.studio import Studio

pytestmark = pytest.mark.browser
LISTS = (
    "/history/",
    "/history/?view=list",
    "/history/?view=list&sort=rating",
    "/history/searches/",
    "/history/counts/",
    "/collections/",
    "/library/",
    "/usage/",
    "/trash/",
    "/jobs/",
    "/data/",
)
EMPTY = (
    "/history/?status=unknown",
    "/collections/?archived=1",
    "/library/?archived=1",
    "/usage/?month=2020-02",
)
# What is the same in every language: names of models and formats, units, and {subject}, an example.
NAMES = (
    "gpt image dall sunburst flare sora flux kontext pro simulator token subject"
    " png jpeg webp csv zip sha us usd gb mb kb"
)
_ENGLISH = """([known, names]) => {
  const own = (one) => !one.closest("[lang]:not(:lang(zh)), script, style, template, option, code, kbd");
  const texts = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (own(walk.currentNode.parentElement)) texts.push(walk.currentNode.data);
  for (const name of ["title", "aria-label", "placeholder", "alt"])
    for (const one of document.querySelectorAll(`main [${name}]`))
      if (own(one)) texts.push(one.getAttribute(name));
  const isEnglish = (word) => !known.split(" ").includes(word.toLowerCase());
  const others = texts.map((text) => names.reduce((left, name) => left.replaceAll(name, ""), text));
  return others.filter((text) => (text.match(/[a-z]{2,}/gi) ?? []).some(isEnglish));
}"""
# What the people of other tests share with the team, and their names.
_SHARED = """
import json
from generations.models import Collection
from team.models import User
people = (one.display_name for one in User.objects.all())
print(json.dumps([*Collection.objects.values_list("name", flat=True), *people]))
"""
_TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
_CUT_OFF = """[...document.querySelectorAll("main :is(a.button, button, summary, h1, h2, label)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest(".visually-hidden, .tile, .chip"))
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("which", ["of several things", "of one thing"])
def test_no_page_has_barriers_or_runs_over_a_small_phone(
    member: Page, studio: Studio, album: Album, albums: dict[str, Album], which: str
) -> None:
    """In English for assistive technology, in Chinese for the words; on a small phone in both."""
    # What a member calls things, the team sees as it is; longer names first, for they hold shorter ones.
    shared = json.loads(studio.manage("shell", "-c", _SHARED).strip().splitlines()[-1])
    english = sorted([*albums["en"].names.values(), *shared], key=len, reverse=True)
    wrong: dict[str, object] = {}
    for address in album.pages if which == "of one thing" else (*LISTS, *EMPTY):
        answer = member.goto(album.url + address)
        assert answer is not None and answer.ok, address
        found: list[object] = []
        if album.language == "en":
            member.emulate_media(color_scheme="light")
            found += barriers(member)
            member.emulate_media(color_scheme="dark")
            found += [f"dark: {one}" for one in _pale(member)]
        else:
            found += member.evaluate(_ENGLISH, [NAMES, english])
        member.set_viewport_size({"width": 320, "height": 568})
        if member.evaluate(_TOO_WIDE) > 0:
            found.append("too wide")
        found += member.evaluate(_CUT_OFF)
        member.set_viewport_size({"width": 1440, "height": 900})
        if found:
            wrong[address] = found
    assert wrong == {}
    assert member.locator("html").get_attribute("lang") == album.in_its_language("en", "zh-Hans")


def _pale(page: Page) -> list[str]:
    """What cannot be read well: all that another theme can change."""
    violations = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [node["html"][:200] for one in violations for node in one["nodes"]]

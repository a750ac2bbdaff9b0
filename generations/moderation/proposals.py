"""Other words as their member sees them: how they differ, what they cost, or why there are none."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.explanations import explain
from generations.images_api import Reason
from generations.models import Generation, Rewrite, RewriteStatus
from generations.moderation.rewriting import latest, most_characters
from generations.moderation.words import find
from generations.prompt_diff import Piece, prompt_diff
from generations.prompt_language import language_of

State = Literal["waiting", "ready", "same", "failed"]

_NOBODY_KNOWS = _("Nobody knows whether it was charged.")
_MAY_BE_CHARGED = _("It may have been charged.")
_ASK_AN_ADMINISTRATOR = _("Ask an administrator of the studio to look at the policy of moderation.")
_NO_PROPOSAL = (_("What the endpoint answered is no proposal."), _MAY_BE_CHARGED)

# Where a sentence about images would be wrong about a chat model.
_WORDS: dict[Reason, tuple[str | Promise, ...]] = {
    Reason.TIMEOUT: (_("The chat model did not answer within a minute."), _NOBODY_KNOWS),
    Reason.CONNECTION_LOST: (_("The connection broke before the answer was here."), _NOBODY_KNOWS),
    Reason.WORKER_LOST: (
        _("The part of the studio that waited for the answer disappeared."),
        _NOBODY_KNOWS,
    ),
    Reason.OVERLOADED: (_("Nobody was free to ask the chat model in time. Nothing was charged."),),
    Reason.CONTENT_POLICY: (_("The chat model does not say this otherwise."),),
    Reason.EMPTY_ANSWER: (_("The chat model answered without a word."), _MAY_BE_CHARGED),
    Reason.TRUNCATED_ANSWER: (_("The chat model's answer ended before its end."), _MAY_BE_CHARGED),
    Reason.ANSWER_TOO_LARGE: (
        _("The chat model's answer was too long for a prompt, and was not read."),
        _MAY_BE_CHARGED,
    ),
    Reason.UNREADABLE_ANSWER: _NO_PROPOSAL,
    Reason.NOT_JSON: _NO_PROPOSAL,
    Reason.ENCODED_BODY: _NO_PROPOSAL,
    Reason.WEB_PAGE: _NO_PROPOSAL,
    Reason.RATE_LIMITED: (_("The chat model had too many requests. Nothing was proposed."),),
    Reason.SERVER_ERROR: (_("The endpoint of the chat model failed."), _MAY_BE_CHARGED),
    Reason.NOT_FOUND: (_("The endpoint knows no such chat model."), _ASK_AN_ADMINISTRATOR),
    Reason.MODEL_UNAVAILABLE: (_("The chat model is not in use any more. Nothing was sent."),),
    Reason.NAME_NOT_FOUND: (_("The endpoint of the chat model could not be reached. Nothing was sent."),),
    Reason.CONNECTION_REFUSED: (_("The endpoint of the chat model could not be reached. Nothing was sent."),),
    Reason.UNCLASSIFIED: (
        _("The endpoint of the chat model refused, in words that the studio does not know."),
        _ASK_AN_ADMINISTRATOR,
    ),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What has come of asking for other words."""

    rewrite: Rewrite
    state: State
    text: str = ""  # as much of it as the model takes that is to draw it
    lang: str = ""
    most: int = 0  # characters that this model takes, where the proposal was longer; else 0
    pieces: tuple[Piece, ...] = ()  # against the first prompt; none where that would say nothing
    stops: tuple[str, ...] = ()  # what the team's list would stop in it
    why: tuple[str, ...] = ()  # there is none, in sentences

    @property
    def was_charged(self) -> bool:
        """Whether there is something to say about its cost; not where nothing was sent, or all is free."""
        if self.state == "failed":
            return self.rewrite.cost != 0
        return self.state != "waiting"


def proposal_of(generation: Generation) -> Proposal | None:
    """Return how it stands with other words; None where nobody asked for any, or dropped them."""
    rewrite = latest(generation)
    if rewrite is None:
        return None
    if rewrite.status == RewriteStatus.WAITING:
        return Proposal(rewrite, "waiting")
    if rewrite.status == RewriteStatus.FAILED:
        return Proposal(rewrite, "failed", why=tuple(map(str, _why(rewrite.reason))))
    return _ready(rewrite, generation) if rewrite.prompt else None


def words_of(rewrite: Rewrite) -> str:
    """Return the proposal, cut to what the model takes that is to draw it."""
    return rewrite.prompt[: most_characters(rewrite.generation)].rstrip()


def _ready(rewrite: Rewrite, generation: Generation) -> Proposal:
    rewrite.generation = generation
    text, most = words_of(rewrite), most_characters(generation)
    if text.split() == generation.prompt.split():
        return Proposal(rewrite, "same")
    return Proposal(
        rewrite,
        "ready",
        text=text,
        lang=language_of(text),
        most=most if len(rewrite.prompt) > most else 0,
        pieces=prompt_diff(generation.prompt, text),
        stops=tuple(dict.fromkeys(hit.phrase for hit in find(text) if hit.stops)),
    )


def _why(reason: str) -> tuple[str | Promise, ...]:
    known = next((words for code, words in _WORDS.items() if code == reason), None)
    if known is not None:
        return known
    explanation = explain(reason)
    return (explanation.sentence, *explanation.advice) if explanation else _WORDS[Reason.UNCLASSIFIED]

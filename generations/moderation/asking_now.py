"""What the check before sending would say of a prompt, for somebody who has pressed Check and waits."""

from dataclasses import dataclass
from typing import Final

from generations.images_api import ImagesError
from generations.models import ModerationPolicy
from generations.moderation.holding import held_for
from generations.moderation.score_words import Score, marks_of
from generations.moderation.weighing import checking_endpoint, weigh
from generations.moderation.words import LONGEST

SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """Its answer; nothing of it is kept."""

    stopped: tuple[Score, ...] = ()
    held: tuple[Score, ...] = ()  # it is sent, and what comes of it waits for a reviewer
    flagged: tuple[Score, ...] = ()
    sentence: str = ""
    is_away: bool = False
    is_sent_without: bool = True  # when it is still away then

    @property
    def is_against(self) -> bool:
        return bool(self.is_away or self.stopped or self.held or self.flagged)


def ask_now(prompt: str) -> Said | None:
    """Ask within five seconds; None where the team checks nothing before it is sent."""
    policy = ModerationPolicy.current()
    endpoint = checking_endpoint(policy)
    if endpoint is None or not prompt.strip():
        return None
    try:
        found = weigh(policy, endpoint, prompt[:LONGEST], seconds=SECONDS)
    except ImagesError:
        return Said(is_away=True, is_sent_without=policy.fails_open)
    held = held_for(policy, found)
    return Said(
        stopped=marks_of(found.scores, found.stopped_for),
        held=marks_of(found.scores, held),
        flagged=marks_of(found.scores, [name for name in found.flagged_for if name not in held]),
        sentence=found.sentence if found.stopped_for or held or found.flagged_for else "",
    )

"""Which run a reviewer has released: what the team's own rules stop is sent that one time."""

from uuid import UUID, uuid5

from generations.models import Decision, Generation, Verdict


def token_of(release: Verdict, generation_id: UUID) -> UUID:
    """Return the token that the one more run is submitted with: the same for every press of the button."""
    return uuid5(generation_id, f"release {release.pk}")


def is_released(generation: Generation) -> bool:
    """Whether it is the run that a reviewer has released, of the same words, and still stands to."""
    earlier = generation.retry_of
    if earlier is None or earlier.prompt != generation.prompt:
        return False
    releases = Verdict.objects.filter(
        case__generation=earlier, decision=Decision.RELEASE, undone_by__isnull=True
    )
    return any(token_of(release, earlier.pk) == generation.submit_token for release in releases)

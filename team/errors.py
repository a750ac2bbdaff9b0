"""What can stop a membership from changing. The text of each may be shown to the person who asked.

MembershipError
  NotAllowed            the one who asks is not an active administrator (any more)
  OwnMembership         nobody changes or suspends themselves
  AlreadyMember         the e-mail address belongs to a member
  InvitationUnusable    accepted, revoked, expired or never made
"""


class MembershipError(Exception):
    """Nothing was changed."""


class NotAllowed(MembershipError):
    """Only an active administrator may do this."""


class OwnMembership(MembershipError):
    """Somebody else has to do this."""


class AlreadyMember(MembershipError):
    """They can sign in instead."""


class InvitationUnusable(MembershipError):
    """A new invitation is needed."""

"""A member's search of everything they ever asked for: what was asked, what is found, how many there are."""

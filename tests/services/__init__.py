"""Fixtures that start the real services the studio runs on."""

"""Wiring: settings, addresses, the Celery application. No domain code lives here."""

from imagestudio.celery import app as celery_app

__all__ = ["celery_app"]

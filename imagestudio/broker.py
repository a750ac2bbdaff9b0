"""How the one REDIS_URL reads for Celery, which names unix sockets differently from redis-py."""

from urllib.parse import parse_qs, urlsplit


def celery_broker_url(redis_url: str) -> str:
    """Turn ``unix:///path.sock?db=0`` into Celery's ``redis+socket:///path.sock?virtual_host=0``."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"

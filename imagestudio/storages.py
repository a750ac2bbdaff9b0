"""Where images are kept: any S3, or a folder."""

from pathlib import Path
from typing import Any

from botocore.config import Config

from imagestudio import environment as env


def files(folder: Path) -> dict[str, Any]:
    """Return Django's setting for objects that are files in a folder."""
    return {
        "BACKEND": "generations.storage.whole_files.WholeFileStorage",
        # A repeated settlement writes the same bytes under the same key: it must land on itself.
        "OPTIONS": {"location": folder, "base_url": None, "allow_overwrite": True},
    }


def s3() -> dict[str, Any]:
    """Return Django's setting for objects in the bucket that the AWS_* variables name."""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("AWS_STORAGE_BUCKET_NAME"),
            "endpoint_url": env.text("AWS_S3_ENDPOINT_URL") or None,
            "region_name": env.text("AWS_S3_REGION_NAME") or None,
            "access_key": env.text("AWS_ACCESS_KEY_ID") or None,
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY") or None,
            "addressing_style": env.text("AWS_S3_ADDRESSING_STYLE", "path"),
            "location": env.text("AWS_LOCATION"),
            "default_acl": None,
            "file_overwrite": True,
            "querystring_auth": True,
            "max_memory_size": 8 * 1024 * 1024,  # bytes; larger objects are read through a temporary file
            "client_config": _client_config(),
        },
    }


def _client_config() -> Config:
    return Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 2, "mode": "standard"},
        # Stores that speak S3 without Amazon's newer trailing checksums must work too.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )

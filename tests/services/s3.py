"""An S3 server of this run's own: rclone in front of a folder, with keys required."""

import os
import secrets
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from tests.services.processes import Running, accepts, free_port, start, wait_for

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class S3:
    endpoint_url: str
    access_key: str
    secret_key: str = field(repr=False)
    folder: Path
    server: Running = field(repr=False)

    def client(self) -> "S3Client":
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def make_bucket(self) -> "Bucket":
        name = f"studio-{secrets.token_hex(6)}"
        client = self.client()
        client.create_bucket(Bucket=name)
        return Bucket(self, name, client)


@dataclass(frozen=True, slots=True)
class Bucket:
    store: S3
    name: str
    client: "S3Client" = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Return what a studio reads to keep its images here."""
        return {
            "AWS_STORAGE_BUCKET_NAME": self.name,
            "AWS_S3_ENDPOINT_URL": self.store.endpoint_url,
            "AWS_S3_REGION_NAME": "us-east-1",
            "AWS_ACCESS_KEY_ID": self.store.access_key,
            "AWS_SECRET_ACCESS_KEY": self.store.secret_key,
        }

    def keys(self) -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    port = free_port()
    access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
    root = folder / "buckets"
    root.mkdir(parents=True)
    command = (
        *(f"{sysconfig.get_path('scripts')}/rclone", "serve", "s3", str(root), "--addr", f"127.0.0.1:{port}"),
        *("--auth-key", f"{access_key},{secret_key}", "--vfs-cache-mode", "off", "--config", os.devnull),
    )
    server = start("s3", command, environment={"HOME": str(folder)}, log=folder / "s3.log")
    try:
        wait_for(lambda: accepts(port), "rclone serve s3", running=[server])
        yield S3(f"http://127.0.0.1:{port}", access_key, secret_key, root, server)
    finally:
        server.end()

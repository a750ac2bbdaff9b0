"""The client of OpenAI-compatible images endpoints: knows httpx, and nothing of Django.

send()         makes the call and keeps the answer in the spool, as it came
read_answer()  turns what is kept into an Answer, or into the error that it stands for
write_image()  writes one image of an Answer to a file
"""

from generations.images_api.client import send
from generations.images_api.decoding import Answer, AtUrl, EncodedImage, InBody, Usage, read_answer
from generations.images_api.errors import (
    Busy,
    EndpointError,
    ImagesError,
    NotRetrievable,
    NotSent,
    Refused,
    Rejected,
    SpoolFull,
    Stage,
    Unanswered,
    Unreadable,
)
from generations.images_api.families import Family, family_of
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection, ImagesRequest
from generations.images_api.spool import Delivery, Spool
from generations.images_api.writing import WrittenImage, write_image

__all__ = [
    "Answer",
    "AtUrl",
    "Busy",
    "Connection",
    "Delivery",
    "EncodedImage",
    "EndpointError",
    "Family",
    "ImagesError",
    "ImagesRequest",
    "InBody",
    "NotRetrievable",
    "NotSent",
    "Reason",
    "Refused",
    "Rejected",
    "Spool",
    "SpoolFull",
    "Stage",
    "Unanswered",
    "Unreadable",
    "Usage",
    "WrittenImage",
    "family_of",
    "read_answer",
    "send",
    "write_image",
]

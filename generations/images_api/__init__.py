"""The client of OpenAI-compatible images endpoints: knows httpx, and nothing of Django.

send()         makes the call and keeps the answer in the spool, as it came
read_answer()  turns what is kept into an Answer, or into the error that it stands for
write_image()  writes one image of an Answer to a file
list_models()  asks which models there are, which costs nothing
judge()        asks what an endpoint's moderation makes of words and pictures, which is free
post_json()    asks one of the endpoint's other addresses
"""

from generations.images_api.client import send
from generations.images_api.decoding import Answer, Usage, read_answer
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
from generations.images_api.families import (
    ABILITIES,
    TRANSPARENT_WORDS,
    AbilityError,
    Breach,
    Edits,
    Family,
    FreeSize,
    family_of,
)
from generations.images_api.image_places import AtUrl, EncodedImage, InBody
from generations.images_api.json_post import post_json
from generations.images_api.models_list import ListedModel, list_models
from generations.images_api.moderations import Judgement, judge
from generations.images_api.partial_images import OnPartial, PartialImage
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection, ImagesRequest, PictureFile
from generations.images_api.spool import Delivery, Spool
from generations.images_api.writing import WrittenImage, write_image

__all__ = [
    "ABILITIES",
    "TRANSPARENT_WORDS",
    "AbilityError",
    "Answer",
    "AtUrl",
    "Breach",
    "Busy",
    "Connection",
    "Delivery",
    "Edits",
    "EncodedImage",
    "EndpointError",
    "Family",
    "FreeSize",
    "ImagesError",
    "ImagesRequest",
    "InBody",
    "Judgement",
    "ListedModel",
    "NotRetrievable",
    "NotSent",
    "OnPartial",
    "PartialImage",
    "PictureFile",
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
    "judge",
    "list_models",
    "post_json",
    "read_answer",
    "send",
    "write_image",
]

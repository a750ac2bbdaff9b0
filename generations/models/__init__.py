"""What the studio remembers: endpoints, generations, calls, images and their order, refusals, verdicts."""

from generations.models.calls import Call, CallOutcome, CallStatus
from generations.models.cases import Case, CaseKind, Decision, Look, Verdict
from generations.models.collections import Collection, CollectionItem
from generations.models.endpoints import Endpoint, EndpointModel, KeySource
from generations.models.generations import Generation, GenerationStatus, Operation, Outcome, Shape, Source
from generations.models.images import HideReason, Image
from generations.models.jobs import Job, JobStatus
from generations.models.line import LineSample, Pause
from generations.models.lines import HasLine
from generations.models.moves import move_call, move_generation, touch
from generations.models.order import SavedSearch, Tag
from generations.models.outcomes import PromptOutcome
from generations.models.policy import ModerationPolicy, PreCheck, Rewrite, RewriteStatus
from generations.models.prices import Price
from generations.models.prompts import PromptVersion, SavedPrompt
from generations.models.references import Reference, ReferenceRole, ReferenceUse
from generations.models.refusals import Refusal, Stage
from generations.models.rules import AnswerRule
from generations.models.search_texts import SearchText
from generations.models.sharing import SHARED, Access
from generations.models.words import ListedWord, WordEffect, WordKind

__all__ = [
    "SHARED",
    "Access",
    "AnswerRule",
    "Call",
    "CallOutcome",
    "CallStatus",
    "Case",
    "CaseKind",
    "Collection",
    "CollectionItem",
    "Decision",
    "Endpoint",
    "EndpointModel",
    "Generation",
    "GenerationStatus",
    "HasLine",
    "HideReason",
    "Image",
    "Job",
    "JobStatus",
    "KeySource",
    "LineSample",
    "ListedWord",
    "Look",
    "ModerationPolicy",
    "Operation",
    "Outcome",
    "Pause",
    "PreCheck",
    "Price",
    "PromptOutcome",
    "PromptVersion",
    "Reference",
    "ReferenceRole",
    "ReferenceUse",
    "Refusal",
    "Rewrite",
    "RewriteStatus",
    "SavedPrompt",
    "SavedSearch",
    "SearchText",
    "Shape",
    "Source",
    "Stage",
    "Tag",
    "Verdict",
    "WordEffect",
    "WordKind",
    "move_call",
    "move_generation",
    "touch",
]

"""What the studio remembers: endpoints, generations, references, calls and images, refusals and verdicts."""

from generations.models.calls import Call, CallOutcome, CallStatus
from generations.models.endpoints import Endpoint, EndpointModel, KeySource
from generations.models.generations import Generation, GenerationStatus, Operation, Outcome
from generations.models.images import Image
from generations.models.line import LineSample, Pause
from generations.models.moves import move_call, move_generation, touch
from generations.models.references import Reference, ReferenceRole, ReferenceUse
from generations.models.refusals import Decision, Refusal, Stage, Verdict

__all__ = [
    "Call",
    "CallOutcome",
    "CallStatus",
    "Decision",
    "Endpoint",
    "EndpointModel",
    "Generation",
    "GenerationStatus",
    "Image",
    "KeySource",
    "LineSample",
    "Operation",
    "Outcome",
    "Pause",
    "Reference",
    "ReferenceRole",
    "ReferenceUse",
    "Refusal",
    "Stage",
    "Verdict",
    "move_call",
    "move_generation",
    "touch",
]

"""What a file says about how it was made: an XMP packet, put into a copy without touching its picture."""

from generations.provenance.carrying import carry
from generations.provenance.packet import PARAMETERS, packet, parameters

__all__ = ["PARAMETERS", "carry", "packet", "parameters"]

"""What a file says about how it was made: an XMP packet, put into a copy without touching its picture."""

from generations.provenance.carrying import carry
from generations.provenance.packet import packet, parameters

__all__ = ["carry", "packet", "parameters"]

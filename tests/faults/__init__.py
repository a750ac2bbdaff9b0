"""The fire: faults injected into real workers on purpose, and what became of every call counted afterwards."""

"""The fire: faults injected into real workers on purpose, and the calls counted afterwards."""

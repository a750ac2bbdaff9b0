"""The compositions, by name."""

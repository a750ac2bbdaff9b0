"""How the engine is: its workers and parts, the line and what stands still, now and over the last day."""

"""An images endpoint that behaves like the real ones: for people without a key, tests, and demonstrations."""

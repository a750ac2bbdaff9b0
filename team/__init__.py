"""People: who may come in, as what, and how they like their pages. Knows nothing of generations."""

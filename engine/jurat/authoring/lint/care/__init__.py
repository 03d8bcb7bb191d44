"""Lint rules about what a bundle owes to its readers."""

"""Lint rules about what weakens a bundle."""

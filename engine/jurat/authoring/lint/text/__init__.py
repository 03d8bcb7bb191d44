"""Lint rules about how text is matched."""

"""Lint rules about how findings are ignored."""

"""Lint rules about what a bundle says by mistake."""

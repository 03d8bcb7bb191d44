"""Lint rules about models, keys, controls and the age of state."""

"""Bundles: read, checked, made immutable, digested, packed; and what is wrong with them."""

from ._bundle import Bundle, Case, Expect, Judged, Parameter, Requires, Rule, Tables, Waiver
from ._catalogue import Catalogue, read_catalogue
from ._codes import CODES, Code, explain_code
from ._diagnostic import BundleError, Diagnostic, Related, diagnostic, render
from ._load import load_bundle, pack, read_bundle
from ._references import fact_reader
from ._registry import Registry
from ._schema import bundle_schema

__all__ = [
    "CODES",
    "Bundle",
    "BundleError",
    "Case",
    "Catalogue",
    "Code",
    "Diagnostic",
    "Expect",
    "Judged",
    "Parameter",
    "Registry",
    "Related",
    "Requires",
    "Rule",
    "Tables",
    "Waiver",
    "bundle_schema",
    "diagnostic",
    "explain_code",
    "fact_reader",
    "load_bundle",
    "pack",
    "read_bundle",
    "read_catalogue",
    "render",
]

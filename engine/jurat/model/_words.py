"""Which fields hold a word of a closed vocabulary."""

from collections.abc import Mapping
from types import MappingProxyType

# (model, field) -> the vocabulary; a bundle's data/vocabulary.yaml extends each of them
VOCABULARY_FIELDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Project", "environment"): "environment",
        ("Prompt", "environments"): "environment",
        ("Project", "residency"): "residency",
        ("Endpoint", "residency"): "residency",
        ("DataControl", "residency"): "residency",
        ("Project", "retention"): "retention",
        ("Org", "retention"): "retention",
        ("Endpoint", "retention"): "retention",
        ("DataControl", "retention"): "retention",
        ("Endpoint", "classes"): "classification",
        ("Request", "classification"): "classification",
        ("Credential", "status"): "credential_status",
        ("Credential", "owner_status"): "principal_status",
        ("Principal", "status"): "principal_status",
        ("Actor", "status"): "principal_status",
        ("ModelInfo", "status"): "approval_status",
        ("Prompt", "status"): "approval_status",
        ("Endpoint", "region"): "region",
        ("Request", "model"): "model",
        ("Response", "model"): "model",
        ("Endpoint", "model"): "model",
        ("Endpoint", "models"): "model",
        ("ModelPermission", "models"): "model",
        ("ModelInfo", "id"): "model",
        ("Limit", "model"): "model",
        ("Stop", "model"): "model",
        ("Request", "action"): "action",
        ("Actor", "permissions"): "action",
        ("Principal", "permissions"): "action",
    }
)

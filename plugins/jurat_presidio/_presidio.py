"""Making presidio's analyzer. The one place that imports presidio and spaCy, when first needed."""

from typing import Any

from ._settings import ModelNotFound, Settings, UnfitSetting


def analyzer_of(settings: Settings) -> Any:
    """An analyzer with the model and the recognisers of `settings`, and no others.

    Raises ModelNotFound, and UnfitSetting for an entity that nothing there finds.
    """
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    recognizers = [SpacyRecognizer(supported_language=settings.language), *_named(settings)]
    found = {entity for one in recognizers for entity in one.supported_entities}
    if lost := sorted(set(settings.entities) - found):
        raise UnfitSetting(f"no recogniser of presidio in use finds {', '.join(lost)}")
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[settings.language])
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=_nlp_engine(settings),
        supported_languages=[settings.language],
    )


def entities_of(settings: Settings) -> tuple[str, ...]:
    """The entities that are found: those of the settings, and of the recognisers named there."""
    extra = [entity for one in _named(settings) for entity in one.supported_entities]
    return tuple(dict.fromkeys((*settings.entities, *extra)))


def _named(settings: Settings) -> list[Any]:
    if not settings.recognizers:
        return []
    from presidio_analyzer import predefined_recognizers

    made = []
    for name in settings.recognizers:
        known = getattr(predefined_recognizers, name, None)
        if not (name.endswith("Recognizer") and isinstance(known, type)):
            raise UnfitSetting(f"presidio has no recogniser {name}")
        if known is predefined_recognizers.EmailRecognizer:
            known = _offline(known)
        made.append(known(supported_language=settings.language))
    return made


def _offline(email_recognizer: Any) -> Any:
    """Presidio's recogniser of addresses without its download: it checks an address's domain by a
    list of suffixes that it fetches when first used; the list that comes with tldextract does."""
    import tldextract

    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class EmailRecognizer(email_recognizer):  # type: ignore[misc]  # a base without types
        def validate_result(self, pattern_text: str) -> bool:
            return bool(extract(pattern_text).fqdn)

    return EmailRecognizer


def _nlp_engine(settings: Settings) -> Any:
    """Presidio's engine around a model that is loaded here: its own way of loading one downloads
    what is not installed."""
    import spacy
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    kind, _, language = settings.model.partition(":")
    try:
        nlp = spacy.blank(language) if kind == "blank" else spacy.load(settings.model)
    except (OSError, ImportError):
        raise ModelNotFound("install the model's package, or name its directory") from None

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]  # a base without types
        def load(self) -> None:
            self.nlp = {settings.language: nlp}

    models = [{"lang_code": settings.language, "model_name": settings.model}]
    engine = Loaded(models=models, ner_model_configuration=NerModelConfiguration())
    engine.load()
    return engine

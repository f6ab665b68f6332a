"""Words of other languages: colours, kinds of product and genders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from modiste.phrases.lexicon import word_set

# fmt: off
_WORDS: Mapping[str, Mapping[str, str]] = {
    "German": {
        "red": "rot", "black": "schwarz", "white": "weiß weiss", "blue": "blau", "green": "grün gruen",
        "yellow": "gelb", "grey": "grau", "brown": "braun", "pink": "~rosa", "purple": "lila violett", "dark": "dunkel",
        "light": "hell", "dress": "kleid", "shirt": "hemd", "blouse": "bluse", "trousers": "~hose",
        "skirt": "~rock röck", "jacket": "jacke", "leather jacket": "lederjacke", "winter jacket": "winterjacke",
        "coat": "mantel mäntel", "shoes": "schuh", "boots": "stiefel", "bag": "tasche handtasche", "sweater": "pulli",
        "socks": "socken", "hat": "~hut hüte", "cap": "mütze", "scarf": "schal", "belt": "gürtel", "watch": "uhr",
        "sneakers": "turnschuh", "long": "~lang", "short": "kurz", "striped": "gestreift", "men": "herren männer",
        "women": "damen frauen", "boys": "jungen", "girls": "mädchen", "summer": "sommer", "without": "ohne",
        "with": "~mit", "for": "für", "not": "nicht kein keine keinen", "and": "und", "but": "aber sondern",
        "or": "oder", "except": "außer ausser", "sleeves": "ärmel", "stripes": "streifen", "leather": "~leder",
        "": "~ein ~eine ~einen ~der ~die ~das ~den ~aus", "summer dress": "sommerkleid",
    },
    "French": {
        "red": "rouge", "black": "~noir noire", "white": "blanc blanche", "blue": "bleu", "green": "vert",
        "yellow": "jaune", "grey": "gris", "brown": "marron", "pink": "~rose", "purple": "violet violette",
        "dress": "~robe", "shirt": "chemise", "blouse": "chemisier", "trousers": "pantalon", "skirt": "jupe",
        "jacket": "veste blouson", "coat": "manteau", "shoes": "chaussure", "boots": "bottes bottine", "bag": "~sac",
        "socks": "chaussette", "hat": "chapeau", "scarf": "écharpe", "belt": "ceinture", "watch": "montre",
        "sneakers": "basket", "long": "longue", "short": "court", "striped": "rayé", "men": "homme", "women": "femme",
        "boys": "garçon", "girls": "fille", "summer": "été", "without": "~sans", "with": "avec", "for": "~pour",
        "not": "~pas", "and": "~et", "but": "~mais", "except": "sauf", "sleeves": "manches", "stripes": "rayures",
        "leather": "cuir", "": "~un ~une ~de ~des ~du ~le ~la ~les ~en ~à",
    },
    "Spanish": {
        "red": "rojo roja", "black": "~negro negra", "white": "blanco blanca", "blue": "azul", "green": "verde",
        "yellow": "amarill", "grey": "gris", "brown": "marrón", "pink": "~rosa", "purple": "morad", "dress": "vestido",
        "shirt": "camisa", "t-shirt": "camiseta", "blouse": "blusa", "trousers": "pantalón pantalones",
        "skirt": "falda", "jacket": "chaqueta", "coat": "abrigo", "shoes": "zapato", "boots": "~bota", "bag": "~bolso",
        "sweater": "jersé jerséis", "socks": "calcetin calcetín", "hat": "sombrero", "cap": "gorra", "scarf": "bufanda",
        "belt": "cinturón", "watch": "reloj", "sneakers": "zapatilla", "long": "larg", "short": "corto corta",
        "men": "~hombre", "women": "~mujer", "boys": "niño", "girls": "niña", "summer": "verano", "without": "~sin",
        "with": "~con", "for": "~para", "not": "~no", "and": "~y", "but": "pero", "except": "excepto salvo",
        "sleeves": "mangas", "stripes": "~rayas", "leather": "~cuero", "": "~un ~una ~de ~el ~la ~los ~las",
    },
    "Italian": {
        "red": "rosso rossa rossi rosse", "black": "nero nera", "white": "bianco bianca", "blue": "azzurr",
        "green": "verde", "yellow": "giallo gialla", "grey": "grigi", "brown": "marrone", "pink": "~rosa",
        "purple": "viola", "dress": "vestito abito", "shirt": "camicia camicie", "t-shirt": "maglietta",
        "trousers": "pantaloni", "skirt": "gonna", "jacket": "giacca giacche", "coat": "cappotto",
        "shoes": "scarpe scarpa", "boots": "stivali", "bag": "borsa borse", "sweater": "maglione", "socks": "calzini",
        "hat": "cappello", "scarf": "sciarpa", "belt": "cintura", "watch": "orologio", "men": "uomo uomini",
        "women": "donna donne", "boys": "bambino", "girls": "bambina", "summer": "estate", "without": "senza",
        "with": "~con", "for": "~per", "not": "~non", "and": "~e", "but": "~ma", "except": "tranne eccetto",
        "sleeves": "maniche", "leather": "~pelle", "": "~un ~una ~di ~da ~il ~la ~i ~le ~in",
    },
    "Dutch": {
        "red": "rood rode", "black": "zwart", "white": "~wit witte", "blue": "blauw", "green": "groen",
        "yellow": "geel gele", "grey": "grijs grijze", "brown": "bruin", "pink": "roze", "purple": "paars",
        "dress": "jurk", "shirt": "overhemd", "trousers": "broek", "skirt": "rok rokje", "jacket": "jas jasje",
        "shoes": "schoen", "boots": "laarzen", "bag": "~tas tassen", "sweater": "trui", "socks": "sokken",
        "hat": "hoed", "scarf": "sjaal", "belt": "riem", "men": "heren mannen", "women": "~dames vrouwen",
        "boys": "jongens", "girls": "meisjes", "without": "zonder", "with": "~met", "for": "~voor", "not": "niet geen",
        "and": "~en", "but": "~maar", "except": "behalve", "": "~een ~de ~het ~van",
    },
}
# fmt: on
"""Language to English words and how its words for them begin; "~" marks those that mean something else in English."""
_ENDING = 2
"""Letters that declension may add."""
_FUNCTION = frozenset(["and", "but", "or", "with", "without", "except", "for", "not", ""])
"""These don't decline."""
_COLOURS = word_set("red black white blue green yellow grey brown pink purple dark light")


def translate(text: str, english: Callable[[str], bool]) -> str:
    """The text in English where a word of it is of another language and not English; else the text itself.

    Words that aren't in the small list stay as they are.

    Args:
        english: returns whether a word is English.

    >>> translate("Rotes Kleid ohne Taschen", lambda word: False), translate("red dress", lambda word: True)
    ('red dress without bag', 'red dress')
    """
    words = re.findall(r"[^\W_]+", text.lower())
    readings = [[_meaning(word, language) for word in words] for language in _WORDS]
    meanings = max(readings, key=lambda reading: sum(meaning is not None for meaning in reading))
    if not any(meaning and meaning[1] and not english(word) for word, meaning in zip(words, meanings, strict=True)):
        return text
    translated = [word if meaning is None else meaning[0] for word, meaning in zip(words, meanings, strict=True)]
    translated = list(filter(None, translated))
    for index in range(1, len(translated)):  # the colour goes before what it colours
        before, word = translated[index - 1 : index + 1]
        if word in _COLOURS and before not in _COLOURS | _FUNCTION:
            translated[index - 1 : index + 1] = word, before
    return " ".join(translated)


def _meaning(word: str, language: str) -> tuple[str, bool] | None:
    """English meaning of a word of a language, and whether it has no other meaning in English."""
    for stem, (english, sure) in _stems(language).items():
        ending = 0 if english in _FUNCTION else _ENDING if sure else 1
        if word.startswith(stem) and len(word) - len(stem) <= ending:
            return english, sure
    return None


@cache
def _stems(language: str) -> dict[str, tuple[str, bool]]:
    """Beginnings of words, the longest first, with their English meaning and whether they have no other."""
    stems = {
        stem.removeprefix("~"): (english, not stem.startswith("~"))
        for english, listed in _WORDS[language].items()
        for stem in listed.split()
    }
    return dict(sorted(stems.items(), key=lambda entry: -len(entry[0])))

"""Words and signs people write by habit, and what the language has instead. Only tables."""

from __future__ import annotations

# word in lower case → the keyword, or the keywords in order of likelihood
ENGLISH: dict[str, tuple[str, ...]] = {
    "and": ("og",), "or": ("eller",), "not": ("ikke",), "if": ("hvis", "når"), "else": ("ellers",),
    "otherwise": ("ellers",), "when": ("når", "hvis"), "where": ("når",), "then": ("gir",), "in": ("i",),
    "from": ("fra",), "to": ("til",), "until": ("til",), "is": ("er", "="), "has": ("har",), "exists": ("finnes",),
    "missing": ("mangler",), "between": ("mellom",), "yes": ("ja",), "true": ("ja",), "no": ("nei",),
    "false": ("nei",), "unknown": ("ukjent",), "rule": ("regel",), "source": ("kilde",), "gives": ("gir",),
    "returns": ("gir",), "except": ("unntatt",), "days": ("dager",), "day": ("dag",), "hours": ("timer",),
    "minutes": ("minutter",), "months": ("måneder",), "month": ("måned",), "year": ("år",), "years": ("år",),
    "points": ("poeng",), "all": ("alle",), "none": ("ingen",), "same": ("samme",), "always": ("alltid",),
    "never": ("aldri",), "first": ("første",), "last": ("siste",), "least": ("minst",), "most": ("høyst",),
    "exactly": ("nøyaktig",), "with": ("med",), "without": ("uten",), "after": ("etter",), "before": ("før",),
    "codelist": ("kodeliste",), "example": ("eksempel",), "expect": ("forvent",), "given": ("gitt",),
    "group": ("gruppe",), "category": ("kategori",), "level": ("nivå",), "note": ("merknad",), "rate": ("sats",),
    "date": ("dato",), "text": ("tekst",), "integer": ("heltall",), "decimal": ("desimal",),
}  # fmt: skip

NYNORSK: dict[str, tuple[str, ...]] = {
    "ikkje": ("ikke",), "frå": ("fra",), "eit": ("én",), "ein": ("én",), "éin": ("én",), "gong": ("gang",),
    "kjelde": ("kilde",), "gjev": ("gir",), "elles": ("ellers",), "dersom": ("hvis", "når"), "viss": ("hvis", "når"),
    "høgst": ("høyst",), "månad": ("måned",), "månader": ("måneder",), "timar": ("timer",), "dagar": ("dager",),
    "minutt": ("minutter",), "heile": ("hele",), "fyrste": ("første",), "fyrst": ("første",), "manglar": ("mangler",),
    "finst": ("finnes",), "gjeld": ("gjelder",), "brote": ("brutt",), "ukjend": ("ukjent",), "unnateke": ("unntatt",),
    "unnatak": ("unntak",), "omgrep": ("begrep",), "eigenskap": ("egenskap",), "same": ("samme",),
    "frådrag": ("fradrag",), "erstattar": ("erstatter",), "omfattar": ("omfatter",), "utløysast": ("utløses",),
    "utløyst": ("utløses",), "opphald": ("opphold",), "særtenester": ("særtjenester",), "vidareført": ("videreført",),
    "rekkjefølgje": ("rekkefølge",), "rekkefølgje": ("rekkefølge",), "høgast": ("høyest",), "skildring": ("merknad",),
    "ufullstendeg": ("ufullstendig",), "døme": ("eksempel",), "opnar": ("åpner",), "ope": ("åpent",),
    "utgått": ("utgått",), "kronar": ("kroner",), "reknast": ("regnes",), "siste": ("siste",), "berre": (),
    "tel": ("teller",), "teljast": ("telles",), "vert": ("er",), "lik": ("=",),
}  # fmt: skip

SYNONYMS: dict[str, tuple[str, ...]] = {
    "prosent": ("%",), "pst": ("%",), "kroner": ("kr",), "nok": ("kr",), "nkr": ("kr",), "mnd": ("måneder",),
    "min": ("minutter",), "døgn": ("dager",), "hvis": ("når",), "når": ("hvis",), "lik": ("=",), "større": (">",),
    "mindre": ("<",), "er": ("=",), "ellers": ("eller",), "samt": ("og",), "men": ("og",), "pluss": ("+",),
    "minus": ("-",), "ganger": ("*",), "delt": ("/",), "et": ("én",), "ett": ("én",), "maksimum": ("høyst",),
    "minimum": ("minst",), "maks": ("høyst",), "høyest": ("høyst",), "minste": ("minst",), "eksisterer": ("finnes",),
    "dersom": ("hvis", "når"), "unntak": ("unntatt",), "unntatt": ("unntak",),
}  # fmt: skip

HABITS: dict[str, tuple[str, ...]] = {
    word: ENGLISH.get(word, ()) + NYNORSK.get(word, ()) + SYNONYMS.get(word, ())
    for word in (*ENGLISH, *NYNORSK, *SYNONYMS)
}

# Operators of other languages, written as two or three signs that are tokens here.
OPERATORS = {
    "==": "=", "===": "=", "=<": "<=", "=>": ">=", "<>": "!=", "><": "!=", "!==": "!=", ":=": "=", "=!": "!=",
    ">>": ">", "<<": "<", "<==": "<=", ">==": ">=", "++": "+", "**": "*", "=-": "= -",
}  # fmt: skip

# Signs that are no tokens at all.
SIGNS = {
    "&": "skriv «og»", "|": "skriv «eller»", "!": "skriv «ikke», eller «!=» for ulik",
    ";": "fjern semikolonet; en deklarasjon eller et ledd slutter av seg selv",
    "{": "bruk vanlige parenteser «(» og «)»", "}": "bruk vanlige parenteser «(» og «)»",
    "[": "bruk vanlige parenteser «(» og «)»", "]": "bruk vanlige parenteser «(» og «)»",
    "'": "avslutt navnet med ' på samme linje", ".": "fjern punktumet",
    "\\": "fjern tegnet", "§": "sett teksten i anførselstegn", "$": "skriv «kr» etter beløpet",
    "€": "skriv «kr» etter beløpet", "^": "skriv gangestykket helt ut", "~": "skriv «ikke»",
    "?": "et spørsmålstegn kan bare stå inne i en kode (M16.?)",
}  # fmt: skip

# Texts of signs that only look like one of the language's; letters are in diagnostics.nearest.LOOK_ALIKES.
LOOK_ALIKE_SIGNS = {
    "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "‐": "-",
    "‑": "-", "×": "*", "·": "*", "÷": "/", "‚": ",", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")",
    "≤": "<=", "≥": ">=", "≠": "!=", "＝": "=", "´": "'", "`": "'", "…": "..",
}  # fmt: skip

# Keywords of several words, by the name of their terminal.
WORDINGS = {
    "POENG_FOR": "poeng for", "TELLER_I_ISF": "teller i ISF", "REKKEFOLGE_STG": "rekkefølge STG",
    "REKKEFOLGE_TFG": "rekkefølge TFG", "NAAR_OPPFYLT": "når oppfylt rapporteres",
    "NAAR_IKKE_OPPFYLT": "når ikke oppfylt rapporteres",
}  # fmt: skip

NAMES = {
    "&": "og-tegn", "|": "loddrett strek", "!": "utropstegn", ";": "semikolon", "{": "krøllparentes",
    "}": "krøllparentes", "[": "hakeparentes", "]": "hakeparentes", "'": "enkelt anførselstegn", ".": "punktum",
    "\\": "omvendt skråstrek", "§": "paragraftegn", "$": "dollartegn", "€": "eurotegn", "^": "hatt", "~": "tilde",
    "?": "spørsmålstegn", "@": "krøllalfa", "`": "gravis", "´": "akutt", "‘": "typografisk enkelt anførselstegn",
    "’": "typografisk enkelt anførselstegn", "“": "typografisk anførselstegn", "”": "typografisk anførselstegn",
    "„": "typografisk anførselstegn", "«": "vinkelanførselstegn", "»": "vinkelanførselstegn", "–": "tankestrek",
    "—": "lang tankestrek", "−": "minustegn", "×": "gangetegn", "÷": "deletegn", "≤": "mindre enn eller lik",
    "≥": "større enn eller lik", "≠": "ulik", "…": "ellipse", "°": "gradtegn", "\0": "nulltegn, U+0000",
    "\ufeff": "byterekkefølgemerke, U+FEFF", "\u200b": "usynlig mellomrom, U+200B", "\u00ad": "myk bindestrek, U+00AD",
}  # fmt: skip

ALPHABETS = {"CYRILLIC": "kyrillisk bokstav", "GREEK": "gresk bokstav", "FULLWIDTH": "tegn i full bredde"}

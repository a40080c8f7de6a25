"""Languages that people can choose, as they and the model call them."""

from __future__ import annotations

import difflib
import re

from botcore.errors import InputError

NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian",
    "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fil": "Filipino", "fr": "French",
    "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer",
    "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz", "la": "Latin", "lb": "Luxembourgish",
    "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese", "my": "Burmese", "nb": "Norwegian",
    "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "or": "Odia",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "rw": "Kinyarwanda", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "tg": "Tajik", "th": "Thai", "ti": "Tigrinya", "tk": "Turkmen", "tl": "Tagalog", "tr": "Turkish",
    "tt": "Tatar", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa",
    "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip

# As those who speak them call them.
OWN_NAMES = {
    "العربية": "ar", "čeština": "cs", "dansk": "da", "deutsch": "de", "ελληνικά": "el", "español": "es",
    "فارسی": "fa", "suomi": "fi", "français": "fr", "עברית": "he", "हिन्दी": "hi", "magyar": "hu",
    "bahasa indonesia": "id", "italiano": "it", "日本語": "ja", "한국어": "ko", "norsk": "nb",
    "nederlands": "nl", "polski": "pl", "português": "pt", "română": "ro", "русский": "ru", "svenska": "sv",
    "ไทย": "th", "türkçe": "tr", "українська": "uk", "tiếng việt": "vi", "中文": "zh",
}  # fmt: skip

_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?", re.IGNORECASE)
_BY_NAME = {name.casefold(): tag for tag, name in reversed(NAMES.items())} | OWN_NAMES


def find_language(text: str) -> str:
    """Return the tag of what somebody typed, a tag or a language's name; raise `InputError`."""
    wanted = text.strip().replace("_", "-")
    if tag := _BY_NAME.get(wanted.casefold()):
        return tag
    match = _TAG.fullmatch(wanted)
    if match and match[1].lower() in NAMES:
        script, region = match[2], match[3]
        parts = [match[1].lower(), script.title() if script else "", region.upper() if region else ""]
        return "-".join(filter(None, parts))
    close = difflib.get_close_matches(wanted.casefold(), _BY_NAME, n=1)
    hint = (
        f"Did you mean {close[0].title()}?" if close else "Write its English name, or a tag as de or pt-BR."
    )
    raise InputError(f"“{text.strip()}” is no language that I know. {hint}")


def language_name(tag: str) -> str:
    """Return what a language is called in English: “Portuguese (BR)”."""
    language, _, rest = tag.partition("-")
    name = NAMES.get(language, language)
    return f"{name} ({rest})" if rest else name

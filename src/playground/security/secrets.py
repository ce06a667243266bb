"""Secrets in text: found before a change is shown, replaced before a text is kept.

Precision comes first: a refused honest change is lost, so only well-known key formats and
assignments of long random values to names such as `api_key` count. All expressions have bounded
repetitions, so that the time is linear in the text's length whatever the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from playground.domain.changes import split_lines

_ENTROPY_BITS_MIN = 3.4
_ENTROPY_BITS_MIN_BARE = 3.7
_VALUE_KINDS_MIN = 2
_PART_CHARS_MIN = 16
"""Characters of a line from which it counts as a part of a secret that holds it."""

_KEY_ENDS = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_BETWEEN_LINES = r"(?:[\s\"'+,()]|\\[rn]?){0,60}+"
# To its end, or as far as lines of a key follow where the rest was cut off. What is between does
# not hold the beginning of another key, so that many beginnings take no longer than one.
_PRIVATE_KEY = (
    rf"-----BEGIN {_KEY_ENDS}(?:"
    rf"[^-]{{0,32000}}+(?:-(?!----)[^-]{{0,200}}+){{0,8}}+-----END {_KEY_ENDS}"
    rf"|(?:{_BETWEEN_LINES}[A-Za-z-]{{3,20}}: [^\n\\\"']{{0,120}}){{0,6}}+"
    rf"(?:{_BETWEEN_LINES}[A-Za-z0-9+/=]{{32,1000}}+){{1,2000}}+"
    rf"(?:{_BETWEEN_LINES}[A-Za-z0-9+/]{{1,63}}={{1,2}})?"
    r")?"
)

_FORMATS: tuple[tuple[str, str], ...] = (
    ("private-key", _PRIVATE_KEY),
    ("aws-key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("github-token", r"(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{36,255}(?![A-Za-z0-9_])"),
    ("github-token", r"(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9_]{60,255}(?![A-Za-z0-9_])"),
    (
        "gitlab-token",
        (
            r"(?<![A-Za-z0-9_])gl(?:pat|rt|dt|ptt|cbt|soat)-[A-Za-z0-9_-]{20,64}"
            r"(?![A-Za-z0-9_-])"
        ),
    ),
    (
        "anthropic-key",
        r"(?<![A-Za-z0-9_-])sk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{20,200}(?![A-Za-z0-9_-])",
    ),
    (
        "openai-key",
        r"(?<![A-Za-z0-9_-])sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,250}(?![A-Za-z0-9_-])",
    ),
    ("openai-key", r"(?<![A-Za-z0-9_-])sk-(?:or-v1-)?[A-Za-z0-9]{32,100}(?![A-Za-z0-9_-])"),
    ("huggingface-token", r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,64}(?![A-Za-z0-9_])"),
    ("pypi-token", r"(?<![A-Za-z0-9_-])pypi-AgE[A-Za-z0-9_-]{40,300}"),
    ("npm-token", r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])"),
    ("slack-token", r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,200}"),
    ("slack-token", r"(?<![A-Za-z0-9])xapp-\d-[A-Z0-9]{6,14}-\d{8,16}-[a-f0-9]{32,100}"),
    (
        "slack-webhook",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]{6,14}/B[A-Z0-9]{6,14}/[A-Za-z0-9]{20,40}",
    ),
    ("google-key", r"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("google-key", r"(?<![A-Za-z0-9_-])GOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])"),
    ("google-key", r"(?<![A-Za-z0-9_.-])ya29\.[A-Za-z0-9_-]{60,500}"),
    ("azure-key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    ("azure-key", r"(?<![A-Za-z0-9_])sig=[A-Za-z0-9+/%]{40,70}(?:%3D|=)(?![A-Za-z0-9])"),
    ("azure-key", r"(?<=[A-Za-z0-9_.~-]{3}\d)Q~[A-Za-z0-9_.~-]{31,34}(?![A-Za-z0-9_~-])"),
    ("stripe-key", r"(?<![A-Za-z0-9_])[rs]k_live_[A-Za-z0-9]{20,200}(?![A-Za-z0-9_])"),
    ("sendgrid-key", r"(?<![A-Za-z0-9_])SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    *(
        ("vendor-token", rf"(?<![A-Za-z0-9_-]){vendor}(?![A-Za-z0-9_-])")
        for vendor in (
            r"do[opr]_v1_[a-f0-9]{64}",  # DigitalOcean
            r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",  # Shopify
            r"dapi[a-f0-9]{32}(?:-\d)?",  # Databricks
            r"hvs\.[A-Za-z0-9_-]{60,200}",  # Vault
            r"glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}",  # Grafana
            r"dckr_[op]at_[A-Za-z0-9_-]{27,32}",  # Docker
            r"lin_api_[A-Za-z0-9]{40}",  # Linear
            r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",  # Postman
            r"NRAK-[A-Z0-9]{27}",  # New Relic
            r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44}",  # Doppler
            r"rubygems_[a-f0-9]{48}",
            r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
            r"whsec_[A-Za-z0-9+/]{32,64}={0,2}",  # Stripe's and others' webhooks
            r"ATATT3x[A-Za-z0-9_=-]{150,250}",  # Atlassian
            r"sntrys_[A-Za-z0-9+/=_]{60,300}",  # Sentry
            r"gsk_[A-Za-z0-9]{52}",  # Groq
            r"xai-[A-Za-z0-9]{80}",
            r"pplx-[A-Za-z0-9]{48}",  # Perplexity
            r"ABSK[A-Za-z0-9+/]{100,140}={0,2}",  # Bedrock
        )
    ),
    # The digits before the colon are the name of a Telegram bot.
    ("vendor-token", r"(?<=\d{8}):AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    (
        "jwt",
        (
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}"
            r"\.[A-Za-z0-9_-]{20,2000}"
        ),
    ),
)

_FORMAT_ANCHORS = (
    *("-----BEGIN ", "AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *("glpat-", "glrt-", "gldt-", "glptt-", "glcbt-", "glsoat-", "shp", "dp."),
    *("github_pat_", "sk-", "hf_", "pypi-AgE", "npm_", "xox", "xapp-", "AIza", "GOCSPX-"),
    *("https://hooks.slack.com/services/T", "rk_live_", "sk_live_", "SG.", "eyJ", "ya29."),
    *("AccountKey=", "sig=", "Q~", "dop_v1_", "doo_v1_", "dor_v1_", "dapi", "hvs.", "dckr_"),
    *("lin_api_", "PMAK-", "NRAK-", "rubygems_", "AGE-SECRET-KEY-1", "whsec_", "ATATT3x", "glsa_"),
    *("sntrys_", "gsk_", "xai-", "pplx-", "ABSK", ":AA"),
)
"""What a key of one of the formats begins with."""

_KEY_FORMATS = re.compile(
    "|".join(f"(?P<f{index}>{pattern})" for index, (_, pattern) in enumerate(_FORMATS))
)

_SENSITIVE_NAME = (
    r"(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key"
    r"|secret[_-]?key|auth[_-]?key|client[_-]?secret|credentials?)"
)
_NAME_ANCHORS = (
    *("pass", "secret", "token", "api", "access", "private", "auth", "client", "credential"),
)
"""What a sensitive name begins with, in lower case."""

_HARMLESS_SUFFIX = (
    r"(?![_-]?(?:hash|url|uri|path|file|name|id|ids|field|header|label|prefix|regex|pattern|type"
    r"|types|env|var|title|text|help|message|digest|count|limit|length|format|class|re)s?\b)"
)
_ASSIGNED_QUOTED = re.compile(
    rf"(?i){_SENSITIVE_NAME}{_HARMLESS_SUFFIX}[A-Za-z0-9_-]{{0,20}}[\"']?\]?"
    r"\s{0,8}(?::[^\n=\"']{0,40})?(?:=|:|=>|(?<=[\"']),\s{0,8}default\s{0,4}=)\s{0,8}"
    r"[rbu]{0,2}"
    r"(?P<quote>\"{3}|'{3}|[\"'`])(?P<value>[^\"'`\s\\]{16,400})(?P=quote)"
)
_ASSIGNED_SHORT = re.compile(
    rf"(?i)(?:pass(?:word|wd|phrase)|pwd){_HARMLESS_SUFFIX}[A-Za-z0-9_-]{{0,20}}[\"']?\]?"
    r"\s{0,8}(?::[^\n=\"']{0,40})?(?:=|:|=>)\s{0,8}[rbu]{0,2}(?P<quote>[\"'])"
    r"(?P<value>(?=[^\"']{0,15}\d)(?=[^\"']{0,15}[A-Za-z])[^\"'\s\\]{6,15})(?P=quote)"
)
_NEVER_SURE = 1_000
_ASSIGNED_BARE = re.compile(
    rf"(?i){_SENSITIVE_NAME}{_HARMLESS_SUFFIX}[A-Za-z0-9_-]{{0,20}}[ \t]{{0,4}}[=:][ \t]{{0,4}}"
    r"(?P<value>[A-Za-z0-9+/_=-]{20,400})(?![A-Za-z0-9+/_=.(\[-])"
)
_BEARER = re.compile(
    r"(?i)\b(?:authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:bearer|basic|token)|bearer)"
    r"[ \t]{1,4}(?P<value>[A-Za-z0-9+/_=.~-]{16,2000})"
)
_URL_PASSWORD = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>{}\[\]]{0,80}:"
    r"(?P<value>[^\s/:@\"'<>{}\[\]]{3,200})@[A-Za-z0-9\[]"
)
_URL_PASSWORD_LENGTH_MIN = 12
# A login without a password that looks like a key is one, but what Sentry is told by is public.
_URL_KEY = re.compile(
    r"(?<![A-Za-z0-9+.-])https?://(?P<value>[A-Za-z0-9_-]{32,200})"
    r"@(?!o\d|[\w.-]{0,80}sentry)[A-Za-z0-9\[]"
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A place where secrets stand; the value must look random unless it is always redacted."""

    kind: str
    pattern: re.Pattern[str]
    anchors: tuple[str, ...]
    bits_min: float = _ENTROPY_BITS_MIN
    length_min: int = 16
    always_redacted: bool = False


_SHAPES = (
    _Shape("assigned-secret", _ASSIGNED_QUOTED, _NAME_ANCHORS),
    _Shape("assigned-secret", _ASSIGNED_BARE, _NAME_ANCHORS, bits_min=_ENTROPY_BITS_MIN_BARE),
    # A password that a person made up looks like much else, so no change is refused for it.
    _Shape(
        "assigned-secret",
        _ASSIGNED_SHORT,
        ("pass", "pwd"),
        length_min=_NEVER_SURE,
        always_redacted=True,
    ),
    _Shape("bearer-token", _BEARER, ("authorization", "bearer"), always_redacted=True),
    _Shape(
        "url-password",
        _URL_PASSWORD,
        (),
        length_min=_URL_PASSWORD_LENGTH_MIN,
        always_redacted=True,
    ),
    _Shape("url-password", _URL_KEY, ()),
)

KINDS = frozenset({kind for kind, _pattern in _FORMATS} | {shape.kind for shape in _SHAPES})
"""Every kind of secret that is told apart, see `Secret`."""

_PLACEHOLDER = re.compile(
    r"(?i)example|changeme|change[_-]me|placeholder|your[_-]|dummy|fake|redacted|xxxx|\*\*\*"
    r"|0123456789|abcdefgh|insert[_-]|replace[_-]|test[_-]|[_-]test|sample|todo|\$\{|\{\{|<|>|%\("
)
_WORDS = re.compile(r"[A-Za-z]{2,}(?:[ ._:/-][A-Za-z]{2,}|[ ._:/-]\d{1,4})*")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret in a text.

    Attributes:
        kind: stable word, such as "aws-key" or "assigned-secret".
        start: index of its first character.
        end: index after its last character.
        value: the secret itself; never log it.
    """

    kind: str
    start: int
    end: int
    value: str


def find_secrets(text: str) -> list[Secret]:
    """Returns the secrets in a text, in their order, not overlapping."""
    return _disjoint(_found(text, strict=True))


def new_secrets(before: str, after: str) -> list[Secret]:
    """Returns the secrets of `after` whose values `before` does not hold."""
    return [secret for secret in find_secrets(after) if secret.value not in before]


def redact(text: str) -> str:
    """Returns the text with every secret replaced by `[redacted:kind]`.

    Finds more than `find_secrets`: passwords in URLs count whatever they look like, and so do
    short ones with letters and digits that have a name, because what is kept loses little by it.
    Redacting twice changes nothing.
    """
    pieces: list[str] = []
    cursor = 0
    for secret in _disjoint(_found(text, strict=False)):
        pieces += [text[cursor : secret.start], f"[redacted:{secret.kind}]"]
        cursor = secret.end
    return "".join([*pieces, text[cursor:]])


def redact_hunks(diff: str, *, texts: Iterable[str]) -> str:
    """Returns removed and added lines with every secret replaced, as `redact` does.

    The signs before the lines would tear a secret of several lines apart, and its head may not be
    among the lines that changed.

    Args:
        diff: lines with a sign before each.
        texts: what the lines come from, as far as it is known.
    """
    whole = [
        secret
        for text in texts
        for secret in _disjoint(_found(text, strict=False))
        if "\n" in secret.value
    ]
    parts: list[str] = []
    for sign, lines in groupby(split_lines(diff), key=_sign):
        text = redact("".join(line.removeprefix(sign) for line in lines))
        parts += [sign + _without_parts(line, whole) for line in split_lines(text)]
    return redact("".join(parts))


def _sign(line: str) -> str:
    return line[0] if line[0] in "+-" else ""


def _without_parts(line: str, secrets: Sequence[Secret]) -> str:
    """Returns the line, or what stands for it where it is a line of a longer secret."""
    said = line.strip()
    for secret in secrets:
        if len(said) >= _PART_CHARS_MIN and said in secret.value:
            return line.replace(said, f"[redacted:{secret.kind}]")
    return line


def _found(text: str, *, strict: bool) -> list[Secret]:
    found: list[Secret] = []
    for match in _anchored(_KEY_FORMATS, text, places=_places(text, _FORMAT_ANCHORS)):
        kind = _FORMATS[int((match.lastgroup or "f0")[1:])][0]
        found.append(Secret(kind, match.start(), match.end(), match.group()))
    lower = text.lower()
    for shape in _SHAPES:
        for match in _matches(shape, text, lower):
            value = match["value"]
            sure = len(value) >= shape.length_min and _looks_random(value, bits_min=shape.bits_min)
            if sure or (shape.always_redacted and not strict):
                found.append(Secret(shape.kind, match.start("value"), match.end("value"), value))
    return found


def _matches(shape: _Shape, text: str, lower: str) -> Iterator[re.Match[str]]:
    """Yields what `finditer` does, in a tenth of the time: only where a match can begin."""
    if not shape.anchors:
        return _in_lines(shape.pattern, text)
    if len(lower) != len(text):
        # A few capital letters become two small ones, and then the places are not the same.
        return shape.pattern.finditer(text)
    return _anchored(shape.pattern, text, places=_places(lower, shape.anchors))


def _places(text: str, anchors: Sequence[str]) -> list[int]:
    """Returns where one of the anchors stands, in order."""
    places: list[int] = []
    for anchor in anchors:
        place = text.find(anchor)
        while place >= 0:
            places.append(place)
            place = text.find(anchor, place + 1)
    return sorted(places)


def _anchored(
    pattern: re.Pattern[str], text: str, *, places: Sequence[int]
) -> Iterator[re.Match[str]]:
    end = 0
    for place in places:
        match = pattern.match(text, place) if place >= end else None
        if match is not None:
            yield match
            end = match.end()


def _in_lines(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yields matches in those lines that hold a URL with a login."""
    place = text.find("://")
    while place >= 0:
        start, end = text.rfind("\n", 0, place) + 1, text.find("\n", place)
        end = len(text) if end < 0 else end
        if text.find("@", place, end) >= 0:
            yield from pattern.finditer(text, start, end)
        place = text.find("://", end)


def _looks_random(value: str, *, bits_min: float) -> bool:
    """Whether a value has the digits, letters and spread of characters of a generated key."""
    if _PLACEHOLDER.search(value) or _WORDS.fullmatch(value):
        return False
    kinds = (any(c.isdigit() for c in value), any(c.isalpha() for c in value))
    return sum(kinds) == _VALUE_KINDS_MIN and _entropy_bits(value) >= bits_min


def _entropy_bits(value: str) -> float:
    """Returns the Shannon entropy in bits for each character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def _disjoint(found: list[Secret]) -> list[Secret]:
    """Keeps the longest of overlapping secrets."""
    kept: list[Secret] = []
    for secret in sorted(found, key=lambda s: (s.start, -s.end)):
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return kept

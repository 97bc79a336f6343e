"""The forms in which programs print keys, passwords and serial numbers.

A small table instead of a library: of two that were tried on the table of the tests, one takes half
a second and 400 MB, and neither knows half of what conda, pip and their proxies print. The forms of
keys are those that their makers publish for scanners of secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

Replacement = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_QUOTED = r"""\\?"(?:[^"\\\r\n]|\\[^"\r\n]|\\"(?=[^\r\n]{0,400}")){1,400}\\?"|'[^'\r\n]{1,400}'"""
_VALUE = rf"(?:b?(?:{_QUOTED})|[^\s\"']{{1,400}})"
_MARKED = (
    r"(?:passw(?:or)?d|passphrase|passwort|\bpwd|secret|token|accesssignature|credentials?|şifr[eə]|parola?|пароль"
    r"|(?:api|access|account|private|auth|licen[sc]e|encryption|storage|shared|master)[ _-]?key"
    r"|(?<![^\W_])(?:pass|pw)(?=[\"']?\s?=)|(?-i:\b[A-Z][A-Z0-9_]{1,40}_KEY\b))"
    r"(?:[_-](?:key|id|value))?"
)
_BETWEEN = r"""\\?["']?\]?\s{0,3}[=:]\s{0,3}"""
_HEADER = (
    r"(?:(?:proxy-)?authorization|(?:set-)?cookie|private-token"
    r"|x-(?:api-key|auth-token|jfrog-art-api|amz-security-token))"
)
_SERIAL = (
    r"(?:\bserial|ioplatformserial|_serial|\bseri(?:ya)?|\bсерийный)"
    r"(?:[ _]?(?:number|num|no\.?|short|numarası|nömrəsi|номер))?(?: \(system\))?"
)
_HEX_DIGIT = "[0-9A-Fa-f]"
_ONE_VERY_COMPUTER = (
    r"(?:asset tag|service tag|product id|machine[ -]?id|boot[ -]?id|device id|gpu pdi|\bs/n|\bsn)"
)

#: How makers mark their keys; what follows a mark is the key.
_MARKS = (
    r"(?:hf|gsk|npm|r8|pfx|figd|ntn|KGAT|whsec)_[A-Za-z0-9]{16,}",
    r"gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|gl[a-z]{2,6}-[\w-]{16,}",
    r"(?:sk|pk|rk)[_-](?:[a-z]{2,10}\d{0,2}[_-]){0,2}[\w-]{16,}",
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}|AIza[\w-]{30,}|ya29\.[\w.-]{16,}|GOCSPX-[\w-]{16,}",
    r"xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|(?:xai|nvapi|pplx|tvly|pypi|csk)-[\w-]{16,}",
    r"dckr_(?:pat|oat)_[\w-]{16,}|dapi[0-9a-f]{30,}|do[a-z]_v1_[0-9a-f]{16,}|shp[a-z]{2}_\w{16,}",
    r"lsv2_[a-z]{2}_\w{16,}|gl(?:sa|c)_\w{16,}|ATATT[\w=-]{16,}|hv[sbr]\.[\w-]{16,}",
    r"SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]{4,})?",
    r"\d{8,10}:AA[\w-]{30,}|[MNO][\w-]{23,26}\.[\w-]{6,7}\.[\w-]{27,}",
)


def _as_random(found: re.Match[str]) -> str:
    """A long word that changes between small, capital and digit as no name does is a key."""
    word = found[0]
    kinds = ["0" if c.isdigit() else "A" if c.isupper() else "a" for c in word if c.isalnum()]
    changes = sum(one != other for one, other in pairwise(kinds))
    mangled = word.startswith(("_Z", "__"))  # a compiler's name for a function
    return "KEY" if len(set(kinds)) == 3 and changes >= 0.4 * len(kinds) and not mangled else word


def _compiled(*forms: tuple[str, str]) -> tuple[Replacement, ...]:
    return tuple((re.compile(pattern), instead) for pattern, instead in forms)


# Every pattern begins with a literal or a bounded run: no text makes one slow.
SECRETS: tuple[Replacement, ...] = (
    *_compiled(
        (
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:[\s\S]{0,20000}?-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
            r"|(?:[A-Za-z0-9+/=]|\r?\n[ \t]{0,9}(?=[A-Za-z0-9+/=]{16})|\\[rn])*)",
            "KEY",
        ),
        (r"(?m)^[ \t>]{0,9}(?![0-9a-f]{64}\r?$)[A-Za-z0-9+/]{60,76}={0,2}(?=\r?$)", "KEY"),
        # What stands before the host of an address; of a password, all up to the last @.
        (r"(://)[^\s/@\"'<>]{0,200}:[^\s\"'<>]{1,300}@(?=[\w\[])", r"\1"),
        (r"(://|:\\/\\/)[^\s/@\"'<>]{1,200}@", r"\1"),
        (r"(?i)(%3A%2F%2F)[^\s\"'&]{1,200}?%40", r"\1"),
        (r"(?i)(%3A//)[^\s/\"'&]{1,200}?%40", r"\1"),
        (r"(?<![^\s\"'=(])[^\s:/@\"'=(]{1,64}:[^\s\"']{1,200}@(?=[\w\[])", "LOGIN@"),
        (r"(https?://[^\s?\"'<>]{1,300}\?)[^\s\"'<>]{1,2000}", r"\1HIDDEN"),
        (
            r"(?i)((?:/|%2F)t(?:/|%2F))(?!<)[^\s/%\"'<>]{6,200}"
            r"(?!/\d{2,8}\b|[^\s/%\"'<>])",  # a forum's topic ends with a number
            r"\1TOKEN",
        ),
        (
            rf"(?i)({_HEADER}{_BETWEEN})(?:b?(?:{_QUOTED})|[^\r\n\"']{{1,2000}}"
            r"(?:\"[^\"\r\n]{0,400}\"[^\r\n\"']{0,400}){0,20})",
            r"\1HIDDEN",
        ),
        (
            r"(?i)(\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9})\S{1,200}"
            r"(\s{1,9}password\s{1,9})\S{1,400}",
            r"\1NAME\2HIDDEN",
        ),
        (r"(?im)^([ \t]{0,9}(?:login|password)[ \t]{1,9})\S{1,400}(?=[ \t]{0,9}\r?$)", r"\1HIDDEN"),
        (
            rf"(?i)((?<![\w-])--?[a-z-]{{0,30}}(?:{_MARKED}|username|login)[\"']?"
            r"(?:\s{0,2}[,=:]\s{0,2}|\s{1,3}))"
            rf"(?!-)(?=\S){_VALUE}",
            r"\1HIDDEN",
        ),
        (r"(\b(?:sshpass|twine|mysql\w{0,9})\b[^\r\n]{0,200}?\s-p\s?)[^\s-]\S{0,200}", r"\1HIDDEN"),
        (r"(\s-u\s{0,3}|--(?:proxy-)?user[ =])[^\s:\"']{1,100}:[^\s\"']{1,200}", r"\1HIDDEN"),
        (rf"(?i)({_MARKED}{_BETWEEN}){_VALUE}", r"\1HIDDEN"),
        (r"(?i)([\"']key[\"']\s{0,3}:\s{0,3})[\"'][^\"']{8,200}[\"']", r'\1"HIDDEN"'),
        (r"(?i)(\bbearer )(?=[^\s\"']{0,200}\d)[^\s\"']{8,400}", r"\1HIDDEN"),
        (
            r"(?i)(\bbasic )(?=[A-Za-z0-9+/]{0,200}[\d=])[A-Za-z0-9+/]{8,400}={0,2}",
            r"\1HIDDEN",
        ),
        (r"(?<![A-Za-z0-9_])(?:" + "|".join(_MARKS) + ")", "KEY"),
        (
            rf"(?i)({_SERIAL}[\"']?\s{{0,60}}[:=]\s{{0,60}}[\"']?)(?!\[?N/A)[^\s\"',;]{{2,100}}",
            r"\1HIDDEN",
        ),
        (
            r"(?im)^(\s{0,9}SerialNumber[ \t]{0,40}\r?\n(?:-{1,40}[ \t]{0,40}\r?\n)?)\S{3,64}",
            r"\1HIDDEN",
        ),
        (
            rf"(?i)({_ONE_VERY_COMPUTER}\s{{0,60}}[:=]\s{{0,60}})(?!\[?N/A)[^\s\"',;]{{2,100}}",
            r"\1HIDDEN",
        ),
        # A card's serial number has 13 digits (nvidia-smi -q), also in a table without labels.
        (r"(?<![\w.])\d{13}(?![\w.])", "SERIAL"),
        (
            rf"(?<!{_HEX_DIGIT}){_HEX_DIGIT}{{8}}(?:-{_HEX_DIGIT}{{4}}){{3}}-{_HEX_DIGIT}{{12}}"
            rf"(?!{_HEX_DIGIT})",
            "UUID",
        ),
    ),
    (re.compile(r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_-]{24,200}"), _as_random),
)

"""Where people, computers and networks are named: home folders, shares, prompts, addresses."""

from __future__ import annotations

import re

from wizard.causes.secret_forms import Replacement

SEPARATOR = r"(?:[\\/]{1,4}|%(?:25)?(?:5C|2F|5c|2f))"
"""Between the folders of a path, also where it was escaped or stands in an address."""
_PART = r"(?:[^\\/\s\"<>|:*?%,;']|%(?!(?:25)?(?:5C|2F|5c|2f))|'(?=\w))"
_NAME = (
    rf"{_PART}{{1,64}}(?:(?: {_PART}{{1,40}}){{1,3}}(?={SEPARATOR}|[>\"'])"
    rf"|(?: [A-ZÀ-ÞƏĞİŞА-Я]{_PART}{{0,40}}){{0,2}})"
)
"""One word; more where a separator or capital letters show that they belong to it."""
_HOMES = r"(?:homes?\$?|users?\$?|profiles?\$?|media|mail|documents(?: |%20)and(?: |%20)settings)"
_LABELS = (
    r"(?:(?:host|computer|machine|system|user|full) ?name|registered (?:owner|organi[sz]ation)"
    r"|b?ssid|имя (?:узла|компьютера|пользователя)|зарегистрированн\w{2} (?:владелец|организация)"
    r"|(?:ana )?bilgisayar adı|kullanıcı adı|kayıtlı (?:sahip|kuruluş)|kompüterin adı"
    r"|istifadəçi(?:nin)? adı|author|committer|signed-off-by)"
)
_OF_THE_USER = (
    r"(?:user(?:\.?name|domain\w{0,20}|dnsdomain)?|logname|computername|hostname|logonserver)"
)
_MORE_WORDS = r"(?: [A-ZÀ-ÞƏĞİŞА-Я][\w'’-]{1,30}(?![\w=])){0,2}"
_SHARE = r"[^\\/\s\"'<>|:*?]{1,80}"

_VERSION_BEFORE = re.compile(
    r"(?i)(?:version|driver|cuda|cudnn|nccl|is|nvidia[\w-]{0,30}|lib\w{1,30})"
    r"[\"']?[\s:-]{1,30}[\"']?$"
    r"|==$|\bv$"
)
_VERSION_AFTER = re.compile(r"\s{1,30}(?:\w{1,40}_\d+\b|\S{1,40}\s{1,30}conda-forge)")


def _address(found: re.Match[str]) -> str:
    """IP, unless the four numbers are a version, as cuBLAS and Windows' drivers have them."""
    numbers = found[0].split(".")
    before, after = (
        found.string[max(0, found.start() - 60) : found.start()],
        found.string[found.end() :][:90],
    )
    within = before.endswith(("-", "_")) and after.startswith(("-", "+", ".", "_"))
    version = within or _VERSION_BEFORE.search(before) or _VERSION_AFTER.match(after)
    own = numbers[0] in ("0", "127") or numbers[:2] == ["255", "255"]
    if own or version or any(int(number) > 255 for number in numbers):
        return found[0]
    return "IP"


def _address_6(found: re.Match[str]) -> str:
    import ipaddress

    words, _percent, _zone = found[0].partition("%")
    try:
        address = ipaddress.IPv6Address(words)
    except ValueError:
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else "IP"


# Every pattern begins with a literal or a bounded run: no text makes one slow.
PLACES: tuple[Replacement, ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"(?i)({SEPARATOR}{_HOMES}{SEPARATOR})(?-i:{_NAME})", r"\1USER"),
        (r"(?<![\w/~.\\])~[A-Za-z][\w.-]{0,31}(?=[/\\\s])", "~USER"),
        (r"(OneDrive)\s?-\s?(?:[^\\/\r\n\"'<>|:*?]{1,64})", r"\1 - ORGANISATION"),
        (
            r"(?<![\w:\\])(\\\\(?:\\\\)?(?:[?.]\\{1,2}UNC\\{1,2})?)(?![?.]|wsl[$.])"
            rf"[\w.$-]{{1,63}}(\\{{1,2}}){_SHARE}",
            r"\1SERVER\2SHARE",
        ),
        (rf"(?i)(\b(?:smb|cifs|nfs|afp|ssh|sftp)://)[\w.$-]{{1,63}}(?:/{_SHARE})?", r"\1SERVER"),
        (
            r"(?i)(\b\w{0,20}prox(?:y|ies)[\"']?\s{0,3}[=:]\s{0,3}[\"']?\w{2,9}://)"
            r"(?!localhost\b|127\.|\[)[\w.-]{1,200}",
            r"\1SERVER",
        ),
        (rf"(?i)(\bfile://)(?!localhost|[a-z]:)[\w.$-]{{1,63}}/{_SHARE}", r"\1SERVER/SHARE"),
        (rf"(?<![\w:/.\\])(//)[A-Za-z0-9][\w.$-]{{0,62}}/{_SHARE}", r"\1SERVER/SHARE"),
        (rf"(?im)(\b{_LABELS}(?:[ .\t]{{0,60}}:|\t)[ \t]{{0,60}})[^\r\n]{{1,100}}", r"\1HIDDEN"),
        (
            rf"(?i)(\b{_OF_THE_USER}[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?)"
            rf"(?-i:[^\s\"',;]{{1,100}}{_MORE_WORDS})",
            r"\1HIDDEN",
        ),
        (
            r"(?i)\b(?:DESKTOP-[A-Z0-9]{6,8}|LAPTOP-[A-Z0-9]{6,8}|WIN-[A-Z0-9]{11})\b"
            r"(?:\\[\w.$-]{1,64})?",
            "HOST",
        ),
        (
            r"(?<![\w\\/:.%~-])(?!HK[A-Z]{1,3}\\)[A-Z][A-Z0-9-]{1,14}\\(?![\w.$-]{1,64}\\)"
            r"(?![\w.-]{1,64}\.(?:dll|exe|sys|py|bat)\b)[\w.$-]{2,64}",
            r"DOMAIN\\USER",
        ),
        (
            r"(?m)^([dl-][rwxsStT-]{9}[.+@]?\s{1,9}\d{1,9}\s{1,9})\S{1,64}\s{1,9}\S{1,64}",
            r"\1USER GROUP",
        ),
        (
            r"(?m)^[\w.+-]{1,64}(?=\s{1,12}\d{1,10}\s{1,6}\d{1,3}\.\d\s{1,6}\d{1,3}\.\d\s)",
            "USER",
        ),
        (r"([=,]\d{1,10})\([^()\r\n]{1,64}\)", r"\1(NAME)"),
        (r"(\bpassword for )[^\s:]{1,64}", r"\1USER"),
        (r"(?m)^\S{1,64}(?= is not in the sudoers)", "USER"),
        (r"(?i)(\blogged in as:? )[^\r\n]{1,100}", r"\1USER"),
        (r"(/(?:torchinductor_|pytest-of-))[^\s/\"']{1,64}", r"\1USER"),
        (
            r"(?<![\w./-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}"
            r"(?=:/(?:export|home|mnt|srv|vol|nfs))",
            "SERVER",
        ),
        (r"[\w.%+-]{2,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}", "NAME@HOST"),
        (
            r"\b((?:Linux|Darwin|FreeBSD) )(?!version|kernel)[\w.-]{1,64}"
            r"(?= \d{1,3}\.\d{1,3}\.\d)",
            r"\1HOST",
        ),
        (
            r"(?m)^((?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.,+Z-]{8,24}) )"
            r"[\w.-]{1,64}(?= )",
            r"\1HOST",
        ),
        (
            r"(?i)(?:(?<=://)|(?<![\w./\\-]))[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\."
            r"(?:local|lan|internal|corp|intranet|localdomain|home\.arpa)\b(?![\w(.-])",
            "HOST",
        ),
        (r"(?i)\bS-1-\d{1,3}(?:-\d{1,10}){2,14}", "SID"),
        (r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,19}(?![\w:-])", "MAC"),
        (r"(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])", "MAC"),
        (r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d])(?!\.\d)", _address),
        (
            r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?"
            r"(?:%[\w.]{1,16})?(?![\w:])",
            _address_6,
        ),
    )
)

"""What an error of conda's means for the wizard's own command, on this computer.

The command is known to be right, and conda's settings can be read: what words alone cannot tell is
decided here. What they can tell is left to `wizard.causes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from wizard.advice.command import spell
from wizard.advice.finding import Finding
from wizard.advice.recommendation import Spelling
from wizard.causes.conda_error import Account, Answer, CondaError
from wizard.causes.diagnosis import finding_of
from wizard.causes.facts import Facts
from wizard.causes.knowledge import load
from wizard.detection.condarc import Place, Setting, Settings, read_settings
from wizard.installation.reach import usual_proxy, without_password
from wizard.installation.values import Plan
from wizard.text import _
from wizard.text.installation import place_text

_PARAMETER = re.compile(
    r"Parameter (\w+) = .{0,300}? declared in (.{1,300}?) (?:is invalid|has type)"
)
_MARK = re.compile(r"in \"([^\"\n]{1,500})\", line (\d+)|path: (\S[^\n]{0,500})|at line:? (\d+)")
_IGNORED = re.compile(
    r"Ignoring configuration file \(([^\n]{1,500}?)\) due to error:(?:[^\n]*\n){0,3}?"
    r"[^\n]*invalid yaml at line (\d+)"
)
_ACCEPT = re.compile(r"conda tos accept(?: --?[\w-]+| https://[\w./-]{1,200}){1,8}")
_QUOTES = "'\" "
_VALIDATION = ("CustomValidationError", "InvalidTypeError", "MultiValidationError")
_CANNOT_READ = (
    *("ParserError", "ScannerError", "ComposerError", "ConstructorError", "ReaderError"),
    *("DuplicateKeyError", "ConfigurationLoadError", "MultipleKeysError"),
)
_NOT_FOUND = (
    *("PackagesNotFoundError", "PackagesNotFoundInChannelsError", "ResolvePackageNotFound"),
)
_PINS = ("pinned_packages", "create_default_packages")
_MIRRORS = (
    *("channel_alias", "custom_channels", "custom_multichannels", "mirrored_channels"),
    *("default_channels", "channel_settings"),
)
_NOT_THERE = frozenset({404, 410})
_REFUSED, _BUSY = 400, 500
_OTHERWISE = frozenset({407, 429})
"""A proxy that wants a password, and being asked to wait: these have causes of their own."""
_FULL = re.compile(r"errno:? 28\b|No space left|disk is full|not enough space", re.IGNORECASE)


@dataclass(frozen=True)
class _Blamed:
    """A setting, or a whole file of them, and what is wrong with it."""

    why: str
    setting: Setting | None = None
    place: Place | None = None
    """Of a file that cannot be read."""
    until: int | None = None
    """The last of several lines."""
    commands: tuple[Spelling, ...] = ()
    """What helps where no setting is to blame."""


def settled(account: Account, plan: Plan) -> Finding | None:
    """What only knowledge of the command and of conda's settings can tell; None leaves it open."""
    if _FULL.search(account.text):
        return None
    if plan.conda is not None:
        settings = read_settings(plan.conda.root)
        blamed = _blamed(account, plan, settings)
        if blamed is not None:
            return _of_settings(blamed)
    else:
        settings = Settings()
    if account.named("ProxyError") is not None or "Cannot connect to proxy" in account.text:
        return _proxy_of_the_system()
    if _is_page(account):
        return login_page()
    answer = account.answer
    return None if answer is None else _of_answer(answer, account, plan, settings)


def _of_cause(code: str) -> Finding:
    return finding_of(load()[code], Facts())


# Settings ----------------------------------------------------------------------------------------


def _blamed(account: Account, plan: Plan, settings: Settings) -> _Blamed | None:
    error = account.named(*_VALIDATION)
    if error is not None:
        return _refused_value(error, settings)
    error = account.named(*_CANNOT_READ)
    if error is not None or "configuration.py" in account.traceback:
        return _cannot_read(error or account.errors[0], settings) if account.errors else None
    if account.named("ChannelDenied", "ChannelNotAllowed") is not None:
        names = ("denylist_channels", "blacklist_channels", "allowlist_channels")
        setting = settings.of(*names, "whitelist_channels", "allow_other_channels")
        return _Blamed(_("This setting blocks the channel that PyTorch comes from."), setting)
    if "non-default solver backend" in account.text:
        return _no_such_solver(account, settings)
    error = account.named("NoWritablePkgsDirError")
    if error is not None:
        return _no_cache(error.items, settings)
    if account.named("ProxyError") is not None or "ProxyError" in account.text:
        return _proxy(settings)
    return _not_found(account, plan, settings)


def _no_such_solver(account: Account, settings: Settings) -> _Blamed:
    """Asked for by a setting, or conda's own choice where it has to ignore the setting."""
    why = _("conda is told to use a solver that isn't installed.")
    setting = settings.of("solver", "experimental_solver")
    if setting is not None and f"({setting.value.strip(_QUOTES)})" in account.text:
        return _Blamed(why, setting)
    ignored = _IGNORED.search(account.rest)
    if ignored is not None:
        place = Place(ignored[1], int(ignored[2] or 0))
        return _Blamed(_("conda can't read this file."), place=place)
    return _Blamed(why, commands=(spell(("conda", "config", "--set", "solver", "classic")),))


def no_cache(folders: Iterable[str], plan: Plan) -> Finding | None:
    """Why conda can write to none of its package folders; None where no setting chose them."""
    blamed = None if plan.conda is None else _no_cache(folders, read_settings(plan.conda.root))
    return None if blamed is None else _of_settings(blamed)


def _no_cache(folders: Iterable[str], settings: Settings) -> _Blamed | None:
    setting, listed = settings.of("pkgs_dirs"), list(folders)
    if setting is None and all(map(_is_usual_cache, listed)):
        return None
    why = _("conda can't write to its package folder: {folders}.")
    return _Blamed(why.format(folders=", ".join(listed) or "?"), setting)


def _is_usual_cache(folder: str) -> bool:
    """Whether conda keeps packages there without being told to."""
    parts = re.split(r"[/\\]", folder.rstrip("/\\"))
    return parts[-1] == "pkgs" and parts[:-1] != []


def _refused_value(error: CondaError, settings: Settings) -> _Blamed:
    found = _PARAMETER.search(error.message)
    name = str(error.fields.get("parameter_name") or (found[1] if found else ""))
    setting = settings.of(name) if name else None
    why = _("conda doesn't accept this value.")
    if setting is None and found is not None and not found[2].startswith("<<"):
        return _Blamed(why, place=Place(found[2], 0))
    return _Blamed(why, setting)


def _cannot_read(error: CondaError, settings: Settings) -> _Blamed:
    """Conda's own marks name the line; in JSON they are lost, and the files are looked at."""
    why = _("conda can't read this file.")
    marks = list(_MARK.finditer(error.message))
    file = next((mark[1] or mark[3] for mark in marks if mark[1] or mark[3]), None)
    lines = [int(mark[2] or mark[4]) for mark in marks if mark[2] or mark[4]]
    if file is not None:
        first = min(lines, default=0)
        last = max(lines, default=0)
        return _Blamed(why, place=Place(file, first), until=last if last > first else None)
    if settings.odd:
        return _Blamed(why, place=settings.odd[0])
    return _Blamed(why, place=Place(settings.files[0], 0) if len(settings.files) == 1 else None)


def _proxy(settings: Settings) -> _Blamed | None:
    """None where the proxy is the environment's: that is no setting of conda's."""
    setting = settings.of("proxy_servers")
    if setting is None or not settings.proxies:
        return None
    hosts = {_host_of(address) for address, _place in settings.proxies.values()}
    why = _("conda is told to use a proxy that doesn't answer: {proxy}.")
    return _Blamed(why.format(proxy=", ".join(sorted(hosts))), setting)


def _host_of(address: str) -> str:
    try:
        return without_password(address)
    except ValueError:
        return "?"


def _not_found(account: Account, plan: Plan, settings: Settings) -> _Blamed | None:
    error = account.named(*_NOT_FOUND)
    offline = settings.of("offline")
    refused = "EnforceUnusedAdapter" in account.text or account.named("OfflineError") is not None
    if (error is not None or refused) and offline is not None and offline.is_true:
        return _Blamed(_("conda is told to work without the internet."), offline)
    if error is None or ".conda support" in account.text:
        return None
    asked = {word for step in plan.steps for word in step.argv}
    for spec in error.items:
        pin = None if spec.replace(" ", "") in asked else _pin(spec, plan, settings)
        if pin is not None:
            why = _("A setting asks for {package}, and the channel doesn't have it.")
            return replace(pin, why=why.format(package=spec))
    if "Many packages are unavailable at once" in account.text or _all_of(error.items, asked):
        return _Blamed(
            _(
                "conda found none of the packages, not even Python. Its settings hide them, or its "
                "package list is empty."
            )
        )
    return None


def _all_of(missing: Iterable[str], asked: set[str]) -> bool:
    """Python, too, is missing: that no channel lacks."""
    specs = [spec.replace(" ", "") for spec in missing]
    return len(specs) > 1 and asked.issuperset(specs) and any("python" in spec for spec in specs)


def _pin(spec: str, plan: Plan, settings: Settings) -> _Blamed | None:
    """What asks for a package that is not in the command: a setting, or the environment's file."""
    name = _name(spec)
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    setting = settings.of(*_PINS)
    if setting is not None and word.search(setting.value):
        return _Blamed("", setting)
    pinned = Path(plan.prefix) / "conda-meta" / "pinned"
    try:
        lines = pinned.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    for number, line in enumerate(lines, 1):
        if word.search(line):
            return _Blamed("", place=Place(str(pinned), number))
    # Another version of what the command brings: only a pin that was not found can ask for it.
    brought = {"pytorch"} | {_name(word) for step in plan.steps for word in step.argv}
    return _Blamed("") if name in brought else None


def _name(spec: str) -> str:
    return re.split(r"[\s=<>!~\[]", spec, maxsplit=1)[0]


def _of_settings(blamed: _Blamed) -> Finding:
    finding = _of_cause("conda_settings")
    setting = blamed.setting
    place = blamed.place or (setting.place if setting else None)
    if place is None and blamed.commands:
        fix = _("Choose an installed solver with this command, or install Miniforge again.")
        return replace(_told(finding, blamed.why, fix), commands=blamed.commands)
    if place is None:
        return replace(finding, why=blamed.why)
    if place.is_variable:
        fix = _("Remove or correct the variable {name}, then try again.")
    elif place.line:
        fix = _("Open {file} in a text editor, correct or delete line {line}, and save it.")
    else:
        fix = _("Correct {file} in a text editor or rename it, then try again.")
    where = place_text(place.file, place.line, blamed.until)
    where += f" ({setting.name})" if setting and not place.is_variable else ""
    fix = fix.format(name=place.file, file=place.file, line=place.line)
    return _told(finding, f"{where}: {blamed.why}", fix)


def _told(finding: Finding, why: str, fix: str) -> Finding:
    return replace(finding, why=why, fix=fix, steps=())


# Servers -----------------------------------------------------------------------------------------


def _is_page(account: Account) -> bool:
    """Whether a page for people came where conda's index was asked for."""
    error = account.named("JSONDecodeError")
    if error is None:
        return False
    shown = re.search(r"got \W{0,3}<|<html|<!doctype", error.message, re.IGNORECASE)
    nothing_read = "line 1 column 1" in error.message and "repodata" in account.traceback
    return shown is not None or nothing_read


def login_page() -> Finding:
    return _told(
        replace(_of_cause("offline"), title=_("A login page answers instead of the server")),
        _("This network shows its own page until you log in, for example in a hotel or a school."),
        _("Open any web page in the browser, log in there, then try again."),
    )


def _proxy_of_the_system() -> Finding | None:
    """The proxy that a variable or the system's own settings name, where one does."""
    proxy, name = usual_proxy()
    if not proxy:
        return None
    why = _("The system's settings send downloads to the proxy {proxy}.")
    fix = _("Ask for the proxy's right address, or switch it off in the system's settings.")
    if name:
        why = _("The environment variable {name} sends downloads to the proxy {proxy}.")
        fix = _("Remove or correct the variable {name}, then try again.")
    finding = replace(_of_cause("offline"), title=_("The proxy doesn't answer"))
    return _told(finding, why.format(name=name, proxy=proxy), fix.format(name=name))


def _of_answer(answer: Answer, account: Account, plan: Plan, settings: Settings) -> Finding | None:
    if answer.status == 0 and answer.is_package and "SSL" not in account.text:
        return _of_cause("download_broken")  # the index came from the same server just before
    if answer.status < _REFUSED or answer.status in _OTHERWISE:
        return None
    host = urlsplit(answer.url).hostname or answer.url
    words = f"{answer.status} {answer.words}".strip()
    why, fix = _of_status(answer, host, settings)
    said = _("{host} answered {status}.").format(host=host, status=words)
    told = _told(_of_cause("server_error"), f"{said} {why}", fix)
    outdated = answer.status in _NOT_THERE and answer.is_package
    return replace(told, commands=_new_list(plan)) if outdated else told


def _of_status(answer: Answer, host: str, settings: Settings) -> tuple[str, str]:
    """Why, and what helps."""
    if answer.status >= _BUSY:
        return (
            _("The server has a problem. Your computer is fine."),
            _("Wait a few minutes, then try again. What is already downloaded is kept."),
        )
    if answer.status not in _NOT_THERE:
        return (
            _("A filter of the school, company or provider probably blocks it."),
            _("Ask who runs the network to allow {host}, or use another network.").format(
                host=host
            ),
        )
    if answer.is_package:
        return (
            _("The package list is out of date: it names a file that no longer exists."),
            _("Update the package list, then try again."),
        )
    mirror = settings.of(*_MIRRORS)
    if mirror is not None:
        return (
            _("A setting may send conda to this server: {place}.").format(
                place=place_text(mirror.place.file, mirror.place.line)
            ),
            _("Correct the setting, or ask your school or company for the right address."),
        )
    return (
        _("The channel is public and still exists, so something in between answered."),
        _("Check whether {url} opens in a browser. If not, use another network.").format(
            url=answer.url
        ),
    )


def for_our_command(finding: Finding, account: Account, plan: Plan) -> Finding:
    """What helps where it is not the command: its names and channels are right."""
    if finding.code == "package_missing":
        told = _told(
            finding,
            _("conda's package list doesn't have it. The list is out of date or incomplete."),
            _(
                "Update the package list, then try again. If that doesn't help, use another "
                "network."
            ),
        )
        return replace(told, commands=_new_list(plan), installs=False)
    if finding.code == "python_unsupported" and "from versions: none" in account.text:
        return _empty_index(plan)
    if finding.code == "conda_tos":
        told = _told(
            finding,
            _(
                "conda stops until Anaconda's terms are accepted, although only conda-forge is "
                "used."
            ),
            _("Read the terms and accept them with these commands, or install Miniforge."),
        )
        lines = dict.fromkeys(_ACCEPT.findall(account.text))
        commands = tuple(spell(tuple(line.split())) for line in lines)
        return replace(told, commands=commands, installs=False)
    return finding


def _empty_index(plan: Plan) -> Finding:
    """Pip found a list without a single build; the plan was made for a Python that has some."""
    urls = [
        word
        for step in plan.steps
        for word in step.argv
        if word.startswith(("https://", "http://"))
    ]
    host = urlsplit(urls[0] if urls else "https://pypi.org").hostname or ""
    return _told(
        _of_cause("server_error"),
        _(
            "The list that came from {host} has no PyTorch at all. A login page or a filter of "
            "the network probably answered instead."
        ).format(host=host),
        _(
            "Open any web page in the browser and log in there if it asks, then try again. If "
            "that doesn't help, use another network."
        ),
    )


def _new_list(plan: Plan) -> tuple[Spelling, ...]:
    """What makes conda forget its list of packages; pip keeps none."""
    if plan.conda is None:
        return ()
    return (spell(("conda", "clean", "--index-cache", "--yes")),)

"""What SECURITY.md promises, line by line."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from fault_tools import OpenWindow, described
from half_made import leave_half_made
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPlainTextEdit

import wizard
from wizard import links
from wizard.activation import target_environment
from wizard.advice.finding import Finding
from wizard.causes import anonymous
from wizard.causes.knowledge import load
from wizard.detection.machine import Conda, Environment, Problem
from wizard.detection.probes import python as python_probe
from wizard.installation.values import Plan, Step
from wizard.jobs.run_log import MAX_ALL, MAX_BEGINNING, MAX_END
from wizard.paths import resource_folder
from wizard.printable import printable, printable_json
from wizard.state import PAGE_IDS
from wizard.widgets.parts import open_link

PACKAGE = Path(wizard.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


@lru_cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in SOURCES
    )


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def called(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


# Argument vectors only ---------------------------------------------------------------------------


def test_one_module_starts_programs() -> None:
    """And, in the user's own environment, the one that starts one process for each card."""
    starters = {name for name, tree in trees() if "subprocess" in imported(tree)}
    assert starters - {"target/all_reduce.py"} == {"child_process.py"}
    for name, tree in trees():
        assert not imported(tree) & {"multiprocessing", "pty", "asyncio", "commands"}, name
    assert not [path for path in SOURCES if "QProcess" in path.read_text("utf-8")]


def test_nothing_goes_through_a_shell() -> None:
    forbidden = re.compile(
        r"(os\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*|startfile)|subprocess\.(getoutput|"
        r"getstatusoutput)|eval|exec|compile|__import__)"
    )
    for name, tree in trees():
        wrong = [each for each in called(tree) if forbidden.fullmatch(each)]
        assert not wrong, f"{name}: {wrong}"
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "shell":
                pytest.fail(f"{name}: a shell")


def test_nothing_is_unpickled_and_no_rights_are_asked_for() -> None:
    rights = ("pkexec", "gksu", "kdesu", "runas", "ShellExecute", "doas", "requireAdministrator")
    for name, tree in trees():
        assert not imported(tree) & {"pickle", "marshal", "shelve", "dill"}, name
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not any(word in node.value for word in rights), f"{name}: {node.value[:60]}"
            # In a sentence it is advice; as the first word of a command it would be run.
            if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
                assert ast.unparse(node.elts[0]) not in ("'sudo'", "'su'"), name


def test_no_recommended_command_asks_for_rights() -> None:
    from wizard.advice.recommend import recommend

    for path in sorted(resource_folder("machines").glob("*.json")):
        advice = recommend(described(path.stem))
        for step in advice.steps:
            assert step.argv[0] in ("conda", "micromamba", "pip", "python"), step.argv


# Nothing is sent anywhere ------------------------------------------------------------------------


def test_two_modules_ask_servers() -> None:
    network = ("urllib.request", "http", "http.client", "requests", "ssl", "ftplib", "smtplib")
    qt = ("PySide6.QtNetwork", "PySide6.QtWebEngineWidgets")
    asking = {name for name, tree in trees() if imported(tree) & {*network, *qt}}
    assert asking == {"installation/reach.py", "advice/fresh_facts.py"}
    # The others with sockets ask for this computer's own name, or for its own screen.
    using = {name for name, tree in trees() if "socket" in imported(tree)} - asking
    for name, tree in trees():
        if name in using:
            calls = set(re.findall(r"socket\.[a-z]\w+", " ".join(called(tree))))
            # DISPLAY names the screen, which may be another computer's.
            own = {"socket.create_connection"} if name == "screen.py" else set()
            own |= {"socket.gethostname", "socket.socket", "socket.socketpair"}
            assert calls <= own, name
            assert "AF_INET" not in ast.unparse(tree), name


def test_only_headers_are_asked_for() -> None:
    source = (PACKAGE / "installation/reach.py").read_text("utf-8")
    assert source.count("urllib.request.Request(") == source.count('method="HEAD"') == 2
    assert "data=" not in source


def test_newer_facts_are_got_and_nothing_is_sent_for_them() -> None:
    source = (PACKAGE / "advice/fresh_facts.py").read_text("utf-8")
    assert source.count("urllib.request.Request(") == 1
    assert "data=" not in source
    assert "method=" not in source
    # Only what somebody pressed or called leads to it.
    leading = {name for name, tree in trees() if "fresh_facts import" in ast.unparse(tree)}
    assert leading == {"cli_catalog.py", "jobs/facts.py", "widgets/about.py"}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every way out of this process; what tried is kept."""
    tried: list[object] = []

    def refuse(_self: object, address: object, *_more: object) -> None:
        if not isinstance(address, str):  # a name is a socket of this computer
            tried.append(address)
            raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_k: refuse(None, words))
    return tried


def test_a_walk_through_all_pages_asks_no_server(
    open_window: OpenWindow, no_network: list[object], tmp_path: Path
) -> None:
    window = open_window()
    for page in PAGE_IDS:
        window.go_to(page)
        window.set_language("az" if page == "verify" else "en")
    page: Any = window.page("finish")
    if page.summary_lines():  # nothing is known of this computer: nothing to save
        page.save_report(tmp_path / "x.html")
    assert no_network == []


# Links -------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda address: addresses.append(address.toString()) or True
    )
    return addresses


@pytest.mark.parametrize(
    "address",
    [
        *("http://pytorch.org/", "file:///etc/passwd", "javascript:alert(1)", "pytorch.org", ""),
        *("https://pytorch.org.evil.example/", "https://evil.example/?https://pytorch.org/"),
        *("https://pytorch.org@evil.example/", "https://pytorch.org\\@evil.example/"),
        *("https://evil.example#pytorch.org", "HTTPS://evil.example/", "https:///pytorch.org"),
        *("https://pytоrch.org/", "https://xn--pytrch-nzf.org/", "https://127.0.0.1/"),
        *("smb://pytorch.org/x", "ms-msdt:/id", "data:text/html,x", "https://", "\0https://x"),
        *("C:\\Windows\\System32\\calc.exe", "//pytorch.org/", "https://evil.example:443@x/"),
    ],
)
def test_no_other_address_is_opened(opened: list[str], address: str) -> None:
    assert not open_link(address)
    assert opened == []


SERVERS = ("conda.anaconda.org",)
"""What is asked for files, and never shown as a page."""


def test_every_address_of_the_program_is_opened(opened: list[str]) -> None:
    found: set[str] = {cause.source for cause in load().values() if cause.source}
    for path in resource_folder("catalog").glob("*.json"):
        found.update(re.findall(r'"(https://[^"]+)"', path.read_text("utf-8")))
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"^https://[a-z][\w./#?=&%+-]+$", node.value))
    pages = {address for address in found if address.split("/")[2] not in SERVERS}
    assert len(pages) > 60
    for address in sorted(pages):
        assert open_link(address), address
    assert len(opened) == len(pages)


def test_every_link_goes_through_the_one_door() -> None:
    for name, tree in trees():
        words = ast.unparse(tree)
        if name != "widgets/parts.py":
            assert "openUrl" not in words, name
            assert "webbrowser" not in words, name
        assert "setOpenExternalLinks" not in words, name
    assert all(re.fullmatch(r"[a-z0-9.-]+", host) for host in links.known_hosts())


# The child ---------------------------------------------------------------------------------------


def test_who_is_asked_what_torch_is_there_is_isolated(
    program: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in PYTHONPATH, in the working folder, or the user's own, is no part of it."""
    trap = tmp_path / "trap"
    (trap / "json").mkdir(parents=True)
    (trap / "json" / "__init__.py").write_text("raise SystemExit(9)")
    (trap / "sitecustomize.py").write_text("raise SystemExit(8)")
    monkeypatch.setenv("PYTHONPATH", str(trap))
    monkeypatch.setenv("PYTHONSTARTUP", str(trap / "sitecustomize.py"))
    monkeypatch.chdir(trap)
    link = tmp_path / "own" / "python3"
    link.parent.mkdir()
    link.symlink_to(os.path.realpath(sys.executable))
    found = python_probe.inspect_python(link)
    assert not isinstance(found, python_probe.Problem), found
    source = (PACKAGE / "detection/probes/pythons.py").read_text("utf-8")
    assert source.count('"-I", "-c"') == 1


def test_who_is_asked_why_it_fails_sees_what_the_user_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A torch.py in PYTHONPATH is the cause itself: hidden from the child, it is not found."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert target_environment(Path(sys.executable))["PYTHONPATH"] == str(tmp_path)
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.setenv("QT_PLUGIN_PATH", str(tmp_path))
    env = target_environment(Path(sys.executable))
    assert not {"PYTHONHOME", "QT_PLUGIN_PATH", "PYTHONINSPECT"} & set(env)


# Names are data ----------------------------------------------------------------------------------

HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'"
TERMINAL = "\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f\r"
BIDI = "\u202egnp.exe\u2066\u2069\u200f"
PATHS = "../../../../etc/passwd"
SHELL = "$(touch trap);`touch trap`&&touch trap|touch trap\n%PATH%"
ODD = HTML + TERMINAL + BIDI + PATHS + SHELL + "\ud800\0"


def hostile(text: str) -> dict[str, Any]:
    """A machine file in which every text is that one."""
    return {
        "schema": 1,
        "name": text,
        "os": {"system": "linux", "version": text, "arch": "x86_64", "wsl": False},
        "cpu": {"name": text, "cores": 8, "threads": 16},
        "memory_gib": 31.8,
        "disk_free_gib": 86.0,
        "gpus": [
            {"vendor": "nvidia", "name": text, "compute_capability": "8.6", "uuid": text},
            {"vendor": "amd", "name": text, "pci_id": text, "bus_id": text},
        ],
        "nvidia_driver": {"version": "581.57", "cuda": "13.0"},
        "conda": {"version": text, "distribution": text, "root": text, "executable": text},
        "environments": [
            {"name": "llm_50gun", "prefix": text, "python": "3.12", "torch": text},
            {"name": text, "prefix": text, "torch_build": text, "torch_channel": text},
        ],
        "problems": [{"code": text, "detail": text}, {"code": "mig", "detail": text}],
    }


def a_plan(folder: Path) -> Plan:
    step = Step("make", "venv", (sys.executable, "-m", "venv", str(folder)), "Make it")
    return Plan("pip", folder.name, str(folder), True, (step,), None)


@pytest.fixture
def machine_file(tmp_path: Path) -> Path:
    path = tmp_path / "machine.json"
    path.write_text(json.dumps(hostile(ODD)), "ascii")
    return path


def run_wizard(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, "-m", "wizard", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        timeout=120,
    )


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def is_harmless(output: bytes) -> None:
    text = output.decode("utf-8")  # all of it is whole
    assert not STEERING.search(text), STEERING.search(text)


@pytest.mark.parametrize(
    "words",
    [
        ["detect"],
        ["detect", "--json"],
        ["recommend"],
        ["recommend", "--json"],
        ["recommend", "--env", ODD.replace("\0", "").replace("\ud800", "")],
        ["verify", "--env", "\x1b[2J\x9b\u202e"],
        ["--page", "\x1b[2J"],
        ["\x1b[2J\u202e"],
        ["diagnose"],
        ["diagnose", "--json"],
    ],
    ids=lambda words: printable(" ".join(words))[:30],
)
def test_no_name_steers_the_terminal(tmp_path: Path, machine_file: Path, words: list[str]) -> None:
    if words[0] == "diagnose":
        ended = run_wizard(words[0], machine_file, *words[1:], folder=tmp_path)
    elif words[0] in ("detect", "recommend"):
        ended = run_wizard(*words, "--machine", machine_file, folder=tmp_path)
    else:
        ended = run_wizard(*words, folder=tmp_path)
    is_harmless(ended.stdout + ended.stderr)
    assert b"Traceback" not in ended.stderr
    assert not list(tmp_path.rglob("trap"))
    if "--json" in words and words[0] == "detect":
        told = json.loads(ended.stdout)
        assert told["gpus"][0]["name"] == ODD  # escaped, and the same again


def test_lines_of_machines_that_steer(tmp_path: Path) -> None:
    line = json.dumps(hostile(ODD)).encode()
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", "recommend", "--machine", "-"],
        input=line + b"\n" + b"\x1b[2J\n" + b"[" * 99999 + b"\n" + line,
        env=env,
        capture_output=True,
        timeout=120,
    )
    is_harmless(ended.stdout + ended.stderr)
    answers = [json.loads(each) for each in ended.stdout.decode().splitlines()]
    assert ["error" in each for each in answers] == [False, True, True, False]


def test_no_name_becomes_markup_in_a_report(tmp_path: Path, machine_file: Path) -> None:
    from wizard.advice.recommend import recommend
    from wizard.detection.description import load_machine
    from wizard.report.class_report import class_html, read_folder
    from wizard.report.saving import save_report

    machine = load_machine(machine_file)
    folder = tmp_path / "class"
    folder.mkdir()
    name = printable(HTML).replace("/", "")
    page, data = folder / f"{name}.html", folder / f"{name}.json"
    assert save_report(page, machine, recommend(machine), data=data) is None
    students, unread = read_folder(folder)
    assert (len(students), unread) == (1, [])
    for page in ((folder / f"{name}.html").read_text("utf-8"), class_html(students, unread)):
        assert "<script" not in page
        assert "<img" not in page
        assert "alert(1)" in page
        is_harmless(page.encode("utf-8"))
    is_harmless((folder / f"{name}.json").read_bytes())


def test_pictures_of_a_machine_whose_names_steer(tmp_path: Path, machine_file: Path) -> None:
    """Its conda could not even be called in one line: there is no command, and no error either."""
    words = ["--out", tmp_path / "out", "--lang", "en", "--theme", "light"]
    words += ["--scene", "install-asked", "install-offline", "--machine", machine_file]
    ended = run_wizard("screenshots", *words, folder=tmp_path)
    assert (ended.returncode, b"went wrong" in ended.stderr) == (0, False), ended.stderr
    is_harmless(ended.stdout + ended.stderr)
    made = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {".json", ".png", ".html"}


@pytest.mark.parametrize("page", PAGE_IDS)
def test_no_name_becomes_markup_in_the_window(
    open_window: OpenWindow, machine_file: Path, page: str
) -> None:
    from PySide6.QtCore import Qt

    from wizard.detection.description import load_machine

    window = open_window(load_machine(machine_file), page=page)
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    assert all(isinstance(each.toPlainText(), str) for each in window.findChildren(QPlainTextEdit))


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever this process asks the system about a path with the word ``elsewhere``."""
    found: list[str] = []

    def watch(module: Any, name: str) -> None:
        real = getattr(module, name)

        def ask(path: Any, *words: Any, **more: Any) -> Any:
            if "elsewhere" in str(path):
                found.append(f"{name} {path}")
            return real(path, *words, **more)

        monkeypatch.setattr(module, name, ask)

    for name in ("stat", "lstat", "access", "scandir", "listdir", "open", "readlink"):
        watch(os, name)
    watch(io, "open")
    return found


def test_a_path_in_a_machine_file_is_never_looked_at(
    open_window: OpenWindow, tmp_path: Path, looked_at: list[str]
) -> None:
    r"""On Windows, one such as \\server\share would be asked of a server, with the user's name."""
    from wizard.cli import main
    from wizard.detection.description import load_machine

    path = tmp_path / "machine.json"
    path.write_text(json.dumps(hostile("//elsewhere/share")), "utf-8")
    window = open_window(load_machine(path))
    session = window.session
    assert session.machine is not None
    for env in session.machine.environments:
        session.choose(env)
        for page in PAGE_IDS:
            window.go_to(page)
    for act in (session.installing.ask, session.installing.open_prompt, session.verify):
        act()
    assert not session.busy
    for words in ("detect", "recommend", "recommend --env //elsewhere/share"):
        assert main([*words.split(), "--machine", str(path)]) == 0
    assert looked_at == []
    assert not Path("//elsewhere/share").exists()  # so that it can fail
    assert looked_at != []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a million cards", b'{"os":{"system":"linux"},"gpus":[%s]}'
         % b",".join([b'{"vendor":"nvidia","name":""}'] * 10**6)),
        ("100,000 cards", b'{"os":{"system":"linux"},"gpus":[%s]}'
         % b",".join([b'{"vendor":"nvidia","name":""}'] * 10**5)),
        ("256 cards", b'{"os":{"system":"linux"},"gpus":[%s]}'
         % b",".join([b'{"vendor":"nvidia","name":"RTX 3060"}'] * 256)),
        ("a million environments", b'{"os":{"system":"linux"},"environments":[%s]}'
         % b",".join([b'{"name":"x"}'] * 10**6)),
        ("deep lists", b"[" * 10**6),
        ("deep objects", b'{"os":' * 10**6),
        ("a deep card", b'{"os":{"system":"linux"},"gpus":[%s]}' % (b"[" * 900 + b"]" * 900)),
        ("a name of 3 MB", b'{"os":{"system":"linux"},"name":"%s"}' % (b"x" * 3 * 10**6)),
        ("figures of a million digits", b'{"os":{"system":"linux"},"memory_gib":%s}'
         % (b"9" * 10**6)),
        ("zeros", bytes(10**6)),
        ("keys without end", b'{"os":{"system":"linux"},%s"z":1}'
         % b"".join(b'"%d":1,' % number for number in range(200_000))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_without_end_is_answered_or_refused_at_once(
    tmp_path: Path, name: str, data: bytes
) -> None:
    """In a process of its own, which may take 600 MB and no more."""
    path = tmp_path / "machine.json"
    path.write_bytes(data)
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (600 * 2**20, 600 * 2**20))\n"
        "from wizard.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    for words in (["detect"], ["recommend", "--json"]):
        ended = subprocess.run(
            [sys.executable, "-c", code, *words, "--machine", str(path)],
            env=env,
            capture_output=True,
            timeout=120,
        )
        assert ended.returncode in (0, 2), ended.stderr[-300:]
        assert len(ended.stdout) < 8 * 2**20
        if ended.returncode == 2:
            assert len(ended.stderr.splitlines()) == 1
            assert len(ended.stderr) < 1000


# What is deleted, and what is private -------------------------------------------------------------


@pytest.mark.parametrize(
    "what", ["was there", "another name", "relative", "a link", "conda", "conda's environment"]
)
def test_only_what_the_wizard_began_is_deleted(tmp_path: Path, what: str) -> None:
    from wizard.installation.removal import Removal, look

    folder = tmp_path / "llm_50gun"
    plan = a_plan(folder)
    assert plan.creates
    leave_half_made(plan)
    (folder / "bin" / "precious").touch()
    assert isinstance(look(plan), Removal)
    if what == "was there":
        plan = replace(plan, creates=False)
    elif what == "another name":
        plan = replace(plan, name="other")
    elif what == "relative":
        plan = replace(plan, prefix=os.path.relpath(folder))
    elif what == "a link":
        folder = folder.rename(tmp_path / "real")
        (tmp_path / "llm_50gun").symlink_to(folder)
    elif what == "conda":
        (folder / "condabin").mkdir()
    else:
        root = Conda("26.8.0", "miniforge", str(folder), str(folder / "bin" / "conda"))
        plan = replace(plan, conda=root)
    assert isinstance(look(plan), Finding)
    assert (folder / "bin" / "precious").exists()


@pytest.mark.parametrize("user", ["aliyev7", "O'Brien", "Əli Əliyev", "A&B"])
@pytest.mark.parametrize("homes", ["/home/{}", "/srv/people/xy-{}", "C:\\Users\\{}"])
def test_a_report_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str, homes: str
) -> None:
    from html import escape

    from wizard.advice.recommend import recommend
    from wizard.report.saving import save_report

    home, card = homes.format(user), "GPU-12345678-1234-1234-1234-123456789abc"
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody" if "xy-" in home else user)
    monkeypatch.setattr(socket, "gethostname", lambda: "pc-of-nobody")
    monkeypatch.setattr(anonymous, "home_folder", lambda: Path(home))
    machine = replace(
        described("rtx5070-desktop"),
        simulated=False,
        name="pc-of-nobody",
        conda=Conda("26.8.0", "miniforge", f"{home}/miniforge3", f"{home}/miniforge3/bin/conda"),
        environments=(Environment("llm_50gun", f"{home}/envs/llm_50gun", "3.12.4", "2.13.0"),),
        problems=(Problem("nvml_mismatch", f"{home} of {user} on pc-of-nobody, {card}"),),
    )
    machine = replace(machine, gpus=tuple(replace(each, uuid=card) for each in machine.gpus))
    page, data = tmp_path / "me.html", tmp_path / "me.json"
    assert save_report(page, machine, recommend(machine), data=data) is None
    private = {home, user, escape(user), *re.split(r"\W", user), "pc-of-nobody", card[4:]}
    if "xy-" in home:  # the user is called otherwise, and only the folder says this name
        private = {home, "pc-of-nobody", card[4:]}
    for name in ("me.html", "me.json"):
        words = (tmp_path / name).read_text("utf-8")
        assert "miniforge3" in words or name == "me.html"
        for each in private:
            assert len(each) < 3 or each not in words, (name, each)


def test_what_is_printable_stays_as_it_is() -> None:
    words = "Dərslər İşığı\tə\n– × → “x” 😀 \u00a0\u2060\u200b"
    assert printable(words) == words
    assert printable_json(json.dumps(words, ensure_ascii=False)) == json.dumps(
        words, ensure_ascii=False
    )
    assert printable("\x1b\u202e\ud800") == "\\x1b\\u202e\\ud800"


def test_the_file_says_what_is_tested() -> None:
    words = (PACKAGE.parent / "SECURITY.md").read_text("utf-8").lower()
    for promise in ("argument vector", "https", "nothing is sent", "elevated", "pythonpath"):
        assert promise in words, promise
    assert "can prove it made is deleted" in words
    assert "leave out what is private" in words
    named = re.findall(r"`(tests/[\w/]+\.py)`", words)
    assert {Path(name).stem for name in named} >= {
        *("test_security", "test_publishable", "test_pages", "test_private", "test_run_log")
    }
    assert [name for name in named if not (PACKAGE.parent / name).is_file()] == []
    most = (MAX_BEGINNING + MAX_END) // 2**20, MAX_ALL // 2**20
    assert f"{most[0]} mb each, {most[1]} mb in all" in words

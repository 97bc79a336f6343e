"""Whether a server answers, through the very proxy that conda would use."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan

from wizard.detection.condarc import read_settings
from wizard.detection.machine import Machine, OperatingSystem
from wizard.installation.obstacles import not_reached
from wizard.installation.preflight import run_preflight
from wizard.installation.reach import ask_server


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Answers for every server and remembers who was asked for."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self.asked.append((self.path, self.headers.get("Proxy-Authorization", "")))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        return


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A proxy's host and port, and what it was asked."""
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (_Proxy,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def set_proxy(home: Path, scheme: str, address: str) -> Path:
    file = home / ".condarc"
    file.write_text(f"# of the school\nproxy_servers:\n  {scheme}: {address}\n", "utf-8")
    return file


def test_conda_s_proxy_outranks_the_environment_s(
    home: Path, proxy: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where NO_PROXY names the server: tried with conda 26.7.1."""
    address, asked = proxy
    monkeypatch.setenv("no_proxy", "*")
    set_proxy(home, "http", f"http://aysel:se%20cret@{address}")
    answer = ask_server("http://conda.invalid/x", settings=read_settings(""))
    assert answer.reached
    assert answer.proxy == address
    assert asked == [("http://conda.invalid/x", "Basic YXlzZWw6c2UgY3JldA==")]


def test_without_a_setting_the_environment_s_counts(
    home: Path, proxy: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = proxy
    monkeypatch.setenv("http_proxy", f"http://{address}")
    set_proxy(home, "https", "http://127.0.0.1:9")
    assert ask_server("http://conda.invalid/x", settings=read_settings("")).reached
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["http://aysel:secret@127.0.0.1:9", "127.0.0.1:9"])
def test_a_dead_proxy_is_named_with_its_line(home: Path, address: str) -> None:
    file = set_proxy(home, "https", address)
    answer = ask_server("https://conda.anaconda.org/", 5, read_settings(""))
    assert not answer.reached
    assert answer.proxy == "127.0.0.1:9"
    finding = not_reached(answer)
    assert "127.0.0.1:9" in finding.why
    assert f"{file}, line 2" in finding.why
    assert "secret" not in repr(answer) + finding.why


def test_an_address_that_is_none(home: Path) -> None:
    set_proxy(home, "https", "http://proxy:port")
    assert not ask_server("https://conda.anaconda.org/", 5, read_settings("")).reached


def test_the_preflight_s_connection_is_conda_s_own(
    conda: StandIn, plan_for: MakePlan, odd_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a proxy of the environment; the settings name a dead one."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name)
    file = set_proxy(odd_home, "https", "http://127.0.0.1:9")
    found = run_preflight(
        plan_for(conda), Machine("test", OperatingSystem("linux")), lambda _event: None
    )
    item = next(each for each in found.items if each.id == "connection")
    assert item.state == "warning"
    assert "127.0.0.1:9" in item.value
    assert item.finding is not None
    assert str(file) in item.finding.why

"""The command line as labs and scripts use it: real processes, their output and exit codes."""

from __future__ import annotations

import errno
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from wizard import cli, cli_lines
from wizard.detection.machine import machine_from_json
from wizard.paths import resource_folder

SAMPLES = sorted(resource_folder("machines").glob("*.json"))
T4 = resource_folder("machines") / "t4-colab.json"
PROJECT = Path(__file__).resolve().parent.parent
SPECIAL = "Dərslər İşığı ə ğ ş"

has_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch is not installed"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and shell scripts")


def call(
    *arguments: str | Path, stdin: bytes = b"", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the wizard as a process of its own, as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "wizard", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=300,
        env={**os.environ, **(environ or {})},
        cwd=PROJECT,
    )


def document(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    return json.loads(done.stdout.decode("utf-8"))


def json_lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """Standard error as the one line that it has to be."""
    text = done.stderr.decode("utf-8").strip()
    assert text and "\n" not in text and "Traceback" not in text, text
    return text


# Wrong calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["detect", "--env", "x"], "--env"),
        (["detect", "--machine"], "--machine"),
        (["detect", "--machine", "/gone.json"], "gone.json: cannot be read"),
        (["recommend", "--machine", "/gone.json", "--json"], "gone.json: cannot be read"),
        (["--machine", "/gone.json"], "gone.json: cannot be read"),
        (["verify", "--env", "x", "--python", "y"], "not allowed with"),
        (["benchmark", "--seconds", "soon"], "soon is not a number of seconds"),
        (["benchmark", "--seconds", "nan"], "nan is not a number of seconds"),
        (["--lang", "xx"], "xx"),
        (["detect", "--lang", "xx"], "xx"),
        (["--theme", "pink"], "pink"),
        (["verify", "--env", "gone"], "There is no environment gone. There are: wizard"),
    ],
)
def test_wrong_calls_end_with_2_and_one_line(arguments: list[str], part: str) -> None:
    done = call(*arguments)
    assert done.returncode == 2 and done.stdout == b""
    line = one_line(done)
    assert line.startswith("gpu-setup-wizard: ") and part in line


def test_a_wrong_file_is_named_with_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / SPECIAL / "machine.json"
    path.parent.mkdir()
    path.write_text('{"os": {"system": "linux"},\n "gpus": [{"vendor": "3dfx"}]}', "utf-8")
    done = call("recommend", "--machine", path)
    assert done.returncode == 2
    assert f"{path}: line 2: gpus[0].vendor: expected one of" in one_line(done)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"]])
def test_help_and_version(arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.returncode == 0 and b"gpu-setup-wizard" in done.stdout and done.stderr == b""


def test_an_error_nobody_foresaw_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_options: object) -> int:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(cli, "_detect", fail)
    assert cli.main(["detect"]) == 3
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert "RuntimeError: first line" in said.err and "second" not in said.err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
@pytest.mark.parametrize("display", ["", ":4711", "no display", "127.0.0.1:9"])
@pytest.mark.parametrize("platform", ["", "xcb", "wayland"])
def test_no_screen_is_a_sentence(display: str, platform: str) -> None:
    """Also where the variable is left from a desktop that has gone: Qt would dump its core."""
    environ = {"DISPLAY": display, "WAYLAND_DISPLAY": "gone", "QT_QPA_PLATFORM": platform}
    done = call(environ=environ)
    assert done.returncode == 3 and "There is no screen for the window" in one_line(done)


# detect ------------------------------------------------------------------------------------------


def test_detect_this_computer() -> None:
    done = call("detect", "--json")
    assert done.returncode == 0 and done.stderr == b""
    data = document(done)
    assert data["schema"] == 1 and data["simulated"] is False
    machine = machine_from_json(data)
    assert machine.os.system in ("linux", "windows", "macos")
    assert machine.memory_gib and machine.cpu.threads


def test_detect_from_another_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "detect", "--json"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        timeout=60,
    )
    assert done.returncode == 0 and document(done)["schema"] == 1


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_detect_a_described_machine(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["detect", "--machine", str(path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    described = json.loads(path.read_text("utf-8"))
    assert data["simulated"] is True and data["gpus"][:1] != [{}]
    assert [gpu["name"] for gpu in data["gpus"]] == [gpu["name"] for gpu in described["gpus"]]
    assert cli.main(["detect", "--machine", str(path), "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("SIMULATED") and described["name"] in text
    assert all(env["name"] in text for env in described["environments"])


def test_the_machine_may_stand_before_the_subcommand() -> None:
    assert document(call("--machine", T4, "detect", "--json"))["name"] == "Tesla T4 (Colab)"


# recommend ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_recommend_for_a_described_machine(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["recommend", "--machine", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == 1 and answer["simulated"] is True
    assert answer["primary"]["argv"] and answer["steps"]
    assert cli.main(["recommend", "--machine", str(path), "--lang", "en"]) == 0
    text = capsys.readouterr().out
    shell = "cmd" if "windows" in path.read_text("utf-8") else "bash"
    assert text.startswith("SIMULATED")
    assert all(step["text"][shell] in text for step in answer["steps"])


def test_recommend_for_this_computer_and_environment() -> None:
    answer = document(call("recommend", "--env", "course_2", "--json"))
    assert answer["environment"]["name"] == "course_2" and answer["simulated"] is False


def test_texts_come_in_the_language_asked_for() -> None:
    english = call("recommend", "--machine", T4, "--lang", "en").stdout.decode()
    course = call("recommend", "--machine", T4, "--lang", "az").stdout.decode()
    assert english != course and "ə" in course
    assert english.count("conda create -n llm_50gun") == course.count("conda create -n llm_50gun")


@pytest.mark.parametrize("environ", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}])
def test_utf8_on_every_console(environ: dict[str, str]) -> None:
    done = call("recommend", "--machine", T4, "--lang", "az", environ={"LC_ALL": "C", **environ})
    assert done.returncode == 0 and "ə" in done.stdout.decode("utf-8")


def test_letters_that_no_encoding_has(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    path.write_text('{"name": "\\ud800 x", "os": {"system": "linux"}}', "utf-8")
    for arguments in (["detect", "--json"], ["recommend", "--json"], ["recommend"]):
        done = call(*arguments, "--machine", path)
        assert done.returncode == 0 and done.stderr == b""
        done.stdout.decode("utf-8")


def machine_line(name: str) -> bytes:
    return json.dumps({"name": name, "os": {"system": "windows"}, "gpus": []}).encode() + b"\n"


def test_machines_line_by_line() -> None:
    lines = [
        machine_line("first"),
        b'{"os": {"system": "beos"}}\n',
        b"\n",
        b"\xff\xfegarbage\n",
        b'{"x": "' + b"y" * 50_000_000 + b'"}\n',
        b"[" * 100_000 + b"\n",
        json.dumps(json.loads(T4.read_text("utf-8"))).encode() + b"\r\n",
        machine_line("last").strip(),
    ]
    done = call("recommend", "--machine", "-", stdin=b"".join(lines))
    assert done.returncode == 2 and done.stderr == b""
    answers = json_lines(done)
    assert [answer.get("machine") for answer in answers] == [
        "first",
        None,
        None,
        None,
        None,
        "Tesla T4 (Colab)",
        "last",
    ]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors[0].startswith("line 2: os.system: expected one of windows, linux, macos")
    assert errors[1].startswith("line 4: ") and errors[2].startswith("line 5: larger than")
    assert errors[3] == "line 6: nested too deeply"
    assert all(set(answer) == {"error"} for answer in answers if "error" in answer)


def test_good_lines_end_with_0() -> None:
    done = call("recommend", "--machine", "-", "--json", stdin=machine_line("a") * 3)
    assert done.returncode == 0 and len(json_lines(done)) == 3
    assert call("recommend", "--machine", "-").stdout == b""


def test_long_lines_are_cut_while_they_are_read() -> None:
    class Endless(io.RawIOBase):
        """A gigabyte without a line end, then a good line."""

        left = 2**30

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            count = min(len(buffer), self.left)
            self.left -= count
            buffer[:count] = b"x" * count
            return count

    source = io.BufferedReader(Endless(), 2**20)
    (line,) = cli_lines._bounded_lines(source, 1000)
    assert line == b"x" * 1000


def test_each_answer_comes_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "recommend", "--machine", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for name in ("a", "b"):
            process.stdin.write(machine_line(name))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["machine"] == name
        process.stdin.close()
        assert process.wait(60) == 0


def test_recommend_imports_only_what_it_needs() -> None:
    code = (
        "import sys\n"
        "from wizard.cli import main\n"
        f"main(['recommend', '--machine', {str(T4)!r}, '--json'])\n"
        "heavy = {'PySide6', 'torch', 'numpy', 'psutil', 'pynvml', 'platformdirs', 'subprocess',"
        " 'asyncio', 'ctypes', 'tempfile', 'wizard.jobs', 'wizard.child_process'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=PROJECT, timeout=60
    )
    assert done.stderr.decode().strip() == "[]"


# Interruptions -----------------------------------------------------------------------------------


def test_a_closed_pipe_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "recommend", "--machine", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(machine_line("a") * 5)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@posix
def test_a_closed_pipe_does_not_make_a_python_ready(tmp_path: Path) -> None:
    """``verify | head``: the exit code is that of what was found, not of what was read."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase $1 in -I) exec {sys.executable} "$@";; esac\nexit 1\n')
    python.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "verify", "--python", str(python)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


@posix
@pytest.mark.parametrize("words", ["recommend --machine -", "diagnose", "diagnose --jsonl"])
def test_a_closed_standard_input_is_an_empty_one(words: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m wizard {words} <&-', sys.executable],
        capture_output=True,
        timeout=60,
        cwd=PROJECT,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def _heed_ctrl_c() -> None:
    """A shell starts what runs in the background deaf to Ctrl+C, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@posix
def test_ctrl_c_is_quiet() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "recommend", "--machine", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        preexec_fn=_heed_ctrl_c,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(machine_line("a"))
        process.stdin.flush()
        process.stdout.readline()  # it is up and waiting for the next line
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""


@posix
@has_torch
def test_ctrl_c_ends_the_child_too() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", "benchmark", "--json", "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        preexec_fn=_heed_ctrl_c,
    )
    with process:
        assert process.stdout and process.stderr
        process.stdout.readline()  # the child has begun
        import psutil

        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""
    psutil.wait_procs(children, timeout=60)
    assert not any(child.is_running() for child in children)


# verify, benchmark, check ------------------------------------------------------------------------


def usable_gpu() -> bool:
    return bool(document(call("detect", "--json"))["nvidia_driver"])


@has_torch
def test_verify_with_the_wizards_own_python() -> None:
    done = call("verify", "--json")
    lines = json_lines(done)
    checks = {line["id"]: line for line in lines if line["event"] == "check"}
    assert checks["torch_import"]["state"] == "passed"
    assert checks["cpu_matmul"]["state"] == "passed"
    result = lines[-1]
    assert result["event"] == "result" and result["python"] == sys.executable
    assert [line["event"] for line in lines[:-1]] == ["check"] * (len(lines) - 1)
    if not usable_gpu():
        assert checks["gpu_matmul"]["state"] == "skipped" and checks["gpu_matmul"]["reason"]
        assert result["ready"] == "cpu" and done.returncode == 0 and result["findings"] == []


@has_torch
def test_verify_on_a_described_machine_says_so() -> None:
    done = call("verify", "--machine", T4, "--json", "--python", sys.executable)
    assert one_line(done).startswith("SIMULATED")
    result = json_lines(done)[-1]
    assert result["simulated"] is True
    if not usable_gpu():
        # A T4 is described, this PyTorch finds none: not ready, with a reason.
        assert done.returncode == 1 and result["ready"] is None and result["findings"]


@has_torch
def test_verify_in_words() -> None:
    done = call("verify", "--lang", "en")
    text = done.stdout.decode("utf-8")
    assert sys.executable in text and "torch.cuda.is_available()" in text
    assert "✓ passed" in text and "Ready" in text


def test_an_environment_without_torch_is_not_ready(tmp_path: Path) -> None:
    folder = tmp_path / SPECIAL
    venv.create(folder, with_pip=False)
    done = call("verify", "--python", folder, "--json")
    assert done.returncode == 1
    result = json_lines(done)[-1]
    assert result["ready"] is None and result["findings"]
    words = call("verify", "--python", folder, "--lang", "en")
    assert words.returncode == 1 and "Not ready yet." in words.stdout.decode("utf-8")
    assert b"Traceback" not in words.stdout + words.stderr


@pytest.mark.parametrize("command", ["verify", "benchmark", "check"])
def test_no_such_interpreter(command: str, tmp_path: Path) -> None:
    done = call(command, "--python", tmp_path / "gone", "--json")
    assert done.returncode == 3
    assert "gone: There is no Python." in one_line(done)
    (result,) = json_lines(done)
    assert (result["event"], result["ready"], result["findings"]) == ("result", None, [])
    assert result["ended"] == "failed" and "There is no Python." in result["detail"]


def fake_environment(home: Path, script: str) -> Path:
    """A conda environment whose interpreter is a shell script."""
    root = home / "miniforge3"
    for prefix in (root, root / "envs" / "llm_50gun"):
        (prefix / "conda-meta").mkdir(parents=True)
        (prefix / "conda-meta" / "history").touch()
        (prefix / "conda-meta" / "python-3.12.4-h1_0_cpython.json").write_text("{}")
        (prefix / "bin").mkdir()
        (prefix / "bin" / "python").write_text(script)
        (prefix / "bin" / "python").chmod(0o755)
    (root / "condabin").mkdir()
    return root


@posix
@pytest.mark.parametrize("command", ["verify", "benchmark", "check"])
def test_a_killed_child_is_3(home: Path, command: str) -> None:
    fake_environment(home, "#!/bin/sh\nkill -9 $$\n")
    done = call(command, "--env", "llm_50gun", "--json")
    assert done.returncode == 3 and done.stderr == b""
    answer = document(done) if command == "check" else json_lines(done)[-1]
    part = answer["verification"] if command == "check" else answer
    assert part["findings"]
    assert b"Traceback" not in done.stdout


@posix
def test_the_courses_environment_comes_first(home: Path) -> None:
    root = fake_environment(home, "#!/bin/sh\necho hello\nexit 7\n")
    done = call("verify", "--json")
    result = json_lines(done)[-1]
    assert result["python"] == str(root / "envs/llm_50gun/bin/python")
    assert done.returncode == 1 and result["ready"] is None
    names = call("verify", "--env", "gone")
    assert names.returncode == 2 and "base, llm_50gun, wizard" in one_line(names)


@posix
def test_an_environment_without_an_interpreter(home: Path) -> None:
    root = fake_environment(home, "#!/bin/sh\n")
    (root / "envs/llm_50gun/bin/python").unlink()
    done = call("verify", "--env", "llm_50gun")
    assert done.returncode == 3 and "llm_50gun has no Python" in one_line(done)


@has_torch
def test_check_is_the_whole_report() -> None:
    done = call("check", "--json", "--python", sys.executable)
    assert done.stderr == b""
    report = document(done)
    assert report["schema"] == 1 and report["program"]["name"] == "gpu-setup-wizard"
    assert report["simulated"] is False and report["benchmark"] is None
    assert machine_from_json(report["machine"]).memory_gib
    assert report["recommendation"]["steps"]
    assert len(report["verification"]["checks"]) > 10
    ready = report["verification"]["ready"]
    assert done.returncode == (0 if ready else 1)


@has_torch
def test_check_on_a_described_machine_is_marked() -> None:
    report = document(call("check", "--machine", T4, "--json", "--python", sys.executable))
    assert report["simulated"] is True and report["machine"]["simulated"] is True
    assert report["recommendation"]["simulated"] is True
    assert report["verification"]["simulated"] is True


@has_torch
def test_check_in_words() -> None:
    done = call("check", "--python", sys.executable, "--lang", "en")
    text = done.stdout.decode("utf-8")
    assert "Computer:" in text and "Environments:" in text and "Why:" in text
    assert "✓ passed" in text and done.stderr == b""
    assert "-m pip install" in text and "conda activate" not in text, "for the Python asked for"


@has_torch
def test_check_says_why_it_looks_at_another_python() -> None:
    text = call("check", "--lang", "en").stdout.decode("utf-8")
    assert "There is no environment llm_50gun yet" in text and "conda create -n llm_50gun" in text


@has_torch
def test_benchmark_measures() -> None:
    done = call("benchmark", "--json", "--seconds", "2", "--python", sys.executable)
    assert done.returncode == 0 and done.stderr == b""
    lines = json_lines(done)
    samples = [line for line in lines if line["event"] == "sample"]
    assert samples and all(sample["gflops"] > 0 for sample in samples)
    assert {"cpu"} <= {sample["device"] for sample in samples}
    result = lines[-1]
    assert result["event"] == "result" and result["summary"]["cpu_gflops"] > 0
    assert len(result["samples"]) == len(samples)


@has_torch
def test_check_writes_a_report(tmp_path: Path) -> None:
    target, data, notes = (tmp_path / name for name in ("a.html", "b.json", "a.json"))
    notes.write_text("my notes")
    done = call("check", "--json", "--report", target, "--report", data)
    assert done.returncode == 0, done.stderr
    (said,) = json_lines(done)  # the report is the event in which it ends
    saved = json.loads(data.read_text("utf-8"))
    result = {name: said.pop(name) for name in ("event", "ready", "findings")}
    assert said == saved
    assert result["event"] == "result" and result["ready"] == saved["verification"]["ready"]
    assert "<svg" not in target.read_text("utf-8"), "nothing was measured"
    assert notes.read_text() == "my notes", "nobody named it"
    assert {path.name for path in tmp_path.iterdir()} == {"a.html", "b.json", "a.json"}


@pytest.mark.parametrize("name", ["none/x.html", "", ".", "file/x.html", "x" * 300 + ".html"])
@pytest.mark.parametrize("command", ["check", "class-report", "screenshots", "handout"])
def test_what_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, command: str, name: str
) -> None:
    """A Python that would leave a trace is not even started."""
    (tmp_path / "file").touch()
    trace, python = tmp_path / "trace", tmp_path / "python"
    python.write_text(f"#!/bin/sh\n: > '{trace}'\n")
    python.chmod(0o755)
    target = f"{tmp_path}/{name}" if name not in ("", ".") else name
    if command in ("screenshots", "handout"):
        if name in (".", "none/x.html"):
            return  # a folder can be made there
        words = [command, "--out", target]
    elif command == "class-report":
        words = [command, str(tmp_path / "no such folder"), "--out", target]
    else:
        words = [command, "--python", str(python), "--report", target]
    done = call(*words)
    assert done.returncode == 2
    assert one_line(done)
    assert not trace.exists()
    if command == "class-report":
        assert "no such folder" not in done.stderr.decode()
    assert {path.name for path in tmp_path.iterdir()} <= {"file", "python"}


@pytest.mark.parametrize("number", [errno.EIO, errno.EPIPE])
def test_a_drive_that_cannot_be_read_is_no_reader_that_has_gone(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same number means both; only where something is said is it the reader's."""

    def fail(_options: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cli, "_check", fail)
    assert cli.main(["check", "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["event"] == "result"
    assert os.strerror(number) in err

"""Commands read back: by shlex for bash, by small parsers of cmd's and PowerShell's rules."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.advice.command import activation, named_by_prefix, spell, spelling_for
from wizard.advice.words import explain
from wizard.detection.machine import Environment

#: Variables that a real prompt has: an unquoted %PATH% in a command would become their value.
VARIABLES = {"PATH": "C:\\Windows", "a": "expanded", "ə": "expanded"}
_QUOTES = "'\u2018\u2019\u201a\u201b"


def read_cmd(line: str) -> list[str]:
    """A program's argv after cmd (at the prompt) and Microsoft's C runtime read the line."""
    return read_c_runtime(_cmd_special(_cmd_variables(line)))


def _cmd_variables(line: str) -> str:
    """First of all, and inside quotation marks too, %NAME% becomes the value of a set variable."""
    out = ""
    while "%" in line:
        before, _percent, rest = line.partition("%")
        name, percent, after = rest.partition("%")
        known = {key.lower(): value for key, value in VARIABLES.items()}
        if percent and name.lower() in known:
            out, line = out + before + known[name.lower()], after
        else:
            out, line = out + before + "%", rest
    return out + line


def _cmd_special(line: str) -> str:
    """Carets shield outside quotation marks; a bare special character would end the command."""
    out, quoted, place = "", False, 0
    while place < len(line):
        char = line[place]
        if char == "^" and not quoted:
            place += 1
            out += line[place] if place < len(line) else ""
        else:
            if char == '"':
                quoted = not quoted
            elif char in "<>|&" and not quoted:
                raise AssertionError(f"a bare {char} in {line}")
            out += char
        place += 1
    return out


def read_c_runtime(line: str) -> list[str]:
    """Microsoft's rules: backslashes are special only before a quotation mark."""
    words: list[str] = []
    word: str | None = None
    quoted, place = False, 0
    while place < len(line):
        char = line[place]
        if char == "\\":
            end = place
            while end < len(line) and line[end] == "\\":
                end += 1
            count, place = end - place, end
            if place < len(line) and line[place] == '"':
                word = (word or "") + "\\" * (count // 2)
                if count % 2:
                    word += '"'
                    place += 1
            else:
                word = (word or "") + "\\" * count
            continue
        if char == '"':
            quoted, word = not quoted, word or ""
        elif char in " \t" and not quoted:
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
        place += 1
    return words if word is None else [*words, word]


def read_powershell(line: str) -> list[str]:
    """Bare words of harmless characters and verbatim strings; every kind of quote ends one."""
    words: list[str] = []
    place = 0
    while place < len(line):
        if line[place] == " ":
            place += 1
            continue
        word = ""
        if line[place] in _QUOTES:
            place += 1
            while True:
                assert place < len(line), f"an open string in {line}"
                if line[place] in _QUOTES:
                    if place + 1 < len(line) and line[place + 1] in _QUOTES:
                        word, place = word + line[place], place + 2
                        continue
                    place += 1
                    break
                word, place = word + line[place], place + 1
            assert place == len(line) or line[place] == " ", f"text after a string in {line}"
        else:
            while place < len(line) and line[place] != " ":
                char = line[place]
                assert char not in '`$"(){};|<>,\u201c\u201d\u201e' + _QUOTES, f"bare {char}"
                assert char != "&" or line == "&" or line.startswith("& ")
                word, place = word + char, place + 1
            assert word[0] not in "@#" and word != "--%"
        words.append(word)
    if words[0] == "&":
        words = words[1:]
    return words


word_strategy = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=10
) | st.sampled_from(
    [
        *("a b", "cuda-version<13", "%PATH%", "100%", '"', 'a"b', "\\", "a b\\", '\\"', "a^b", "&"),
        *(
            "$HOME",
            "`x`",
            "it's",
            "‘quoted’",
            "“x”",
            "arm-variant=*=tegra",
            "",
            "!x!",
            "(x)",
            "--%",
        ),
        *("C:\\Dərslər İşığı\\python.exe", "@x", "#x", "a;b", "a,b", "%a%", "%a% b", "x|y", "\\\\"),
    ]
)


@given(st.lists(word_strategy, min_size=1, max_size=5))
@example(["C:\\Program Files\\x\\python.exe", "-m", "pip"])
def test_every_shell_reads_the_words_that_were_meant(argv: list[str]) -> None:
    spelled = spell(argv)
    assert shlex.split(spelled.bash) == argv
    assert read_powershell(spelled.powershell) == argv
    assert read_cmd(spelled.cmd) == argv


@pytest.mark.parametrize(
    ("word", "cmd", "powershell", "bash"),
    [
        ("cuda-version=12", "cuda-version=12", "cuda-version=12", "cuda-version=12"),
        ("cuda-version<13", '"cuda-version<13"', "'cuda-version<13'", "'cuda-version<13'"),
        ("a b", '"a b"', "'a b'", "'a b'"),
        ("it's", '"it\'s"', "'it''s'", "'it'\"'\"'s'"),
    ],
)
def test_quoting_that_a_reader_sees(word: str, cmd: str, powershell: str, bash: str) -> None:
    spelled = spell(("conda", word))
    assert spelled.cmd == f"conda {cmd}"
    assert spelled.powershell == f"conda {powershell}"
    assert spelled.bash == f"conda {bash}"


def test_powershell_calls_a_quoted_program() -> None:
    assert spell(("C:\\A b\\python.exe", "-V")).powershell == "& 'C:\\A b\\python.exe' -V"


@pytest.mark.parametrize("argv", [[], ["conda", "a\nb"], ["conda", "a\0"], ["\x1b[2J"]])
def test_what_no_prompt_can_be_given_is_refused(argv: list[str]) -> None:
    with pytest.raises(ValueError, match="control"):
        spell(argv)


def test_the_words_of_the_course_command() -> None:
    command = "conda install -n llm_50gun pytorch==2.5.1 pytorch-cuda=12.1 -c pytorch -c nvidia"
    words = explain(tuple(command.split()))
    assert [word.word for word in words] == [
        *("conda install", "-n llm_50gun", "pytorch==2.5.1", "pytorch-cuda=12.1"),
        *("-c pytorch", "-c nvidia"),
    ]
    meanings = {word.word: word.meaning for word in words}
    assert "12.1" in meanings["pytorch-cuda=12.1"]
    assert "2.5.1" in meanings["pytorch==2.5.1"]
    assert "ended" in meanings["-c pytorch"]


def test_the_words_of_pip_commands() -> None:
    address = "https://download.pytorch.org/whl/cu126"
    words = explain(("python", "-m", "pip", "install", "torch", "--index-url", address))
    assert [w.word for w in words] == ["python -m pip install", "torch", f"--index-url {address}"]
    assert "12.6" in words[2].meaning


def test_activation() -> None:
    conda = Environment("x", "/c/envs/x", kind="conda")
    assert activation(conda, "linux") == "conda activate x"
    elsewhere = Environment("x", "/my place/x", kind="conda")
    assert not named_by_prefix(elsewhere)
    assert activation(elsewhere, "linux") == "conda activate '/my place/x'"
    venv = Environment("v", "/home/u/my venv", kind="venv")
    assert activation(venv, "linux") == "source '/home/u/my venv/bin/activate'"
    windows = Environment("v", "C:\\my venv", kind="venv")
    assert activation(windows, "windows") == '"C:\\my venv\\Scripts\\activate.bat"'
    assert activation(Environment("p", "/usr", kind="python"), "linux") == ""


def test_windows_users_of_the_course_type_into_cmd() -> None:
    spelled = spell(("conda", "a b"))
    assert spelling_for(spelled, "windows") == spelled.cmd
    assert spelling_for(spelled, "linux") == spelling_for(spelled, "macos") == spelled.bash

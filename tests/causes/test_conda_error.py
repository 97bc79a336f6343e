"""conda's account of a failure: its JSON, its text, and damaged forms of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.causes.conda_error import Answer, read_account

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings" / "conda_real"


def recorded(name: str) -> str:
    return (RECORDINGS / name).read_text("utf-8")


def test_the_error_object() -> None:
    account = read_account(recorded("repodata-403.json"))
    (error,) = account.errors
    assert error.name == "CondaHTTPError"
    assert error.head.startswith("CondaHTTPError: HTTP 403 Forbidden for url <https://conda.anacon")
    assert account.answer is not None
    assert (account.answer.status, account.answer.words) == (403, "Forbidden")
    assert not account.answer.is_package
    assert "403 Client Error" in account.text
    assert not account.rest.strip()


def test_a_line_before_the_object_and_one_behind_it() -> None:
    text = f"a plugin says hello\n{recorded('condarc-denylist.json')}\nbye\n"
    account = read_account(text)
    assert account.errors[0].name == "ChannelDenied"
    assert account.rest.split("\n")[0] == "a plugin says hello"


def test_an_object_that_is_cut_off_keeps_its_whole_fields() -> None:
    text = recorded("repodata-503.json")
    cut = text[: text.index('"response_details"') + 40]
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(cut)
    account = read_account(cut)
    assert account.errors[0].name == "CondaHTTPError"
    assert account.answer is not None
    assert account.answer.status == 503


def test_errors_among_tables_and_progress() -> None:
    account = read_account(recorded("pkg-404-pytorch.log.txt"))
    (error,) = account.errors  # conda says it twice
    assert account.answer == Answer(
        404,
        "Not Found",
        "https://conda.anaconda.org/conda-forge/linux-64/"
        "pytorch-2.9.1-cuda130_mkl_py312_h01d0d5c_301.conda",
    )
    assert account.answer.is_package
    assert "torchvision" not in account.text
    assert error.head.endswith("_301.conda>")


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("old-home414-reset.log.txt", ['("Connection broken: ConnectionResetError(104,']),
        ("pkg-truncate.log.txt", ["('Connection broken: IncompleteRead(9000000 bytes read,"]),
        ("disk-full-linking.log.txt", ["[Errno 28] No space left on device"]),
        ("terminal-conda-beside-wizard.txt", ["LockError: Failed to acquire", "[Errno 2] No such"]),
        ("old-home2311-reset.log.txt", ["CondaError: Downloaded bytes did not match Content-Leng"]),
    ],
)
def test_errors_of_other_forms(name: str, heads: list[str]) -> None:
    account = read_account(recorded(name))
    assert len(account.errors) == len(heads)
    for error, head in zip(account.errors, heads, strict=True):
        assert error.head.startswith(head)
    assert "torchvision" not in account.text


def test_every_error_of_several() -> None:
    errors = read_account(recorded("disk-full-pkgs.log.txt")).errors
    assert {error.name for error in errors} == {"CondaError", "InvalidArchiveError"}
    assert len(errors) == 8


def test_the_report_on_itself_is_no_part_of_the_error() -> None:
    account = read_account(recorded("condarc-bad-yaml.txt.stderr.txt"))
    (error,) = account.errors
    assert error.name == "ParserError"
    assert error.message.splitlines()[-1] == (
        '      in "/home/student/miniforge3/.condarc", line 6, column 5'
    )
    assert "virtual packages" not in account.text
    assert "configuration.py" in account.traceback
    assert "configuration.py" in read_account(recorded("condarc-bad-yaml.json")).traceback


def test_what_is_missing_is_listed() -> None:
    account = read_account(recorded("condarc-offline-true-no-cache.json"))
    assert set(account.errors[0].items) >= {"python=3.12", "pytorch-gpu"}
    assert "Many packages are unavailable at once" in account.text
    account = read_account(recorded("condarc-pinned-pytorch-2.5.txt.stderr.txt"))
    assert account.errors[0].items == ("pytorch=2.5",)
    assert account.head.endswith("from current channels: pytorch=2.5")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "ERROR: HTTP error 404 while getting https://download.pytorch.org/whl/cu130/x.whl",
            Answer(404, "", "https://download.pytorch.org/whl/cu130/x.whl"),
        ),
        (
            "UnavailableInvalidChannel: The channel is not accessible or is invalid.\n"
            "  channel name: conda-forge\n"
            "  channel url: https://conda.anaconda.org/conda-forge\n  error code: 404\n",
            Answer(404, "", "https://conda.anaconda.org/conda-forge"),
        ),
        (
            "requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: https://x/y",
            Answer(502, "Bad Gateway", "https://x/y"),
        ),
        ("ERROR: Could not find a version that satisfies the requirement torch", None),
    ],
)
def test_a_server_s_answer_in_other_words(text: str, answer: Answer | None) -> None:
    assert read_account(text).answer == answer


def test_a_crash_of_python_keeps_its_error() -> None:
    text = (
        "ERROR: Exception:\nTraceback (most recent call last):\n"
        '  File "/x/pip/_vendor/urllib3/response.py", line 438, in _error_catcher\n    yield\n'
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='pypi.org')\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n"
        '  File "/x/zipfile.py", line 1, in f\nzipfile.BadZipFile: File is not a zip file\n'
    )
    account = read_account(text)
    assert "BadZipFile: File is not a zip file" in account.text
    assert account.named("ReadTimeoutError") is not None
    assert "response.py" not in account.text


def test_success_has_no_error() -> None:
    account = read_account('{\n  "success": true\n}\n')
    assert account.errors == ()
    assert account.answer is None


LINES = st.sampled_from(
    [
        *("{", "}", '  "error": "x",', '  "error": "', "Traceback (most recent call last):"),
        *("## Package Plan ##", "CondaError: x", "  a", "", "# ERROR REPORT", "[Errno 28] x", "\r"),
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(LINES, max_size=30).map("\n".join)))
def test_no_text_is_too_odd(text: str) -> None:
    account = read_account(text)
    assert isinstance(account.text + account.head, str)

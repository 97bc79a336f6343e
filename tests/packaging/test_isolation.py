"""The fixtures keep tests away from the user's own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.paths import user_data_folder
from wizard.text import language, set_language


def test_the_user_data_folder_lies_in_the_test_home(home: Path) -> None:
    assert user_data_folder().is_relative_to(home)
    assert not user_data_folder().exists()


def test_a_child_process_gets_the_same_home(home: Path) -> None:
    program = "from wizard.paths import user_data_folder; print(user_data_folder())"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert Path(output.strip()).is_relative_to(home)


@pytest.mark.parametrize("_", range(2))
def test_a_language_lasts_one_test(_: int) -> None:
    assert language() == "en"
    set_language("az")
    assert language() == "az"


def test_qt_has_no_screen() -> None:
    assert os.environ["QT_QPA_PLATFORM"].split(":")[0] == "offscreen"

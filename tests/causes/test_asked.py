"""Why pip found no PyTorch: the index never had it, or this Python has no wheel."""

from __future__ import annotations

import pytest

from wizard.causes.asked import fault_in
from wizard.causes.diagnosis import diagnose

NOT_FOUND = "ERROR: Could not find a version that satisfies the requirement torch=="
CU118 = "Looking in indexes: https://download.pytorch.org/whl/cu118\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{NOT_FOUND}2.1.2 (from versions: 2.2.0, 2.2.1, 2.3.0)", "python"),
        (f"{CU118}{NOT_FOUND}2.1.2 (from versions: 2.2.0+cu118, 2.3.0+cu118)", "python"),
        (f"{CU118}{NOT_FOUND}2.1.2 (from versions: none)", "python"),
        (f"{CU118}{NOT_FOUND}1.12.1 (from versions: none)", "index"),
        (f"{CU118}{NOT_FOUND}2.9.0 (from versions: 2.6.0+cu118, 2.7.1+cu118)", "index"),
        (f"{NOT_FOUND}2.3.1+cu121 (from versions: 2.3.0, 2.3.1, 2.4.0+cpu)", "index"),
        (f"{NOT_FOUND}1.9.0+cu102 (from versions: 1.8.1, 1.9.0, 1.9.1)", "index"),
        (f"{NOT_FOUND}1.8.1+cu111 (from versions: 1.11.0+cu113, 1.12.0+cu116)", "python"),
        (f"{NOT_FOUND}1.6.0 (from versions: 0.1.2, 0.1.2.post1, 0.1.2.post2)", "python"),
        (f"{NOT_FOUND}2.9.0+cu127 (from versions: none)", "index"),
        ("requirement torch (from versions: none)", None),
        (f"{NOT_FOUND}2.9.0", None),
        ("requirement numpy==9 (from versions: 1.0, 2.0)", None),
    ],
)
def test_what_has_to_be_another_one(text: str, fault: str | None) -> None:
    assert fault_in(text) == fault
    code = {"python": "python_unsupported", "index": "wrong_cuda_index"}.get(fault or "")
    if code is not None:
        assert diagnose(text).findings[0].code == code


def test_no_network_is_no_missing_wheel() -> None:
    text = f"SSLError(certificate verify failed)\n{NOT_FOUND}2.3.1 (from versions: none)"
    assert diagnose(text).findings[0].code == "ssl_intercepted"


def test_a_long_list_is_read_quickly() -> None:
    assert fault_in(f"{NOT_FOUND}2.0 (from versions: " + "2.1.0, " * 100_000) == "python"
    assert fault_in("(from versions:" * 100_000) is None

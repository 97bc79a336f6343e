"""Sentences and commands that are made once for each language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from wizard import text

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def per_language(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Remember what a pure function of hashable arguments answers in the language in use."""

    @lru_cache(maxsize=4096)
    def remembered(
        _language: str, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> _Result:
        return function(*args, **kwargs)

    @wraps(function)
    def ask(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        return remembered(text.language(), *args, **kwargs)

    return ask

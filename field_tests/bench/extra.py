"""The peers' libraries, of the extra `study-bench`; asked for only by the verb that needs them."""

import importlib
import warnings
from typing import Any

from field_tests.errors import MissingExtraError


def library(name: str, why: str) -> Any:  # noqa: ANN401 - modules without types
    """The module `name`, or one sentence that says how to install it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they import is not ours to mend
            return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"{why}: `pip install 'shirube[study-bench]'` を実行してください / "
            f"run `pip install 'shirube[study-bench]'` ({error})"
        ) from error


def bonsai() -> Any:  # noqa: ANN401
    """Forest's generator of GPS trajectories."""
    return library("forest.bonsai.simulate_gps_data", "独立した真の値 / the independent truth")

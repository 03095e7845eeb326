"""What has to be so while Evidently is imported."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quiet_import() -> Generator[None]:
    """Import it in the body: it then neither warns of itself nor reports its use to its makers."""
    os.environ["DO_NOT_TRACK"] = "1"  # it looks once, when it is imported
    with warnings.catch_warnings():
        # evidently 0.7.23 patches `numpy.core`, numpy's former name for it.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield

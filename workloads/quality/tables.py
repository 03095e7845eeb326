"""Names for tables of pandas and of Arrow: neither library's own annotations hold up under a strict type checker."""

from __future__ import annotations

from typing import Any

import pyarrow.compute

Frame = Any
"""A pandas.DataFrame"""
Column = Any
"""A pandas.Series"""
Array = Any
"""A pyarrow.Array"""
Batch = Any
"""A pyarrow.RecordBatch"""
Instant = Any
"""A pandas.Timestamp in UTC"""
compute: Any = pyarrow.compute
"""Its functions are made when it is imported"""

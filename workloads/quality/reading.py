"""Rows of a period out of Parquet files, in bounded memory: a file at a time, of each only the columns asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workloads.quality.columns import HASHES, TIME, Type, converted, empty, hashing
from workloads.quality.faults import DataError
from workloads.quality.periods import Period
from workloads.quality.places import Found
from workloads.quality.tables import Array, Batch, Frame, Instant, compute

_BATCH: Final = 131_072


@dataclass(kw_only=True)
class Rows:
    """What was read."""

    frame: Frame
    """Columns `id` (a hash), `time` and the others; classes are categories."""
    found: int
    """Rows of the period, before a part of them was picked"""
    newest: Instant | None
    """Of all that was looked at, also outside the period"""
    share: int = HASHES
    """Ids whose hashes are below this were picked"""


@dataclass
class Reader:
    """Reads files of one format."""

    id: str
    time: str
    needed: Mapping[str, Type]
    """Columns that every file has"""
    wanted: Mapping[str, Type] = field(default_factory=dict[str, Type])
    """Columns that are missing values where a file lacks them"""
    repeats: bool = False
    """Whether all rows with one id are given, in place of the newest"""
    unreadable: dict[str, str] = field(default_factory=dict[str, str])
    """Files that are none, with why"""

    def read(self, files: Sequence[Found], period: Period | None, most: int | None = None) -> Rows:
        """Return the rows of a period, or all; of more than `most` those whose ids' hashes are smallest."""
        opened = [(found, file) for found in files if (file := self._open(found)) is not None]
        if files and not opened:
            name, why = next(iter(self.unreadable.items()))
            raise DataError(f"{name}: {why}; nor can any other of {len(files)} files be read")
        share = HASHES
        if most is not None and sum(file.metadata.num_rows for _, file in opened) > most:
            count = sum(len(batch) for batch in self._batches(opened, period, {}, {}, None))
            share = HASHES if count <= most else HASHES * most // count
        tables: list[Any] = []
        seen: dict[str, Any] = {"rows": 0, "newest": None}
        for batch in self._batches(opened, period, self.needed, self.wanted, seen):
            kept = batch if share == HASHES else batch.filter(pa.array(_picks(batch) < share))
            tables.append(pa.Table.from_batches([kept]))
        return Rows(
            frame=_frame(tables, {"id": "id", "time": "time", **self.needed, **self.wanted}, repeats=self.repeats),
            found=seen["rows"],
            newest=seen["newest"],
            share=share,
        )

    def vectors(
        self, files: Sequence[Found], period: Period | None, column: str, most: int, hashes: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.float32]:
        """Return up to `most` vectors of a period: of the rows with these hashes those with the smallest, in order."""
        picked = np.sort(hashes)[:most]
        found: dict[int, npt.NDArray[np.float32]] = {}
        opened = [(one, file) for one in files if (file := self._open(one)) is not None]
        for batch in self._batches(opened, period, {}, {}, None, vector=column):
            chosen = batch.filter(compute.is_in(batch["id"], pa.array(picked)))
            for number, vector in zip(chosen["id"].to_pylist(), chosen["vector"], strict=True):
                values: Any = vector.values
                if values is not None:
                    found[number] = np.asarray(values.to_numpy(zero_copy_only=False), np.float32)
        rows = [found[number] for number in sorted(found) if np.isfinite(found[number]).all()]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise DataError(f"{column}: vectors of {', '.join(map(str, sorted(lengths)))} numbers; allowed: one length")
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)

    def _open(self, found: Found) -> pq.ParquetFile | None:
        try:
            return pq.ParquetFile(found.path, memory_map=True)
        except (pa.ArrowException, OSError) as error:
            self.unreadable[found.name] = str(error).splitlines()[0]
            return None

    def _batches(
        self,
        opened: Sequence[tuple[Found, pq.ParquetFile]],
        period: Period | None,
        needed: Mapping[str, Type],
        wanted: Mapping[str, Type],
        seen: dict[str, Any] | None,
        *,
        vector: str | None = None,
    ) -> Iterator[Batch]:
        for found, file in opened:
            present = set(file.schema_arrow.names)
            lacking = [name for name in (self.id, self.time, *needed) if name not in present]
            if lacking:
                raise DataError(
                    f"{found.name}: has no column {', '.join(lacking)}; it has {', '.join(sorted(present))}"
                )
            if vector is not None and vector not in present:
                continue
            read = {self.id, self.time, *needed, *(name for name in wanted if name in present)}
            read |= {vector} if vector is not None else set()
            groups = [group for group in range(file.num_row_groups) if _may_hold(file, group, self.time, period, seen)]
            for batch in file.iter_batches(_BATCH, row_groups=groups, columns=sorted(read)) if groups else ():
                times = converted(batch[self.time], "time", f"{found.name}: {self.time}")
                if seen is not None:
                    _see(seen, compute.max(times).as_py())
                inside = _inside(times, period)
                kept = batch.filter(inside)
                if seen is not None:
                    seen["rows"] += len(kept)
                columns: dict[str, Array] = {
                    "id": converted(kept[self.id], "id", f"{found.name}: {self.id}"),
                    "time": times.filter(inside),
                }
                kinds: dict[str, Type] = {**needed, **wanted}
                for name, kind in kinds.items():
                    columns[name] = (
                        converted(kept[name], kind, f"{found.name}: {name}") if name in read else empty(kind, len(kept))
                    )
                if vector is not None:
                    columns["vector"] = kept[vector]
                yield pa.RecordBatch.from_pydict(columns)


def _picks(batch: Batch) -> npt.NDArray[np.uint64]:
    """Return a number for each row that has nothing to do with what it holds: its id's hash, or else its time's."""
    ids = np.array(batch["id"].to_numpy())
    if (missing := ids == 0).any():
        ids[missing] = hashing.hash_array(batch["time"].cast(pa.int64()).to_numpy()[missing])
    return ids


def _inside(times: Array, period: Period | None) -> Array:
    if period is None:
        return compute.is_valid(times)
    begin, end = pa.scalar(period.begin, TIME), pa.scalar(period.end, TIME)
    return compute.fill_null(
        compute.and_(compute.greater_equal(times, begin), compute.less(times, end)), fill_value=False
    )


def _may_hold(file: pq.ParquetFile, group: int, time: str, period: Period | None, seen: dict[str, Any] | None) -> bool:
    """Whether a group of rows may have some of the period, by the smallest and largest time that it says it has."""
    if period is None:
        return True
    described = file.metadata.row_group(group)
    columns = (described.column(place) for place in range(described.num_columns))
    statistics = next((column.statistics for column in columns if column.path_in_schema == time), None)
    if (
        statistics is None
        or not statistics.has_min_max
        or not pa.types.is_timestamp(file.schema_arrow.field(time).type)
    ):
        return True
    least, largest = (pd.Timestamp(value) for value in (statistics.min, statistics.max))
    least, largest = (at.tz_localize("UTC") if at.tz is None else at for at in (least, largest))
    if seen is not None:
        _see(seen, largest)
    return least < period.end and largest >= period.begin


def _see(seen: dict[str, Any], time: Any) -> None:
    if time is not None and not pd.isna(time):
        at = pd.Timestamp(time)
        seen["newest"] = at if seen["newest"] is None else max(seen["newest"], at)


def _frame(tables: Sequence[Any], types: Mapping[str, Type], *, repeats: bool) -> Frame:
    if not tables:
        table = pa.Table.from_pydict({name: empty(kind, 0) for name, kind in types.items()})
    else:
        table = pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()
    frame: Frame = table.to_pandas(split_blocks=True, self_destruct=True)
    if repeats:
        return frame
    repeated = frame["id"].duplicated(keep=False) & (frame["id"] != 0)
    if repeated.any():
        newest = frame[repeated].sort_values("time", kind="stable").drop_duplicates("id", keep="last").index
        frame = frame[~repeated | frame.index.isin(newest)].reset_index(drop=True)
    return frame

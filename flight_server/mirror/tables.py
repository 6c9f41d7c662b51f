"""The rows that are kept: one Delta table a catalog table, which any tool that knows Delta reads.

Beside the columns of the table stand `_account` (whose rows they are; a digest, by which the files are divided),
`_scope` (how the calls were narrowed), `_key` and `_fetched_at`. A part is replaced by one commit: it is there as it
was, or as it was read now. The only user of deltalake.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from flight_server.errors import Error
from flight_server.mirror.faults import MirrorFault

ACCOUNT, SCOPE, KEY, FETCHED_AT = "_account", "_scope", "_key", "_fetched_at"
BESIDE = pa.schema(
    [(ACCOUNT, pa.string()), (SCOPE, pa.string()), (KEY, pa.string()), (FETCHED_AT, pa.timestamp("us", "UTC"))]
)

RESTRICTED = "__restricted"
"""Ends the name of a table whose rows were read with restricted data: personal data lie in no other."""

_MOST_FILES = 48
"""More small files than these are written together."""

_log = logging.getLogger(__name__)


class DeltaTables:
    """The tables of one directory. Whoever writes one is alone at it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._opened: dict[str, tuple[tuple[int, int], DeltaTable]] = {}

    def replace(self, name: str, schema: pa.Schema, rows: Iterable[pa.RecordBatch], predicate: str) -> None:
        """Put rows in the place of those that meet the predicate, which they all meet; one commit."""
        path = self._prepared(name, schema)
        reader = pa.RecordBatchReader.from_batches(schema, iter(rows))
        with _told(name):
            write_deltalake(path, reader, mode="overwrite", predicate=predicate, partition_by=[ACCOUNT])
            self._compacted(path)

    def merge(
        self, name: str, schema: pa.Schema, rows: pa.Table, keys: Sequence[str], within: str, gone: str = ""
    ) -> None:
        """Put each row in the place of the one with its keys, among those that meet `within` (t: the table).

        Rows that meet `gone`, and have none to take their place, are taken away. One commit.
        """
        path = self._prepared(name, schema)
        same = " AND ".join(f't."{key}" = s."{key}"' for key in (ACCOUNT, SCOPE, *keys))
        with _told(name):
            merger = DeltaTable(path).merge(rows, f"{same} AND {within}", source_alias="s", target_alias="t")
            merger = merger.when_matched_update_all().when_not_matched_insert_all()
            (merger.when_not_matched_by_source_delete(gone) if gone else merger).execute()
            self._compacted(path)

    def delete(self, name: str, predicate: str) -> None:
        """Take rows away."""
        with _told(name):
            if DeltaTable.is_deltatable(str(self._directory / name)):
                DeltaTable(self._directory / name).delete(predicate)

    def files(self, name: str, account: str) -> list[str]:
        """The files of an account's rows in the newest version."""
        with _told(name):
            table = self._newest(name)
            return [] if table is None else table.file_uris(file_pruning_predicate=[(ACCOUNT, "=", account)])

    def sizes(self, name: str, account: str) -> tuple[int, int]:
        """How many rows an account has there, and bytes."""
        path = self._directory / name
        with _told(name):
            if not DeltaTable.is_deltatable(str(path)):
                return 0, 0
            actions = pa.table(DeltaTable(path).get_add_actions(flatten=True)).to_pylist()
        own = [each for each in actions if each.get(f"partition.{ACCOUNT}") == account]
        return sum(each["num_records"] or 0 for each in own), sum(each["size_bytes"] for each in own)

    def oldest(self, name: str) -> dict[tuple[str, str], datetime]:
        """(account, scope) -> when the oldest of its rows was read."""
        path = self._directory / name
        with _told(name):
            if not DeltaTable.is_deltatable(str(path)):
                return {}
            rows = DeltaTable(path).to_pyarrow_table(columns=[ACCOUNT, SCOPE, FETCHED_AT])
        found = rows.group_by([ACCOUNT, SCOPE]).aggregate([(FETCHED_AT, "min")]).to_pylist()
        return {(each[ACCOUNT], each[SCOPE]): each[f"{FETCHED_AT}_min"] for each in found}

    def clear(self, name: str, retention_hours: int) -> None:
        """Remove the files of rows that were taken away so long ago, and what the log tells of them."""
        path = self._directory / name
        with _told(name):
            table = DeltaTable(path)
            table.vacuum(retention_hours=retention_hours, enforce_retention_duration=False, dry_run=False)
            _forget_the_past(table)

    def forget(self, name: str, account: str) -> None:
        """Delete an account's rows, files and all; the table with them where it has no others."""
        path = self._directory / name
        if not DeltaTable.is_deltatable(str(path)):
            return
        with _told(name):
            table = DeltaTable(path)
            table.delete(f"{ACCOUNT} = '{account}'")
            if not table.file_uris():
                shutil.rmtree(path)
                return
            table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
            _forget_the_past(table)
            shutil.rmtree(path / f"{ACCOUNT}={account}", ignore_errors=True)

    def tidy(self) -> None:
        """Remove files that no version of the last day needs; to be called before anybody reads."""
        for path in self._directory.iterdir() if self._directory.is_dir() else ():
            try:
                with _told(path.name):
                    self._tidy(path)
            except MirrorFault as fault:
                _log.warning("%s", fault)  # whoever reads it is told; a server shall start without it

    @staticmethod
    def _tidy(path: Path) -> None:
        if DeltaTable.is_deltatable(str(path)):
            DeltaTable(path).vacuum(retention_hours=24, enforce_retention_duration=False, dry_run=False)

    def names(self) -> list[str]:
        """The tables that there are."""
        return sorted(path.name for path in self._directory.iterdir()) if self._directory.is_dir() else []

    def is_there(self, name: str) -> bool:
        """Whether there is such a table: somebody may have removed it."""
        return self._newest(name) is not None

    def is_of(self, name: str, schema: pa.Schema) -> bool:
        """Whether a table has these columns, or is not there yet."""
        with _told(name):
            table = self._newest(name)
            if table is None:
                return True
            there = pa.schema(table.schema().to_arrow())
        return [(f.name, f.type) for f in there] == [(f.name, f.type) for f in schema]

    def drop(self, name: str) -> None:
        """Remove a table of which nothing is of use any more."""
        shutil.rmtree(self._directory / name, ignore_errors=True)

    def _newest(self, name: str) -> DeltaTable | None:
        """The table as it is now, opened again only when its log is another: that takes longer than a small query."""
        log = self._directory / name / "_delta_log"
        with _told(name):
            if not DeltaTable.is_deltatable(str(log.parent)):
                return None
            times = [entry.stat().st_mtime_ns for entry in log.iterdir()]
            state = len(times), max(times)
            known = self._opened.get(name)
            if known is None or known[0] != state:
                known = state, DeltaTable(self._directory / name)
                self._opened[name] = known
            return known[1]

    def _prepared(self, name: str, schema: pa.Schema) -> Path:
        path = self._directory / name
        with _told(name):
            if not DeltaTable.is_deltatable(str(path)):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                DeltaTable.create(path, schema=schema, partition_by=[ACCOUNT], name=name)
        return path

    def _compacted(self, path: Path) -> None:
        table = DeltaTable(path)
        if len(table.file_uris()) > _MOST_FILES:
            try:
                table.optimize.compact()
            except DeltaError as error:  # rows of another account were written meanwhile: the next one does it
                _log.info("the mirror of %s is not compacted: %s", path.name, error)


def _forget_the_past(table: DeltaTable) -> None:
    """Take away what the log tells of versions before: the least and the greatest values of each file's columns."""
    table.alter.set_table_properties({"delta.logRetentionDuration": "interval 0 seconds"})
    table.create_checkpoint()
    table.cleanup_metadata()


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Says in our words what Delta complains of; its exceptions have no common base."""
    try:
        yield
    except Error:
        raise
    except Exception as error:
        raise MirrorFault(
            f"the mirror of {name} cannot be used: {str(error)[:300]}; its operator should look"
        ) from None

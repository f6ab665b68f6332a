"""The embedded index: a LanceDB table on disk, its vectors in memory as long as they are few enough."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.catalog.records import Product
from modiste.index import filters, meta, rows
from modiste.index.aligned import Spaces
from modiste.index.base import Fingerprint, Found, Identity, IndexedProduct, Query
from modiste.index.candidates import Source
from modiste.index.gallery import Gallery
from modiste.index.ingest import Encode
from modiste.index.lock import exclusive
from modiste.index.view import View
from modiste.types import Progress, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

EXACT_LIMIT = 1_000_000
"""Products up to which every vector is compared; with 256 numbers each they take 1 GiB then."""

KEEP_VERSIONS = timedelta(hours=1)
"""How long a reader may go on with what it has seen."""

COMPACT = 64
"""Writes after which the table is compacted: each leaves files of its own, all of which a reader opens."""


class LanceIndex:
    """A shop's folder: the table, the note which encoder made it, and the writer's lock."""

    def __init__(
        self,
        path: Path,
        identity: Identity,
        *,
        exact_limit: int = EXACT_LIMIT,
        columns: Mapping[str, str] = rows.FIELDS,
    ) -> None:
        """Nothing is read or written yet.

        Args:
            columns: what a new table holds, besides what its products need.
        """
        self.path, self.identity, self.exact_limit = path, identity, exact_limit
        self._name = meta.table_name(identity)
        self._columns = columns
        self._loading = threading.Lock()
        self._seen: View | None = None
        self._writes = 0
        self._spaces = Spaces(path, exact_limit)
        self._current = meta.read(path) == identity

    def __len__(self) -> int:
        view = self._view()
        return view.count if view else 0

    def columns(self) -> Mapping[str, str]:
        """Columns that filters can use, and what they hold: text, number, boolean or list."""
        table = self._open()
        return self._columns if table is None else rows.kinds(table.schema)

    def ids(self) -> Sequence[str]:
        """Ids of all products."""
        read = self._read(["id"])
        return [] if read is None else read["id"].to_pylist()

    def fingerprints(self) -> Mapping[str, Fingerprint]:
        """What every product looked like when it was indexed."""
        read = self._read(["id", rows.ROW, rows.PHOTOS])
        if read is None:
            return {}
        ids, row, photos = (read[name].to_pylist() for name in ("id", rows.ROW, rows.PHOTOS))
        return dict(zip(ids, map(Fingerprint, row, photos), strict=True))

    def version(self) -> Hashable:
        """What the index holds now goes by this, until somebody writes."""
        return self._name, self._files()

    def counts(self, column: str) -> Mapping[str, int]:
        """The values of a column of text, the most frequent first, and how many products have each."""
        view = self._view()
        return {} if view is None else view.counts(column)

    def vectors(self, ids: Sequence[str], space: Identity | None = None) -> Mapping[str, Vectors]:
        """The vectors of the products named, those that are absent left out. Shape of each: (photos, dim).

        Args:
            space: whose vectors, instead of the encoder's; products that `fill` gave none are absent.

        Raises:
            UsageError: there are too many products for `space`.
        """
        view = self._view() if len(ids) == 1 or space else None
        if view is not None and space is not None:
            return self._spaces.aligned(view, space).gallery.named(ids)
        if view is not None and view.gallery is not None:  # one product is what a search asks for
            position = view.gallery.position(ids[0])
            return {} if position < 0 else {ids[0]: view.gallery.vectors(position)}
        read = self._read(["id", rows.VECTORS, "_rowid"], _any_of(ids)) if ids else None
        if read is None:
            return {}
        held = Gallery.of(read, self.identity.dim)
        return {id: held.vectors(position) for position, id in enumerate(held.ids)}

    def products(self, only: str = "") -> Sequence[Product]:
        """All products, as they were indexed.

        Args:
            only: those that pass this filter, which a program made.
        """
        read = self._read([*self.columns()], only)
        return [] if read is None else [rows.product(row) for row in read.to_pylist()]

    def matches(self, words: str) -> bool:
        """Whether any product carries one of the words."""
        view = self._view()
        return view is not None and len(Source(view.table, view.columns).matching(words, [])) > 0

    def carries(self, word: str) -> bool:
        """Whether a product's title has this word, in lower case, or its other words match it."""
        return word in self.spellings() or self.matches(word)

    def spellings(self) -> Collection[str]:
        """Every word of the products' titles, in lower case; nothing where they are too many for memory."""
        view = self._view()
        return () if view is None or view.gallery is None else view.gallery.title_words

    def product(self, id: str) -> Product | None:
        """A product as it was indexed, or nothing where the shop doesn't have it."""
        view = self._view()
        if view is None:
            return None
        if view.gallery is None:
            read = self._read([*self.columns()], _any_of([id]))
        else:
            place = view.gallery.position(id)
            read = None if place < 0 else view.gallery.items.slice(place, 1)
        return rows.product(read.to_pylist()[0]) if read is not None and len(read) else None

    def having(self, photo: str) -> Sequence[str]:
        """Ids of the products whose only photo has this SHA-256, in hexadecimal."""
        view = self._view()
        return [] if view is None else view.having(rows.photos_hash([bytes.fromhex(photo)]))

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of all products of the models that these products are of, themselves included."""
        view = self._view()
        return [] if view is None else view.variants(ids)

    def check(self, where: str) -> None:
        """Raise the error that a search with this filter would, before anything is done for it."""
        view = self._view()
        if view is not None:
            view.check(where)

    def browse(self, where: str, k: int, offset: int) -> Found:
        """The products that pass a filter in the order in which they came, all with the score 0.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column.
        """
        view = self._view()
        return Found([], [], [], 0) if view is None else view.browse(where, k, offset)

    def search(self, query: Query, space: Identity | None = None) -> Found:
        """The products nearest to the query.

        Args:
            space: whose vectors to search, instead of the encoder's; products that `fill` gave none are not found.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column.
        """
        view = self._view()
        if view is None:
            return Found([], [], [], 0)
        return view.search(query, None if space is None else self._spaces.aligned(view, space))

    def fill(self, space: Identity, encode: Encode, size: tuple[int, int], progress: Progress | None = None) -> int:
        """Get a space the vectors of all products, from the photos' files; what it has already is left alone.

        Args:
            encode: photos to unit vectors. Shape: (n, height, width, 3) to (n, dim).
            size: height and width of the photos that `encode` takes.
            progress: called with the number of products that are done, and of all that lacked vectors.

        Returns:
            How many products have none, because their photos are gone or no longer those that were indexed.

        Raises:
            UsageError: there are too many products.
        """
        view = self._view()
        if view is None:
            return 0
        held = self._spaces.filled(view, space, encode, size, progress)
        return view.count - len(held.gallery)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; there is one writer at a time.

        Raises:
            LockedError: another process writes.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with exclusive(self.path / "writer.lock", str(self.path)):
            try:
                yield
            finally:  # while the lock is held: whoever was refused it has nothing to tidy up
                if not (self.path / meta.FILE).exists():
                    _leave_no_trace(self.path)

    def prepare(self, products: Sequence[Product]) -> Mapping[str, str]:
        """Make sure that a column exists for every attribute and can hold it, before `upsert`; returns all columns.

        A column of numbers or of true and false becomes one of text where another value comes.
        """
        held, needed = self.columns(), rows.attribute_columns(products)
        added = {name: kind for name, kind in needed.items() if name not in held}
        widened = [name for name, kind in needed.items() if held.get(name, kind) not in (kind, "text")]
        self._columns = {**held, **added, **dict.fromkeys(widened, "text")}
        table = self._open()
        if table is not None:
            _widen(table, widened)
            if added:
                table.add_columns(rows.arrow_fields(added))
        return self._columns

    def upsert(self, products: Sequence[IndexedProduct]) -> None:
        """Add products, or replace those of the same id."""
        table = self._open()
        if table is None:
            table = self._create()
        if not table.list_indices():
            _index_words(table)
        data = rows.table(products, rows.kinds(table.schema), self.identity.dim)
        table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(data)
        self._writes += 1
        if self._writes % COMPACT == 0:
            table.optimize(cleanup_older_than=KEEP_VERSIONS)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove products."""
        table = self._open()
        if ids and table is not None:
            table.delete(_any_of(ids))

    def optimize(self) -> None:
        """Bring the store into good shape after writing: compact it, index what is new."""
        table = self._open()
        if table is None:
            return
        if table.count_rows() > self.exact_limit and len(table.list_indices()) == 1:
            _index_vectors(table)
        table.optimize(cleanup_older_than=KEEP_VERSIONS)

    def promote(self) -> None:
        """Make this index the shop's, in place of one that another encoder made."""
        meta.write(self.path, self.identity)
        self._current = True
        database = _connect(self.path)
        for file in self.path.glob("products-*.lance"):
            if file.stem != self._name:
                database.drop_table(file.stem)

    def _create(self) -> Any:
        if meta.read(self.path) is None:
            meta.write(self.path, self.identity)
        table = _connect(self.path).create_table(self._name, schema=rows.schema(self._columns, self.identity.dim))
        self._current = meta.read(self.path) == self.identity
        return table

    def _open(self) -> Any:
        """The table as it is now, or nothing."""
        if not self._files():
            return None
        return _connect(self.path).open_table(self._name)

    def _read(self, columns: list[str], where: str = "") -> pa.Table | None:
        """All products, or those that pass; nothing where there is no table yet."""
        table = self._open()
        if table is None:
            return None
        search = table.search().where(where) if where else table.search()
        return search.select(columns).limit(None).to_arrow()

    def _view(self) -> View | None:
        """What the shop holds now, read again only when somebody has written."""
        files = self._files()
        if self._seen is None or self._seen.files != files:
            with self._loading:
                if self._seen is None or self._seen.files != files:
                    self._seen = self._load(files) if files else None
        return self._seen

    def _load(self, files: frozenset[str]) -> View:
        table = self._open()
        table.checkout(table.version)  # a search sees one version, whatever is written meanwhile
        columns, count = rows.kinds(table.schema), table.count_rows()
        gallery = None
        if count <= self.exact_limit:
            read = table.search().select([*columns, rows.VECTORS, "_rowid"]).limit(None).to_arrow()
            gallery = Gallery.of(read, self.identity.dim)
        return View(table, columns, count, self.identity.dim, gallery, files)

    def _files(self) -> frozenset[str]:
        """The table's versions: listing one folder, which takes microseconds, tells whether anybody has written."""
        try:
            with os.scandir(self.path / f"{self._name}.lance" / "_versions") as versions:
                return frozenset(version.name for version in versions)
        except FileNotFoundError:
            return self._no_files()

    def _no_files(self) -> frozenset[str]:
        """Nothing, unless the shop was re-embedded by somebody else while it was open here."""
        stored = meta.read(self.path)
        if self._current and stored not in (None, self.identity):
            raise meta.ReembeddedError(
                f'shop "{self.path}" was embedded anew with {stored}, but opened with {self.identity}; open it again'
            )
        return frozenset()


def _widen(table: Any, columns: Sequence[str]) -> None:
    """Turn columns into ones of text, with each value as tables write it; readers see the old or the new ones.

    Every row counts as changed then: the next table says how its values were written.
    """
    if left := [name for name in table.schema.names if name.startswith((rows.OLD, rows.WIDE))]:
        table.drop_columns(left)  # of a run that was killed here
    if not columns:
        return
    written = {name: f"regexp_replace(cast(`{name}` AS string), '[.]0$', '')" for name in columns}
    table.add_columns({f"{rows.WIDE}{name}": text for name, text in written.items()})
    table.alter_columns(
        *({"path": name, "rename": f"{rows.OLD}{name}"} for name in columns),
        *({"path": f"{rows.WIDE}{name}", "rename": name} for name in columns),
    )
    table.drop_columns([f"{rows.OLD}{name}" for name in columns])
    table.update(values={rows.ROW: ""})


def _index_words(table: Any) -> None:
    from lancedb.index import FTS

    table.create_index(rows.WORDS, config=FTS(with_position=False))


def _index_vectors(table: Any) -> None:
    from lancedb.index import IvfFlat

    partitions = max(1, math.isqrt(table.count_rows()))
    table.create_index(rows.VECTORS, config=IvfFlat(distance_type="cosine", num_partitions=partitions))


def _any_of(ids: Sequence[str]) -> str:
    return f"id IN ({', '.join(filters.quote(id) for id in ids)})"


def _connect(path: Path) -> Any:
    import lancedb

    return lancedb.connect(path, read_consistency_interval=timedelta(0))


def _leave_no_trace(path: Path) -> None:
    with suppress(OSError):  # somebody else's files, or Windows, which keeps what is open
        (path / "writer.lock").unlink()
        path.rmdir()

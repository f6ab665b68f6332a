"""The embedded index: a LanceDB table on disk, its vectors in memory as long as they are few enough."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import records
from modiste.index.folder import NOTE, ReembeddedError, exclusive, read_identity, table_name, write_identity
from modiste.index.photos import Encode
from modiste.index.records import Fingerprint, Identity, IndexedProduct, Query, SearchResult
from modiste.index.snapshot import Gallery, Snapshot, quote
from modiste.index.space import Fingerprints, Space
from modiste.types import Progress, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

EXACT_LIMIT = 1_000_000
"""Products up to which every vector is compared; with 256 numbers each they take 1 GiB then."""

_KEEP_VERSIONS = timedelta(hours=1)
"""Time for which a reader may go on with the version that it has read."""

COMPACT = 64
"""Writes after which the table is compacted: each leaves files of its own, all of which a reader opens."""


class Index:
    """One shop's products and their vectors: a folder with the table, the note of its encoder, and the writer's lock.

    Writes are atomic: what a method has returned from survives a crash, and readers see all of it or nothing.
    """

    def __init__(
        self,
        path: Path,
        identity: Identity,
        *,
        exact_limit: int = EXACT_LIMIT,
        columns: Mapping[str, str] = records.FIELDS,
    ) -> None:
        """Nothing is read or written yet.

        Args:
            identity: of the encoder that makes the vectors.
            columns: those of a new table, besides those that its products need.
        """
        self.path, self.identity, self.exact_limit = path, identity, exact_limit
        self._name, self._columns = table_name(identity), columns
        self._loading, self._filling = threading.Lock(), threading.Lock()
        self._loaded: Snapshot | None = None
        self._writes = 0
        self._spaces: dict[Identity, Space] = {}
        self._current = read_identity(path) == identity

    def __len__(self) -> int:
        snapshot = self._snapshot()
        return snapshot.count if snapshot else 0

    def columns(self) -> Mapping[str, str]:
        """Columns that filters can use, and the kind of each: text, number, boolean or list."""
        table = self._open()
        return self._columns if table is None else records.kinds(table.schema)

    def ids(self) -> Sequence[str]:
        """Ids of all products."""
        read = self._read(["id"])
        return [] if read is None else read["id"].to_pylist()

    def fingerprints(self) -> Mapping[str, Fingerprint]:
        """Every product's fingerprint at the time of indexing."""
        read = self._read(["id", records.ROW, records.PHOTOS])
        if read is None:
            return {}
        ids, row, photos = (read[name].to_pylist() for name in ("id", records.ROW, records.PHOTOS))
        return dict(zip(ids, map(Fingerprint, row, photos), strict=True))

    def version(self) -> Hashable:
        """Key of the index's present contents; another one once somebody has written."""
        return self._name, self._files()

    def counts(self, column: str) -> Mapping[str, int]:
        """The values of a column of text, the most frequent first, and how many products have each."""
        snapshot = self._snapshot()
        return snapshot.counts(column) if snapshot else {}

    def vectors(self, ids: Sequence[str], space: Identity | None = None) -> Mapping[str, Vectors]:
        """The vectors of the products named, those that are absent left out. Shape of each: (photos, dim).

        Args:
            space: whose vectors, instead of the encoder's; products that `fill` gave none are absent.

        Raises:
            UsageError: there are too many products for `space`.
        """
        # a search asks for one product, a writer for many
        snapshot = self._snapshot() if space or len(ids) == 1 else None
        gallery = self._aligned(snapshot, space) if snapshot and space else snapshot.gallery if snapshot else None
        if gallery is None:
            read = self._read(["id", records.VECTORS, "_rowid"], _any_of(ids)) if ids else None
            gallery = None if read is None else Gallery.of(read)
        return {} if gallery is None else gallery.vectors(ids)

    def products(self, only: str = "") -> Sequence[Product]:
        """All products, as they were indexed.

        Args:
            only: those that pass this filter, which a program made.
        """
        read = self._read([*self.columns()], only)
        return [] if read is None else [records.product(row) for row in read.to_pylist()]

    def matches(self, words: str) -> bool:
        """True if any product carries one of the words."""
        snapshot = self._snapshot()
        return snapshot is not None and snapshot.matches(words)

    def carries(self, word: str) -> bool:
        """True if a product's title has this word, in lower case, or its other words match it."""
        return word in self.spellings() or self.matches(word)

    def spellings(self) -> Collection[str]:
        """Every word of the products' titles, in lower case; nothing where they are too many for memory."""
        snapshot = self._snapshot()
        return snapshot.gallery.title_words if snapshot and snapshot.gallery is not None else ()

    def product(self, id: str) -> Product | None:
        """A product as it was indexed, or nothing where the shop doesn't have it."""
        snapshot = self._snapshot()
        if snapshot is None or snapshot.gallery is None:
            products = self.products(_any_of([id]))
            return products[0] if products else None
        position = snapshot.gallery.position(id)
        return None if position < 0 else records.product(snapshot.gallery.items.slice(position, 1).to_pylist()[0])

    def having(self, photo: str) -> Sequence[str]:
        """Ids of the products whose only photo has this SHA-256, in hexadecimal."""
        snapshot = self._snapshot()
        return snapshot.having(records.photos_hash([bytes.fromhex(photo)])) if snapshot else []

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of all products of the models that these products are of, themselves included."""
        snapshot = self._snapshot()
        return snapshot.variants(ids) if snapshot else []

    def check(self, where: str) -> None:
        """Raise the error that a search with this filter would, without searching."""
        snapshot = self._snapshot()
        if snapshot:
            snapshot.check(where)

    def browse(self, where: str, k: int, offset: int) -> SearchResult:
        """The products that pass a filter in the order in which they came, all with the score 0.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column.
        """
        snapshot = self._snapshot()
        return snapshot.browse(where, k, offset) if snapshot else SearchResult([], [], [], 0)

    def search(self, query: Query, space: Identity | None = None) -> SearchResult:
        """The products nearest to the query.

        Args:
            space: whose vectors to search, instead of the encoder's; products that `fill` gave none are not found.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column, or there are too many products for `space`.
        """
        snapshot = self._snapshot()
        if snapshot is None:
            return SearchResult([], [], [], 0)
        return snapshot.search(query, None if space is None else self._aligned(snapshot, space))

    def fill(self, space: Identity, encode: Encode, size: tuple[int, int], progress: Progress | None = None) -> int:
        """Get a space the vectors of all products, from the photos' files; what it has already is left alone.

        It may be killed at any moment; nobody else needs to stop writing or searching meanwhile.

        Args:
            encode: photos to unit vectors. Shape: (n, height, width, 3) to (n, dim).
            size: height and width of the photos that `encode` takes.
            progress: called with the number of products that are done, and of all that lacked vectors.

        Returns:
            How many products have none, because their photos are gone or no longer those that were indexed.

        Raises:
            UsageError: there are too many products.
        """
        snapshot = self._snapshot()
        if snapshot is None:
            return 0
        filled = self._aligned(snapshot, space, lambda files, *rows: files.fill(*rows, encode, size, progress))
        return snapshot.count - len(filled)

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
                if not (self.path / NOTE).exists():
                    with suppress(OSError):  # somebody else's files, or Windows, which keeps what is open
                        (self.path / "writer.lock").unlink()
                        self.path.rmdir()

    def prepare(self, products: Sequence[Product]) -> Mapping[str, str]:
        """Make sure that a column exists for every attribute and can hold it, before `upsert`; returns all columns.

        A column of numbers or of true and false becomes one of text where another value comes.
        """
        present, needed = self.columns(), records.attribute_columns(products)
        added = {name: kind for name, kind in needed.items() if name not in present}
        widened = [name for name, kind in needed.items() if present.get(name, kind) not in (kind, "text")]
        self._columns = {**present, **added, **dict.fromkeys(widened, "text")}
        table = self._open()
        if table is not None:
            _widen(table, widened)
            if added:
                table.add_columns(records.arrow_fields(added))
        return self._columns

    def upsert(self, products: Sequence[IndexedProduct]) -> None:
        """Add products, or replace those of the same id."""
        from lancedb.index import FTS

        table = self._open()
        if table is None:
            table = self._create()
        if not table.list_indices():
            table.create_index(records.WORDS, config=FTS(with_position=False))
        data = records.table(products, records.kinds(table.schema), self.identity.dim)
        table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(data)
        self._writes += 1
        if self._writes % COMPACT == 0:
            table.optimize(cleanup_older_than=_KEEP_VERSIONS)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove products."""
        table = self._open()
        if ids and table is not None:
            table.delete(_any_of(ids))

    def optimize(self) -> None:
        """Bring the store into good shape after writing: compact it, index its words."""
        from lancedb.index import IvfFlat

        table = self._open()
        if table is None:
            return
        count = table.count_rows()
        if count > self.exact_limit and len(table.list_indices()) == 1:
            partitions = max(1, math.isqrt(count))
            table.create_index(records.VECTORS, config=IvfFlat(distance_type="cosine", num_partitions=partitions))
        table.optimize(cleanup_older_than=_KEEP_VERSIONS)

    def promote(self) -> None:
        """Make this index the shop's, in place of one that another encoder made."""
        write_identity(self.path, self.identity)
        self._current = True
        database = _connect(self.path)
        for file in self.path.glob("products-*.lance"):
            if file.stem != self._name:
                database.drop_table(file.stem)

    def _create(self) -> Any:
        if read_identity(self.path) is None:
            write_identity(self.path, self.identity)
        table = _connect(self.path).create_table(self._name, schema=records.schema(self._columns, self.identity.dim))
        self._current = read_identity(self.path) == self.identity
        return table

    def _open(self) -> Any:
        """The table as it is now, or nothing."""
        return _connect(self.path).open_table(self._name) if self._files() else None

    def _read(self, columns: list[str], where: str = "") -> pa.Table | None:
        """All products, or those that pass; nothing where there is no table yet."""
        table = self._open()
        if table is None:
            return None
        search = table.search().where(where) if where else table.search()
        return search.select(columns).limit(None).to_arrow()

    def _snapshot(self) -> Snapshot | None:
        """The shop's present contents, read again only when somebody has written; nothing where there is no table."""
        files = self._files()
        if self._loaded is None or self._loaded.files != files:
            with self._loading:
                if self._loaded is None or self._loaded.files != files:
                    self._loaded = self._load(files) if files else None
        return self._loaded

    def _load(self, files: frozenset[str]) -> Snapshot:
        table = self._open()
        table.checkout(table.version)  # a search sees one version, whatever is written meanwhile
        columns, count = records.kinds(table.schema), table.count_rows()
        gallery = None
        if count <= self.exact_limit:
            read = table.search().select([*columns, records.VECTORS, "_rowid"]).limit(None).to_arrow()
            gallery = Gallery.of(read)
        return Snapshot(table, columns, count, gallery, files)

    def _aligned(
        self, snapshot: Snapshot, space: Identity, fill: Callable[[Space, pa.Table, Fingerprints], None] | None = None
    ) -> Gallery:
        """The vectors of a space that are there, brought into the products' order once for every version of the table.

        Args:
            fill: adds the vectors that the space lacks for these rows, whose photos have these fingerprints.

        Raises:
            UsageError: there are too many products.
        """
        key = space, fill is not None
        if key not in snapshot.spaces:
            if snapshot.gallery is None:
                raise UsageError(
                    f"this shop has {snapshot.count:,} products; {space.encoder} compares each of them and takes at "
                    f"most {self.exact_limit:,}, so split the catalogue into smaller shops"
                )
            with self._filling:
                if key not in snapshot.spaces:  # another thread may have done this meanwhile
                    files = self._spaces.setdefault(space, Space(self.path, space))
                    if fill is None:
                        files.read()
                    else:
                        fill(files, snapshot.gallery.items, snapshot.photos)
                    aligned = snapshot.gallery.aligned(files, snapshot.photos)
                    snapshot.spaces[space, False] = snapshot.spaces[key] = aligned
        return snapshot.spaces[key]

    def _files(self) -> frozenset[str]:
        """The table's versions: listing one folder, which takes microseconds, shows if anybody has written.

        Raises:
            ReembeddedError: another process re-embedded the shop while it was open here.
        """
        try:
            with os.scandir(self.path / f"{self._name}.lance" / "_versions") as versions:
                return frozenset(version.name for version in versions)
        except FileNotFoundError:
            stored = read_identity(self.path)
        if self._current and stored not in (None, self.identity):
            raise ReembeddedError(
                f'shop "{self.path}" was embedded anew with {stored}, but opened with {self.identity}; open it again'
            )
        return frozenset()


def _widen(table: Any, columns: Sequence[str]) -> None:
    """Turn columns into ones of text, with each value as tables write it; readers see the old or the new ones.

    Every row counts as changed then: the next table shows how its values were written.
    """
    if leftover := [name for name in table.schema.names if name.startswith((records.OLD, records.WIDE))]:
        table.drop_columns(leftover)  # of a run that was killed here
    if not columns:
        return
    written = {name: f"regexp_replace(cast(`{name}` AS string), '[.]0$', '')" for name in columns}
    table.add_columns({f"{records.WIDE}{name}": text for name, text in written.items()})
    table.alter_columns(
        *({"path": name, "rename": f"{records.OLD}{name}"} for name in columns),
        *({"path": f"{records.WIDE}{name}", "rename": name} for name in columns),
    )
    table.drop_columns([f"{records.OLD}{name}" for name in columns])
    table.update(values={records.ROW: ""})


def _any_of(ids: Sequence[str]) -> str:
    return f"id IN ({', '.join(quote(id) for id in ids)})"


def _connect(path: Path) -> Any:
    import lancedb

    return lancedb.connect(path, read_consistency_interval=timedelta(0))

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
from modiste.index import filters, meta, rows
from modiste.index.base import Fingerprint, Identity, Index, IndexedProduct, Query, SearchResult
from modiste.index.gallery import Gallery
from modiste.index.ingest import Encode
from modiste.index.lock import exclusive
from modiste.index.space import Space, fill
from modiste.index.view import AlignedSpace, View
from modiste.types import Progress, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

EXACT_LIMIT = 1_000_000
"""Products up to which every vector is compared; with 256 numbers each they take 1 GiB then."""

_KEEP_VERSIONS = timedelta(hours=1)
"""Time for which a reader may go on with the version that it has read."""

COMPACT = 64
"""Writes after which the table is compacted: each leaves files of its own, all of which a reader opens."""


class LanceIndex(Index):
    """A shop's folder: the table, the note of the encoder that made it, and the writer's lock.

    Its methods are those of `Index`, where they are documented.
    """

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
            columns: those of a new table, besides those that its products need.
        """
        self.path, self.exact_limit = path, exact_limit
        self._identity, self._name = identity, meta.table_name(identity)
        self._columns = columns
        self._loading = threading.Lock()
        self._loaded: View | None = None
        self._writes = 0
        self._spaces: dict[Identity, Space] = {}
        self._filling = threading.Lock()
        self._current = meta.read(path) == identity

    @property
    def identity(self) -> Identity:
        return self._identity

    def __len__(self) -> int:
        view = self._view()
        return view.count if view else 0

    def columns(self) -> Mapping[str, str]:
        table = self._open()
        return self._columns if table is None else rows.kinds(table.schema)

    def ids(self) -> Sequence[str]:
        read = self._read(["id"])
        return [] if read is None else read["id"].to_pylist()

    def fingerprints(self) -> Mapping[str, Fingerprint]:
        read = self._read(["id", rows.ROW, rows.PHOTOS])
        if read is None:
            return {}
        ids, row, photos = (read[name].to_pylist() for name in ("id", rows.ROW, rows.PHOTOS))
        return dict(zip(ids, map(Fingerprint, row, photos), strict=True))

    def version(self) -> Hashable:
        return self._name, self._files()

    def counts(self, column: str) -> Mapping[str, int]:
        view = self._view()
        return {} if view is None else view.counts(column)

    def vectors(self, ids: Sequence[str], space: Identity | None = None) -> Mapping[str, Vectors]:
        view = self._view() if len(ids) == 1 or space else None
        if view is not None and space is not None:
            return self._aligned(view, space).gallery.named(ids)
        if view is not None and view.gallery is not None:  # a search asks for one product
            position = view.gallery.position(ids[0])
            return {} if position < 0 else {ids[0]: view.gallery.vectors(position)}
        read = self._read(["id", rows.VECTORS, "_rowid"], _any_of(ids)) if ids else None
        if read is None:
            return {}
        gallery = Gallery.of(read, self.identity.dim)
        return {id: gallery.vectors(position) for position, id in enumerate(gallery.ids)}

    def products(self, only: str = "") -> Sequence[Product]:
        read = self._read([*self.columns()], only)
        return [] if read is None else [rows.product(row) for row in read.to_pylist()]

    def matches(self, words: str) -> bool:
        view = self._view()
        return view is not None and view.matching(words)

    def carries(self, word: str) -> bool:
        return word in self.spellings() or self.matches(word)

    def spellings(self) -> Collection[str]:
        view = self._view()
        return () if view is None or view.gallery is None else view.gallery.title_words

    def product(self, id: str) -> Product | None:
        view = self._view()
        if view is None:
            return None
        if view.gallery is None:
            read = self._read([*self.columns()], _any_of([id]))
        else:
            position = view.gallery.position(id)
            read = None if position < 0 else view.gallery.items.slice(position, 1)
        return rows.product(read.to_pylist()[0]) if read is not None and len(read) else None

    def having(self, photo: str) -> Sequence[str]:
        view = self._view()
        return [] if view is None else view.having(rows.photos_hash([bytes.fromhex(photo)]))

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        view = self._view()
        return [] if view is None else view.variants(ids)

    def check(self, where: str) -> None:
        view = self._view()
        if view is not None:
            view.check(where)

    def browse(self, where: str, k: int, offset: int) -> SearchResult:
        view = self._view()
        return SearchResult([], [], [], 0) if view is None else view.browse(where, k, offset)

    def search(self, query: Query, space: Identity | None = None) -> SearchResult:
        view = self._view()
        if view is None:
            return SearchResult([], [], [], 0)
        return view.search(query, None if space is None else self._aligned(view, space))

    def fill(self, space: Identity, encode: Encode, size: tuple[int, int], progress: Progress | None = None) -> int:
        view = self._view()
        if view is None:
            return 0

        def make(files: Space, gallery: Gallery) -> None:
            fill(files, gallery, view.photos, encode, size, progress)

        return view.count - len(self._aligned(view, space, make).gallery)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True)
        with exclusive(self.path / "writer.lock", str(self.path)):
            try:
                yield
            finally:  # while the lock is held: whoever was refused it has nothing to tidy up
                if not (self.path / meta.FILE).exists():
                    with suppress(OSError):  # somebody else's files, or Windows, which keeps what is open
                        (self.path / "writer.lock").unlink()
                        self.path.rmdir()

    def prepare(self, products: Sequence[Product]) -> Mapping[str, str]:
        present, needed = self.columns(), rows.attribute_columns(products)
        added = {name: kind for name, kind in needed.items() if name not in present}
        widened = [name for name, kind in needed.items() if present.get(name, kind) not in (kind, "text")]
        self._columns = {**present, **added, **dict.fromkeys(widened, "text")}
        table = self._open()
        if table is not None:
            _widen(table, widened)
            if added:
                table.add_columns(rows.arrow_fields(added))
        return self._columns

    def upsert(self, products: Sequence[IndexedProduct]) -> None:
        from lancedb.index import FTS

        table = self._open()
        if table is None:
            table = self._create()
        if not table.list_indices():
            table.create_index(rows.WORDS, config=FTS(with_position=False))
        data = rows.table(products, rows.kinds(table.schema), self.identity.dim)
        table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(data)
        self._writes += 1
        if self._writes % COMPACT == 0:
            table.optimize(cleanup_older_than=_KEEP_VERSIONS)

    def remove(self, ids: Sequence[str]) -> None:
        table = self._open()
        if ids and table is not None:
            table.delete(_any_of(ids))

    def optimize(self) -> None:
        from lancedb.index import IvfFlat

        table = self._open()
        if table is None:
            return
        count = table.count_rows()
        if count > self.exact_limit and len(table.list_indices()) == 1:
            partitions = max(1, math.isqrt(count))
            table.create_index(rows.VECTORS, config=IvfFlat(distance_type="cosine", num_partitions=partitions))
        table.optimize(cleanup_older_than=_KEEP_VERSIONS)

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
        return _connect(self.path).open_table(self._name) if self._files() else None

    def _read(self, columns: list[str], where: str = "") -> pa.Table | None:
        """All products, or those that pass; nothing where there is no table yet."""
        table = self._open()
        if table is None:
            return None
        search = table.search().where(where) if where else table.search()
        return search.select(columns).limit(None).to_arrow()

    def _view(self) -> View | None:
        """The shop's present contents, read again only when somebody has written."""
        files = self._files()
        if self._loaded is None or self._loaded.files != files:
            with self._loading:
                if self._loaded is None or self._loaded.files != files:
                    self._loaded = self._load(files) if files else None
        return self._loaded

    def _load(self, files: frozenset[str]) -> View:
        table = self._open()
        table.checkout(table.version)  # a search sees one version, whatever is written meanwhile
        columns, count = rows.kinds(table.schema), table.count_rows()
        gallery = None
        if count <= self.exact_limit:
            read = table.search().select([*columns, rows.VECTORS, "_rowid"]).limit(None).to_arrow()
            gallery = Gallery.of(read, self.identity.dim)
        return View(table, columns, count, self.identity.dim, gallery, files)

    def _aligned(
        self, view: View, space: Identity, make: Callable[[Space, Gallery], None] | None = None
    ) -> AlignedSpace:
        """The vectors of a space that are there, brought into the products' order once for every version of the table.

        Args:
            make: adds the vectors that the space lacks.

        Raises:
            UsageError: there are too many products.
        """
        aligned, filled = view.spaces.get(space), make is not None
        if aligned is None or aligned.filled < filled:
            if view.gallery is None:
                raise UsageError(
                    f"this shop has {view.count:,} products; {space.encoder} compares each of them and takes at most "
                    f"{self.exact_limit:,}, so split the catalogue into smaller shops"
                )
            with self._filling:  # another thread may have done this meanwhile
                aligned = view.spaces.get(space)
                if aligned is None or aligned.filled < filled:
                    files = self._spaces.setdefault(space, Space(self.path, space))
                    if make is None:
                        files.read()
                    else:
                        make(files, view.gallery)
                    aligned = view.spaces[space] = AlignedSpace.of(files, view.gallery, view.photos, filled=filled)
        return aligned

    def _files(self) -> frozenset[str]:
        """The table's versions: listing one folder, which takes microseconds, shows if anybody has written.

        Raises:
            ReembeddedError: another process re-embedded the shop while it was open here.
        """
        try:
            with os.scandir(self.path / f"{self._name}.lance" / "_versions") as versions:
                return frozenset(version.name for version in versions)
        except FileNotFoundError:
            stored = meta.read(self.path)
        if self._current and stored not in (None, self.identity):
            raise meta.ReembeddedError(
                f'shop "{self.path}" was embedded anew with {stored}, but opened with {self.identity}; open it again'
            )
        return frozenset()


def _widen(table: Any, columns: Sequence[str]) -> None:
    """Turn columns into ones of text, with each value as tables write it; readers see the old or the new ones.

    Every row counts as changed then: the next table shows how its values were written.
    """
    if leftover := [name for name in table.schema.names if name.startswith((rows.OLD, rows.WIDE))]:
        table.drop_columns(leftover)  # of a run that was killed here
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


def _any_of(ids: Sequence[str]) -> str:
    return f"id IN ({', '.join(filters.quote(id) for id in ids)})"


def _connect(path: Path) -> Any:
    import lancedb

    return lancedb.connect(path, read_consistency_interval=timedelta(0))

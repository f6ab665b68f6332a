"""Which column of a shop's table holds which field of a product."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modiste.errors import UsageError, unknown

FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("sku", "product_id", "item_id", "article_id", "article_number"),
    "image": (
        *("photo", "picture", "image_path", "image_file", "image_link", "image_url", "filename", "file_name"),
        *("image_name", "main_image"),
    ),
    "images": ("photos", "pictures", "image_links", "image_urls", "additional_image_link", "gallery"),
    "title": ("name", "product_name", "product_title", "product_display_name"),
    "description": ("body", "body_html", "long_description", "product_description"),
    "category": ("product_type", "article_type", "product_category", "type"),
    "gender": ("sex",),
    "colour": ("color", "base_colour", "base_color", "colour_name", "color_name"),
    "price": ("sale_price", "unit_price"),
    "in_stock": ("availability", "available", "stock", "inventory"),
    "variant_of": ("item_group_id", "model", "parent_id", "parent_sku", "group_id"),
    "outfit_id": ("outfit", "look_id"),
}
"""Fields of a product, and the column names that are taken for them where only one is there."""


@dataclass(frozen=True)
class Columns:
    """What each column of one table is read as."""

    fields: Mapping[str, str]
    """Field to column."""
    attributes: Mapping[str, str]
    """Attribute to column: every column that is no field."""
    notes: tuple[str, ...]
    """What was guessed, and what was too ambiguous to guess."""


def match_columns(header: Sequence[str], given: Mapping[str, str], table: str) -> Columns:
    """Decide what each column is: as given, else by the field's own name, else by an unambiguous synonym.

    Args:
        given: field to column (`--map title=name`).
        table: the table's name, for errors.

    Raises:
        UsageError: an unknown field or column, or none for the id or the image.
    """
    if doubled := [column for column in dict.fromkeys(header) if header.count(column) > 1]:
        raise UsageError(f"{table} has two columns of the name {', '.join(doubled)}; rename one")
    fields, notes = _given(header, given, table), []
    for field, synonyms in FIELDS.items():
        free = [column for column in header if column not in fields.values()]
        found = [column for column in free if snake(column) == field][:1]
        found = found or [column for column in free if snake(column) in synonyms]
        if field in fields or not found:
            continue
        if len(found) > 1:
            notes.append(f"{field} may be {' or '.join(found)}; choose one: --map {field}={found[0]}")
        else:
            fields[field] = found[0]
            if snake(found[0]) != field:
                notes.append(f"read {field} from the column {found[0]}")
    _require(fields, header, notes, table)
    return Columns(fields, _attributes(header, fields), tuple(notes))


def snake(column: str) -> str:
    """A column's name in lower case with underscores: `baseColour` and `Base Colour` are `base_colour`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


def _given(header: Sequence[str], given: Mapping[str, str], table: str) -> dict[str, str]:
    for field, column in given.items():
        if field not in FIELDS:
            raise unknown("field", field, FIELDS, "in --map")
        if column not in header:
            raise unknown("column", column, header, f"in {table}")
    return dict(given)


def _require(fields: Mapping[str, str], header: Sequence[str], notes: Sequence[str], table: str) -> None:
    lacking = [] if "id" in fields else ["id"]
    lacking += [] if "image" in fields or "images" in fields else ["image"]
    if lacking:
        maps = " ".join(f"--map {field}=COLUMN" for field in lacking)
        unsure = "".join(f"; {note}" for note in notes if note.split()[0] in {*lacking, "images"} and "may be" in note)
        raise UsageError(
            f"{table} has no column for {' and '.join(lacking)}; its columns are {', '.join(header) or 'none'}; "
            f"say which it is: {maps}{unsure}"
        )


def _attributes(header: Sequence[str], fields: Mapping[str, str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for number, column in enumerate(header, 1):
        if column in fields.values():
            continue
        name = snake(column) or f"column_{number}"
        # A column that bears a field's name while the field is read from elsewhere stays reachable in filters.
        name = f"other_{name}" if name in FIELDS else name
        if name in attributes:
            raise UsageError(f'the columns "{attributes[name]}" and "{column}" have one name; rename one')
        attributes[name] = column
    return attributes

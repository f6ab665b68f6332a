"""Parser of filters: an expression is checked, and written anew for the store."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar, NamedTuple, NoReturn

from sqlglot import Token, TokenType, exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from modiste.errors import UsageError, shortened, unknown
from modiste.index.filters import MAX_LENGTH, Condition, Filter, wrong

_MAX_DEPTH = 25
"""Brackets, functions and negations within each other."""

_MAX_LIKES = 20
"""Patterns of a filter: each is compared with every product."""

_RESERVED = frozenset({"and", "or", "not", "in", "is", "null", "like", "ilike", "between", "true", "false", "as"})
"""Words of SQL that name a column only in quotes."""

_FUNCTIONS: Mapping[type[exp.Func], tuple[str, tuple[str, ...], str]] = {
    exp.Lower: ("lower", ("text",), "text"),
    exp.Upper: ("upper", ("text",), "text"),
    exp.Trim: ("btrim", ("text",), "text"),
    exp.Length: ("length", ("text",), "number"),
    exp.StartsWith: ("starts_with", ("text", "text"), "boolean"),
    exp.EndsWith: ("ends_with", ("text", "text"), "boolean"),
    exp.Contains: ("contains", ("text", "text"), "boolean"),
    exp.ArrayContains: ("array_contains", ("list", "text"), "boolean"),
    exp.Abs: ("abs", ("number",), "number"),
    exp.Round: ("round", ("number", "number"), "number"),
}
"""Functions to their name in the store, the kinds of their arguments (the last is optional) and of their value."""

_TYPES: Mapping[str, tuple[str, str]] = {
    "INT": ("int", "number"),
    "BIGINT": ("bigint", "number"),
    "FLOAT": ("float", "number"),
    "DOUBLE": ("double", "number"),
    "TEXT": ("string", "text"),
    "VARCHAR": ("string", "text"),
    "BOOLEAN": ("boolean", "boolean"),
    "DATE": ("date", "date"),
    "TIMESTAMP": ("timestamp", "date"),
}
"""Types of CAST to their name in the store, and the kind of their values."""

_COMPARISONS: Mapping[type[exp.Expr], str] = {
    **{exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="},
    **{exp.Like: "LIKE", exp.ILike: "ILIKE"},
}
_ARITHMETIC: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_READ = frozenset({"this", "expression", "expressions", "low", "high", "to", "decimals", "negate", "quoted"})
"""Parts of an expression that are understood."""
_WITHOUT_MEANING = frozenset({"is_string", "typed", "safe", "nested"})
_KINDS = {"text": "a text", "number": "a number", "boolean": "true or false", "list": "a list", "date": "a date"}


class _Sql(NamedTuple):
    """A part of a filter, as the store reads it, and the kind of its value."""

    text: str
    kind: str


class _FilterDialect(Dialect):
    """SQL with double quotes or backticks around columns, and without comments and paths into JSON."""

    class Tokenizer(tokens.Tokenizer):
        IDENTIFIERS: ClassVar = ['"', "`"]
        COMMENTS: ClassVar[list[str | tuple[str, str]]] = []

    class Parser(parser.Parser):
        COLUMN_OPERATORS: ClassVar = {
            sign: parser.Parser.COLUMN_OPERATORS[sign] for sign in (TokenType.DOT, TokenType.DCOLON)
        }


def read(where: str, columns: Mapping[str, str]) -> Filter:
    """Check a filter and write it anew, with every column quoted and in lower case.

    Only parts that are understood here reach the store: columns, literals, comparisons, ten functions and casts.

    Args:
        columns: names in lower case, and the kind of each: text, number, boolean or list.

    Raises:
        UsageError: not one expression that is true or false, or a name that is no column.
    """
    return _read(where, tuple(columns.items()))


@lru_cache(64)
def _read(where: str, columns: tuple[tuple[str, str], ...]) -> Filter:
    if len(where) > MAX_LENGTH:
        raise UsageError(f"the filter has {len(where):,} characters, at most {MAX_LENGTH:,} are read")
    reader = _Reader(where, dict(columns))
    condition = reader.read(reader.parse(), ("boolean",))
    return Filter(where, f"({condition.text})", tuple(reader.conditions))


class _Reader:
    """Conversion of one filter from the customer's text to the store's."""

    def __init__(self, where: str, columns: Mapping[str, str]) -> None:
        self.conditions: list[Condition] = []
        self._where, self._columns = where, columns
        self._depth = self._likes = 0
        self._negated = False

    def parse(self) -> exp.Expr:
        """The filter's syntax tree, unchecked."""
        dialect = _FilterDialect()
        try:
            tokens = self._with_columns(dialect.tokenize(self._where))
            trees = dialect.parser().parse_into(exp.Condition, tokens, self._where)
        except SqlglotError as error:
            self._fail(_position(error))
        except RecursionError:
            raise self._too_deep() from None
        if len(trees) != 1 or trees[0] is None:
            self._fail("it is not one expression")
        return trees[0]

    def read(self, node: exp.Expr, kinds: tuple[str, ...]) -> _Sql:
        """Check and write a part of the filter, whose value must be of one of these kinds."""
        while isinstance(node, exp.Paren):
            node = node.this
        if any(value for name, value in node.args.items() if name not in _READ | _WITHOUT_MEANING):
            self._refuse(node)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._too_deep()
        sql = self._condition(node) or self._value(node)
        if sql is None:
            self._refuse(node)
        self._depth -= 1
        if sql.kind not in kinds:
            needed = " or ".join(_KINDS[kind] for kind in kinds)
            self._fail(f"{_shown(node)} is {_KINDS[sql.kind]}, where {needed} is needed")
        return sql

    def _condition(self, node: exp.Expr) -> _Sql | None:
        """A condition that is true or false of a product, or None where the part is something else."""
        match node:
            case exp.And() | exp.Or():
                parts = [self.read(part, ("boolean",)).text for part in node.flatten()]
                return _Sql(f"({f' {node.key.upper()} '.join(parts)})", "boolean")
            case exp.Not():
                self._negated = not self._negated
                inner = self.read(node.this, ("boolean",))
                self._negated = not self._negated
                return _Sql(f"(NOT {inner.text})", "boolean")
            case exp.Is(this=value, expression=exp.Null()):
                return _Sql(f"({self.read(value, tuple(_KINDS)).text} IS NULL)", "boolean")
            case exp.Is(this=value, expression=exp.Boolean() as truth):
                return _Sql(f"({self.read(value, ('boolean',)).text} IS {truth.sql()})", "boolean")
            case exp.In(this=value, expressions=[_, *_] as options):
                return self._compared(node, "IN", value, options)
            case exp.Between(this=value, args={"low": low, "high": high}):
                return self._compared(node, "BETWEEN", value, [low, high])
        if type(node) in _COMPARISONS:
            return self._compared(node, _COMPARISONS[type(node)], node.this, [node.expression])
        return None

    def _value(self, node: exp.Expr) -> _Sql | None:
        """A column, a literal or a calculation, or None where the part is something else."""
        match node:
            case exp.Column(this=exp.Identifier() as name):
                return self._column(name)
            case exp.Literal(this=text):
                return _Sql(node.sql(), "text") if node.is_string else self._number(text)
            case exp.Boolean():
                return _Sql(node.sql(), "boolean")
            case exp.Null():
                self._fail("nothing equals NULL; write IS NULL or IS NOT NULL")
            case exp.Neg():
                return _Sql(f"(-{self.read(node.this, ('number',)).text})", "number")
        if type(node) is exp.Cast and node.to.this.name in _TYPES and not node.to.expressions:
            target, kind = _TYPES[node.to.this.name]
            return _Sql(f"CAST({self.read(node.this, tuple(_KINDS)).text} AS {target})", kind)
        if type(node) in _ARITHMETIC:
            left, right = (self.read(side, ("number",)).text for side in (node.this, node.expression))
            if isinstance(node, exp.Div | exp.Mod):
                if not right.strip("0."):
                    self._fail(f"{_shown(node)} divides by 0")
                right = f"nullif({right}, 0)"  # the store's infinity would be more than anything
            return _Sql(f"({left} {_ARITHMETIC[type(node)]} {right})", "number")
        return self._called(node) if isinstance(node, exp.Func) and type(node) in _FUNCTIONS else None

    def _compared(self, node: exp.Expr, operator: str, value: exp.Expr, others: list[exp.Expr]) -> _Sql:
        """A comparison of two values of one kind, or of one with several."""
        likeness = operator.endswith("LIKE")
        self._likes += likeness
        if self._likes > _MAX_LIKES:
            self._fail(f"it has more than {_MAX_LIKES} patterns")
        left = self.read(value, ("text",) if likeness else ("text", "number", "boolean", "date"))
        kinds = {"date": ("date", "text"), "text": ("text", "date")}.get(left.kind, (left.kind,))
        parts = [self.read(other, ("text",) if likeness else kinds).text for other in others]
        negated = node.args.get("negate", False)
        self._remember(value, operator, others, negated)
        joined = {"IN": f"({', '.join(parts)})", "BETWEEN": " AND ".join(parts)}.get(operator, parts[0])
        return _Sql(f"({left.text} {'NOT ' * negated}{operator} {joined})", "boolean")

    def _remember(self, value: exp.Expr, operator: str, others: list[exp.Expr], negated: bool) -> None:
        """Remember the texts that a column is compared with."""
        if operator in ("=", "!=") and isinstance(others[0], exp.Column):
            value, others = others[0], [value]
        texts = tuple(other.this for other in others if isinstance(other, exp.Literal) and other.is_string)
        likeness = {"=": "=", "!=": "=", "IN": "=", "LIKE": "LIKE", "ILIKE": "ILIKE"}.get(operator)
        if isinstance(value, exp.Column) and likeness and len(texts) == len(others):
            differs = self._negated ^ negated ^ (operator == "!=")
            self.conditions.append(Condition(value.name.lower(), likeness, texts, differs))

    def _called(self, node: exp.Func) -> _Sql:
        name, takes, gives = _FUNCTIONS[type(node)]
        arguments = [node.args[argument] for argument in node.arg_types if node.args.get(argument)]
        if isinstance(node, exp.Round) and len(arguments) > 1 and not arguments[1].is_int:
            self._fail(f"{_shown(arguments[1])} is no whole number of digits")
        parts = [self.read(argument, (kind,)).text for argument, kind in zip(arguments, takes, strict=False)]
        return _Sql(f"{name}({', '.join(parts)})", gives)

    def _number(self, digits: str) -> _Sql:
        try:
            number = float(digits)
        except ValueError:
            self._fail(f"{digits} is no number")
        if number > 1e300:
            self._fail(f"{shortened(digits)} is too large")
        return _Sql(digits if len(digits) < 16 else repr(number), "number")

    def _column(self, identifier: exp.Identifier) -> _Sql:
        name = identifier.name.lower()
        if name in self._columns:
            return _Sql(f"`{name}`", self._columns[name])
        if identifier.quoted:
            raise UsageError(
                f"no column \"{shortened(identifier.name)}\"; texts stand in single quotes, like category = 'shoes'"
            )
        error = unknown("column", name, self._columns, "in this shop")
        raise UsageError(f"{error} (columns: {', '.join(self._columns)})")

    def _with_columns(self, tokens: list[Token]) -> list[Token]:
        """The same tokens, those in quotes that name a column: some columns bear the names of keywords."""
        renamed = []
        for last, token, following in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
            is_type = last is not None and last.token_type in (TokenType.ALIAS, TokenType.DCOLON)
            is_function = following is not None and following.token_type == TokenType.L_PAREN
            is_text = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
            name = token.text.lower()
            if name in self._columns and name not in _RESERVED and not (is_text or is_type or is_function):
                token = Token(TokenType.IDENTIFIER, token.text, token.line, token.col, token.start, token.end)
            renamed.append(token)
        return renamed

    def _refuse(self, node: exp.Expr) -> NoReturn:
        if isinstance(node, exp.Func) and not isinstance(node, (exp.Cast, *_FUNCTIONS)):
            name = node.name if type(node) is exp.Anonymous else node.sql_name().lower()
            raise unknown("function", shortened(name), [known.sql_name().lower() for known in _FUNCTIONS], "in filters")
        self._fail(f"{_shown(node)} isn't understood")

    def _fail(self, reason: str) -> NoReturn:
        raise wrong(self._where, self._columns, reason) from None

    def _too_deep(self) -> UsageError:
        return UsageError(
            f"the filter {shortened(self._where)!r} is nested more than {_MAX_DEPTH} deep; write it with fewer brackets"
        )


def _position(error: SqlglotError) -> str:
    """Describe the place at which the parser stopped."""
    details = getattr(error, "errors", None)
    if not details:  # a text or a name in quotes that doesn't end
        return "a quote is opened and not closed"
    at, after = details[0].get("highlight") or "", details[0].get("end_context") or ""
    return f"at {shortened(at + after, 20)!r}" if at else "it ends too early"


def _shown(node: exp.Expr) -> str:
    return shortened(" ".join(node.sql(dialect=_FilterDialect).split()))

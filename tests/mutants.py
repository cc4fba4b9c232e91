"""Mutants of a module: each is its source with one change that a careless hand could make.

A tree is changed in place and put back, and only the statement that was changed is compiled again: to copy
and compile a whole module for each mutant would take longer than to run it.
"""

import ast
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

_OTHER_WAYS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OTHER_SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
_OTHER_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
# What is said, not what is decided.
_WORDS = frozenset(
    {"ja", "en", "why", "sentence_ja", "sentence_en", "measured_ja", "measured_en", "limit_ja", "limit_en"}
)
_TELLING = frozenset({"str", "tuple[str, str]"})

Case = TypeVar("Case")
# An attribute of a node and its new value; a list is changed as a whole.
Change = tuple[str, object]


def whole(path: Path) -> list[types.CodeType]:
    """The module at `path` as it is, statement by statement."""
    return [_compiled(statement) for statement in ast.parse(path.read_text("utf-8")).body]


def mutants(path: Path) -> Iterator[tuple[str, list[types.CodeType]]]:
    """Each mutant of the module at `path`: what was changed, and its statements."""
    source = path.read_text("utf-8")
    lines, tree, codes = source.splitlines(), ast.parse(source), whole(path)
    said = set(_said(tree))
    for place, statement in enumerate(tree.body):
        for node in [found for found in ast.walk(statement) if found not in said]:
            for what, (name, value) in list(_changes(node)):
                before = getattr(node, name)
                setattr(node, name, ast.copy_location(value, node) if isinstance(value, ast.expr) else value)
                changed = [*codes[:place], _compiled(statement), *codes[place + 1 :]]
                setattr(node, name, before)
                yield f"{what} in: {lines[getattr(node, 'lineno', 1) - 1].strip()}", changed


def _compiled(statement: ast.stmt) -> types.CodeType:
    return compile(ast.Module([statement], []), "<mutant>", "exec")


def survivors(
    modules: Mapping[str, Path], changed: str, right: Callable[[Case], bool], cases: Iterable[Case]
) -> list[str]:
    """What was changed in those mutants of the module `changed` for which `right` says yes of every case.

    `modules`: that one and those that import it, in the order of their imports; all are put back afterwards.
    A case that noticed a mutant is asked first of the next one, which is often its neighbour.
    """
    order = list(cases)
    after = list(modules)[list(modules).index(changed) + 1 :]
    codes = {name: whole(modules[name]) for name in after}
    found = []
    for what, mutant in mutants(modules[changed]):
        with _as_they_were(modules):
            with suppress(Exception):  # a module that cannot be imported stays half made, and is noticed
                _run(mutant, changed)
                for name in after:
                    _run(codes[name], name)
            place = next((place for place, case in enumerate(order) if not right(case)), None)
        if place is None:
            found.append(what)
        else:
            order.insert(0, order.pop(place))
    return found


@contextmanager
def _as_they_were(names: Iterable[str]) -> Iterator[None]:
    before = {name: sys.modules[name] for name in names}
    try:
        yield
    finally:
        for name, module in before.items():
            _put(name, module)


def _run(codes: Iterable[types.CodeType], name: str) -> None:
    module = types.ModuleType(name)
    _put(name, module)
    for code in codes:
        exec(code, module.__dict__)  # noqa: S102 - our own source


def _put(name: str, module: types.ModuleType) -> None:
    """In both places where an import looks: `from package import module` asks the package first."""
    package, _, own = name.rpartition(".")
    sys.modules[name] = module
    setattr(sys.modules[package], own, module)


def _said(tree: ast.Module) -> Iterator[ast.AST]:
    """Nodes of texts, types and decorators: what is shown or checked, and decides nothing."""
    for node in ast.walk(tree):
        for root in _roots(node):
            if root is not None:
                yield from ast.walk(root)


def _roots(node: ast.AST) -> list[ast.AST | None]:
    if isinstance(node, ast.JoinedStr):
        return [node]
    if isinstance(node, ast.keyword) and node.arg in _WORDS:
        return [node.value]
    if isinstance(node, ast.FunctionDef):
        tells = node.returns is not None and ast.unparse(node.returns) in _TELLING
        body = [*node.args.defaults, *node.body] if tells else []
        return [node.returns, *(arg.annotation for arg in node.args.args), *node.decorator_list, *body]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {"Measured": list(node.args[1:]), "TypeVar": list(node.args)}.get(node.func.id, [])
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list]
    if isinstance(node, ast.AnnAssign):
        return [node.annotation]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node.value]
    return []


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp):
        yield from _joined(node)
    elif isinstance(node, ast.UnaryOp):
        yield from _turned(node)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OTHER_SUMS:
        other = _OTHER_SUMS[type(node.op)]()
        yield f"{ast.unparse(node)} by {type(other).__name__}", ("op", other)
    elif isinstance(node, ast.Name) and node.id in _OTHER_NAMES:
        yield f"{node.id} turned", ("id", _OTHER_NAMES[node.id])
    elif isinstance(node, ast.IfExp | ast.If):
        yield f"never {ast.unparse(node.test)}", ("test", ast.Constant(False))
        yield f"always {ast.unparse(node.test)}", ("test", ast.Constant(True))
    elif isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Call):
        for number, row in enumerate(node.elts):
            rest = [*node.elts[:number], *node.elts[number + 1 :]]
            yield f"without the row {ast.unparse(row)[:40]}", ("elts", rest)


def _compared(node: ast.Compare) -> Iterator[tuple[str, Change]]:
    for place, op in enumerate(node.ops):
        for other in _OTHER_WAYS[type(op)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield f"{ast.unparse(node)} by {other.__name__} at {place}", ("ops", ops)


def _joined(node: ast.BoolOp) -> Iterator[tuple[str, Change]]:
    text = ast.unparse(node)
    yield f"{text} by the other word", ("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for number, value in enumerate(node.values):
        rest = [*node.values[:number], *node.values[number + 1 :]]
        # A chain of one is not valid: said twice it is the same.
        yield f"{text} without {ast.unparse(value)}", ("values", rest if len(rest) > 1 else rest * 2)


def _turned(node: ast.UnaryOp) -> Iterator[tuple[str, Change]]:
    if isinstance(node.op, ast.Not):
        yield f"{ast.unparse(node)} without not", ("operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node.op, ast.USub):
        yield f"{ast.unparse(node)} without minus", ("op", ast.UAdd())


def _constants(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} turned", ("value", not value)
    elif isinstance(value, int | float):
        step = 1 if isinstance(value, int) else 0.01
        for new in (value + step, value - step):
            yield f"{value} -> {new}", ("value", new)
    elif isinstance(value, str):
        yield f"{value!r} changed", ("value", value + "_")

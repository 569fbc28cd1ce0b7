"""The experiments that the test of a claim asks for, read off its source in the order of its calls."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from tms import paper
from tms.paper import ExperimentFactory

FIXTURE: Final = "trained"
"""The fixture by which claims ask for experiments."""

_PLAIN: Final = (dict, enumerate, len, list, max, min, range, reversed, sorted, tuple, zip)
_DEEPEST: Final = 8


class _NotKnown(Exception):
    """What an expression gives is known only when the claim runs."""


class Requests:
    """Reads the source of a test, and of the functions to which it hands the fixture.

    An argument of `trained(...)` is evaluated, with the loops around it, as far as it is made of constants of
    the module, the test's parameters and functions of `tms.paper`. Nothing else of a claim is run.

    Parameters
    ----------
    function
        The test.
    parameters
        The values of its parameters that are known.
    """

    def __init__(self, function: Callable[..., Any], parameters: Mapping[str, Any]) -> None:
        self.factories: list[ExperimentFactory] = []
        """The experiments, with repetitions."""
        self.is_complete = True
        """Whether these are all."""
        self.read(function, {**parameters, FIXTURE: _TRAINED}, 0)

    def read(self, function: Callable[..., Any], parameters: Mapping[str, Any], depth: int) -> None:
        """Add what a function asks for when it is called with these parameters."""
        bare = inspect.unwrap(function)
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(bare)))
        except (OSError, TypeError, SyntaxError):
            self.is_complete = False
            return
        _Calls(self, inspect.getclosurevars(bare).nonlocals | bare.__globals__ | parameters, depth).visit(
            tree
        )


class _Trained:
    """Stands for the fixture while expressions are evaluated."""


_TRAINED: Final = _Trained()


class _Calls(ast.NodeVisitor):
    """Finds the calls of the fixture in one function."""

    def __init__(self, requests: Requests, names: Mapping[str, Any], depth: int) -> None:
        self._requests, self._names, self._depth = requests, names, depth
        self._loops: list[ast.comprehension] = []
        self._locals: dict[str, ast.expr | None] = {}

    def visit_Assign(self, node: ast.Assign) -> None:
        """Note a local constant; a name that is assigned twice has no known value."""
        for target in node.targets:
            for name in _names(target):
                known = isinstance(target, ast.Name) and name not in self._locals
                self._locals[name] = node.value if known else None
        self.visit(node.value)

    def visit_For(self, node: ast.For) -> None:
        """Visit the body of a loop as often as the loop runs."""
        self._visit_within([ast.comprehension(node.target, node.iter, [], 0)], node.body)

    def generic_visit(self, node: ast.AST) -> None:
        """Visit the inside of a comprehension as often as its loops run."""
        loops = getattr(node, "generators", None)
        if loops is None:
            super().generic_visit(node)
        else:
            fields = (getattr(node, name, None) for name in ("key", "value", "elt"))
            self._visit_within(loops, [field for field in fields if field is not None])

    def _visit_within(self, loops: Sequence[ast.comprehension], inside: Sequence[ast.AST]) -> None:
        for loop in loops:
            self.visit(loop.iter)
            self._loops.append(loop)
        for node in inside:
            self.visit(node)
        del self._loops[len(self._loops) - len(loops) :]

    def visit_Call(self, node: ast.Call) -> None:
        """Note what a call of the fixture asks for, and follow the fixture into other functions."""
        try:
            if self._is_fixture(node.func):
                self._ask(self._values(node.args[0]))
            elif any(map(self._is_fixture, [*node.args, *(keyword.value for keyword in node.keywords)])):
                self._follow(node)
        except _NotKnown:
            self._requests.is_complete = False
        self.generic_visit(node)

    def _is_fixture(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and self._names.get(node.id) is _TRAINED

    def _ask(self, factories: Sequence[Any]) -> None:
        if not all(map(callable, factories)):
            raise _NotKnown
        self._requests.factories += factories

    def _follow(self, node: ast.Call) -> None:
        """Read the function that is called; map(trained, factories) asks for each of these."""
        if isinstance(node.func, ast.Name) and node.func.id == "map":
            self._ask([factory for values in self._values(node.args[1]) for factory in values])
            return
        [function] = set(self._values(node.func))
        if not isinstance(inspect.unwrap(function), FunctionType) or self._depth == _DEEPEST:
            raise _NotKnown
        positional = [self._or_unknown(argument) for argument in node.args]
        named: list[ast.expr] = [self._or_unknown(keyword.value) for keyword in node.keywords]
        call = ast.Tuple([ast.Tuple(positional, ast.Load()), ast.Tuple(named, ast.Load())], ast.Load())
        parameters = list(inspect.signature(function).parameters)
        for values, others in self._values(call):
            bound = dict(zip(parameters, values, strict=False))
            bound |= zip((keyword.arg or "" for keyword in node.keywords), others, strict=True)
            known = {name: value for name, value in bound.items() if value is not _NotKnown}
            self._requests.read(function, known, self._depth + 1)

    def _or_unknown(self, argument: ast.expr) -> ast.expr:
        """Keep an argument if its values are known."""
        try:
            self._values(argument.value if isinstance(argument, ast.Starred) else argument)
        except _NotKnown:
            if isinstance(argument, ast.Starred):
                raise
            return ast.Name(_NotKnown.__name__, ast.Load())
        return argument

    def _values(self, expression: ast.expr) -> list[Any]:
        """Evaluate an expression once for each turn of the loops on which it depends."""
        loops: list[ast.comprehension] = []
        for loop in reversed(self._loops):
            used = {name for node in (expression, *(each.iter for each in loops)) for name in _names(node)}
            if used & set(_names(loop.target)):
                loops.insert(0, loop)
        parts = [expression, *(each for loop in loops for each in (loop.iter, *loop.ifs))]
        targets = {name for loop in loops for name in _names(loop.target)}
        names = {**self._names, _NotKnown.__name__: _NotKnown}
        for name in {name for part in parts for name in _names(part)} - targets:
            if name in self._locals:
                names[name] = self._local(name)
        for part in parts:
            _check(part, names)
        whole = ast.ListComp(expression, loops) if loops else ast.List([expression], ast.Load())
        return list(_evaluated(whole, names))

    def _local(self, name: str) -> Any:
        value = self._locals[name]
        if value is None:
            raise _NotKnown
        self._locals[name] = None  # while it is evaluated, as a value may be made of the former one
        try:
            found = self._values(value)
        finally:
            self._locals[name] = value
        if len(found) != 1:
            raise _NotKnown
        return found[0]


def _names(node: ast.AST) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _check(expression: ast.expr, names: Mapping[str, Any]) -> None:
    """Check that evaluating an expression makes experiments and lists, and computes nothing else."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "keys", "values"):
                continue
            called = _evaluated(node.func, names)
            makes = isinstance(called, FunctionType) and called.__module__.startswith(f"{paper.__name__}.")
            if not makes and called not in _PLAIN:
                raise _NotKnown


def _evaluated(expression: ast.expr, names: Mapping[str, Any]) -> Any:
    code = compile(ast.fix_missing_locations(ast.Expression(expression)), "<claim>", "eval")
    try:
        return eval(code, dict(names))
    except Exception as error:
        raise _NotKnown from error

"""Covariate formulas such as 'age + I(age**2) + C(sex)', checked before they are evaluated."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.analyse.tables import UsageProblem, Used

if TYPE_CHECKING:
    from analytics.transfer.units import Columns

_FUNCTIONS = {"I", "C", "Q", "Treatment", "Sum", "bs", "cr", "center", "standardize"}
_NUMPY = {"log", "log1p", "log2", "log10", "exp", "sqrt", "abs", "minimum", "maximum", "where"}


@dataclass(frozen=True)
class Formula:
    """A formula in the notation of R and patsy, with the columns it names."""

    text: str
    columns: tuple[str, ...]
    categorical: frozenset[str]


def parse(text: str | None) -> Formula:
    """
    Read a formula's right-hand side; an empty one has no columns.

    It is evaluated as Python later, so it may hold column names, numbers, operators and a few
    functions only: I, C, Q("odd name"), np.log and the like.

    Raises:
        UsageProblem: Anything else.
    """
    if not text or not text.strip():
        return Formula("", (), frozenset())
    try:
        tree = ast.parse(text.strip().replace(":", "*"), mode="eval")
    except SyntaxError as error:
        raise UsageProblem(f"--covariates {text!r}: {error.msg}") from error
    finder = _Finder(text)
    finder.visit(tree)
    return Formula(text, tuple(dict.fromkeys(finder.columns)), frozenset(finder.categorical))


class _Finder(ast.NodeVisitor):
    """Collects columns and refuses what a formula does not need."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: list[str] = []
        self.categorical: list[str] = []

    def visit_Name(self, node: ast.Name) -> None:
        self.columns.append(node.id)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node.func)
        if name is None:
            raise UsageProblem(f"--covariates {self.text!r}: {ast.unparse(node)} is not known here")
        if name == "Q" and node.args and isinstance(node.args[0], ast.Constant):
            self.columns.append(str(node.args[0].value))
            return
        if name == "C" and node.args and isinstance(node.args[0], ast.Name):
            self.categorical.append(node.args[0].id)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, int | float | str):
            self.generic_visit_refused(node)

    def generic_visit_refused(self, node: ast.AST) -> None:
        raise UsageProblem(f"--covariates {self.text!r}: {type(node).__name__} is not known here")

    def generic_visit(self, node: ast.AST) -> None:
        known = (
            ast.Expression
            | ast.BinOp
            | ast.UnaryOp
            | ast.operator
            | ast.unaryop
            | ast.Compare
            | ast.cmpop
            | ast.List
            | ast.Tuple
            | ast.Load
        )
        if not isinstance(node, known):
            self.generic_visit_refused(node)
        super().generic_visit(node)


def _called(func: ast.expr) -> str | None:
    if isinstance(func, ast.Name) and func.id in _FUNCTIONS | _NUMPY:
        return func.id
    plain = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    if plain and func.value.id == "np" and func.attr in _NUMPY:  # type: ignore[attr-defined]
        return str(func.attr)  # type: ignore[attr-defined]
    return None


def columns_of(formula: Formula, used: Used) -> Columns:
    """
    The model columns of a formula, without the intercept; texts become a dummy a level.

    Raises:
        UsageProblem: The formula cannot be evaluated on these rows, or a column outside C(...)
            holds a cell that is no number among numbers.
    """
    import numpy as np
    import patsy

    from analytics.transfer.units import Columns

    if not formula.columns or not len(used.cells):
        return Columns((), np.empty((len(used.cells), 0)))
    data: dict[str, Any] = {name: _cells(name, formula, used) for name in formula.columns}
    functions = {name: getattr(np, name) for name in _NUMPY}
    functions["np"] = np
    environment = patsy.EvalEnvironment([functions])
    try:
        with np.errstate(all="ignore"):
            matrix = patsy.dmatrix(f"1 + {formula.text}", data, environment, NA_action="raise")
    except (patsy.PatsyError, TypeError, ValueError, ArithmeticError) as error:
        raise UsageProblem(
            f"--covariates {formula.text!r}: {str(error).splitlines()[0]}"
        ) from error
    values = np.asarray(matrix, dtype=float)
    if not np.isfinite(values).all():
        raise UsageProblem(f"--covariates {formula.text!r} gives a value that is not finite")
    names = matrix.design_info.column_names
    kept = [place for place, name in enumerate(names) if name != "Intercept"]
    return Columns(tuple(names[place] for place in kept), values[:, kept])


def _cells(name: str, formula: Formula, used: Used) -> Any:
    import numpy as np

    known = used.is_numeric if name in formula.categorical else used.is_measured
    if not known(name):
        return used.texts(name)
    numbers = used.numbers(name)
    if name not in formula.categorical:
        return numbers
    # levels as Python numbers, so that they are named 10 and not 10.0
    levels = [int(number) if number.is_integer() else float(number) for number in numbers]
    return np.array(levels, dtype=object)

"""Covariate formulas such as 'age + I(age**2) + C(sex)', checked before they are evaluated."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.analyse.tables import UsageProblem, Used

if TYPE_CHECKING:
    import numpy as np

    from analytics.transfer.units import Columns

_CONTRASTS = {"Treatment", "Sum"}
_FUNCTIONS = {"I", "C", "Q", "bs", "cr", "center", "standardize"} | _CONTRASTS
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
        if name == "Q" and (quoted := _column(node)) is not None:
            self.columns.append(quoted)
            return
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name == "C" and node.args and (levels := _column(node.args[0])) is not None:
            self.categorical.append(levels)
            parts = [parts[0], *(part for part in parts[1:] if not _is_contrast(part))]
        for part in parts:
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


def _column(node: ast.expr) -> str | None:
    """The column that a name, or Q("odd name"), stands for."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Call) or _called(node.func) != "Q" or not node.args:
        return None
    quoted = node.args[0]
    return str(quoted.value) if isinstance(quoted, ast.Constant) else None


def _is_contrast(node: ast.expr) -> bool:
    """Whether it is the bare name of a contrast, as in C(z, Sum): patsy's, and no column."""
    return isinstance(node, ast.Name) and node.id in _CONTRASTS


def _called(func: ast.expr) -> str | None:
    if isinstance(func, ast.Name) and func.id in _FUNCTIONS | _NUMPY:
        return func.id
    plain = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    if plain and func.value.id == "np" and func.attr in _NUMPY:  # type: ignore[attr-defined]
        return str(func.attr)  # type: ignore[attr-defined]
    return None


def columns_of(formula: Formula, used: Used) -> Columns:
    """The model columns of a formula; as `designed`, without the terms of each column."""
    return designed(formula, used)[0]


def designed(formula: Formula, used: Used) -> tuple[Columns, dict[str, tuple[str, ...]]]:
    """
    The model columns of a formula, without the intercept; texts become a dummy a level.

    Returns:
        The columns, and by column of the table the terms that it is in: none for a text that is
        the same in all rows.

    Raises:
        UsageProblem: The formula cannot be evaluated on these rows, a column outside C(...) holds a
            cell that is no number among numbers, or no column is named, as in "'age'": a model
            that takes account of nothing must not look as if it did.
    """
    import numpy as np
    import patsy

    from analytics.transfer.units import Columns

    if formula.text and not formula.columns:
        raise UsageProblem(f"--covariates {formula.text!r}: names no column")
    if not formula.columns or not len(used.cells):
        return Columns((), np.empty((len(used.cells), 0))), {}
    data: dict[str, Any] = {name: _cells(name, formula, used) for name in formula.columns}
    functions = {name: getattr(np, name) for name in _NUMPY}
    functions["np"] = np
    nothing = patsy.NAAction(NA_types=[])  # rows are complete: what is undefined is told below
    environment = patsy.EvalEnvironment([functions])
    try:
        with np.errstate(all="ignore"):
            matrix = patsy.dmatrix(f"1 + {formula.text}", data, environment, NA_action=nothing)
    except (patsy.PatsyError, TypeError, ValueError, ArithmeticError) as error:
        raise UsageProblem(
            f"--covariates {formula.text!r}: {str(error).splitlines()[0]}"
        ) from error
    values = np.asarray(matrix, dtype=float)
    names = matrix.design_info.column_names
    _refuse_undefined(formula, used, names, np.isfinite(values))
    kept = [place for place, name in enumerate(names) if name != "Intercept"]
    return Columns(tuple(names[place] for place in kept), values[:, kept]), _terms(
        formula, matrix.design_info
    )


def _terms(formula: Formula, design: Any) -> dict[str, tuple[str, ...]]:
    """By column of the table, the names of the model columns that were made of it."""
    terms: dict[str, tuple[str, ...]] = dict.fromkeys(formula.columns, ())
    for term, place in design.term_slices.items():
        made_of = {name for factor in term.factors for name in parse(factor.name()).columns}
        for name in made_of:
            terms[name] += tuple(design.column_names[place])
    return terms


def _refuse_undefined(formula: Formula, used: Used, names: list[str], finite: np.ndarray) -> None:
    """
    Names the first term and row without a finite value, such as np.log(x) where x is 0.

    One such row makes every row of center(np.log(x)) undefined: then no row is named.
    """
    for name, undefined in zip(names, ~finite.T, strict=True):
        if undefined.any():
            where = "" if undefined.all() else f", row {used.cells.index[undefined.argmax()]}"
            raise UsageProblem(f"--covariates {formula.text!r}{where}: {name} is not finite")


def _cells(name: str, formula: Formula, used: Used) -> Any:
    import numpy as np

    known = used.has_numbers_as_levels if name in formula.categorical else used.is_measured
    if not known(name):
        return used.texts(name)
    numbers = used.numbers(name)
    if name not in formula.categorical:
        return numbers
    # levels as Python numbers, so that they are named 10 and not 10.0
    levels = [int(number) if number.is_integer() else float(number) for number in numbers]
    return np.array(levels, dtype=object)

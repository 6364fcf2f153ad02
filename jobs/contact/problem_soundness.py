"""What an allocation problem must say to be one. Raises ValueError in one line that names the array, the constraint or the allowance."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jobs.contact.allocation import Constraint, Problem


def refuse_unsound(problem: "Problem", keys: dict[str, np.ndarray], value: np.ndarray) -> None:
    for name, array in keys.items():
        if len(array) != len(value):
            raise ValueError(f"Problem.{name}: {len(array)} entries for {len(value)} values")
    if not np.isfinite(value).all():
        raise ValueError("Problem.value: every value must be a finite number")
    customers = len(problem.max_contacts)
    unknown = keys["customer"][(keys["customer"] < 0) | (keys["customer"] >= customers)]
    if len(unknown):
        raise ValueError(f"Problem.customer: customer {unknown[0]} is unknown; max_contacts has {customers} customers")
    if customers and np.min(problem.max_contacts) < 0:
        raise ValueError("Problem.max_contacts: must not be negative")
    names = [one.name for one in problem.constraints]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Constraint {name}: the name stands twice")
    for one in problem.constraints:
        _refuse_constraint(one, len(value))
    for allowance in problem.allowances:
        _refuse_options(f"Allowance {allowance.name}", allowance.options, len(value))


def _refuse_constraint(one: "Constraint", options: int) -> None:
    if len(one.options) != len(one.weight):
        raise ValueError(f"Constraint {one.name}: {len(one.options)} options and {len(one.weight)} weights")
    if not np.isfinite(np.asarray(one.weight, dtype=np.float64)).all():
        raise ValueError(f"Constraint {one.name}: every weight must be a finite number")
    if len(one.weight) and np.min(one.weight) < 0:
        raise ValueError(f"Constraint {one.name}: weights must not be negative")
    if np.isnan(one.low) or np.isnan(one.high) or one.low == np.inf:
        raise ValueError(f"Constraint {one.name}: low {one.low} and high {one.high} must be numbers, low a finite one")
    if one.low > one.high:
        raise ValueError(f"Constraint {one.name}: low {one.low} is above high {one.high}")
    _refuse_options(f"Constraint {one.name}", one.options, options)


def _refuse_options(owner: str, chosen: np.ndarray, options: int) -> None:
    indices = np.asarray(chosen)
    if len(indices) and indices.dtype.kind not in "iu":
        raise ValueError(f"{owner}: options must be the indices of options, not {indices.dtype}")
    unknown = indices[(indices < 0) | (indices >= options)]
    if len(unknown):
        raise ValueError(f"{owner}: option {unknown[0]} is unknown; there are {options} options")

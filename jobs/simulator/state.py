"""What the world carries from one day to the next, one file a day under truth/state. Days are counted from 1970-01-01; 0 means never."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from jobs.simulator.draws import Floats, Integers

ACTIVE, ONE_WAY_STOP, TWO_WAY_STOP, RESERVED, CLOSED = range(5)
STATUSES = ("active", "one_way_stop", "two_way_stop", "reserved", "closed")
# Columns of `month_use` and `last_use`.
PLAN_SECONDS, ROAMING_SECONDS, BYTES, MESSAGES = range(4)

Rows = dict[str, np.ndarray]


@dataclass
class State:
    """Arrays have one entry a customer; the row sets below stand for what comes and goes."""

    joined: Integers
    closed_on: Integers
    status: Integers
    status_changed: Integers
    plan: Integers
    plan_since: Integers
    plan_channel: Integers
    holds_since: Integers  # customers x products
    holds_channel: Integers  # customers x products: where it was ordered
    considered: Integers  # customers x products: day of the last "I'll think about it"
    refused: Integers  # customers x products
    contacted: Integers  # customers x products
    fatigue: Floats  # customers x channels
    cash: Integers
    reserve: Integers
    cash_first: Integers  # on the 1st; -1 for a line that joined since
    reserve_first: Integers
    arrears: Integers
    arrears_last_month: Integers
    arrears_since: Integers
    points: Integers
    month_use: Integers  # customers x 4: what counts against the plan this month
    outside_bytes: Integers
    month_charge: Integers  # customers x ITEMS
    month_over: Integers  # customers x ITEMS
    last_use: Integers
    last_total: Integers
    intent_on: Integers
    leave_on: Integers
    handset: Integers
    previous_handset: Integers
    handset_since: Integers
    handset_changes: Integers
    vip: Integers
    vip_last_month: Integers  # -1 for a line that joined since
    ended: Rows  # subscriptions that ended: customer, product (-1 for a plan), plan, since, until, channel
    bans: Rows  # customer, level, product, channel, reason, start, end
    answers: Rows  # customers who will accept on a later day
    reports: Rows  # feedback that the channels have not sent yet

    def __len__(self) -> int:
        return len(self.joined)

    @property
    def alive(self) -> np.ndarray:
        return self.status != CLOSED


ROW_SETS = ("ended", "bans", "answers", "reports")


def arrays_of(state: State) -> dict[str, np.ndarray]:
    flat = {}
    for field in fields(State):
        value = getattr(state, field.name)
        flat.update({f"{field.name}.{name}": column for name, column in value.items()} if isinstance(value, dict) else {field.name: value})
    return flat


def save(state: State, folder: Path) -> bool:
    """Write the state of a day. True when another state stood there: later days no longer follow from it."""
    folder.mkdir(parents=True, exist_ok=True)
    path, staged = folder / "state.npz", folder / "state.staged.npz"
    arrays: dict[str, Any] = {name: _narrow(array) for name, array in arrays_of(state).items()}
    np.savez(staged, **arrays)
    changed = path.exists() and path.read_bytes() != staged.read_bytes()
    staged.replace(path)
    return changed


def _narrow(array: np.ndarray) -> np.ndarray:
    """The smallest integers that hold the values; most are days or small counts."""
    if array.dtype != np.int64 or not array.size:
        return array
    low, high = int(array.min()), int(array.max())
    for kind in (np.int8, np.int16, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return array.astype(kind)
    return array


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def load(folder: Path) -> State:
    with np.load(folder / "state.npz") as stored:
        arrays = {name: _wide(stored[name]) for name in stored.files}
    rows: dict[str, Rows] = {name: {} for name in ROW_SETS}
    for name in [name for name in arrays if "." in name]:
        row_set, _, column = name.partition(".")
        rows[row_set][column] = arrays.pop(name)
    fields_by_name: dict[str, Any] = {**arrays, **rows}
    return State(**fields_by_name)


def joined_rows(*parts: Rows) -> Rows:
    """Row sets below each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def picked(rows: Rows, which: np.ndarray) -> Rows:
    return {name: column[which] for name, column in rows.items()}


def extended(state: State, newcomers: State) -> State:
    """The state with joiners behind the customers that were there."""
    merged: dict[str, Any] = {}
    for field in fields(State):
        old, new = getattr(state, field.name), getattr(newcomers, field.name)
        merged[field.name] = old if isinstance(old, dict) else np.concatenate([old, new])
    return State(**merged)

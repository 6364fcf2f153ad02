"""likeness: how much a customer is like those who hold each product already, whoever was offered it.

Every product has holders long before it has outcomes, so this is what the customer-product match learns from first: one ridge
discriminant over all products on a sample of tonight's customers. Customers fall into two halves by the hash of their key, and
each half is judged by what the other half taught: nobody is like the holders because they are one of them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.match.encoding import Encoder, learn_encoder
from jobs.match.logistic import LinearColumn, design_columns
from jobs.match.one_thread import one_thread

HALVES = 2
FEWEST_HOLDERS = 20
RIDGE = 100.0


@dataclass(frozen=True)
class Likeness:
    """`coefficients[half, column, product]` and `centres[half, column]` for the customers of a half."""

    encoder: Encoder
    columns: tuple[LinearColumn, ...]
    products: tuple[str, ...]
    coefficients: np.ndarray
    centres: np.ndarray

    def of(self, people: pd.DataFrame) -> pd.DataFrame:
        """One column a product, in log-odds against its average customer; 0 for a product that nearly nobody holds."""
        matrix, half = self.encoder.encode(people), half_of(people["customer_id"])
        total = np.zeros((len(people), len(self.products)))
        for place, column in enumerate(self.columns):
            # column by column, so that a customer's figures do not depend on who is judged with them
            centred = column.values(matrix) - self.centres[half, place]
            total += centred[:, None] * self.coefficients[half, place]
        return pd.DataFrame(total, columns=list(self.products), index=people.index)


def half_of(customer_id: pd.Series) -> np.ndarray:
    return (pd.util.hash_array(customer_id.to_numpy(dtype=object)) % HALVES).astype(np.int64)


def learn_likeness(people: pd.DataFrame, features: list[str], held: dict[str, str]) -> Likeness:
    """`held`: the column that says who holds a product, by product."""
    people = people.sort_values("customer_id", ignore_index=True)
    encoder = learn_encoder(people[features])
    matrix, half = encoder.encode(people), half_of(people["customer_id"])
    columns = design_columns(matrix, encoder)
    design = np.column_stack([column.values(matrix) for column in columns]) if columns else np.zeros((len(people), 0))
    coefficients, centres = np.zeros((HALVES, len(columns), len(held))), np.zeros((HALVES, len(columns)))
    holds = np.column_stack([people[column].eq(True).to_numpy(dtype=float) for column in held.values()]) if held else np.zeros((len(people), 0))
    for judged in range(HALVES):
        taught = half != judged
        if taught.any() and columns and held:
            centres[judged] = design[taught].mean(axis=0)
            coefficients[judged] = _discriminant(design[taught] - centres[judged], holds[taught])
    return Likeness(encoder, columns, tuple(held), coefficients, centres)


@one_thread
def _discriminant(design: np.ndarray, holds: np.ndarray) -> np.ndarray:
    share = holds.mean(axis=0)
    solved = np.linalg.solve(design.T @ design + RIDGE * np.eye(design.shape[1]), design.T @ (holds - share))
    known = (holds.sum(axis=0) >= FEWEST_HOLDERS) & (share < 1)
    return np.where(known, solved / np.where(known, share * (1 - share), 1.0), 0.0)

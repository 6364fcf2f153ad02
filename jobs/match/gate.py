"""The gate before a new model: tonight's (the challenger) is used only where it is no worse than the one used last night (the champion).

Both are judged on rows that neither was taught by: of contacts a share of the trials, of lines a share of all, held back by hash and never learned from.
Four questions, after ../shared/guide/models.md, section 8: normalised entropy no more than a little above the champion's, positives observed of those
expected, no cell far off, and scores that have not jumped. The second and third are asked beyond chance, and only where the champion does no
better: a champion that is further off is no reason to keep it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.match.conf import Gate
from jobs.quality.stability import shares_of, stability_index

CHOICES = ("appetite_choice", "reach_choice", "churn_choice")  # tables that say what the gate decided
DECILES = 10


@dataclass(frozen=True)
class Record:
    """How a model did on the judged rows. `cells` are parts of them (a product on a channel, a channel) with their distance in standard deviations."""

    entropy: float
    observed_to_expected: float
    deviations: float
    cells: dict[str, float]

    @property
    def farthest(self) -> str:
        return max(self.cells, key=lambda cell: (abs(self.cells[cell]), cell))


def record(probability: np.ndarray, label: np.ndarray, cell: pd.Series) -> Record:
    """Rows with a positive and a negative among them, in an order that depends on their content alone."""
    probability, positive = np.clip(probability, 1e-12, 1 - 1e-12), np.asarray(label, dtype=float)
    frame = pd.DataFrame({"cell": cell.to_numpy(), "expected": probability, "observed": positive, "variance": probability * (1 - probability)})
    sums = frame.groupby("cell", sort=True)[["expected", "observed", "variance"]].sum()
    distance = (sums["observed"] - sums["expected"]) / np.sqrt(sums["variance"])
    expected = float(probability.sum())
    return Record(
        entropy=normalised_entropy(probability, positive),
        observed_to_expected=float(positive.sum()) / expected,
        deviations=(float(positive.sum()) - expected) / float(np.sqrt(frame["variance"].sum())),
        cells={str(cell): float(value) for cell, value in distance.items()},
    )


def normalised_entropy(probability: np.ndarray, positive: np.ndarray) -> float:
    """Mean log loss over that of the base rate alone: 1 says nothing, less is better."""
    rate = positive.mean()
    loss = -(positive * np.log(probability) + (1 - positive) * np.log1p(-probability)).mean()
    return float(loss / -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate)))


def index_of_scores(before: np.ndarray, now: np.ndarray) -> float:
    """Population stability index of `now` against `before`, over the deciles of `before`."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, DECILES + 1)[1:-1]))
    bins = [str(number) for number in range(len(edges) + 1)]
    counted = [np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(bins)).tolist() for scores in (now, before)]
    return stability_index(*(shares_of(dict(zip(bins, counts, strict=True)), bins) for counts in counted))


def reason_to_keep(champion: Record, challenger: Record, index: float, gate: Gate) -> str | None:
    """Why the champion stays, in words; None where the challenger may be used."""
    if challenger.entropy > champion.entropy * (1 + gate.entropy_above):
        return f"normalised entropy {challenger.entropy:.4f} against {champion.entropy:.4f}"
    low, high = gate.observed_to_expected
    is_off = not low <= challenger.observed_to_expected <= high and abs(challenger.deviations) > gate.chance_deviations
    if is_off and abs(challenger.deviations) > abs(champion.deviations):
        return f"observed of expected {challenger.observed_to_expected:.2f}, outside {low:g} to {high:g}"
    cell = challenger.farthest
    if abs(challenger.cells[cell]) > gate.cell_deviations and abs(challenger.cells[cell]) > abs(champion.cells[cell]):
        return f"{cell} is {challenger.cells[cell]:+.1f} standard deviations off"
    if index > gate.stability_index:
        return f"stability index of the scores {index:.2f} above {gate.stability_index:g}"
    return None

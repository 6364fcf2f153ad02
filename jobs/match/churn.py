"""churn: the probability that a line is closed within conf/match.yaml's horizon_days: its churn points, by rule, and what a model adds to them."""

import numpy as np
import pandas as pd

from jobs.match.combination import logit, sigmoid
from jobs.match.conf import ChurnMatch
from jobs.match.learner import Propensity, fit_propensity


def read_churn_inputs(settings: ChurnMatch) -> list[str]:
    """Spark SQL over customer_view."""
    return ["churn_points", *[f"{expression} AS `{name}`" for name, expression in settings.features.items()]]


def learned(rows: pd.DataFrame, settings: ChurnMatch) -> Propensity | None:
    """What the churn points miss, or None before the fate of any line is known."""
    if rows.empty:
        return None
    return fit_propensity(rows[list(settings.features)], rows["left"], offset=start_log_odds(rows, settings))


def start_log_odds(rows: pd.DataFrame, settings: ChurnMatch) -> np.ndarray:
    points = rows["churn_points"].to_numpy(dtype=np.float64)
    return logit(np.full(len(rows), settings.start_rate)) + settings.log_odds_a_point * points


def log_odds_beside(model: Propensity | None, lines: pd.DataFrame, settings: ChurnMatch) -> np.ndarray:
    """What the model adds to the start, row by row; nothing before there is one."""
    return np.zeros(len(lines)) if model is None else model.log_odds(lines[list(settings.features)])


def churn_probability(model: Propensity | None, lines: pd.DataFrame, settings: ChurnMatch) -> np.ndarray:
    return sigmoid(start_log_odds(lines, settings) + log_odds_beside(model, lines, settings))

"""How the three matches become one probability: a sum of log-odds given reach, times reach; never a product of rates.

    logit P(accept | reached) = base + product_channel + customer_product + customer_channel + calibration
    P(accept)                 = P(reached) * sigmoid of that sum

`acceptance` is the Spark column, `acceptance_values` its numpy twin; a test holds them equal.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pyspark.sql import Column

LOWEST, HIGHEST = 1e-6, 0.999999
STEEPEST = 30.0  # beyond it a double's sigmoid is 0 or 1 anyway

# The terms that are summed, in the order of the columns of `candidate` and `decision`; term_reach multiplies.
SUMMED_TERMS = ("term_base", "term_product_channel", "term_customer_product", "term_customer_channel", "term_calibration")


def acceptance(
    base: "Column", product_channel: "Column", customer_product: "Column", customer_channel: "Column", calibration: "Column", reach: "Column"
) -> "Column":
    """Calibrated probability that the customer is reached on the channel and accepts the product there."""
    from pyspark.sql import functions as F

    total = base + product_channel + customer_product + customer_channel + calibration
    bounded = F.greatest(F.lit(-STEEPEST), F.least(F.lit(STEEPEST), total))
    return F.greatest(F.lit(LOWEST), F.least(F.lit(HIGHEST), reach / (F.lit(1.0) + F.exp(-bounded))))


def acceptance_values(
    base: np.ndarray,
    product_channel: np.ndarray,
    customer_product: np.ndarray,
    customer_channel: np.ndarray,
    calibration: np.ndarray,
    reach: np.ndarray,
) -> np.ndarray:
    """The same on numpy arrays."""
    total = base + product_channel + customer_product + customer_channel + calibration
    return np.clip(reach * sigmoid(total), LOWEST, HIGHEST)


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -STEEPEST, STEEPEST)))


def logit(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, LOWEST, HIGHEST)
    return np.log(clipped / (1.0 - clipped))

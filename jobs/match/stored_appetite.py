"""The appetite as data: home/models/customer_product keeps it whole, so that a later night may go on with it.

What product and channel say for everybody (`level`, `evidence`) is not kept: it is every night's own.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from jobs.match.appetite import Appetite
from jobs.match.likeness import Likeness
from jobs.match.logistic import LinearColumn
from jobs.match.stored import as_data, encoder_from_data, from_data
from jobs.match.version import keep_model, model_file

KIND = "customer_product"


def appetite_as_data(appetite: Appetite) -> dict[str, Any]:
    return {
        "models": {"appetite": as_data(appetite.model)} if appetite.model else {},
        "likeness": appetite.likeness and _likeness_as_data(appetite.likeness),
        "slope": appetite.slope,
        "centre": appetite.centre,
        "positives": appetite.positives,
    }


def appetite_as_bytes(appetite: Appetite) -> bytes:
    return json.dumps(appetite_as_data(appetite), sort_keys=True).encode()


def keep_appetite(home: Path, name: str, appetite: Appetite) -> None:
    keep_model(home, KIND, name, appetite_as_data(appetite))


def kept_appetite(home: Path, name: str, level: dict[str, float], evidence: dict[str, float]) -> Appetite | None:
    """The appetite of a name beside a night's level and evidence; None where its file is gone."""
    path = model_file(home, KIND, name)
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    model, likeness = data["models"].get("appetite"), data["likeness"]
    return Appetite(
        model=from_data(model) if model else None,
        likeness=_likeness_from_data(likeness) if likeness else None,
        slope=data["slope"],
        centre=data["centre"],
        level=level,
        positives=data["positives"],
        evidence=evidence,
    )


def _likeness_as_data(likeness: Likeness) -> dict[str, Any]:
    return asdict(likeness) | {"coefficients": likeness.coefficients.tolist(), "centres": likeness.centres.tolist()}


def _likeness_from_data(data: dict[str, Any]) -> Likeness:
    columns = tuple(LinearColumn(**column) for column in data["columns"])
    shape = (len(data["coefficients"]), len(columns), len(data["products"]))
    return Likeness(
        encoder=encoder_from_data(data["encoder"]),
        columns=columns,
        products=tuple(data["products"]),
        coefficients=np.array(data["coefficients"], dtype=np.float64).reshape(shape),
        centres=np.array(data["centres"], dtype=np.float64).reshape(shape[:2]),
    )

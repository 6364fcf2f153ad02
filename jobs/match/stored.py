"""Models as data: what home/models keeps, and the way back to a model that predicts the same bytes."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jobs.match.calibration import Curve
from jobs.match.encoding import Column, Encoder
from jobs.match.learner import Propensity, Trees
from jobs.match.logistic import Linear, LinearColumn
from jobs.match.version import keep_model


def as_data(model: Propensity) -> dict[str, Any]:
    return asdict(model) | {"parts": [asdict(part) | {"part": "trees" if isinstance(part, Trees) else "linear"} for part in model.parts]}


def as_bytes(model: Propensity) -> bytes:
    return json.dumps(as_data(model), sort_keys=True).encode()


def from_data(data: dict[str, Any]) -> Propensity:
    curve = data["curve"] and Curve(tuple(data["curve"]["margins"]), tuple(data["curve"]["calibrated"]))
    return Propensity(
        encoder=encoder_from_data(data["encoder"]),
        parts=tuple(_part(part) for part in data["parts"]),
        top=tuple(data["top"]),
        top_covariance=tuple(tuple(row) for row in data["top_covariance"]),
        curve=curve,
        rows=data["rows"],
        positives=data["positives"],
    )


def encoder_from_data(data: dict[str, Any]) -> Encoder:
    return Encoder(tuple(Column(column["name"], column["kind"], tuple(column["levels"])) for column in data["columns"]))


def _part(data: dict[str, Any]) -> Trees | Linear:
    if data["part"] == "trees":
        return Trees(data["text"], data["start"])
    return Linear(tuple(LinearColumn(**column) for column in data["columns"]), tuple(data["coefficients"]), data["intercept"])


def keep_models(home: Path, kind: str, name: str, models: dict[str, Propensity], **beside: Any) -> None:
    """Write home/models/<kind>/<name>/model.json: the models by name, and what stands beside them."""
    keep_model(home, kind, name, {"models": {part: as_data(model) for part, model in models.items()}, **beside})

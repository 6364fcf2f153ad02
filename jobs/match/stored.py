"""Models as data: what home/models keeps, and the way back to a model that predicts the same bytes."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import UserError
from jobs.match.calibration import Curve
from jobs.match.encoding import Column, Encoder
from jobs.match.learner import Propensity, Trees
from jobs.match.logistic import Linear, LinearColumn
from jobs.match.version import keep_model, model_file

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jobs.context import RunContext


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


def kept_models(home: Path, kind: str, name: str) -> dict[str, Propensity] | None:
    """The models of a name by what they are for; None where its file is gone."""
    path = model_file(home, kind, name)
    return {part: from_data(data) for part, data in json.loads(path.read_text(encoding="utf-8"))["models"].items()} if path.exists() else None


def models_in_use(run: "RunContext", kind: str, choice: "DataFrame") -> tuple[str, dict[str, Propensity]]:
    """Name and models that the night's choice names. Raises UserError where they are not there."""
    chosen = choice.first()
    models = kept_models(run.home, kind, chosen.used) if chosen else None
    if chosen is None or models is None:
        raise UserError(f"models/{kind}: the model that was chosen for {run.business_date} is not there; run `cpc run match --date {run.business_date}`")
    return chosen.used, models

"""The marketing map: where every campaign has its place, by what it is for and by the stage of the customer's life it meets."""

from pathlib import Path
from typing import Literal

from pydantic import Field as Key
from pydantic import model_validator

from jobs.catalogue.schema import Label
from jobs.strict import Strict, load

Stage = Literal["identify", "grow", "mature", "decline"]


class LifeStage(Strict):
    stage: Stage
    name: Label


class Scene(Strict):
    """`stages` are the stages of life in which customers meet the scene."""

    scene: str = Key(pattern=r"^[a-z][a-z0-9_]*$")
    name: Label
    stages: list[Stage] = Key(min_length=1)
    doc: str = Key(min_length=15)


class Purpose(Strict):
    purpose: str = Key(pattern=r"^[a-z][a-z0-9_]*$")
    name: Label
    scenes: list[Scene] = Key(min_length=1)


class MarketingMap(Strict):
    stages: list[LifeStage]
    purposes: list[Purpose]

    @model_validator(mode="after")
    def codes_are_unique(self) -> "MarketingMap":
        codes = [f"{purpose.purpose}.{scene.scene}" for purpose in self.purposes for scene in purpose.scenes]
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(f"scene '{code}' stands twice")
        return self

    @property
    def scenes(self) -> dict[str, Scene]:
        """Scenes by the code that campaigns name: purpose.scene."""
        return {f"{purpose.purpose}.{scene.scene}": scene for purpose in self.purposes for scene in purpose.scenes}


def load_marketing_map(conf_folder: Path) -> MarketingMap:
    return load(MarketingMap, conf_folder / "marketing_map.yaml")

"""The world file: every parameter of the simulated people, channels and products, read strictly.

The simulator shares no code with the pipeline but jobs.errors; what it reads of conf/ and schemas/ it reads as plain YAML (market.py).
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.errors import UserError, did_you_mean
from jobs.strict import read_yaml

Share = Field(ge=0, le=1)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Age(Part):
    mean: float
    deviation: float = Field(gt=0)
    low: int = Field(ge=10)
    high: int = Field(le=100)


class Segment(Part):
    segment: str
    share: float = Share
    age: Age
    tastes: dict[str, float]
    minutes: float = Field(gt=0)
    megabytes: float = Field(gt=0)
    messages: float = Field(gt=0)
    smartphone: float = Share
    email: float = Share
    vip: float = Share
    churn: float = Share
    answers: float = Field(gt=0, lt=1)
    visits: dict[str, float]
    business: dict[Literal["personal", "family", "enterprise", "machine"], float]
    pay: dict[Literal["cash", "bank_collection", "online", "card", "agent"], float]
    brand: dict[Literal["gotone", "m_zone", "easy"], float]


class ChannelTraits(Part):
    accept: float
    reached: float = Share
    considering: float = Share
    refused: float = Share
    opt_out: float = Share
    complaint: float = Share
    own: float = Field(ge=0)
    spill: float = Field(ge=0)
    recovery_days: float = Field(gt=0)
    reach_spread: float = Field(ge=0)
    feedback_days: list[float]
    answer_days: list[float]
    lost: float = Share


class Bump(Part):
    taste: str
    at: float
    height: float


class Adds(Part):
    minutes: int = 0
    megabytes: int = 0
    messages: int = 0


class ProductTraits(Part):
    appetite: float
    tastes: dict[str, float]
    bump: Bump | None = None
    need: Literal["data", "voice", "messages", "roaming", "advice"] | None = None
    need_weight: float = 0.0
    held: float = Share
    spontaneous: float = Share
    cancelled: float = Share
    pays: Literal["monthly", "once"]
    adds: Adds = Adds()


class Behaviour(Part):
    spontaneous_by_appetite: float
    sleeping_dogs: float = Share
    sleeping_dog_effect: float
    considering_bonus: float
    considering_days: int = Field(ge=1)
    considering_return: float = Share
    refusal_memory: float
    contact_raises: float
    other_channel: float = Share
    wrong_numbers: float = Share
    spare_lines: float = Share
    no_smartphone: float
    opt_out_by_fatigue: float
    churn_by_fatigue: float
    intent_days: int = Field(ge=10)
    kept_by_retention: float = Share
    contract_protects: float = Share
    joiners: float = Share


class Payday(Part):
    days: list[int]
    accept: float
    payments: float


class Shock(Part):
    day: int
    days: int
    accept: float


Week = Field(min_length=7, max_length=7)


class Season(Part):
    weekday_accept: list[float] = Week
    weekday_visits: list[float] = Week
    weekday_usage: list[float] = Week
    payday: Payday
    shock: Shock


class Launch(Part):
    product: str
    day: int = Field(ge=0)


class Decay(Part):
    product: str
    per_month: float


class Change(Part):
    taste_drift: float
    launch: Launch
    decay: Decay


class Billing(Part):
    roaming_surcharge_fen: int
    discount_share: float = Share
    discount: float = Share
    late_payers: float = Share
    stop_after_days: int
    throttle_outside_plan: float = Share


class OldSystems(Part):
    contacts_per_month: float = Field(ge=0)
    channels: dict[str, float]
    priority: dict[str, float]
    favourites: float
    passive_days: int = Field(ge=1)


class Lists(Part):
    staff: float = Share
    test: float = Share
    complaint_specialist: float = Share
    key_customer: float = Share
    red: float = Share
    black: float = Share
    bans: dict[str, float]


class DirtShares(Part):
    row: float = Share
    feedback: float = Share
    late: float = Share
    repeated_file: float = Share
    missing_optional: float = Share
    header_only: float = Share
    odd_layout: float = Share


class Dirt(Part):
    usual: DirtShares
    heavy: DirtShares


class World(Part):
    world: str
    history_months: int = Field(ge=1, le=12)
    cities: dict[str, float]
    counties_per_city: int = Field(ge=1)
    branches_per_city: int = Field(ge=1)
    areas_per_city: int = Field(ge=1)
    tastes: list[str] = Field(min_length=2)
    taste_spread: float = Field(ge=0)
    own_mind: float = Field(ge=0)
    upgrade_plans: list[str]
    segments: list[Segment] = Field(min_length=2)
    channels: dict[str, ChannelTraits]
    products: dict[str, ProductTraits]
    affinity: dict[str, dict[str, float]]
    behaviour: Behaviour
    season: Season
    change: Change
    billing: Billing
    old_systems: OldSystems
    lists: Lists
    dirt: Dirt


def load_world(path: Path) -> World:
    """The world of a file. Raises UserError in one line for the first thing that is wrong."""
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise UserError(f"{path}: must be a mapping of keys to values")
    try:
        world = World.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{path}: {_first_problem(error, data)}") from None
    _check_names(world, path)
    return world


def _first_problem(error: ValidationError, data: dict) -> str:
    problem = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")[0]
    where = ".".join(str(step) for step in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{where}: {problem['msg']}"
    key = str(problem["loc"][-1])
    # The keys that are missing beside it are the likeliest meant; then every key that a world can have.
    missing = {str(one["loc"][-1]) for one in error.errors() if one["type"] == "missing" and one["loc"][:-1] == problem["loc"][:-1]}
    return f"{where}: unknown key '{key}'{did_you_mean(key, missing) or did_you_mean(key, _all_keys())}"


def _all_keys() -> set[str]:
    return {name for part in Part.__subclasses__() for name in part.model_fields}


def _check_names(world: World, path: Path) -> None:
    """Tastes, products and channels are named in many places of the file; each must be one that the file declares."""
    tastes, products, channels = set(world.tastes), set(world.products), set(world.channels)
    named: list[tuple[str, set[str], list[str]]] = [(f"segments.{one.segment}.tastes", tastes, list(one.tastes)) for one in world.segments]
    named += [(f"segments.{one.segment}.visits", channels, list(one.visits)) for one in world.segments]
    named += [(f"products.{name}.tastes", tastes, list(one.tastes) + ([one.bump.taste] if one.bump else [])) for name, one in world.products.items()]
    named += [("affinity", products, list(world.affinity))]
    named += [(f"affinity.{name}", channels, list(row)) for name, row in world.affinity.items()]
    named += [("change", products, [world.change.launch.product, world.change.decay.product])]
    named += [("old_systems.channels", channels, list(world.old_systems.channels)), ("old_systems.priority", products, list(world.old_systems.priority))]
    for where, known, words in named:
        for word in words:
            if word not in known:
                raise UserError(f"{path}: {where}: unknown name '{word}'{did_you_mean(word, known)}")

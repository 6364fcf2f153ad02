"""What is on sale: products, plans and channels of conf/ and the layouts of schemas/sources, read as plain YAML and put into arrays in file order."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from jobs.errors import UserError, did_you_mean
from jobs.simulator.draws import Floats, Integers
from jobs.simulator.world import World
from jobs.strict import read_yaml

PASSIVE = ("hall", "hotline", "web", "palm_hall", "sms_hall", "self_service")
ITEMS = ("rental", "voice_local", "voice_long", "voice_roaming", "data", "message", "value_added", "other")
_ITEM_OF_FAMILY = {
    "data": "data",
    "voice": "voice_local",
    "messaging": "value_added",
    "plan": "rental",
    "contract": "rental",
    "retention": "other",
    "care": "other",
}


@dataclass(frozen=True)
class Market:
    """Products, plans and channels by position. Arrays have one entry a product, plan or channel."""

    products: tuple[str, ...]
    kinds: tuple[str, ...]
    families: tuple[str, ...]
    price_fen: Integers
    term_months: Integers
    monthly_fen: Integers  # fee that every bill carries; 0 for what is paid once
    once_fen: Integers  # paid with the order
    item: Integers  # position in ITEMS that the fee goes to
    needs_smartphone: np.ndarray
    adds: Integers  # products x (seconds, bytes, messages) added to the plan's allowance
    plans: tuple[str, ...]
    plan_brands: tuple[str, ...]
    plan_fee_fen: Integers
    plan_allowance: Integers  # plans x (seconds, bytes, messages)
    plan_included: Integers  # plans x (minutes, megabytes, messages), as the catalogue prints them
    plan_rate_fen: Integers  # plans x (a minute, a megabyte, a message)
    upgrade_plans: Integers
    channels: tuple[str, ...]
    hours: Integers  # channels x (from, to) in seconds of the day
    carries: np.ndarray  # channels x products

    def product(self, code: str) -> int:
        return self.products.index(code)

    def channel(self, code: str) -> int:
        return self.channels.index(code)

    @property
    def sellable(self) -> np.ndarray:
        return np.array([kind != "care" for kind in self.kinds])

    @property
    def passive(self) -> Integers:
        """Position of each passive channel, in the order of PASSIVE."""
        return np.array([self.channel(code) for code in PASSIVE])


@dataclass(frozen=True)
class Layout:
    """How a source is delivered: schemas/sources/<source>.yaml."""

    source: str
    delivery: str
    required: bool
    format: str
    key: tuple[str, ...]
    customer: str | None
    event_date: str | None
    fields: tuple[dict[str, Any], ...]

    @property
    def names(self) -> list[str]:
        return [field["name"] for field in self.fields]


@cache
def load_layouts(folder: Path) -> dict[str, Layout]:
    layouts = {}
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path)
        layouts[data["source"]] = Layout(
            data["source"],
            data["delivery"],
            data["required"],
            data["format"],
            tuple(data["key"]),
            data.get("customer"),
            data.get("event_date"),
            tuple(data["fields"]),
        )
    return layouts


def check_cities(world: World, layouts: dict[str, Layout], path: Path) -> None:
    """Raises UserError for a city whose customers every source would reject, since its schema does not know the code."""
    known = {code for layout in layouts.values() for field in layout.fields if field["name"] == "city" for code in field.get("codes") or ()}
    for city in world.cities:
        if city not in known:
            raise UserError(f"{path}: cities: unknown city '{city}'{did_you_mean(city, known)}; schemas/sources/customer.yaml lists them")


def load_market(conf: Path, world: World) -> Market:
    products = read_yaml(conf / "products.yaml")["products"]
    plans = read_yaml(conf / "plans.yaml")["plans"]
    channels = read_yaml(conf / "channels.yaml")["channels"]
    _same_names("products", [one["product"] for one in products], list(world.products), conf / "products.yaml")
    _same_names("channels", [one["channel"] for one in channels], list(world.channels), conf / "channels.yaml")
    traits = [world.products[one["product"]] for one in products]
    monthly = np.array([trait.pays == "monthly" for trait in traits])
    price = np.array([one["price_fen"] for one in products], dtype=np.int64)
    # The price of a plan upgrade is the fee of the new plan, which its main plan row carries.
    once = np.where(monthly | np.array([one["kind"] in ("plan", "care") for one in products]), 0, price)
    return Market(
        products=tuple(one["product"] for one in products),
        kinds=tuple(one["kind"] for one in products),
        families=tuple(one["family"] for one in products),
        price_fen=price,
        term_months=np.array([one["term_months"] for one in products]),
        monthly_fen=np.where(monthly, price, 0),
        once_fen=once,
        item=np.array([ITEMS.index(_ITEM_OF_FAMILY.get(one["family"], "value_added")) for one in products]),
        needs_smartphone=np.array([one["needs_smartphone"] for one in products]),
        adds=np.array([[trait.adds.minutes * 60, trait.adds.megabytes << 20, trait.adds.messages] for trait in traits], dtype=np.int64),
        plans=tuple(one["plan"] for one in plans),
        plan_brands=tuple(one["brand"] for one in plans),
        plan_fee_fen=np.array([one["fee_fen"] for one in plans], dtype=np.int64),
        plan_allowance=np.array([[one["minutes"] * 60, one["megabytes"] << 20, one["messages"]] for one in plans], dtype=np.int64),
        plan_included=np.array([[one["minutes"], one["megabytes"], one["messages"]] for one in plans], dtype=np.int64),
        plan_rate_fen=np.array([[one["fen_per_minute"], one["fen_per_megabyte"], one["fen_per_message"]] for one in plans], dtype=np.int64),
        upgrade_plans=np.array([_position(one, [plan["plan"] for plan in plans], "upgrade_plans") for one in world.upgrade_plans]),
        channels=tuple(one["channel"] for one in channels),
        hours=np.array([[_seconds(one["hours"]["from"]), _seconds(one["hours"]["to"])] for one in channels]),
        carries=np.array([[product["kind"] in one["carries"] for product in products] for one in channels]),
    )


def affinity_matrix(market: Market, world: World) -> Floats:
    """products x channels: what a product gains or loses on a channel beyond both."""
    matrix = np.zeros((len(market.products), len(market.channels)))
    for product, row in world.affinity.items():
        for channel, effect in row.items():
            matrix[market.product(product), market.channel(channel)] = effect
    return matrix


def _seconds(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60


def _position(name: str, names: list[str], where: str) -> int:
    if name not in names:
        raise UserError(f"the world file: {where}: unknown plan '{name}'{did_you_mean(name, set(names))}")
    return names.index(name)


def _same_names(what: str, sold: list[str], known: list[str], path: Path) -> None:
    for name in sold:
        if name not in known:
            raise UserError(f"the world file: {what}: '{name}' of {path} is missing{did_you_mean(name, set(known))}")
    for name in known:
        if name not in sold:
            raise UserError(f"the world file: {what}: '{name}' is not in {path}{did_you_mean(name, set(sold))}")

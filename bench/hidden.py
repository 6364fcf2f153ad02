"""What the simulated operator knows and the pipeline may not: the true probabilities behind a night's candidates."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.paths import ROOT
from jobs.simulator import channels
from jobs.simulator import state as states
from jobs.simulator.behaviour import accept_probability, minds_of, reach_probability
from jobs.simulator.calendar import number_of
from jobs.simulator.draws import Draws
from jobs.simulator.market import Market, affinity_matrix, load_market
from jobs.simulator.population import people
from jobs.simulator.world import World, load_world


@dataclass(frozen=True)
class Hidden:
    """The world of a home, and where it stands on the evening of a business date."""

    home: Path
    business_date: date

    @property
    def facts(self) -> dict:
        return json.loads((self.home / "truth" / "world.json").read_text(encoding="utf-8"))

    def world(self) -> tuple[World, Market]:
        world = load_world(ROOT / "conf" / "worlds" / self.facts["world"])
        return world, load_market(ROOT / "conf", world)

    def probabilities(self, customer_id: pa.Array, product: pa.Array, channel: pa.Array) -> pd.DataFrame:
        """Columns `comes` (that the customer visits a passive channel on the contact date, 1 elsewhere), `reach` and `accept` given reach, a row an offer, as the
        customers stand on the evening before."""
        world, market = self.world()
        draws, first_day = Draws(self.facts["seed"]), number_of(date.fromisoformat(self.facts["first_date"]))
        state = states.load(self.home / "truth" / "state" / f"date={self.business_date}")
        everyone = people(draws, world, market, len(state), first_day)
        channels.recover(world, market, state)
        day = number_of(self.business_date + timedelta(days=1))
        minds = minds_of(world, market, everyone, state, day, first_day)
        who, what, where = (
            pc.index_in(given, value_set=known).to_numpy(zero_copy_only=False).astype(np.int64)
            for given, known in ((customer_id, everyone.ids), (product, pa.array(market.products)), (channel, pa.array(market.channels)))
        )
        place = np.full(len(market.channels), -1)
        place[market.passive] = np.arange(len(market.passive))
        daily = everyone.visits[who, place[where]] * world.season.weekday_visits[(day + 3) % 7]
        comes = np.where(place[where] >= 0, 1 - np.exp(-daily), 1.0)
        reach = reach_probability(world, market, everyone, who, where, comes)
        return pd.DataFrame({"comes": comes, "reach": reach, "accept": accept_probability(world, market, everyone, state, minds, who, what, where)})

    def margins(self) -> pd.DataFrame:
        """product, channel and the log-odds that product and channel bring to everybody."""
        world, market = self.world()
        base = np.array([world.products[code].appetite for code in market.products])
        accept = np.array([world.channels[code].accept for code in market.channels])
        total = base[:, None] + accept[None, :] + affinity_matrix(market, world)
        rows = [(product, channel, total[row, column]) for row, product in enumerate(market.products) for column, channel in enumerate(market.channels)]
        return pd.DataFrame(rows, columns=["product", "channel", "truth"])

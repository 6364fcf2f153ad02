"""A night to allocate, drawn by hash: 11 options a customer and 110 constraints, as the guide of the allocation measures it.

30 campaigns of different worth, 10 channels from messages to calls, 2 to 6 campaigns a customer; capacities of 10 channels and of two of them in 20
cities each, a budget of every campaign's money, and a band of contacts for 30 of them, six of which have a minimum.
"""

import numpy as np

from jobs.contact.allocation import Constraint, Problem, tie_hash

CAMPAIGNS, CHANNELS, CITIES = 30, 10, 20
SHARE = np.array([0.30, 0.20, 0.15, 0.10, 0.10, 0.08, 0.06, 0.05, 0.02, 0.02])  # of all customers, what each channel can reach a night
COST = np.array([0.05, 0.05, 0.10, 0.10, 0.20, 0.20, 0.50, 0.50, 3.00, 2.00])  # yuan a contact
PLACES = (8, 9)  # call and hall are worked city by city
LOWEST, EXCLUSIONS = 6, [(0, 1), (2, 5), (1, 4), (10, 20)]


def draw(name: str, *keys: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1) by hash."""
    return (tie_hash(f"bench-{name}", *keys) >> np.uint64(11)).astype(np.float64) / 2**53


def problem_of(customers: int) -> Problem:
    """About 11 options a customer: each of 2 to 6 campaigns on 1 to 5 neighbouring channels."""
    everyone = np.arange(customers)
    offers = 2 + (draw("offers", everyone) * 5).astype(np.int64)
    owner = np.repeat(everyone, offers)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(offers) - offers, offers)
    # Steps of less than a sixth of all campaigns never lead to the same campaign twice.
    campaign = ((draw("first", owner) * CAMPAIGNS).astype(np.int64) + place * 5 + (draw("step", owner, place) * 5).astype(np.int64)) % CAMPAIGNS
    channels = 1 + (draw("channels", owner, campaign) * 4.5).astype(np.int64)
    customer, offered = np.repeat(owner, channels), np.repeat(campaign, channels)
    nth = np.arange(len(customer)) - np.repeat(np.cumsum(channels) - channels, channels)
    channel = ((draw("channel", customer, offered) * CHANNELS).astype(np.int64) + nth) % CHANNELS
    worth = 8 + 60 * draw("worth", np.arange(CAMPAIGNS)) ** 2
    chance = 0.30 * draw("taste", customer, offered) ** 3 * (0.3 + draw("reach", customer, channel)) * (0.5 + SHARE.max() / (SHARE[channel] + 0.15))
    value = np.round(worth[offered] * chance - COST[channel], 4)
    city = city_of(everyone)[customer]
    return Problem(
        customer,
        offered.astype(np.int32),
        (offered % 12).astype(np.int32),
        channel.astype(np.int32),
        value,
        np.full(customers, 2, dtype=np.int32),
        EXCLUSIONS,
        [*_channels(customers, channel, city), *_campaigns(customers, offered, channel)],
    )


def city_of(customer: np.ndarray) -> np.ndarray:
    """Few large and many small cities."""
    return (draw("city", customer) ** 2 * CITIES).astype(np.int64)


def _channels(customers: int, channel: np.ndarray, city: np.ndarray) -> list[Constraint]:
    capacities = [_counted(f"channel:{one}", channel == one, 0, int(SHARE[one] * customers)) for one in range(CHANNELS)]
    share = np.diff(np.sqrt(np.arange(CITIES + 1) / CITIES))
    places = [
        _counted(f"place:{one}:{town}", (channel == one) & (city == town), 0, int(SHARE[one] * customers * share[town] * (0.7 + 0.6 * (town % 2))))
        for one in PLACES
        for town in range(CITIES)
    ]
    return [*capacities, *places]


def _campaigns(customers: int, campaign: np.ndarray, channel: np.ndarray) -> list[Constraint]:
    found = []
    for one in range(CAMPAIGNS):
        mine = np.flatnonzero(campaign == one)
        # Money in fen: whole numbers, as the night counts it.
        found.append(Constraint(f"money:{one}", mine, np.round(COST[channel[mine]] * 100), 0.0, float(int(customers * (0.8 + one % 4)))))
        low = int(customers * 0.03) if one % (CAMPAIGNS // LOWEST) == 0 else 0
        found.append(_counted(f"contacts:{one}", campaign == one, low, int(customers * (0.06 + 0.02 * (one % 3)))))
    return found


def _counted(name: str, inside: np.ndarray, low: float, high: float) -> Constraint:
    options = np.flatnonzero(inside)
    return Constraint(name, options, np.ones(len(options)), float(low), float(high))

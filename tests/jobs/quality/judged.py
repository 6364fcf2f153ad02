"""A judge of checks without Great Expectations, for tests that may not wait for its import."""

from jobs.quality.measured import Measured


def holds(one: Measured) -> bool:
    low, high = one.low if one.low is not None else float("-inf"), one.high if one.high is not None else float("inf")
    return all(value is None or low <= value <= high for value in one.values)


def broken(measured) -> set[tuple[str, str, str]]:
    """(check, on_fail, observed) of what does not hold."""
    return {(one.check, one.on_fail, one.observed) for one in measured if not holds(one)}

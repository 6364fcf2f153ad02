"""The heat map of success rates by product and channel: a table whose cells are coloured, so that it reads without a script."""

from dataclasses import dataclass

from jobs.reports.figures import Figures

# From pale to deep; text turns white where the ground is dark.
LOWEST_COLOUR, HIGHEST_COLOUR = (236, 246, 244), (11, 94, 89)
DARK_FROM = 0.55


@dataclass(frozen=True)
class HeatCell:
    """`strength` 0 to 1 against the highest rate that rests on enough rows; `faint` where there are too few."""

    rate: float | None
    accepted: float
    issued: float
    strength: float
    faint: bool

    @property
    def style(self) -> str:
        if self.rate is None or self.faint:
            return ""
        colour = ", ".join(str(round(low + (high - low) * self.strength)) for low, high in zip(LOWEST_COLOUR, HIGHEST_COLOUR, strict=True))
        return f"background: rgb({colour})" + ("; color: #fff" if self.strength > DARK_FROM else "")


@dataclass(frozen=True)
class HeatRow:
    member: str
    total: HeatCell
    cells: list[HeatCell]


@dataclass(frozen=True)
class HeatMap:
    columns: list[str]
    rows: list[HeatRow]
    totals: list[HeatCell]
    total: HeatCell
    highest: float


def heat_map(figures: Figures, products: list[str], channels: list[str], few: int) -> HeatMap:
    pairs = [figures.of("success_rate", product=product, channel=channel) for product in products for channel in channels]
    highest = max((figure.value or 0.0 for figure in pairs if figure.denominator >= few), default=0.0)

    def cell(**of: str) -> HeatCell:
        figure = figures.of("success_rate", **of)
        strength = min(1.0, (figure.value or 0.0) / highest) ** 0.5 if highest else 0.0
        return HeatCell(figure.value, figure.numerator, figure.denominator, strength, figure.denominator < few)

    rows = [HeatRow(product, cell(product=product), [cell(product=product, channel=channel) for channel in channels]) for product in products]
    return HeatMap(channels, rows, [cell(channel=channel) for channel in channels], cell(), highest)

"""Who uses a field of the customer view, read from the files that say so: other fields, checks, campaigns, matches, rules, scripts, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from jobs.campaign.campaign import load_campaigns, view_field_types
from jobs.campaign.filter import FilterError, parse_filter
from jobs.catalogue.lineage import TABLE_FRAMES, Column, frames_behind, references
from jobs.catalogue.readers import readers_of
from jobs.catalogue.view import categories, fields
from jobs.conf import Conf
from jobs.contact.script_parameters import load_script_parameters
from jobs.errors import UserError
from jobs.quality.rules import quality_rules
from jobs.strict import read_yaml, shown

Kind = Literal["field", "check", "campaign", "template", "model", "rule", "script", "code"]
HELD = "has_"  # the customer-product match reads has_<product> of every product (jobs/match/appetite.py)


@dataclass(frozen=True, order=True)
class Use:
    """`name` is the field, campaign, match, rule, product of a script or module; `part` says where in it; `file` declares it."""

    kind: Kind
    name: str
    part: str
    file: str


def uses(conf: Conf) -> dict[str, list[Use]]:
    """Every field of the view with its uses, in the order of kind and name."""
    found: dict[str, set[Use]] = {field.name: set() for field in fields()}
    for name, use in (
        *_by_fields(),
        *_by_same_column(),
        *_by_sums(conf),
        *_by_campaigns(conf),
        *_by_templates(conf),
        *_by_matches(conf),
        *_by_rules(conf),
        *_by_scripts(conf),
        *_by_code(),
    ):
        if name in found:  # a filter may also name the keys
            found[name].add(use)
    return {name: sorted(of_field) for name, of_field in found.items()}


def _by_fields() -> Iterator[tuple[str, Use]]:
    for name, category in categories().items():
        file = f"schemas/customer_view/{name}.yaml"
        for field in category.fields:
            yield from ((other, Use("field", field.name, "expr", file)) for other in references(field.expr)[1])
            yield from ((other, Use("check", field.name, check.rule, file)) for check in field.checks for other in check.other_fields)


def _by_same_column() -> Iterator[tuple[str, Use]]:
    """Fields that read the very column which another field shows as it stands: what that column means they mean too. Plan advice reads those of its prices."""
    readers: dict[Column, list[tuple[str, str]]] = {}
    for name, category in categories().items():
        for field in category.fields:
            for column in sorted(frozenset().union(*(frames_behind(*column) for column in references(field.expr)[0]))):
                readers.setdefault(column, []).append((field.name, f"schemas/customer_view/{name}.yaml"))
    for field in fields():
        plain = re.fullmatch(r"(\w+)\.(\w+)", field.expr)
        for name, file in readers.get((plain[1], plain[2]), []) if plain else []:
            if plain and name != field.name:
                yield field.name, Use("field", name, f"reads {plain[0]} too", file)


def _by_sums(conf: Conf) -> Iterator[tuple[str, Use]]:
    """Sums that must agree between dumps and the view."""
    for one in quality_rules(conf.folder).sums:
        for text in (one.came, one.stands):
            tree = sqlglot.parse_one(text, dialect="duckdb")
            if "customer_view" in {table.name for table in tree.find_all(exp.Table)}:
                yield from ((column.name, Use("check", one.check, "sum", "conf/quality.yaml")) for column in tree.find_all(exp.Column))


def _by_campaigns(conf: Conf) -> Iterator[tuple[str, Use]]:
    types = view_field_types()
    for campaign in load_campaigns(conf):
        file = f"conf/campaigns/{campaign.campaign}.yaml"
        for part, text in (("target", campaign.target), ("exclude", campaign.exclude)):
            if text is not None:
                yield from ((name, Use("campaign", campaign.campaign, part, file)) for name in parse_filter(text, types).fields)


def _by_templates(conf: Conf) -> Iterator[tuple[str, Use]]:
    """Templates of campaigns, where the operator keeps any: files of conf/templates with the target and exclude of a campaign."""
    for path in sorted((conf.folder / "templates").glob("*.yaml")):
        content = read_yaml(path)
        for part in ("target", "exclude"):
            if content.get(part):
                yield from ((name, Use("template", path.stem, part, shown(path))) for name in _fields_of(content[part], f"{shown(path)}: {part}"))


def _fields_of(text: Any, where: str) -> frozenset[str]:
    try:
        return parse_filter(text, view_field_types()).fields
    except FilterError as error:
        raise UserError(f"{where}: {error}") from None


def _by_matches(conf: Conf) -> Iterator[tuple[str, Use]]:
    product, channel, churn = conf.match.customer_product, conf.match.customer_channel, conf.match.churn
    features = (
        ("customer_channel_score", channel.features),
        ("customer_product_score", product.features | product.features_of_the_night),
        ("churn_score", churn.features),
    )
    for model, expressions in features:
        for feature, text in expressions.items():
            for column in sqlglot.parse_one(text, dialect="spark").find_all(exp.Column):
                yield column.name, Use("model", model, f"feature {feature}", "conf/match.yaml")
    yield from ((f"{HELD}{name}", Use("model", "customer_product_score", f"holds {name}", "conf/products.yaml")) for name in conf.products)


def _by_rules(conf: Conf) -> Iterator[tuple[str, Use]]:
    """The grade of caps is the VIP level; places with a capacity are the home branch and the city (jobs/contact/candidate.py)."""
    for cap in conf.contact_rules.caps:
        if cap.by_grade:
            yield "vip_level", Use("rule", cap.name, "by_grade", "conf/contact_rules.yaml")
    for channel in conf.channels.values():
        if channel.capacity.place:
            field = "home_branch" if channel.capacity.place.kind == "branch" else "city"
            yield field, Use("rule", f"capacity of {channel.channel}", channel.capacity.place.kind, "conf/channels.yaml")


def _by_scripts(conf: Conf) -> Iterator[tuple[str, Use]]:
    for product, blanks in load_script_parameters(conf).of_product.items():
        yield from ((field, Use("script", product, f"blank {blank}", "conf/script_parameters.yaml")) for blank, field in blanks.items())


def _by_code() -> Iterator[tuple[str, Use]]:
    for field in fields():
        readers = dict.fromkeys(readers_of("customer_view", field.name), "reads the field")
        plain = re.fullmatch(r"(\w+)\.(\w+)", field.expr)
        if plain and plain[1] in TABLE_FRAMES:
            table = TABLE_FRAMES[plain[1]]
            readers = dict.fromkeys(readers_of(table, plain[2]), f"reads {table}.{plain[2]}") | readers
        yield from ((field.name, Use("code", module, part, module)) for module, part in readers.items())

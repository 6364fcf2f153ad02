"""Drafts: a new campaign file that is right from the first line, for a planner to go on with.

From a template (another campaign, all but its name, period and approval), or from a place of the marketing map: the purpose says the type, the product its channels.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from jobs.campaign.campaign import campaign_paths, read_campaign, view_field_types
from jobs.campaign.marketing_map import load_marketing_map
from jobs.conf import Conf, Product
from jobs.errors import UserError, did_you_mean
from jobs.strict import read_yaml, shown

TYPE_OF = {"care": "care_reminder", "win_back": "movement_alert", "audit": "movement_alert"}  # by purpose; all others recommend
HIGH_VALUE = 30.0  # yuan from which a recommendation is a high-value one
DRAFT = "DRAFT"  # begins the code of wording that nobody has written yet


def from_template(name: str, template: str, first: date, last: date, conf: Conf) -> Path:
    """conf/campaigns/<name>.yaml like the template. Raises UserError for a name that is taken, an unknown template, or what the campaign's checks refuse."""
    paths = {path.stem: path for path in campaign_paths(conf)}
    if template not in paths:
        raise UserError(f"--like: unknown campaign '{template}'{did_you_mean(template, set(paths))}; `cpc campaign list` has them")
    content = read_yaml(paths[template])
    return _written(name, {**content, "campaign": name, "period": {"from": first, "to": last}}, conf)


def from_scene(name: str, scene: str, product: str, channels: Sequence[str], first: date, last: date, conf: Conf) -> Path:
    """conf/campaigns/<name>.yaml for a product at a place of the marketing map; on the channels, or on all broadcast ones that carry the product. Its target is
    everyone who does not hold the product: the planner narrows it. Raises UserError as from_template does."""
    scenes = set(load_marketing_map(conf.folder).scenes)
    if scene not in scenes:
        raise UserError(f"--scene: unknown scene '{scene}'{did_you_mean(scene, scenes)}; conf/marketing_map.yaml has them")
    if product not in conf.products:
        raise UserError(f"--product: unknown product '{product}'{did_you_mean(product, set(conf.products))}; conf/products.yaml has them")
    for channel in channels:
        if channel not in conf.channels:
            raise UserError(f"--channel: unknown channel '{channel}'{did_you_mean(channel, set(conf.channels))}; conf/channels.yaml has them")
    offered = conf.products[product]
    first_wave = list(channels) or [one.channel for one in conf.channels.values() if one.kind == "broadcast" and offered.kind in one.carries]
    content = {
        "campaign": name,
        "name": {"en": name.replace("_", " ").capitalize(), "zh": name},
        "type": TYPE_OF.get(scene.partition(".")[0], "high_value_recommendation" if offered.value >= HIGH_VALUE else "low_value_recommendation"),
        "scene": scene,
        "product": product,
        "period": {"from": first, "to": last},
        "delivery": {"mode": "daily", "min_days_between": 3, "max_contacts": 3},
        "target": _target(offered),
        "waves": [{"wave": 1, "channels": first_wave}],
        "holdout": 0.0 if offered.kind == "care" else 0.05,
        "script": {channel: f"{DRAFT}-{channel}" for channel in first_wave},
    }
    return _written(name, content, conf)


def _target(product: Product) -> str:
    held = f"has_{product.product}"
    return f"status = 'active' and not {held}" if held in view_field_types() else "status = 'active'"


def _written(name: str, content: dict[str, Any], conf: Conf) -> Path:
    """The file, once it has passed all that `cpc campaign validate` asks; else nothing is left of it."""
    path = conf.folder / "campaigns" / f"{name}.yaml"
    if path.exists():
        raise UserError(f"campaign: {shown(path)} is there already; take another name, or edit it")
    if not name.replace("_", "").isalnum() or name != name.lower() or not name.isascii():
        raise UserError(f"campaign: '{name}' is no name; write small letters, digits and underscores, a letter first")
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=160), encoding="utf-8")
    try:
        read_campaign(path, conf, view_field_types(), set(load_marketing_map(conf.folder).scenes))
    except UserError:
        path.unlink()
        raise
    return path

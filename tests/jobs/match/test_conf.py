"""conf/match.yaml: it starts every channel, its features are fields of the view, and a mistake is one line."""

import shutil

import pytest
import sqlglot

from jobs.catalogue.schema import columns_of
from jobs.conf import Conf
from jobs.errors import UserError
from jobs.paths import ROOT

pytestmark = pytest.mark.core


def test_every_channel_has_a_start(conf):
    assert sorted(start.channel for start in conf.match.channels) == sorted(conf.channels)


def test_every_feature_reads_fields_of_the_view(conf):
    fields = set(columns_of("customer_view"))
    settings = conf.match.customer_product
    expressions = {**conf.match.customer_channel.features, **settings.features, **settings.features_of_the_night}
    read = {column.name for text in expressions.values() for column in sqlglot.parse_one(text, read="spark").find_all(sqlglot.exp.Column)}
    assert read and read <= fields


def test_no_feature_is_a_protected_field_or_says_what_was_accepted(conf):
    settings = conf.match.customer_product
    read = " ".join([*conf.match.customer_channel.features.values(), *settings.features.values(), *settings.features_of_the_night.values()])
    assert "gender" not in read
    known_before = " ".join(settings.features.values())
    assert not any(word in known_before for word in ("has_ringback", "value_added", "orders_", "accepted", "fee", "bill"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("channel: sms,", "channel: smms,", "unknown channel 'smms' .did you mean 'sms'"),
        ("channel: mms,", "channel: sms,", "'mms' stands 0 times"),
        ("half_life_days: 75", "half_live_days: 75", "unknown key 'half_live_days' .did you mean 'half_life_days'"),
        ("    plan_fee: plan_fee_fen", "    age: plan_fee_fen", "stands in features as well"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, old, new, message):
    folder = shutil.copytree(ROOT / "conf", tmp_path / "conf")
    path = folder / "match.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        _ = Conf(folder).match

"""Drafts: a new campaign file passes every check from the first line, or is not there."""

import shutil
from datetime import date

import pytest

from jobs.campaign.campaign import load_campaigns
from jobs.campaign.draft import from_scene, from_template
from jobs.cli.main import run_command
from jobs.conf import Conf
from jobs.errors import UserError
from jobs.paths import ROOT

pytestmark = pytest.mark.core
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Conf:
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    return Conf(tmp_path / "conf")


def campaign(conf: Conf, name: str):
    return next(one for one in load_campaigns(conf) if one.campaign == name)


def test_a_draft_like_another_differs_in_name_and_period_alone(copy):
    from_template("ringback_winter", "ringback_autumn", *DECEMBER, copy)
    draft, template = campaign(copy, "ringback_winter"), campaign(copy, "ringback_autumn")
    assert (draft.period.start, draft.period.end) == DECEMBER
    changed = {"campaign": template.campaign, "period": template.period}
    assert draft.model_copy(update=changed).model_dump() == template.model_dump()
    assert draft.content_hash != template.content_hash, "it needs an approval of its own"


@pytest.mark.parametrize(
    ("scene", "product", "kind"),
    [
        ("raise.value_added", "music_club", "low_value_recommendation"),
        ("win_back.high_risk", "retention_gift", "movement_alert"),
        ("care.points", "points_reminder", "care_reminder"),
    ],
)
def test_a_draft_for_a_place_of_the_map_is_of_its_purpose_and_offers_nobody_what_they_hold(copy, scene, product, kind):
    product = product if product in copy.products else next(one.product for one in copy.products.values() if one.kind == "retention")
    from_scene("draft", scene, product, [], *DECEMBER, copy)
    draft = campaign(copy, "draft")
    assert (draft.type, draft.scene, draft.product) == (kind, scene, product)
    assert draft.channels and all(copy.channels[one].kind == "broadcast" for one in draft.channels)
    assert ("not has_music_club" in draft.target) == (product == "music_club")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda conf: from_template("ringback_autumn", "ringback_spring", *DECEMBER, conf), "is there already"),
        (lambda conf: from_template("winter", "ringback_autum", *DECEMBER, conf), "did you mean 'ringback_autumn'?"),
        (lambda conf: from_template("../winter", "ringback_autumn", *DECEMBER, conf), "is no name"),
        (lambda conf: from_template("winter", "ringback_autumn", DECEMBER[1], DECEMBER[0], conf), "is after to"),
        (lambda conf: from_scene("winter", "raise.value_aded", "music_club", [], *DECEMBER, conf), "did you mean 'raise.value_added'?"),
        (lambda conf: from_scene("winter", "raise.value_added", "musicclub", [], *DECEMBER, conf), "did you mean 'music_club'?"),
        (lambda conf: from_scene("winter", "raise.value_added", "music_club", ["smss"], *DECEMBER, conf), "did you mean 'sms"),
        (lambda conf: from_scene("global", "raise.value_added", "music_club", [], *DECEMBER, conf), "control layer"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_no_file(copy, how, reason):
    before = {path: path.read_bytes() for path in copy.folder.rglob("*.yaml")}
    with pytest.raises(UserError) as error:
        how(copy)
    assert reason in str(error.value)
    assert {path: path.read_bytes() for path in copy.folder.rglob("*.yaml")} == before


def test_the_command_asks_for_one_way(capsys):
    for wrong in ([], ["--like", "ringback_autumn", "--scene", "raise.value_added"], ["--scene", "raise.value_added"]):
        assert run_command(["campaign", "new", "winter", "--from", "2026-12-01", "--to", "2026-12-31", *wrong]) == 2
    assert capsys.readouterr().err.count("--like") == 3

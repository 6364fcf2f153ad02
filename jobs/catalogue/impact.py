"""Who is affected when a field of the customer view changes its meaning: the fields made of it, step by step, and whoever uses any of them.

A model that reads the field hands the change on to the fields that hold its scores (of the next night).
"""

from dataclasses import dataclass

from jobs.catalogue.lineage import sources_of
from jobs.catalogue.uses import Use, uses
from jobs.catalogue.view import fields
from jobs.conf import Conf
from jobs.errors import UserError, did_you_mean


@dataclass(frozen=True)
class Impact:
    """`downstream` maps each affected field to the field or model it is made of; `affected` are uses with the field they use."""

    field: str
    downstream: dict[str, str]
    affected: list[tuple[Use, str]]

    def of_kind(self, kind: str) -> list[tuple[Use, str]]:
        return [(use, through) for use, through in self.affected if use.kind == kind]


def impact_of(field: str, conf: Conf) -> Impact:
    """Raises UserError for a field that the view does not have, naming the nearest one."""
    known = {one.name for one in fields()}
    if field not in known:
        raise UserError(f"dictionary: --impact: unknown field '{field}'{did_you_mean(field, known)}")
    used = uses(conf)
    of_model: dict[str, list[str]] = {}
    for name in known:
        for table in {source.partition(".")[0] for source in sources_of(name)}:
            of_model.setdefault(table, []).append(name)
    downstream: dict[str, str] = {}
    waiting = [field]
    while waiting:
        source = waiting.pop(0)
        for name, through in _made_of(source, used[source], of_model):
            if name not in downstream and name != field:
                downstream[name] = through
                waiting.append(name)
    affected = [(use, name) for name in (field, *downstream) for use in used[name] if use.kind != "field"]
    return Impact(field, downstream, sorted(affected))


def _made_of(source: str, used: list[Use], of_model: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Fields that read the source or hold the scores of a model that does, each with what hands the change on."""
    direct = [(use.name, source) for use in used if use.kind == "field"]
    models = sorted({use.name for use in used if use.kind == "model"})
    return direct + [(name, model) for model in models for name in sorted(of_model.get(model, []))]

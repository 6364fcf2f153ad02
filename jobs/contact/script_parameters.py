"""What fills the blanks of a row's script: fields of the customer view by product, from conf/script_parameters.yaml."""

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.catalogue.schema import columns_of
from jobs.conf import Conf
from jobs.errors import UserError, did_you_mean
from jobs.strict import Strict, load

PARAMETERS = "map<string,string>"


class ScriptParameters(Strict):
    """Blank -> view field, by product."""

    products: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Blanks:
    of_product: dict[str, dict[str, str]]

    @property
    def view_fields(self) -> list[str]:
        return sorted({field for blanks in self.of_product.values() for field in blanks.values()})


def load_script_parameters(conf: Conf) -> Blanks:
    """Raises UserError for an unknown product or view field."""
    path = conf.folder / "script_parameters.yaml"
    declared = load(ScriptParameters, path).products
    fields = set(columns_of("customer_view"))
    for product, blanks in declared.items():
        if product not in conf.products:
            raise UserError(f"conf/script_parameters.yaml: unknown product '{product}'{did_you_mean(product, set(conf.products))}")
        for blank, field in blanks.items():
            if field not in fields:
                raise UserError(f"conf/script_parameters.yaml: {product}.{blank}: unknown field '{field}'{did_you_mean(field, fields)}")
    return Blanks(declared)


def parameters_of(blanks: Blanks, conf: Conf) -> Column:
    """The map of a row, from its product and the view's fields beside it; empty where the script has no blanks."""
    none = F.create_map().cast(PARAMETERS)
    result = none
    for product in sorted({*blanks.of_product, *(code for code, one in conf.products.items() if one.price_fen)}):
        pairs = [(blank, _shown(field)) for blank, field in sorted(blanks.of_product.get(product, {}).items())]
        if conf.products[product].price_fen:
            pairs.append(("price", F.lit(_yuan(conf.products[product].price_fen))))
        filled = F.create_map(*[one for blank, value in pairs for one in (F.lit(blank), value)])
        known = F.map_filter(filled, lambda _, value: value.isNotNull()).cast(PARAMETERS)
        result = F.when(F.col("product") == product, known).otherwise(result)
    return result


def _shown(field: str) -> Column:
    """A field as the script says it: money in yuan, bytes in whole megabytes, anything else as it stands."""
    if field.endswith("_fen"):
        return (F.col(field) / F.lit(100)).cast("decimal(18,2)").cast("string")
    if "bytes" in field:
        return F.expr(f"{field} div {2**20}").cast("string")
    return F.col(field).cast("string")


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"

"""rows: what quarantine gets to see of a row. What identifies a person stands in `identity` alone, whatever is wrong with its row."""

import csv
import gzip
import io
from itertools import product

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from jobs.catalogue.schema import sources
from jobs.ingest.landed_file import open_file
from jobs.ingest.manifest import ManifestFile
from jobs.ingest.rows import as_json, given_rows, hidden, raw_rows
from tests.landing import parquet_bytes

HEADER = "customer_id,name,number,email,postal_address,certificate_number"
ROWS = {  # line of the file: what quarantine shows of it
    "C000000001,王小明,13900000001,w@139.com,1 Long Street,110101199001011234": "C000000001,***,***,***,***,***",
    'C000000002,"Li, Na",no number,,"2 ""Long"" Street",': "C000000002,***,***,,***,",
    "C000000003,Zhang,13900000003,z@139.com,3 Long Street, Anzhou,110101199001011236": "***,***,***,***,***,***,***",
    "Zhao 13900000004": "***",
    'C000000005,"Qian,13900000005,q@139.com,5 Long Street,110101199001011238': "***,***,***,***,***,***",
}


def landed(folder, name, data, rows=None):
    (folder / name).write_bytes(data)
    return open_file(folder / name, None if rows is None else ManifestFile(name=name, rows=rows, sha256=open_file(folder / name).sha256))


def shown(frame, column):
    return [row[column] for row in frame.orderBy("_line").collect()]


@pytest.mark.core
def test_of_a_source_about_persons_only_the_declared_harmless_columns_are_shown():
    assert hidden([*HEADER.split(","), "second_number"], sources()["identity"]) == {
        *("name", "number", "email", "postal_address", "certificate_number", "second_number")
    }
    assert hidden(["customer_id", "city", "second_number"], sources()["customer"]) == set()


@pytest.mark.spark
def test_quarantine_shows_the_cells_that_identify_nobody_and_no_cell_of_a_row_that_cannot_be_taken_apart(spark, tmp_path):
    schema = sources()["identity"]
    file = landed(tmp_path, "a.csv.gz", gzip.compress("\n".join([HEADER, *ROWS]).encode()))
    assert shown(given_rows(spark, file, 0, schema), "_raw") == list(ROWS.values())
    assert shown(raw_rows(spark, file, 0, schema), "raw") == list(ROWS.values())


@pytest.mark.spark
def test_cells_are_those_that_python_reads_whatever_the_writer_quotes(spark, tmp_path):
    schema, names = sources()["identity"], HEADER.split(",")
    values = ["", "Li", "Li, Na", '"Li" Na', '""', ",", " Li ", '",', "李,\\"]
    rows = [["C000000001", one, other, "", third, ""] for one, other, third in product(values, values, ["", '2 "Long", Street'])]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL):
        csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    found = given_rows(spark, landed(tmp_path, "a.csv.gz", gzip.compress(text.getvalue().encode())), 0, schema).orderBy("_line").collect()
    expected = [[cell or None for cell in row] for row in list(csv.reader(io.StringIO(text.getvalue())))[1:]]
    assert len(expected) == 2 * len(rows)
    assert [[row[name] for name in names] for row in found] == expected
    assert {row["_broken"] for row in found} == {None}


@pytest.mark.spark
@pytest.mark.parametrize("line", ['C000000001,"a,"b,c,d,e', '"C000000001,a","b,c","d","e"', 'C000000001,"a"b,c,"d,e'])
def test_a_line_whose_quotes_do_not_pair_has_no_six_cells(spark, tmp_path, line):
    file = landed(tmp_path, "a.csv.gz", gzip.compress(f"{HEADER}\n{line}\n".encode()))
    assert [row["_broken"] for row in given_rows(spark, file, 0, sources()["identity"]).collect()] == ["wrong_number_of_cells"]


@pytest.mark.spark
def test_a_file_in_another_encoding_and_a_strange_column_show_no_person(spark, tmp_path):
    schema = sources()["identity"]
    text = f"phone,{HEADER}\n13900000009,C000000001,王小明,13900000001,,安州长街1号,110101199001011234\n"
    found = given_rows(spark, landed(tmp_path, "a.csv.gz", gzip.compress(text.encode("gb18030"))), 0, schema).collect()
    assert [(row["_broken"], row["_raw"]) for row in found] == [("bad_encoding", "***,C000000001,***,***,,***,***")]


@pytest.mark.spark
def test_a_row_over_several_lines_is_hidden_whole(spark, tmp_path):
    schema = sources()["identity"]
    file = landed(tmp_path, "a.csv.gz", gzip.compress(f'{HEADER}\nC000000001,Li,none,,"6 Long Street\nAnzhou",\n'.encode()), rows=1)
    assert file.multiline
    assert shown(given_rows(spark, file, 0, schema), "_raw") == ["C000000001,***,***,,***,"]


@pytest.mark.spark
def test_parquet_rows_hide_the_same_columns(spark, tmp_path):
    schema = sources()["identity"]
    table = pa.table({"customer_id": ["C000000001"], "name": ["Li Na"], "number": [13900000001], "email": [None], "phone": ["13900000009"]})
    file = landed(tmp_path, "a.parquet", parquet_bytes(table))
    assert shown(raw_rows(spark, file, 0, schema), "raw") == ['{"customer_id":"C000000001","name":"***","number":"***","email":null,"phone":"***"}']
    judged = given_rows(spark, file, 0, schema).selectExpr(f"{as_json(list(file.columns)[:4], schema, {'number': '_line'})} as raw")
    assert shown(judged.withColumn("_line", F.lit(1)), "raw") == ['{"customer_id":"C000000001","name":"***","number":"***","email":null}']


@pytest.mark.spark
def test_other_sources_show_their_rows_as_they_came(spark, tmp_path):
    line = 'C000000001,hall,"anzhou, ""b1""",2026-11-05'
    file = landed(tmp_path, "a.csv.gz", gzip.compress(f"customer_id,channel,place,visited_at\n{line}\n".encode()))
    assert shown(given_rows(spark, file, 0, sources()["channel_visit"]), "_raw") == [line]

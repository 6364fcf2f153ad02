"""The independent check of lists: DuckDB over the published bytes, tables of the lake and conf files read plainly.

It shares no code with the stages that make lists (a test walks the imports): what they get wrong, it must not get wrong in the same way.
"""

from datetime import date
from pathlib import Path

import duckdb

from jobs.lists.check.database import connect, load, result_of
from jobs.lists.check.evidence import check_evidence
from jobs.lists.check.published_bytes import ListBytes, read_list, revision_of
from jobs.lists.check.result import Result, Violation
from jobs.lists.check.revocations import check_revocations
from jobs.lists.check.rules_file import Day, Rules, read_rules, rules_hash
from jobs.lists.check.rules_of_customers import check_customers
from jobs.lists.check.rules_of_rows import check_rows
from jobs.lists.check.rules_of_volume import check_volume
from jobs.lists.check.sealed import check_deltas, check_seals

__all__ = ["Result", "Violation", "check_published", "check_staged", "newest_lists"]


def check_published(home: Path, conf: Path, contact_date: date) -> Result:
    """Judge the newest published revision of every channel's list by the rules as conf has them now: its rows, and all that stands around it."""
    rules, day, folders = read_rules(conf), Day(contact_date), newest_lists(home, contact_date)
    with connect(home) as connection:
        lists = _read(connection, folders, rules, day)
        found = _judge(connection, home, lists, rules, day)
        found += check_seals(home, lists, day)
        found += check_deltas(connection, lists)
        found += check_revocations(connection, home, sorted(folders), day)
        found += _strays(home, contact_date)
        return result_of(connection, found, _notes(lists, rules))


def check_staged(home: Path, conf: Path, contact_date: date, folders: dict[str, Path]) -> Result:
    """Judge the lists that wait to be published, in folders by channel."""
    rules, day = read_rules(conf), Day(contact_date)
    with connect(home) as connection:
        lists = _read(connection, folders, rules, day)
        return result_of(connection, _judge(connection, home, lists, rules, day), _notes(lists, rules))


def newest_lists(home: Path, contact_date: date) -> dict[str, Path]:
    """Folder of the newest published revision of every channel."""
    newest: dict[str, tuple[int, Path]] = {}
    for success in (home / "lists").glob(f"channel=*/contact_date={contact_date}/revision=*/_SUCCESS"):
        folder = success.parent
        channel, revision = folder.parents[1].name.removeprefix("channel="), revision_of(folder)
        if revision is not None and revision > newest.get(channel, (0, folder))[0]:
            newest[channel] = (revision, folder)
    return {channel: folder for channel, (_, folder) in newest.items()}


def _read(connection: duckdb.DuckDBPyConnection, folders: dict[str, Path], rules: Rules, day: Day) -> list[ListBytes]:
    return [read_list(connection, folder, channel, day, rules.time_zone) for channel, folder in sorted(folders.items())]


def _judge(connection: duckdb.DuckDBPyConnection, home: Path, lists: list[ListBytes], rules: Rules, day: Day) -> list[Violation]:
    """What is wrong with the bytes; what is wrong with the rows is noted in the database."""
    load(connection, home, lists, rules, day)
    check_rows(connection, rules, day)
    check_customers(connection, rules)
    check_volume(connection)
    return [*_missing(lists, rules), *check_evidence(connection, home, day), *[violation for one in lists for violation in one.violations]]


def _missing(lists: list[ListBytes], rules: Rules) -> list[Violation]:
    channels = [one.channel for one in lists]
    missing = [Violation("missing_list", "", f"{channel}: no list, not even an empty one") for channel in rules.channels if channel not in channels]
    unknown = [Violation("unknown_channel", "", f"{channel}: not in conf/channels.yaml") for channel in channels if channel not in rules.channels]
    return missing + unknown


def _strays(home: Path, contact_date: date) -> list[Violation]:
    """Finished folders beside the revisions that no number tells: a channel system may take one for a list."""
    folders = (path.parent for path in (home / "lists").glob(f"channel=*/contact_date={contact_date}/*/_SUCCESS"))
    strays = sorted(str(folder.relative_to(home)) for folder in folders if revision_of(folder) is None)
    return [Violation("manifest", "", f"{folder} is no revision") for folder in strays]


def _notes(lists: list[ListBytes], rules: Rules) -> list[str]:
    now = rules_hash(rules.folder)
    changed = [one.channel for one in lists if one.manifest.get("rules_hash", now) != now]
    return [f"the rules in {rules.folder} changed since the list of {channel} was made; it is judged by the rules of now" for channel in changed]

"""The independent check of lists: DuckDB over the published bytes, tables of the lake and conf files read plainly.

It shares no code with the stages that make lists (a test walks the imports): what they get wrong, it must not get wrong in the same way.
"""

from datetime import date
from pathlib import Path

from jobs.lists.check.database import connect, load, result_of
from jobs.lists.check.published_bytes import ListBytes, read_list
from jobs.lists.check.result import Result, Violation
from jobs.lists.check.rules_file import Day, Rules, read_rules, rules_hash
from jobs.lists.check.rules_of_customers import check_customers
from jobs.lists.check.rules_of_rows import check_rows
from jobs.lists.check.rules_of_volume import check_volume

__all__ = ["Result", "Violation", "check_lists", "newest_lists"]


def check_lists(home: Path, conf: Path, contact_date: date, lists: dict[str, Path] | None = None) -> Result:
    """Judge the lists of a contact date by the rules as conf has them now: the published ones, or folders by channel that wait to be published."""
    rules, day = read_rules(conf), Day(contact_date)
    folders = newest_lists(home, contact_date) if lists is None else lists
    with connect(home) as connection:
        read = [read_list(connection, folder, channel, contact_date, day.business_date) for channel, folder in sorted(folders.items())]
        load(connection, home, read, rules, day)
        check_rows(connection, rules, day)
        check_customers(connection, rules)
        check_volume(connection)
        found = [*_missing(folders, rules), *[violation for one in read for violation in one.violations]]
        return result_of(connection, found, _notes(read, rules))


def newest_lists(home: Path, contact_date: date) -> dict[str, Path]:
    """Folder of the newest published revision of every channel."""
    newest: dict[str, tuple[int, Path]] = {}
    for success in (home / "lists").glob(f"channel=*/contact_date={contact_date}/revision=*/_SUCCESS"):
        folder = success.parent
        channel, revision = folder.parents[1].name.removeprefix("channel="), int(folder.name.removeprefix("revision="))
        if revision > newest.get(channel, (0, folder))[0]:
            newest[channel] = (revision, folder)
    return {channel: folder for channel, (_, folder) in newest.items()}


def _missing(folders: dict[str, Path], rules: Rules) -> list[Violation]:
    missing = [Violation("missing_list", "", f"{channel}: no list, not even an empty one") for channel in rules.channels if channel not in folders]
    unknown = [Violation("unknown_channel", "", f"{channel}: not in conf/channels.yaml") for channel in folders if channel not in rules.channels]
    return missing + unknown


def _notes(lists: list[ListBytes], rules: Rules) -> list[str]:
    now = rules_hash(rules.folder)
    changed = [one.channel for one in lists if one.manifest.get("rules_hash", now) != now]
    return [f"the rules in {rules.folder} changed since the list of {channel} was made; it is judged by the rules of now" for channel in changed]

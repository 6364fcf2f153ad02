"""Feedback files of a test, written where the channels deliver them."""

from pathlib import Path

HEADER = "contact_id,customer_id,outcome,occurred_at,place,detail"


def land(home: Path, channel: str, received_date: str, text: str, file: str = "part-0.csv", header: str = HEADER) -> None:
    """Write `contact | customer | outcome | time in Shanghai | case` lines as a feedback file; the case becomes the detail."""
    folder = home / "landing" / "feedback" / f"channel={channel}" / f"received_date={received_date}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [header]
    for line in text.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        contact, customer, outcome, time, case = (*cells, *[""] * 5)[:5]
        lines.append(",".join([contact, customer, outcome, f"{time.replace(' ', 'T')}:00+08:00" if time else "", "", case]))
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")

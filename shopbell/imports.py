"""Imports from the command line: a bar while a file goes, every refused line when it is done."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.hq.client import HqClient, ImportReport, Progress
from cloud_bridge.hq.settings import HqSettings
from samples.brand import Store
from shopbell.errors import ShopbellError
from shopbell.run.house import staff_token
from shopbell.settings import Config, section

Say = Callable[[str], None]
Done = TypeVar("Done")
MEMBERS, GOODS, STAFF = "members", "goods", "staff"
TOKEN_VARIABLE = "SHOPBELL_HQ_TOKEN"
# Some screenfuls; the whole list stays at HQ, under the import's id.
REFUSALS_SHOWN_MAX = 200


class Upload(NamedTuple):
    """What to send where; `token` is the staff's, `kind` is of members, goods or staff."""

    url: str
    token: str
    file: Path
    kind: str = MEMBERS


def import_file(config: Config, file: Path, url: str, say: Say, kind: str = MEMBERS) -> int:
    """Import with a progress bar and say the report; how many lines were refused. Raises ShopbellError."""
    report = send(upload_of(config, file, url)._replace(kind=kind), partial(with_bar, kind=kind))
    for line in report_lines(report, kind):
        say(line)
    return report.refused


def import_shop(upload: Upload, goods: Path, staff: Path) -> tuple[ImportReport, ImportReport]:
    """Goods, then staff; the upload's own file is not sent. Raises ShopbellError."""
    reports = [
        send(upload._replace(file=file), partial(_import, kind=kind))
        for file, kind in ((goods, GOODS), (staff, STAFF))
    ]
    return reports[0], reports[1]


def _import(client: HqClient, file: Path, kind: str) -> ImportReport:
    return client.import_file(file, kind)


def give_sample_coupon(upload: Upload, member_no: str, template: str, face: int, last_day: str) -> None:
    """A coupon for one of the sample members, so that there is one to use. Raises ShopbellError."""

    def work(client: HqClient, file: Path) -> None:
        found = client.get(f"/v1/members?query={member_no}")["found"]
        for one in found:
            client.give_coupon(one["id"], f"sample.{template}.{last_day}", template, face, last_day)

    send(upload, work)


def import_samples(upload: Upload, stores: tuple[Store, ...]) -> ImportReport:
    """The sample stores with their names, then the sample members. Raises ShopbellError."""

    def work(client: HqClient, file: Path) -> ImportReport:
        for store in stores:
            client.put_store(store.id, store.name["zh-CN"], store.name["en"])
        return client.import_file(file)

    return send(upload, work)


def upload_of(config: Config, file: Path, url: str) -> Upload:
    """Where HQ is and its staff's token: as in the settings, or --hq and the environment."""
    if url:
        token = os.environ.get(TOKEN_VARIABLE, "")
        if not token:
            raise ShopbellError(f"no token for {url}", f"set {TOKEN_VARIABLE} to the staff's token")
        return Upload(url, token, file)
    settings = section(config, "hq", HqSettings.from_table, CloudBridgeError)
    try:
        token = staff_token(Path(settings.token_file))
    except (OSError, ValueError, KeyError) as error:
        raise ShopbellError(
            f"no staff token in {settings.token_file} ({error})", "name HQ with --hq"
        ) from None
    return Upload(f"http://{settings.host}:{settings.port}", token, file)


def send(upload: Upload, work: Callable[[HqClient, Path], Done]) -> Done:
    """Do the work with a client of HQ. Raises ShopbellError."""
    if not upload.file.is_file():
        raise ShopbellError(f"no file {upload.file}", "name the CSV file")
    try:
        with HqClient(upload.url, upload.token, language()) as client:
            return work(client, upload.file)
    except CloudBridgeError as error:
        raise ShopbellError(error.message, error.hint) from None
    except OSError as error:
        raise ShopbellError(f"cannot read {upload.file} ({error.strerror})", "check its mode") from None


def with_bar(client: HqClient, file: Path, kind: str = MEMBERS) -> ImportReport:
    """Import while a bar shows bytes sent, then lines applied."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns) as bars:
        bar = bars.add_task("sending", total=file.stat().st_size)

        def show(progress: Progress) -> None:
            sending = progress.state == "sending"
            done, total = (progress.sent, progress.size) if sending else (progress.done, progress.lines)
            bars.update(bar, description=progress.state, completed=done, total=total or None)

        return client.import_file(file, kind, show)


def report_lines(report: ImportReport, kind: str = MEMBERS) -> Iterator[str]:
    """The report as lines for people."""
    counts = f"{report.created} new, {report.changed} changed, {report.unchanged} unchanged"
    yield f"{report.lines} lines: {counts} {kind}; {report.refused} lines refused"
    for refusal in report.refusals[:REFUSALS_SHOWN_MAX]:
        value = f" {refusal.value!r}" if refusal.value else ""
        yield f"  line {refusal.line}, {refusal.column}{value}: {refusal.what}. {refusal.do}."
    more = len(report.refusals) - REFUSALS_SHOWN_MAX
    if more > 0:
        yield f"  and {more} more: all of them are at HQ, import {report.id}"


def language() -> str:
    """The language of HQ's sentences: as the terminal's."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-CN" if spoken.startswith("zh") else "en"

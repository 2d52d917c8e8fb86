"""Which verbs `shopbell` has, and how a line of them is read and run."""

from collections.abc import Sequence

import typer
from typer.exceptions import Abort, TyperException

from shopbell.commands import backup, device, ledger, member, network, pki, processes, program, run
from shopbell.errors import ShopbellError

app = typer.Typer(
    help="Shopbell: the bell on a shop's door, made smart. Start with `shopbell run`.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(processes.gateway)
app.command()(processes.bridge)
app.command()(processes.hq)
app.command()(processes.netd)
app.command()(processes.portal)
app.add_typer(backup.app, name="backup")
app.add_typer(device.app, name="device")
app.add_typer(ledger.app, name="ledger")
app.add_typer(member.app, name="member")
app.add_typer(network.app, name="network")
app.add_typer(pki.app, name="pki")
app.add_typer(program.app, name="program")


def read_and_run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status. Raises ShopbellError for what cannot be read or done, and
    KeyboardInterrupt."""
    try:
        command = typer.main.get_command(app)
        status = command.main(list(arguments) or ["--help"], prog_name="shopbell", standalone_mode=False)
    except TyperException as error:
        raise ShopbellError(one_line(error)) from None
    except Abort:
        raise KeyboardInterrupt from None
    return status if isinstance(status, int) else 0


def one_line(error: TyperException) -> str:
    """The parser's complaint, and which help to read."""
    text = error.format_message().strip()
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "shopbell"
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {path} --help."

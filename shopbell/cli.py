"""The `shopbell` command: which verbs there are, and one clear line instead of a traceback.

Whatever a person can put right ends with exit status 2 and one line on standard error. Anything else is our
mistake and keeps its traceback.
"""

import sys

import typer
from typer.exceptions import Abort, TyperException

from shopbell.commands import backup, device, ledger, member, network, pki, processes, program, run
from shopbell.errors import ShopbellError

USAGE_STATUS = 2
INTERRUPTED_STATUS = 130

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


def main() -> None:
    """The entry point of the `shopbell` program."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command line; its exit status."""
    try:
        command = typer.main.get_command(app)
        status = command.main(arguments or ["--help"], prog_name="shopbell", standalone_mode=False)
    except TyperException as error:
        return complain(one_line(error))
    except ShopbellError as error:
        return complain(str(error))
    except (Abort, KeyboardInterrupt):
        return INTERRUPTED_STATUS
    return status if isinstance(status, int) else 0


def one_line(error: TyperException) -> str:
    """The parser's complaint, and which help to read."""
    text = error.format_message().strip()
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "shopbell"
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {path} --help."


def complain(text: str) -> int:
    """Say what is wrong on standard error."""
    typer.echo(f"shopbell: {text}", err=True)
    return USAGE_STATUS

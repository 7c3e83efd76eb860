"""The `telecine` command. Each command lives in its own module, imported when it is used."""

from importlib import import_module
from typing import Any

import click

from pipeline.errors import StoppedError, TelecineError

COMMANDS = {
    "encode": "pipeline.cli.encode",
    "probe": "pipeline.cli.probe",
    "inspect": "pipeline.cli.inspect",
    "serve": "pipeline.cli.serve",
    "nginx-config": "pipeline.cli.nginx_config",
    "doctor": "pipeline.cli.doctor",
    "upload": "pipeline.cli.upload",
    "jobs": "pipeline.cli.jobs",
    "status": "pipeline.cli.status",
    "logs": "pipeline.cli.logs",
    "cancel": "pipeline.cli.cancel",
    "retry": "pipeline.cli.retry",
    "titles": "pipeline.cli.titles",
    "show": "pipeline.cli.show",
    "rollback": "pipeline.cli.rollback",
    "publish": "pipeline.cli.publish",
    "delete": "pipeline.cli.delete",
    "gc": "pipeline.cli.gc",
    "worker": "pipeline.cli.worker",
    "up": "pipeline.cli.up",
    "top": "pipeline.cli.top",
    "storage": "pipeline.cli.storage",
    "webhook": "pipeline.cli.webhook",
    "package": "pipeline.cli.package",
    "decrypt": "pipeline.cli.decrypt",
    "keys": "pipeline.cli.keys",
    "token": "pipeline.cli.token",
    "link": "pipeline.cli.link",
}


class Commands(click.Group):
    """Loads a command's module only when it is asked for, so that `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[name]), f"{name.replace('-', '_')}_command")
        assert isinstance(command, click.Command)  # noqa: S101  a mistake in this file
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """The one place where an error becomes a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except TelecineError as error:
            click.echo(f"telecine: {error}", err=True)
            if ctx.params.get("verbose") and error.evidence:
                click.echo(error.evidence, err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("telecine: stopped", err=True)
            ctx.exit(StoppedError.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="telecine")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show the evidence of an error: command, exit code, stderr."
)
def main(verbose: bool) -> None:
    """From a master to a title that plays everywhere: an adaptive ladder, CMAF, HLS and DASH.

    \b
    telecine encode film.mov      encode, package, verify and publish it
    telecine serve                watch it in a browser
    telecine up                   run a site of workers, for `telecine upload`
    """

"""The command line: `modiste NOUN ...`, one module per noun.

Exit codes: 0 done, 1 it failed, 2 the request was wrong. An error is one line on standard error.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from modiste.errors import ModisteError, UsageError


def main() -> None:
    """Run the `modiste` script."""
    if not sys.warnoptions:  # libraries' advice to programmers
        warnings.simplefilter("ignore", FutureWarning)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack signs that titles have
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:  # while modules are imported; later ones are exit codes already
        code = 130
    except BrokenPipeError:  # whoever read, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line, such as `["search", "--shop", "shop", "--text", "red dress"]`.

    Returns:
        The exit code.
    """
    import typer

    from modiste.cli.app import app

    try:
        command = typer.main.get_command(app)
        return command.main(list(arguments) or ["--help"], prog_name="modiste", standalone_mode=False) or 0
    except typer.TyperException as error:
        return _complain(_usage(error), error.exit_code)
    except ModisteError as error:
        return _complain(str(error), 2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _complain(f"{error.filename or 'system'}: {error.strerror or error}", 1)


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"modiste: {' '.join(message.split())}\n")
    return code


def _usage(error: Exception) -> str:
    """Explain an error in the command line, and name the help to read."""
    message = error.format_message().rstrip(".")  # type: ignore[attr-defined]
    context, missing = getattr(error, "ctx", None), getattr(error, "param", None)
    if message.startswith("Missing option") and missing is not None:
        message = f"{message}; give {missing.opts[0]} {missing.metavar}"
    path = context.command_path if context else "modiste"
    return f"{message[:1].lower()}{message[1:]}; see: {path} --help"

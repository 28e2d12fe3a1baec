"""Runs many `az` commands in one process of the unmodified azure-cli, because `az` takes two seconds to start.

A line in: a JSON list of arguments. A line out: {"code", "result", "error"}; `result` is what `az` would have printed as JSON, before `--query`.
"""

import io
import json
import sys

from azure.cli.core import get_default_cli

cli = get_default_cli()
for line in sys.stdin:
    arguments = json.loads(line)
    printed = io.StringIO()
    error = None
    try:
        code = cli.invoke(arguments, out_file=printed)
        if cli.result is not None and cli.result.error is not None:
            error = str(cli.result.error)
    except SystemExit as stop:
        code = stop.code
    text = printed.getvalue()
    print(json.dumps({"code": code, "result": json.loads(text) if text.strip() else None, "error": error}), flush=True)

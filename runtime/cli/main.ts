#!/usr/bin/env node
/**
 * The `weir` command. Starts the one command that was asked for and turns whatever it ends with into an exit code: a result, a mistake on
 * the command line, an input that cannot be read, or a bug of ours, which is the only case that asks the user for anything.
 */
import { exitCodes, InputError, UsageError } from "./exitCodes.ts";
import { runProgram } from "./program.ts";

// `weir … | head` closes our stdout early: that is no error, there is just no one left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? exitCodes.done);
    throw error;
  });
}
process.on("uncaughtException", (error) => process.exit(failed(error)));

/** Tells about an exception on stderr; the exit code. */
function failed(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`weir${error.command === undefined ? "" : ` ${error.command}`}: ${error.message}\n`);
    process.stderr.write(`try \`weir ${error.command === undefined ? "" : `${error.command} `}--help\`\n`);
    return exitCodes.usage;
  }
  if (error instanceof InputError) {
    process.stderr.write(`weir: ${error.message}\n${error.lines.map((line) => `${line}\n`).join("")}`);
    return exitCodes.usage;
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`weir: internal error: ${bug.message.split("\n")[0]}\n`);
  process.stderr.write(
    "This is a bug of Weir, not of your input. Please report it with the command line and the files that it read;\n",
  );
  process.stderr.write("WEIR_DEBUG=1 prints where it happened.\n");
  if (process.env.WEIR_DEBUG === "1") process.stderr.write(`${bug.stack ?? ""}\n`);
  return exitCodes.bug;
}

try {
  process.exitCode = await runProgram(process.argv.slice(2));
} catch (error) {
  process.exitCode = failed(error);
}

/**
 * Which command lines of Windows nodes come to this interpreter: those whose program is cmd, wherever it is said to lie. The rest of the line goes along as
 * it was written, because cmd splits it by rules of its own.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Program, then its arguments; undefined when the line names another program. */
export function windowsCommand(commandLine: string): string[] | undefined {
  const match = /^\s*(?:"(?:[^"]*[\\/])?cmd(?:\.exe)?"|(?:[^\s"]*[\\/])?cmd(?:\.exe)?)(?=$|[\s/])(.*)$/is.exec(commandLine);
  return match === null || commandLine.includes("\0") ? undefined : [process.execPath, ...program(), match[1]];
}

let known: readonly string[] | undefined;

/** From a build the bundled program beside this one, from source the file here. */
function program(): readonly string[] {
  const built = new URL("./cmd.js", import.meta.url);
  known ??=
    import.meta.url.endsWith(".js") && existsSync(built)
      ? [fileURLToPath(built)]
      : ["--import", import.meta.resolve("tsx"), fileURLToPath(new URL("./main.ts", import.meta.url))];
  return known;
}

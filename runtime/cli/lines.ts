/**
 * Lines of a file or of standard input as they come, without holding the whole input in memory.
 */
import { createReadStream } from "node:fs";
import { statSync } from "node:fs";
import { InputError } from "./exitCodes.ts";
import { fileTrouble, inputName, STANDARD_INPUT, takeStandardInput } from "./files.ts";

/** A longer line is no line; nothing that we read has such. */
const LINE_LENGTH_MAX = 64 * 1024 * 1024;

/** Each batch is the lines of one piece of input, without their line ends; `\r\n` and `\n` end a line. Throws InputError. */
export async function* lineBatches(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of openInput(path)) {
      const text = rest + decoder.decode(chunk as Buffer, { stream: true });
      const end = text.lastIndexOf("\n");
      rest = text.slice(end + 1);
      if (rest.length > LINE_LENGTH_MAX) throw new InputError(`${inputName(path)}: a line is too long`);
      if (end >= 0) yield split(text.slice(0, end));
    }
    rest += decoder.decode();
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof TypeError) throw new InputError(`${inputName(path)}: is not UTF-8 text`);
    throw new InputError(`${inputName(path)}: ${fileTrouble(path, error)}`);
  }
  if (rest !== "") yield split(rest);
}

function split(text: string): string[] {
  const lines = text.split("\n");
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

function openInput(path: string): NodeJS.ReadableStream {
  if (path === STANDARD_INPUT) {
    takeStandardInput();
    return process.stdin;
  }
  if (statSync(path).isDirectory()) throw new InputError(`${inputName(path)}: is a directory; name a file`);
  return createReadStream(path, { highWaterMark: 1 << 20 });
}

/** Drives a session over streams, as a pipe or as a person at a terminal would. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { startRepl, type ReplOptions } from "../../runtime/repl/index.ts";
import { parseInstant } from "../../src/base/time.ts";

const AT = parseInstant("2026-01-05T12:00:00Z")!;

/** A directory of the test's own with these files. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "weir-repl-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

export interface Transcript {
  readonly code: number;
  /** What was printed, without control sequences. */
  readonly output: string;
  readonly errors: string;
}

/** Runs a session on piped text to its end. */
export async function piped(text: string, options: Partial<ReplOptions> = {}): Promise<Transcript> {
  const input = new PassThrough();
  const output = new Collected();
  const errors = new Collected();
  const ended = startRepl({ input, output: output.stream, errorOutput: errors.stream, at: AT, ...options });
  input.end(text);
  return { code: await ended, output: plain(output.text), errors: plain(errors.text) };
}

/** A person: sends keys, waits until something shows. */
export class Person {
  readonly input = new PassThrough();
  readonly ended: Promise<number>;
  private readonly screen = new Collected();
  private seen = 0;

  constructor(options: Partial<ReplOptions> = {}) {
    this.ended = startRepl({ input: this.input, output: this.screen.stream, interactive: true, at: AT, ...options });
  }

  /** Types the keys one by one, as a keyboard does. */
  type(keys: string): void {
    for (const key of keys) this.input.write(key);
  }

  /** Sends a text in one go, as a paste does. */
  paste(text: string): void {
    this.input.write(text);
  }

  /** Resolves to all that was shown since the last call, once it holds `text`. */
  async until(text: string): Promise<string> {
    for (;;) {
      const shown = plain(this.screen.text.slice(this.seen));
      if (shown.includes(text)) {
        this.seen = this.screen.text.length;
        return shown;
      }
      await this.screen.more(`waiting for ${JSON.stringify(text)}, shown: ${JSON.stringify(shown)}`);
    }
  }
}

class Collected {
  readonly stream = new PassThrough();
  text = "";
  private waiting: (() => void)[] = [];

  constructor() {
    this.stream.on("data", (chunk) => {
      this.text += String(chunk);
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }

  /** Resolves when more text came. The test's own time limit is what ends a wait in vain. */
  more(_what: string): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}

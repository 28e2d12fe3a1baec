/**
 * Finds the Python clients on this machine (Debian: `apt-get install azure-cli`) and says loudly when there are none: then the tests with them do not run,
 * and whoever reads the log must not take that for success.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ready } from "../support/serveProcess.ts";

/** A Python that can import `module`, or undefined after a line that says what is left out. */
export function pythonWith(module: string, what: string): string | undefined {
  for (const python of ["/usr/bin/python3", "python3"])
    if (spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0) return python;
  console.warn(`SKIPPED: ${what}: no Python here can import ${module} (apt-get install azure-cli)`);
  return undefined;
}

/** What `az`, its Python and the SDKs' samples read. `folder` keeps the habits of whoever runs the test out. */
export function clientEnvironment(ready: Ready, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AZURE_BATCH_ACCOUNT: ready.account,
    AZURE_BATCH_ENDPOINT: ready.endpoint,
    AZURE_BATCH_ACCESS_KEY: ready.key,
    AZURE_CONFIG_DIR: join(folder, "azure"),
    AZURE_CORE_COLLECT_TELEMETRY: "false",
    AZURE_CORE_NO_COLOR: "true",
    AZURE_CORE_ONLY_SHOW_ERRORS: "true",
    PYTHONWARNINGS: "ignore",
  };
}

interface AzAnswer {
  readonly code: number;
  readonly result: unknown;
  readonly error: string | null;
}

/** The unmodified `az` in one long-lived process. */
export class Az {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: ((answer: AzAnswer) => void)[] = [];
  private errors = "";

  constructor(python: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(python, [join(import.meta.dirname, "azCommands.py")], { env, stdio: "pipe" });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    createInterface({ input: this.child.stdout }).on("line", (line) => this.waiting.shift()?.(JSON.parse(line) as AzAnswer));
    this.child.on("exit", () => {
      for (const tell of this.waiting.splice(0)) tell({ code: 70, result: null, error: `az ended: ${this.errors}` });
    });
  }

  /** `az batch ARGUMENTS`: a line of words; values that hold blanks go in `values`, one for each `?`. */
  run(line: string, ...values: readonly string[]): Promise<AzAnswer> {
    const left = [...values];
    const words = line.split(" ").map((word) => (word === "?" ? (left.shift() ?? "") : word));
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(`${JSON.stringify(["batch", ...words])}\n`);
    });
  }

  /** As `run`, and the result; rejects with what `az` said when it fails. */
  async done<T = Record<string, unknown>>(line: string, ...values: readonly string[]): Promise<T> {
    const { code, result, error } = await this.run(line, ...values);
    if (code !== 0) throw new Error(`az batch ${line} ended with ${code}: ${error ?? this.errors}`);
    return result as T;
  }

  close(): void {
    this.child.stdin.end();
  }
}

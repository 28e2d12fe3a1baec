/**
 * What the next agent has to know when this one is killed: which nodes it hosted, which runs it had begun, with pid and start time, and which endings
 * nobody has yet thanked it for. A journal of lines, each a JSON array, appended with one write a turn: before a process is started its run is in it,
 * before an ending is told it is in it. Lines reach the kernel, not the disk: when the machine goes down, its processes have gone too.
 *
 *     ["run", run, node, directory, lingers]   ["pid", run, pid, startTicks]   ["end", ending]   ["over", run]   ["ack", run]
 *     ["node", node, address, cores, boot]   ["gone", node]   ["launcher", pid, startTicks]
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import type { NodeHosted, RunEnding, RunId } from "../protocol.ts";

/** A node as it is remembered. */
export interface NodeRecord extends NodeHosted {
  readonly cores: number;
}

/** A run as it is remembered, from before its start until its end is acknowledged. */
export interface RunRecord {
  readonly run: RunId;
  readonly node: string;
  /** Absolute. */
  readonly directory: string;
  /** What it left running may live on after its end. */
  readonly lingers: boolean;
  pid: number | undefined;
  startTicks: number | undefined;
  ending: RunEnding | undefined;
  /** Nothing of it runs any more. */
  over: boolean;
}

/** What an earlier agent left. */
export interface Remembered {
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly runs: ReadonlyMap<RunId, RunRecord>;
  /** Launchers by pid, with their start times. */
  readonly launchers: ReadonlyMap<number, number>;
}

/** The journal is written anew when it has grown by this much since the last time. */
const GROWTH_BYTES_MAX = 16 * 1024 * 1024;

type Line =
  | readonly ["run", RunId, string, string, boolean]
  | readonly ["pid", RunId, number, number]
  | readonly ["end", RunEnding]
  | readonly ["over" | "ack", RunId]
  | readonly ["node", string, string, number, number]
  | readonly ["gone", string]
  | readonly ["launcher", number, number];

/** Whether a value has the shape of a line as far as reading it goes. */
function isLine(value: unknown): value is Line {
  if (!Array.isArray(value)) return false;
  const [kind, subject] = value as unknown[];
  if (kind === "launcher") return typeof subject === "number";
  if (kind !== "end") return typeof subject === "string";
  return typeof (subject as { run?: unknown } | null | undefined)?.run === "string";
}

export class Records {
  private readonly path: string;
  private readonly nodes = new Map<string, NodeRecord>();
  private readonly runs = new Map<RunId, RunRecord>();
  private readonly launchers = new Map<number, number>();
  private descriptor = -1;
  private waiting: string[] = [];
  private grownBytes = 0;

  /** Opens the journal at `path`, and reads what an earlier agent wrote. Throws what the file system says. */
  constructor(path: string) {
    this.path = path;
    if (existsSync(path)) this.read(readFileSync(path, "utf8"));
    this.rewrite();
  }

  get remembered(): Remembered {
    return { nodes: this.nodes, runs: this.runs, launchers: this.launchers };
  }

  /** Before anything of it starts. */
  begin(run: RunId, node: string, directory: string, lingers: boolean): void {
    this.add(["run", run, node, directory, lingers]);
  }

  started(run: RunId, pid: number, startTicks: number): void {
    this.add(["pid", run, pid, startTicks]);
  }

  /** `over`: nothing of it runs any more. */
  ended(ending: RunEnding, over: boolean): void {
    this.add(["end", ending]);
    if (over) this.add(["over", ending.run]);
  }

  acknowledged(run: RunId): void {
    this.add(["ack", run]);
  }

  node({ node, address, cores, boot }: NodeRecord): void {
    this.add(["node", node, address, cores, boot]);
  }

  gone(node: string): void {
    this.add(["gone", node]);
  }

  launcher(pid: number, startTicks: number): void {
    this.add(["launcher", pid, startTicks]);
  }

  /** Those of an earlier agent have gone. */
  forgetLaunchers(): void {
    this.launchers.clear();
    this.rewrite();
  }

  /** Writes all that was told since the last time. Throws when the disk is full; what was told then waits for the next time. */
  flush(): void {
    if (this.waiting.length === 0) return;
    if (this.grownBytes > GROWTH_BYTES_MAX) {
      this.rewrite();
      return;
    }
    const bytes = Buffer.from(this.waiting.join(""), "utf8");
    let from = 0;
    while (from < bytes.length) from += writeSync(this.descriptor, bytes, from);
    this.grownBytes += bytes.length;
    this.waiting = [];
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  private add(line: Line): void {
    this.take(line);
    this.waiting.push(`${JSON.stringify(line)}\n`);
  }

  private read(text: string): void {
    for (const line of text.split("\n")) {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        // The last line of an agent that was killed while writing, or an empty one.
        continue;
      }
      if (isLine(value)) this.take(value);
    }
  }

  /** The one place where a line means something, on writing and on reading alike. */
  private take(line: Line): void {
    switch (line[0]) {
      case "run": {
        const [, run, node, directory, lingers] = line;
        const fresh = { pid: undefined, startTicks: undefined, ending: undefined, over: false };
        this.runs.set(run, { run, node, directory, lingers, ...fresh });
        return;
      }
      case "pid": {
        const record = this.runs.get(line[1]);
        if (record === undefined) return;
        record.pid = line[2];
        record.startTicks = line[3];
        return;
      }
      case "end": {
        const record = this.runs.get(line[1].run);
        if (record !== undefined) record.ending = line[1];
        return;
      }
      case "over": {
        const record = this.runs.get(line[1]);
        if (record !== undefined) record.over = true;
        return;
      }
      case "ack":
        this.runs.delete(line[1]);
        return;
      case "node": {
        const [, node, address, cores, boot] = line;
        this.nodes.set(node, { node, address, cores, boot });
        return;
      }
      case "gone":
        this.nodes.delete(line[1]);
        return;
      case "launcher":
        this.launchers.set(line[1], line[2]);
        return;
    }
  }

  /** Only what still counts, into a new file that takes the place of the old one as a whole. */
  private rewrite(): void {
    const lines: Line[] = [...this.launchers].map(([pid, startTicks]) => ["launcher", pid, startTicks] as const);
    for (const { node, address, cores, boot } of this.nodes.values()) lines.push(["node", node, address, cores, boot]);
    for (const record of this.runs.values()) {
      const { run, pid, startTicks, ending } = record;
      lines.push(["run", run, record.node, record.directory, record.lingers]);
      if (pid !== undefined && startTicks !== undefined) lines.push(["pid", run, pid, startTicks]);
      if (ending !== undefined) lines.push(["end", ending]);
      if (record.over) lines.push(["over", run]);
    }
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const beside = `${this.path}.new`;
    writeFileSync(beside, text, { mode: 0o600 });
    renameSync(beside, this.path);
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = openSync(this.path, "a", 0o600);
    this.grownBytes = 0;
    this.waiting = [];
  }
}

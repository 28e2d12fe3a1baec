/**
 * Users of the nodes' tasks: numbers from a range that the machine gives to nobody, without entries in its user database. Each node has users of its own
 * and a group of its own, which opens its directory to them and to no user of another node. Numbers are remembered in a file, because files belong to
 * them for as long as the node is there; then they are free again, the longest unused first.
 *
 *     <root>/agent/users     lines, each a JSON array: ["user", node, key, number]   ["gone", node]
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Apart } from "../launch/launcher.ts";
import type { RunDescription } from "../protocol.ts";

/** Key of the node's own group among the node's users: no user has an empty one. */
const GROUP = "";

type Line = readonly ["user", string, string, number] | readonly ["gone", string];

/** Who is who on the nodes of one agent. */
export class TaskUsers {
  private readonly path: string;
  private readonly nodes = new Map<string, Map<string, number>>();
  private readonly taken = new Set<number>();
  private last = -1;

  /** Reads what an earlier agent gave out. Throws what the file system says. */
  constructor(path: string) {
    this.path = path;
    if (existsSync(path)) for (const line of readFileSync(path, "utf8").split("\n")) this.read(line);
    this.rewrite();
  }

  /** As whom a run is started; undefined: as the agent itself, which is root. Or why that cannot be, in a sentence. */
  of({
    user,
    node,
    directory,
  }: Pick<RunDescription, "user" | "node" | "directory">): Apart["user"] | { readonly problem: string } {
    if (user === undefined || user.elevated) return undefined;
    if (process.getuid?.() !== 0) return { problem: "Only a service that root has started runs tasks as other users." };
    const { scope, numbers, isPrivate } = user;
    // By directory: what runs in the same one later, a retry or an application after its coordination, finds its own files.
    const key = scope === "task" ? `task ${directory}` : scope === "named" ? `named ${user.name}` : "pool";
    const nodeGid = this.number(node, GROUP, numbers);
    const uid = user.uid ?? this.number(node, key, numbers);
    if (nodeGid === undefined || uid === undefined)
      return { problem: `All user numbers from ${numbers[0]} to ${numbers[1]} are taken.` };
    return { uid, gid: user.gid ?? nodeGid, nodeGid, isPrivate };
  }

  /** The node has gone, and its files: its numbers are free. */
  forget(node: string): void {
    const users = this.nodes.get(node);
    if (users === undefined) return;
    for (const number of users.values()) this.taken.delete(number);
    this.nodes.delete(node);
    this.write(["gone", node]);
  }

  private number(node: string, key: string, [first, last]: readonly [number, number]): number | undefined {
    const known = this.nodes.get(node)?.get(key);
    if (known !== undefined) return known;
    const count = last - first + 1;
    if (this.taken.size >= count) return undefined;
    let number = this.last >= first && this.last < last ? this.last + 1 : first;
    // Numbers of an earlier range may be taken too, so the search ends after one round.
    for (let tried = 0; this.taken.has(number); tried++) {
      if (tried === count) return undefined;
      number = number === last ? first : number + 1;
    }
    this.add(node, key, number);
    this.write(["user", node, key, number]);
    return number;
  }

  private add(node: string, key: string, number: number): void {
    let users = this.nodes.get(node);
    if (users === undefined) this.nodes.set(node, (users = new Map()));
    users.set(key, number);
    this.taken.add(number);
    this.last = number;
  }

  private read(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      // Cut off by the end of an earlier agent, or the end of the file.
      return;
    }
    if (line[0] === "user") this.add(line[1], line[2], line[3]);
    else if (line[0] === "gone") {
      for (const number of this.nodes.get(line[1])?.values() ?? []) this.taken.delete(number);
      this.nodes.delete(line[1]);
    }
  }

  private rewrite(): void {
    if (!existsSync(this.path)) return;
    const lines = [...this.nodes].flatMap(([node, users]) => [...users].map(([key, number]) => ["user", node, key, number]));
    writeFileSync(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
  }

  private write(line: Line): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }
}

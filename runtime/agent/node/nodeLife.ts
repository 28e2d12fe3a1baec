/**
 * Nodes coming up, booting again, being wiped, going. Before a node boots or goes, every process on it has ended; what is asked of one node is done in
 * order, and what is to run meanwhile waits.
 *
 *     CreateNode ──→ NodeUp(1)        RebootNode ──→ runs end ──→ (wiped) ──→ NodeUp(n + 1)        RemoveNode ──→ runs end ──→ NodeGone
 */
import type { Records } from "../leftovers/records.ts";
import type { Strays } from "../leftovers/strays.ts";
import type { Logins } from "../login/logins.ts";
import type { FromAgent } from "../protocol.ts";
import type { AgentDirectories } from "./directories.ts";
import { HostedNode } from "./hostedNode.ts";

/** What is around the nodes. */
export interface NodeSurroundings {
  readonly directories: AgentDirectories;
  readonly records: Records;
  readonly strays: Strays;
  readonly logins: Logins;
  /** Its directories have been made, as new after a wipe. */
  onMade(node: HostedNode): void;
  /** Its files are no more. */
  onGone(name: string): void;
  send(message: FromAgent): void;
}

/** How long the runs of a node are waited for after they were killed; what is left then is ended by its mark. */
const ENDING_MS_MAX = 10_000;

export class NodeLife {
  private readonly around: NodeSurroundings;
  private readonly nodes = new Map<string, HostedNode>();
  /** By name, also of nodes that are not there any more: what is asked next waits for it. */
  private readonly work = new Map<string, Promise<void>>();

  constructor(around: NodeSurroundings) {
    this.around = around;
  }

  /** Hosts again what an earlier agent hosted, silently: Hello tells. */
  restore(): void {
    const { records, directories } = this.around;
    for (const record of records.remembered.nodes.values()) {
      const root = directories.node(record.node);
      if (root === undefined) continue;
      const node = new HostedNode(record, root);
      node.isInterrupted = true;
      this.nodes.set(record.node, node);
      try {
        directories.make(root);
      } catch {
        // The next run says so.
      }
    }
  }

  get(name: string): HostedNode | undefined {
    return this.nodes.get(name);
  }

  [Symbol.iterator](): IterableIterator<HostedNode> {
    return this.nodes.values();
  }

  /** What waits before something may run on the node; undefined when nothing does. */
  waitingFor(name: string): Promise<void> | undefined {
    return this.work.get(name);
  }

  create(name: string, address: string, cores: number): void {
    this.inOrder(name, () => {
      const { directories, records, send } = this.around;
      const root = directories.node(name);
      if (root === undefined) {
        send({ kind: "NodeFailed", node: name, message: "The name of the node is no name of a directory." });
        return undefined;
      }
      let node = this.nodes.get(name);
      if (node === undefined) {
        try {
          directories.make(root);
        } catch (error) {
          send({ kind: "NodeFailed", node: name, message: `The node's directories: ${(error as Error).message}` });
          return undefined;
        }
        node = new HostedNode({ node: name, address, cores, boot: 1 }, root);
        this.nodes.set(name, node);
        records.node(node.record);
      }
      send({ kind: "NodeUp", ...node.hosted });
      return undefined;
    });
  }

  /** Does something with a node, if it is there, when all that was asked of it before is done. `then` must not throw. */
  whenReady(name: string, then: (node: HostedNode) => void): void {
    this.inOrder(name, () => {
      const node = this.nodes.get(name);
      if (node !== undefined) then(node);
      return undefined;
    });
  }

  reboot(name: string, wipe: boolean): void {
    this.inOrder(name, async () => {
      const { directories, records, send } = this.around;
      const node = this.nodes.get(name);
      if (node === undefined) {
        send({ kind: "NodeFailed", node: name, message: "There is no such node here." });
        return;
      }
      await this.empty(node);
      try {
        if (wipe) directories.discard(node.root);
        directories.make(node.root);
      } catch (error) {
        send({ kind: "NodeFailed", node: name, message: `The node's directories: ${(error as Error).message}` });
        return;
      }
      node.boot++;
      node.isInterrupted = false;
      node.toldFull = false;
      node.isOpened = false;
      this.around.onMade(node);
      records.node(node.record);
      send({ kind: "NodeUp", ...node.hosted });
    });
  }

  remove(name: string): void {
    this.inOrder(name, async () => {
      const { directories, records, send } = this.around;
      const node = this.nodes.get(name);
      if (node !== undefined) {
        await this.empty(node);
        this.nodes.delete(name);
        try {
          directories.discard(node.root);
        } catch {
          // What cannot be deleted stays; a node of the same name finds it.
        }
        this.around.logins.forget(name);
        this.around.onGone(name);
        records.gone(name);
      }
      send({ kind: "NodeGone", node: name });
    });
  }

  /** Ends every process of all nodes. */
  async emptyAll(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => this.empty(node)));
  }

  /** Ends every process of a node, its runs first, so that each has its ending; nobody logs in meanwhile. */
  private async empty(node: HostedNode): Promise<void> {
    const since = performance.now();
    // Those that come later wait for us, so nothing may be waited for before it is known which these are.
    const runs = [...node.runs];
    for (const run of runs) run.kill();
    await this.around.logins.close(node.name);
    while (runs.some((run) => node.runs.has(run)) && performance.now() - since < ENDING_MS_MAX) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await this.around.strays.endNode(node.root);
  }

  /** One thing after the other; at once when nothing is going on. */
  private inOrder(name: string, what: () => Promise<void> | undefined): void {
    const done = this.work.get(name)?.then(what) ?? what();
    if (done === undefined) return;
    const mine: Promise<void> = done
      .catch((error: Error) => this.around.send({ kind: "NodeFailed", node: name, message: error.message }))
      .then(() => {
        if (this.work.get(name) === mine) this.work.delete(name);
      });
    this.work.set(name, mine);
  }
}

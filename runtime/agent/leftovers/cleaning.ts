/**
 * Files of nodes that go because the server says so: a directory at once, or after a retention time. Paths come from outside, so whatever leaves the node
 * is left alone.
 */
import type { AgentLog } from "../log.ts";
import { type AgentDirectories, confine } from "../node/directories.ts";
import type { HostedNode } from "../node/hostedNode.ts";
import type { ToAgent } from "../protocol.ts";
import { systemCode } from "../run/failures.ts";
import type { Retention } from "./retention.ts";

type Order<Kind extends ToAgent["kind"]> = Extract<ToAgent, { kind: Kind }>;

/** What is around it. */
interface CleaningSurroundings {
  readonly directories: AgentDirectories;
  readonly retention: Retention;
  readonly nodes: { get(name: string): HostedNode | undefined };
  readonly log: AgentLog;
}

/** Takes directories of nodes away. */
export class Cleaning {
  private readonly around: CleaningSurroundings;

  constructor(around: CleaningSurroundings) {
    this.around = around;
  }

  /** Now; what cannot be taken away stays, and the log says so. */
  remove({ node, directory: path }: Order<"RemoveFiles">): void {
    const { directories, log } = this.around;
    const directory = this.placeOf(node, path);
    if (directory === undefined) return;
    try {
      directories.discard(directory);
    } catch (error) {
      log("removeFilesFailed", { node, directory: path, code: systemCode(error) });
    }
  }

  /** Later; whether there is something to write down when the turn is over. */
  retain({ node, directory: path, retentionMs }: Order<"Retain">): boolean {
    const directory = this.placeOf(node, path);
    if (directory === undefined) return false;
    this.around.retention.keep(directory, Date.now(), retentionMs);
    return true;
  }

  private placeOf(name: string, path: string): string | undefined {
    const node = this.around.nodes.get(name);
    return node === undefined ? undefined : confine(node.root, path);
  }
}

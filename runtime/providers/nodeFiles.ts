/**
 * Files of nodes, as whoever supplies nodes makes them readable: what the file operations of nodes and tasks stand on (P-190 to P-194). Paths are
 * relative to the node's root, with `/`; one that leaves it is as if it did not exist.
 */
import type { NodeFileEntry } from "../agent/node/files.ts";
import type { ComputeNode } from "../core/node.ts";
import type { FrontEnd } from "./network/frontEnds.ts";
import type { Task } from "../core/task.ts";

/** One file or directory, as an agent tells of it. */
export type NodeFile = NodeFileEntry;

/** Reads and removes files of nodes. */
export interface NodeFiles {
  /** The node's own address, where it has one. */
  address?(node: ComputeNode): string | undefined;
  /** The cluster that the node is in, where there are several. */
  cluster?(node: ComputeNode): string | undefined;
  /** Ways in to the node from outside, if its pool has some. */
  frontEnds?(node: ComputeNode): readonly FrontEnd[];
  /** Every variable of the process that a task runs or last ran there, by name, secrets apart; undefined when there is none to tell of (T-81). */
  environment?(task: Task): readonly (readonly [name: string, value: string])[] | undefined;
  /** Everything below a directory, which is not listed itself, in order of path; undefined when there is no such directory. */
  list(node: ComputeNode, directory: string, recursive: boolean): Promise<readonly NodeFile[] | undefined>;
  stat(node: ComputeNode, path: string): Promise<NodeFile | undefined>;
  /** Bytes `start` to `end`, both inclusive, of a file that `stat` has told of. */
  open(node: ComputeNode, path: string, start: number, end: number): Promise<AsyncIterable<Uint8Array>>;
  /** `gone`: there was none. `notEmpty`: a directory with content, and `recursive` was not asked for. */
  remove(node: ComputeNode, path: string, recursive: boolean): Promise<"removed" | "gone" | "notEmpty">;
}

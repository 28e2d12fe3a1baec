/** Files and addresses of this machine's nodes, as the wire asks for them: the agent's own reading of a node's directories, found by the host's name. */
import { join } from "node:path";
import { DirectoryFiles } from "../agent/node/files.ts";
import type { ComputeNode } from "../core/node.ts";
import type { LocalProvider } from "../providers/local.ts";
import { hostName } from "../providers/local/hosts.ts";
import type { NodeFiles } from "../providers/nodeFiles.ts";
import type { DataDirectory } from "./dataDirectory.ts";

/** The same pieces, each counted before it goes on. */
async function* counted(pieces: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}

/** The files below the data directory; those of a node that is gone do not exist. */
export function nodeFilesOf({ nodes }: DataDirectory, provider: LocalProvider): NodeFiles {
  const files = ({ pool, id }: ComputeNode) => new DirectoryFiles(join(nodes, hostName(pool, id)));
  return {
    address: (node) => provider.addressOf(node),
    cluster: (node) => provider.clusterOf(node),
    frontEnds: (node) => provider.frontEndsOf(node),
    environment: (task) => provider.environmentOf(task),
    list: (node, directory, recursive) => files(node).list(directory, recursive),
    stat: (node, path) => files(node).stat(path),
    open: async (node, path, start, end) =>
      counted(await files(node).open(path, start, end), (bytes) => provider.trafficOf(node)?.add({ sentBytes: bytes })),
    remove: (node, path, recursive) => files(node).remove(path, recursive),
  };
}

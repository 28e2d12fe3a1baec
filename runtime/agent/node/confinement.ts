/**
 * What holds the processes of a run to their place: the user they run as, and the processors and memory of their node's size. Put together when a run is
 * launched, because a node may have been wiped since the run was asked for.
 */
import type { Apart } from "../launch/launcher.ts";
import type { AgentLog } from "../log.ts";
import type { FromAgent, RunUser } from "../protocol.ts";
import { systemCode } from "../run/failures.ts";
import type { Run } from "../run/run.ts";
import { openCertificates } from "./certificates.ts";
import type { AgentDirectories } from "./directories.ts";
import type { HostedNode } from "./hostedNode.ts";
import { NodeSizes } from "./nodeSizes.ts";
import { giveSharedDirectory, openNode } from "./ownership.ts";
import { TaskUsers } from "./taskUsers.ts";

const MEGABYTE = 1024 * 1024;

/** What is around it. */
interface ConfinementSurroundings {
  readonly directories: AgentDirectories;
  readonly nodes: Iterable<HostedNode>;
  readonly log: AgentLog;
  send(message: FromAgent): void;
}

/** Users and sizes of all nodes of an agent. */
export class Confinement {
  readonly users: TaskUsers;
  readonly sizes: NodeSizes;
  private readonly log: ConfinementSurroundings["log"];

  /** Throws what the file system says. */
  constructor({ directories, nodes, log, send }: ConfinementSurroundings) {
    this.users = new TaskUsers(directories.users);
    this.sizes = new NodeSizes(nodes, ({ name }, message) => send({ kind: "DiskFull", node: name, message }));
    this.log = log;
  }

  /** What sets the run's process apart from the launcher; undefined: nothing. Its node is open to its user from then on. */
  of({ user, description }: Run, node: HostedNode | undefined): Apart | undefined {
    const processors = node?.processors;
    const memoryMb = node?.size?.memoryMbMax;
    if (user === undefined && processors === undefined && memoryMb === undefined) return undefined;
    if (user !== undefined && node !== undefined) this.open(node, description.directory, user);
    return {
      ...(user === undefined ? {} : { user }),
      ...(processors === undefined ? {} : { processors }),
      ...(memoryMb === undefined ? {} : { memoryBytes: memoryMb * MEGABYTE }),
    };
  }

  /** As whom somebody logs in to a node who is this user there; undefined: as the agent itself. Throws when there is no number left. */
  login(user: RunUser | undefined, node: HostedNode): { readonly uid: number; readonly gid: number } | undefined {
    const found = this.users.of({ node: node.name, directory: "", ...(user === undefined ? {} : { user }) });
    if (found === undefined) return undefined;
    if ("problem" in found) throw new Error(found.problem);
    this.open(node, "", found);
    openCertificates(node.root);
    return { uid: found.uid, gid: found.gid };
  }

  private open(node: HostedNode, directory: string, user: NonNullable<Apart["user"]>): void {
    try {
      if (!node.isOpened) openNode(node.root, user.nodeGid);
      node.isOpened = true;
      giveSharedDirectory(node.root, directory, user);
    } catch (error) {
      // The process then finds its directory closed, and says so.
      this.log("nodeNotOpened", { node: node.name, code: systemCode(error) });
    }
  }
}

/**
 * How a run's description is understood: its command line split into words, its environment complete, its user known; or why there is no starting it, which
 * the run then ends with.
 */
import type { Apart } from "../launch/launcher.ts";
import { confine } from "../node/directories.ts";
import type { HostedNode } from "../node/hostedNode.ts";
import type { TaskUsers } from "../node/taskUsers.ts";
import type { RunDescription } from "../protocol.ts";
import { windowsCommand } from "../windows/route.ts";
import { splitCommandLine } from "./commandLine.ts";
import { completeEnvironment, inheritedEnvironment, LINUX_ONLY } from "./environment.ts";

/** Arguments and environment, or why there is no starting it. `user`: as whom; undefined: as the agent. */
export type Command =
  | { readonly arguments: readonly string[]; readonly environment: ReadonlyMap<string, string>; readonly user?: Apart["user"] }
  | { readonly problem: string };

/** A description understood: what is to run, and the absolute directory where. */
interface Understood {
  readonly directory: string;
  readonly command: Command;
}

/** Understands descriptions for one agent. */
export class Understanding {
  private readonly users: TaskUsers;
  private readonly inherited = inheritedEnvironment(process.env);

  constructor(users: TaskUsers) {
    this.users = users;
  }

  /** What the description means on this node. A directory that leaves the node is a problem, and the node's root stands for it. */
  of(description: RunDescription, node: HostedNode): Understood {
    const directory = confine(node.root, description.directory);
    if (directory === undefined) return { directory: node.root, command: { problem: "The directory leaves the node." } };
    return { directory, command: this.commandOf(description, { nodeRoot: node.root, directory }) };
  }

  private commandOf(description: RunDescription, place: { nodeRoot: string; directory: string }): Command {
    const user = description.refused === undefined ? this.users.of(description) : { problem: description.refused };
    if (user !== undefined && "problem" in user) return user;
    const routed = description.windows === true ? windowsCommand(description.commandLine) : undefined;
    const split = routed === undefined ? splitCommandLine(description.commandLine) : { arguments: routed };
    if ("problem" in split) return split;
    const environment = completeEnvironment(this.inherited, description.environment, place, description.user?.name);
    if ("problem" in environment) return environment;
    if (description.windows === true) for (const name of LINUX_ONLY) environment.delete(name);
    return { arguments: split.arguments, environment, ...(user === undefined ? {} : { user }) };
  }
}

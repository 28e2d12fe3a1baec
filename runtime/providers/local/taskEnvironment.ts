/**
 * The whole environment of a task's process, for whoever asks the service for it (T-81): made from the same description that the agent is told and completed
 * by the same function, so it is what the latest run was given, as long as nobody has changed since what it hangs on (settings of the job, packages).
 * What would open doors is not shown (L-64).
 */
import { join } from "node:path";
import { completeEnvironment, inheritedEnvironment, LINUX_ONLY, SECRET_VARIABLES } from "../../agent/run/environment.ts";
import { Attempt } from "../../core/attempt.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";
import { taskDirectory } from "../taskDirectories.ts";
import { describeRun } from "./describe.ts";
import { Group } from "./group.ts";
import type { Subject } from "./runBook.ts";
import type { LocalState } from "./state.ts";

/** What stands for a value that is not shown. */
const HIDDEN_VALUE = "(not shown)";

/**
 * Name and value of every variable, by name; of a multi-instance task those of its primary. Undefined when there is none to tell of: the task has not run,
 * its node is gone, the agent was never connected, or the settings are such that no process can have them.
 */
export function taskEnvironment(task: Task, state: LocalState): [name: string, value: string][] | undefined {
  const { node, job, id } = task;
  const host = node === undefined ? undefined : state.hosts.of(node.pool, node.id);
  if (node === undefined || host === undefined || host.node !== node || state.root === "") return undefined;
  const addressOf = (name: string) => state.hosts.get(name)?.address ?? "127.0.0.1";
  const directory = taskDirectory(job, id);
  const run = { id: "", host, directory, subject: subjectOf(task, node) };
  const { environment, user, windows } = describeRun(run, { ...state.options, root: state.root, addressOf });
  const nodeRoot = join(state.root, host.name);
  const place = { nodeRoot, directory: join(nodeRoot, directory) };
  const all = completeEnvironment(inheritedEnvironment(process.env), environment, place, user?.name);
  if ("problem" in all) return undefined;
  if (windows === true) for (const each of LINUX_ONLY) all.delete(each);
  const shown = [...all].map(([name, value]): [string, string] => [name, SECRET_VARIABLES.has(name) ? HIDDEN_VALUE : value]);
  return shown.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The run of the task's own command, whether it goes on or is over: a group is remembered by its subtasks then. */
function subjectOf(task: Task, node: ComputeNode): Subject {
  const isGroup = task.spec.multiInstance !== undefined;
  const nodes = task.attempt?.group ?? [node, ...(task.subtasks?.ended.map((each) => each.node) ?? [])];
  const attempt = new Attempt(0, task, node, isGroup ? nodes : undefined, 0, 0);
  return isGroup ? { kind: "application", group: new Group(attempt) } : { kind: "task", attempt };
}

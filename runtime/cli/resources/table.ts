/**
 * What of a running service can be listed, shown and acted on from the command line: a row a kind of thing, from which the commands, their help and
 * their tables are made. Whatever is not here, the Azure CLI and the SDKs do.
 */
import type { Connection } from "../connection.ts";
import type { Output } from "../output.ts";
import { exitCodeText } from "./exitCode.ts";

/** An entity as the service shows it. */
export type Item = Readonly<Record<string, unknown>>;

/** A column of a list. */
export interface Column {
  readonly title: string;
  readonly of: (item: Item) => string;
}

/** Something that is done to one thing and answered without a body worth showing. */
export interface Action {
  readonly name: string;
  readonly description: string;
  readonly method: "POST" | "DELETE";
  /** Appended to the thing's path. */
  readonly path: string;
  /** An option and the property of the body that it becomes. */
  readonly options?: readonly ActionOption[];
  /** What is said when it was accepted, after the thing's name. */
  readonly done: string;
}

export interface ActionOption {
  readonly flag: string;
  readonly property: string;
  readonly description: string;
  readonly kind: "whole" | "choice";
  readonly choices?: readonly string[];
  readonly byDefault?: string;
}

/** What `show` tells of a thing beside its own properties. */
export interface Besides {
  /** Properties for the document of `--json`; one that the thing has itself is put in its place. */
  readonly document: Item;
  /** Names and values for lines like those of its own properties. */
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** What follows the properties. */
  readonly lines: (output: Output) => readonly string[];
}

/** One kind of thing. */
export interface Resource {
  /** The command: `weir pool …`. */
  readonly noun: string;
  readonly description: string;
  /** Names of what it is in, such as the job of a task. */
  readonly within: readonly string[];
  /** Path of the list. */
  readonly path: (within: readonly string[]) => string;
  readonly columns: readonly Column[];
  /** What has to be asked for elsewhere, for `show`; `within` as for `path`. */
  readonly besides?: (item: Item, within: readonly string[], connection: Connection) => Promise<Besides>;
  /** Whether `create` exists, which takes the body as the API has it. */
  readonly creatable: boolean;
  readonly actions: readonly Action[];
}

const at = (path: string) => (item: Item) => show(valueAt(item, path));
const column = (title: string, path = title): Column => ({ title, of: at(path) });

function valueAt(item: Item, path: string): unknown {
  let value: unknown = item;
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

const show = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** Instants to the second: lists are for reading. */
const when = (title: string, path: string): Column => ({
  title,
  of: (item) => at(path)(item).replace(/\.\d+Z$/, "Z"),
});

const percentOf = (current: string, target: string) => (item: Item) => `${at(current)(item)}/${at(target)(item)}`;

const remove: Action = {
  name: "delete",
  description: "delete it and all that is in it",
  method: "DELETE",
  path: "",
  done: "is being deleted",
};

const rebootOption: ActionOption = {
  flag: "--option <option>",
  property: "nodeRebootOption",
  description: "what becomes of running tasks",
  kind: "choice",
  choices: ["requeue", "terminate", "taskcompletion", "retaineddata"],
};

/** All of them, in the order of the help. */
export const resources: readonly Resource[] = [
  {
    noun: "pool",
    description: "pools of compute nodes",
    within: [],
    path: () => "/pools",
    creatable: true,
    columns: [
      column("id"),
      column("state"),
      column("allocation", "allocationState"),
      { title: "dedicated", of: percentOf("currentDedicatedNodes", "targetDedicatedNodes") },
      { title: "low-priority", of: percentOf("currentLowPriorityNodes", "targetLowPriorityNodes") },
      column("size", "vmSize"),
      { title: "autoscale", of: (item) => (item.enableAutoScale === true ? "on" : "off") },
    ],
    actions: [
      {
        name: "resize",
        description: "change the number of nodes",
        method: "POST",
        path: "/resize",
        done: "is being resized",
        options: [
          { flag: "--dedicated <n>", property: "targetDedicatedNodes", description: "dedicated nodes", kind: "whole" },
          { flag: "--low-priority <n>", property: "targetLowPriorityNodes", description: "low-priority nodes", kind: "whole" },
          {
            flag: "--option <option>",
            property: "nodeDeallocationOption",
            description: "what becomes of running tasks on nodes that leave",
            kind: "choice",
            choices: ["requeue", "terminate", "taskcompletion", "retaineddata"],
          },
        ],
      },
      { name: "stop-resize", description: "stop a resize", method: "POST", path: "/stopresize", done: "stops its resize" },
      remove,
    ],
  },
  {
    noun: "node",
    description: "compute nodes of a pool",
    within: ["pool"],
    path: ([pool]) => `/pools/${pool}/nodes`,
    creatable: false,
    columns: [
      column("id"),
      column("state"),
      column("scheduling", "schedulingState"),
      column("address", "ipAddress"),
      column("running", "runningTasksCount"),
      column("total", "totalTasksRun"),
      when("boot", "lastBootTime"),
    ],
    besides: async (item, within, connection) => {
      const { poolOfNode } = await import("./poolOfNode.ts");
      return await poolOfNode(item, within, connection);
    },
    actions: [
      { name: "reboot", description: "reboot it", method: "POST", path: "/reboot", done: "reboots", options: [rebootOption] },
      {
        name: "reimage",
        description: "make it anew (cloud services pools)",
        method: "POST",
        path: "/reimage",
        done: "is being made anew",
        options: [{ ...rebootOption, property: "nodeReimageOption" }],
      },
      {
        name: "disable",
        description: "give it no more tasks",
        method: "POST",
        path: "/disablescheduling",
        done: "gets no more tasks",
        options: [
          {
            ...rebootOption,
            property: "nodeDisableSchedulingOption",
            choices: ["requeue", "terminate", "taskcompletion"],
          },
        ],
      },
      {
        name: "enable",
        description: "give it tasks again",
        method: "POST",
        path: "/enablescheduling",
        done: "gets tasks again",
      },
    ],
  },
  {
    noun: "job",
    description: "jobs",
    within: [],
    path: () => "/jobs",
    creatable: true,
    columns: [
      column("id"),
      column("state"),
      column("pool", "poolInfo.poolId"),
      column("priority"),
      when("created", "creationTime"),
      column("ended because", "executionInfo.terminateReason"),
    ],
    actions: [
      {
        name: "disable",
        description: "run no more of its tasks",
        method: "POST",
        path: "/disable",
        done: "is being disabled",
        options: [
          {
            flag: "--tasks <what>",
            property: "disableTasks",
            description: "what becomes of running tasks",
            kind: "choice",
            choices: ["requeue", "terminate", "wait"],
            byDefault: "requeue",
          },
        ],
      },
      { name: "enable", description: "run its tasks again", method: "POST", path: "/enable", done: "is enabled" },
      { name: "terminate", description: "end it and its tasks", method: "POST", path: "/terminate", done: "is being ended" },
      remove,
    ],
  },
  {
    noun: "task",
    description: "tasks of a job",
    within: ["job"],
    path: ([job]) => `/jobs/${job}/tasks`,
    creatable: true,
    columns: [
      column("id"),
      column("state"),
      column("result", "executionInfo.result"),
      { title: "exit code", of: (item) => exitCodeText(valueAt(item, "executionInfo.exitCode")) },
      column("failure", "executionInfo.failureInfo.code"),
      column("node", "nodeInfo.nodeId"),
      column("retries", "executionInfo.retryCount"),
      when("started", "executionInfo.startTime"),
      when("ended", "executionInfo.endTime"),
    ],
    actions: [
      { name: "terminate", description: "end it", method: "POST", path: "/terminate", done: "is ended" },
      {
        name: "reactivate",
        description: "run it again after a failure",
        method: "POST",
        path: "/reactivate",
        done: "runs again",
      },
      { ...remove, description: "delete it and its files" },
    ],
  },
];

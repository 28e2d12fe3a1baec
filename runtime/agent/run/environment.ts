/**
 * The variables that a process on a node is given (section 17 of the task rules), as one table: the documentation is made from it, and what the agent
 * adds is computed by it. Values that hang on where the node's root lies are the agent's part (`path`), all others the server's, who writes them into
 * the description of the run. The service's variables come last, so nobody can override them.
 */
import { join } from "node:path";

/** Which processes have a variable. */
export type VisibleIn =
  | "all"
  | "all but the start task"
  | "all but start and preparation task; only if the job has one"
  | "tasks with token settings"
  | "tasks with the package; all tasks on a node whose pool has it"
  | "multi-instance tasks";

/** Where a run's paths lie, absolute. */
export interface RunPlace {
  readonly nodeRoot: string;
  /** Of the task; stdout.txt, stderr.txt and wd are in it. */
  readonly directory: string;
}

/** One variable. */
export interface VariableRow {
  /** `*` stands for what the meaning tells. */
  readonly name: string;
  readonly meaning: string;
  readonly visibleIn: VisibleIn;
  /** Of the agent's part: its value. */
  readonly path?: (place: RunPlace) => string;
  /** Whoever has the value can act for the task: the process has it, and nobody is shown it (L-64). */
  readonly isSecret?: true;
  /** Not on nodes that are Windows machines. */
  readonly linuxOnly?: true;
}

const MULTI = "multi-instance tasks";
const PREPARATION = "all but start and preparation task; only if the job has one";

/** Every AZ_BATCH variable, in the order of the documentation. */
export const ENVIRONMENT_VARIABLES: readonly VariableRow[] = [
  { name: "AZ_BATCH_ACCOUNT_NAME", meaning: "name of the account", visibleIn: "all" },
  { name: "AZ_BATCH_ACCOUNT_URL", meaning: "where the service answers", visibleIn: "all" },
  { name: "AZ_BATCH_POOL_ID", meaning: "the pool", visibleIn: "all" },
  { name: "AZ_BATCH_NODE_ID", meaning: "the node", visibleIn: "all" },
  { name: "AZ_BATCH_NODE_IS_DEDICATED", meaning: "true or false", visibleIn: "all" },
  {
    name: "AZ_BATCH_NODE_ROOT_DIR",
    meaning: "root of all Batch directories on the node",
    visibleIn: "all",
    path: ({ nodeRoot }) => nodeRoot,
  },
  {
    name: "AZ_BATCH_NODE_SHARED_DIR",
    meaning: "for files that the tasks of the node share",
    visibleIn: "all",
    path: ({ nodeRoot }) => join(nodeRoot, "shared"),
  },
  {
    name: "AZ_BATCH_NODE_STARTUP_DIR",
    meaning: "directory of the start task",
    visibleIn: "all",
    path: ({ nodeRoot }) => join(nodeRoot, "startup"),
  },
  {
    name: "AZ_BATCH_NODE_MOUNTS_DIR",
    meaning: "where file systems are mounted",
    visibleIn: "all",
    path: ({ nodeRoot }) => join(nodeRoot, "fsmounts"),
  },
  { name: "AZ_BATCH_TASK_DIR", meaning: "directory of the task", visibleIn: "all", path: ({ directory }) => directory },
  {
    name: "AZ_BATCH_TASK_WORKING_DIR",
    meaning: "directory the task starts in",
    visibleIn: "all",
    path: ({ directory }) => join(directory, "wd"),
  },
  {
    name: "AZ_BATCH_CERTIFICATES_DIR",
    meaning: "where certificates of the pool are, if the task may see some",
    visibleIn: "all",
    linuxOnly: true,
    path: ({ directory }) => join(directory, "certs"),
  },
  { name: "AZ_BATCH_JOB_ID", meaning: "the job", visibleIn: "all but the start task" },
  { name: "AZ_BATCH_TASK_ID", meaning: "the task", visibleIn: "all but the start task" },
  { name: "AZ_BATCH_JOB_PREP_DIR", meaning: "directory of the job's preparation task", visibleIn: PREPARATION },
  { name: "AZ_BATCH_JOB_PREP_WORKING_DIR", meaning: "its working directory", visibleIn: PREPARATION },
  {
    name: "AZ_BATCH_AUTHENTICATION_TOKEN",
    meaning: "opens the task's own job, as a bearer token",
    visibleIn: "tasks with token settings",
    isSecret: true,
  },
  {
    name: "AZ_BATCH_APP_PACKAGE_*",
    meaning:
      "directory of an application package: `ID_VERSION` with `.`, `-`, `#` as `_`, on Windows nodes `ID#VERSION` in capitals; `ID` alone for the default version",
    visibleIn: "tasks with the package; all tasks on a node whose pool has it",
  },
  { name: "AZ_BATCH_TASK_SHARED_DIR", meaning: "directory of the task, for its common files", visibleIn: MULTI },
  { name: "AZ_BATCH_NODE_LIST", meaning: "addresses of its nodes with `;` between", visibleIn: MULTI },
  { name: "AZ_BATCH_HOST_LIST", meaning: "addresses of its nodes with `,` between", visibleIn: MULTI },
  { name: "AZ_BATCH_MASTER_NODE", meaning: "address and port of the primary's node", visibleIn: MULTI },
  { name: "AZ_BATCH_IS_CURRENT_NODE_MASTER", meaning: "true or false", visibleIn: MULTI },
  { name: "CCP_NODES", meaning: "number of nodes, then address and cores of each", visibleIn: MULTI },
];

/** Names of the variables whose values nobody but the process is shown. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set(
  ENVIRONMENT_VARIABLES.filter(({ isSecret }) => isSecret === true).map(({ name }) => name),
);

const PATH_ROWS = ENVIRONMENT_VARIABLES.filter((row) => row.path !== undefined);

/** Variables that processes of Windows nodes are not given: certificates lie in the machine's own store there. */
export const LINUX_ONLY: readonly string[] = ENVIRONMENT_VARIABLES.filter(({ linuxOnly }) => linuxOnly === true).map(
  ({ name }) => name,
);

/** What a program needs to start at all and nobody has set: from the agent's own environment, of which nothing else is handed on (assumed). */
const INHERITED = ["PATH", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME"] as const;

/** Where programs are when the agent itself was not told. */
const PATH_DEFAULT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The variables of `own` that runs start with; `own` is the agent's environment. */
export function inheritedEnvironment(own: NodeJS.ProcessEnv): [name: string, value: string][] {
  const found: [string, string][] = own.PATH === undefined ? [["PATH", PATH_DEFAULT]] : [];
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined) found.push([name, value]);
  }
  return found;
}

/**
 * Everything a process is given, names once each: inherited, HOME (its working directory), the name of its user where it has one of its own, what the
 * description says, the paths. A name that no process
 * can have (empty, with `=` or NUL) or a value with NUL gives `problem`.
 */
export function completeEnvironment(
  inherited: readonly (readonly [string, string])[],
  described: readonly (readonly [name: string, value: string])[],
  place: RunPlace,
  userName?: string,
): Map<string, string> | { readonly problem: string } {
  const all = new Map<string, string>(inherited);
  all.set("HOME", join(place.directory, "wd"));
  if (userName !== undefined) for (const name of ["USER", "LOGNAME"]) all.set(name, userName);
  for (const [name, value] of described) {
    if (name === "" || name.includes("=") || name.includes("\0")) {
      return { problem: `The environment variable ${JSON.stringify(name)} has a name that no process can be given.` };
    }
    if (value.includes("\0")) return { problem: `The value of the environment variable ${name} holds a NUL character.` };
    all.set(name, value);
  }
  for (const row of PATH_ROWS) all.set(row.name, row.path!(place));
  return all;
}

/** The entry in the environment of every process of a node, and of no other's: how strays are found again. */
export function nodeMark(nodeRoot: string): string {
  return `AZ_BATCH_NODE_ROOT_DIR=${nodeRoot}`;
}

/**
 * The same of whoever has logged in to the node. It is a name of ours: people who log in do not see the AZ_BATCH variables, which are those of task users
 * (P-184).
 */
export function loginMark(nodeRoot: string): string {
  return `WEIR_NODE_ROOT_DIR=${nodeRoot}`;
}

/** The same of one run's directory. */
export function runMark(directory: string): string {
  return `AZ_BATCH_TASK_DIR=${directory}`;
}

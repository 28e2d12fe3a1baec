/**
 * The part of a process's environment that only the server knows (section 17 of the task rules). Order decides, the last of a name wins: the job's
 * settings, the task's own, then what the service defines, which nobody can override (J-06). The agent adds the paths that hang on its root.
 */
import type { CommandDetails, EnvironmentSetting, JobDetails } from "../../agent/run/details.ts";
import type { Job } from "../../core/job.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";

/** Variables in order; of two with one name the later one counts. */
export type Environment = [name: string, value: string][];

/** Of the account that the service plays. */
export interface AccountNames {
  readonly name: string;
  /** `<scheme>://<host>:<port>`. */
  readonly url: string;
}

/** Whose process it is: a start task has no job, a preparation or release task no task. */
interface EnvironmentParts {
  readonly account: AccountNames;
  readonly pool: Pool;
  readonly nodeId: string;
  readonly isDedicated: boolean;
  readonly job?: Job;
  readonly taskId?: string;
  readonly details: CommandDetails | undefined;
}

/** The variables that the server knows, the service's own last. */
export function environmentOf(parts: EnvironmentParts): Environment {
  const { account, pool, job, taskId } = parts;
  const environment: Environment = [];
  if (job !== undefined) addSettings(environment, (job.spec.opaque as JobDetails | undefined)?.commonEnvironmentSettings);
  addSettings(environment, parts.details?.environmentSettings);
  environment.push(
    ["AZ_BATCH_ACCOUNT_NAME", account.name],
    ["AZ_BATCH_ACCOUNT_URL", account.url],
    ["AZ_BATCH_POOL_ID", pool.id],
    ["AZ_BATCH_NODE_ID", parts.nodeId],
    ["AZ_BATCH_NODE_IS_DEDICATED", String(parts.isDedicated)],
  );
  if (job !== undefined) environment.push(["AZ_BATCH_JOB_ID", job.id]);
  if (taskId !== undefined) environment.push(["AZ_BATCH_TASK_ID", taskId]);
  return environment;
}

function addSettings(environment: Environment, settings: readonly EnvironmentSetting[] | undefined): void {
  for (const { name, value } of settings ?? []) environment.push([name, value ?? ""]);
}

/** Where the primary of a multi-instance task is said to listen; nothing of ours does, the port is for the programs that ask for one. */
const MASTER_PORT = 6000;

/** What every instance of a multi-instance task gets besides; `addresses` of its nodes, primary first. */
export function groupEnvironment(nodes: readonly ComputeNode[], addresses: readonly string[], instance: number): Environment {
  const cores = nodes.map((node) => node.pool.spec.coresPerNode);
  return [
    ["AZ_BATCH_NODE_LIST", addresses.join(";")],
    ["AZ_BATCH_HOST_LIST", addresses.join(",")],
    ["AZ_BATCH_MASTER_NODE", `${addresses[0]}:${MASTER_PORT}`],
    ["AZ_BATCH_IS_CURRENT_NODE_MASTER", String(instance === 0)],
    ["CCP_NODES", [addresses.length, ...addresses.flatMap((address, i) => [address, cores[i]])].join(" ")],
  ];
}

/** How a job's preparation and release tasks went on each node, nodes that are gone included (J-70). */
import type { Job, SpecialRun } from "../../core/job.ts";
import type { ComputeNode } from "../../core/node.ts";
import { pathOn } from "../../providers/operatingSystem.ts";
import { taskDirectory } from "../../providers/taskDirectories.ts";
import type { JsonObject } from "../call.ts";
import { fileUrl, nodeUrl } from "./urls.ts";
import { showFailure, type View, wire } from "./view.ts";
import { instant } from "./when.ts";

/** One node's row. */
export interface SpecialsOfNode {
  readonly node: ComputeNode;
  readonly preparation: SpecialRun | undefined;
  readonly release: SpecialRun | undefined;
}

/** A row for each node on which either was started, in the order in which that happened. */
export function specialsOf(job: Job): SpecialsOfNode[] {
  const nodes = new Set([...job.preparations.keys(), ...job.releases.keys()]);
  return [...nodes].map((node) => ({
    node,
    preparation: job.preparations.get(node),
    release: job.releases.get(node),
  }));
}

/** By which rows stand in order: the pool, the node and when that node was allocated. */
export const specialsKey = ({ node }: SpecialsOfNode): string => `${node.pool.key}/${node.id}/${node.allocationAt}`;

/** JobPreparationAndReleaseTaskExecutionInformation. */
export function showSpecials({ node, preparation, release }: SpecialsOfNode, view: View): JsonObject {
  return wire({
    poolId: node.pool.id,
    nodeId: node.id,
    nodeUrl: nodeUrl(view.base, node),
    jobPreparationTaskExecutionInfo: preparation === undefined ? undefined : showRun(preparation, view),
    jobReleaseTaskExecutionInfo: release === undefined ? undefined : showRun(release, view),
  });
}

/** A release task has no retries, so it does not count them (J-66). */
function showRun(run: SpecialRun, view: View): JsonObject {
  const { job, node, kind } = run;
  const directory = taskDirectory(job, idOf(run));
  return wire({
    startTime: instant(run.startAt),
    endTime: instant(run.endAt),
    state: run.state,
    taskRootDirectory: pathOn(node.pool, directory),
    taskRootDirectoryUrl: fileUrl(nodeUrl(view.base, node), directory),
    exitCode: run.exitCode,
    failureInfo: showFailure(run.failure) ?? exitFailure(run),
    retryCount: kind === "preparation" ? run.retryCount : undefined,
    lastRetryTime: kind === "preparation" ? instant(run.lastRetryAt) : undefined,
    result: run.result,
  });
}

const idOf = ({ job, kind }: SpecialRun): string =>
  (kind === "preparation" ? job.spec.preparation?.id : job.spec.release?.id) ??
  (kind === "preparation" ? "jobpreparation" : "jobrelease");

function exitFailure({ result, exitCode }: SpecialRun): JsonObject | undefined {
  if (result !== "failure" || exitCode === undefined || exitCode === 0) return undefined;
  const message = "The task exited with an exit code representing a failure";
  return { category: "UserError", code: "FailureExitCode", message, details: [{ name: "Message", value: message }] };
}

/**
 * Which properties `$filter` may name in which list, and how each may be compared (L-55). `lastModifiedTime` is how the service's own page spells what
 * tasks call `lastModified`; both are taken.
 */
import type { OperationId } from "./operations.ts";

/** The comparisons of `$filter`, as they are written. */
export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";
/** What may stand between a property and a literal. */
export type FilterOperator = Comparison | "startswith";

/** A kind of property: what its literals are and which operators it takes. */
export interface FilterKind {
  readonly literal: "string" | "date" | "number" | "boolean";
  readonly operators: readonly FilterOperator[];
}

const comparisons: readonly Comparison[] = ["eq", "ne", "gt", "ge", "lt", "le"];

const kinds = {
  text: { literal: "string", operators: [...comparisons, "startswith"] },
  word: { literal: "string", operators: ["eq", "ne"] },
  exact: { literal: "string", operators: ["eq"] },
  prefix: { literal: "string", operators: ["startswith"] },
  date: { literal: "date", operators: comparisons },
  number: { literal: "number", operators: comparisons },
  flag: { literal: "boolean", operators: ["eq", "ne"] },
} as const satisfies Record<string, FilterKind>;

const JOB = `
  state word, stateTransitionTime date, creationTime date, lastModified date, executionInfo/startTime date, executionInfo/endTime date,
  executionInfo/poolId text`;

const texts: Partial<Record<OperationId, string>> = {
  Account_ListPoolNodeCounts: "poolId exact",
  Account_ListSupportedImages: "osType word, verificationType word, nodeAgentSKUId word",
  Certificate_List: "state word, stateTransitionTime date",
  ComputeNode_List: `
    state word, stateTransitionTime date, lastBootTime date, allocationTime date, startTaskInfo/startTime date, startTaskInfo/endTime date,
    startTaskInfo/state exact, startTaskInfo/result word, startTaskInfo/exitCode number`,
  File_ListFromTask: "name prefix",
  File_ListFromComputeNode: "name prefix",
  Job_List: `id text, ${JOB}`,
  Job_ListFromJobSchedule: JOB,
  Job_ListPreparationAndReleaseTaskStatus: `
    poolId word, nodeId word,
    jobPreparationTaskExecutionInfo/state exact, jobPreparationTaskExecutionInfo/startTime date, jobPreparationTaskExecutionInfo/endTime date,
    jobPreparationTaskExecutionInfo/exitCode number, jobPreparationTaskExecutionInfo/result word,
    jobReleaseTaskExecutionInfo/state exact, jobReleaseTaskExecutionInfo/startTime date, jobReleaseTaskExecutionInfo/endTime date,
    jobReleaseTaskExecutionInfo/exitCode number, jobReleaseTaskExecutionInfo/result word`,
  JobSchedule_List: `
    id text, state word, stateTransitionTime date, creationTime date, lastModified date, executionInfo/endTime date,
    schedule/doNotRunUntil date, schedule/doNotRunAfter date`,
  Pool_List: `
    id text, state word, allocationState word, stateTransitionTime date, allocationStateTransitionTime date, creationTime date,
    lastModified date, enableAutoScale flag, vmSize word, enableInterNodeCommunication flag`,
  Pool_ListUsageMetrics: "poolId text",
  Task_List: `
    id text, state word, stateTransitionTime date, creationTime date, lastModified date, lastModifiedTime date,
    executionInfo/startTime date, executionInfo/endTime date, executionInfo/exitCode number, executionInfo/result word`,
};

const tables = new Map<string, ReadonlyMap<string, FilterKind>>(
  Object.entries(texts).map(([operation, text]) => [
    operation,
    new Map(
      text
        .trim()
        .split(/,\s*/)
        .map((entry) => {
          const [name, kind] = entry.split(" ");
          return [name, kinds[kind as keyof typeof kinds]] as const;
        }),
    ),
  ]),
);

/** The properties that this list's filter may name; undefined: the list takes no filter. */
export function filterProperties(operation: string): ReadonlyMap<string, FilterKind> | undefined {
  return tables.get(operation);
}

/** The wire's name of a filter property. */
export const wireName = (name: string): string => (name === "lastModifiedTime" ? "lastModified" : name);

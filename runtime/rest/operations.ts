/**
 * Every operation of the Batch data plane as a row: what it is called, where it lives, what it takes and gives, and what it does here. The router, the
 * query and body checks, the answers' metadata, the handlers' index and the coverage page all read this one table; there is no second list.
 * Shapes are those of 2022-10-01.16.0; `since` and `until` say where other versions differ.
 */
import { table } from "../../src/base/table.ts";
import { accountOperations } from "./operations/account.ts";
import { fileOperations } from "./operations/files.ts";
import { jobOperations } from "./operations/jobs.ts";
import { jobScheduleOperations } from "./operations/jobSchedules.ts";
import { nodeOperations } from "./operations/nodes.ts";
import { poolOperations } from "./operations/pools.ts";
import type { Operation } from "./operations/row.ts";
import { taskOperations } from "./operations/tasks.ts";

export type { ConditionHeaders, Method, Operation, QueryName } from "./operations/row.ts";

const rows = [
  ...poolOperations,
  ...nodeOperations,
  ...jobOperations,
  ...jobScheduleOperations,
  ...taskOperations,
  ...fileOperations,
  ...accountOperations,
] as const;

/** The service's own names of operations: `Pool_Add`, `Task_AddCollection` … */
export type OperationId = (typeof rows)[number]["name"];

/** All operations, by id and in the order of the coverage page. */
export const operations = table<Operation>(rows);

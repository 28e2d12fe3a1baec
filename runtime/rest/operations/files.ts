/** Operations of the files of tasks and nodes (P-190 to P-194). */
import { list, operation } from "./row.ts";

const TASK_FILE = "/jobs/{jobId}/tasks/{taskId}/files";
const NODE_FILE = "/pools/{poolId}/nodes/{nodeId}/files";

/** Their rows. */
export const fileOperations = [
  operation("File_ListFromTask", `GET ${TASK_FILE}`, 200, {
    ...list("NodeFile", "files", ["recursive", "$filter"]),
    does: "Lists the files of a task's directory.",
  }),
  operation("File_GetFromTask", `GET ${TASK_FILE}/{filePath}`, 200, {
    conditions: "dates",
    range: true,
    does: "Reads a file of a task, or a range of its bytes, while it still grows too.",
  }),
  operation("File_GetPropertiesFromTask", `HEAD ${TASK_FILE}/{filePath}`, 200, {
    conditions: "dates",
    does: "Tells size, times and mode of a task's file in headers.",
  }),
  operation("File_DeleteFromTask", `DELETE ${TASK_FILE}/{filePath}`, 200, {
    query: ["recursive"],
    does: "Deletes a file or a directory of a task.",
  }),
  operation("File_ListFromComputeNode", `GET ${NODE_FILE}`, 200, {
    ...list("NodeFile", "files", ["recursive", "$filter"]),
    does: "Lists the files of a node.",
  }),
  operation("File_GetFromComputeNode", `GET ${NODE_FILE}/{filePath}`, 200, {
    conditions: "dates",
    range: true,
    does: "Reads a file of a node, or a range of its bytes.",
  }),
  operation("File_GetPropertiesFromComputeNode", `HEAD ${NODE_FILE}/{filePath}`, 200, {
    conditions: "dates",
    does: "Tells size, times and mode of a node's file in headers.",
  }),
  operation("File_DeleteFromComputeNode", `DELETE ${NODE_FILE}/{filePath}`, 200, {
    query: ["recursive"],
    does: "Deletes a file or a directory of a node.",
  }),
] as const;

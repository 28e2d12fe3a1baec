/** All state machines of the core in one list, and the page of the documentation that is made of them. */
import { certificateMachine } from "./certificate.ts";
import { jobMachine } from "./job.ts";
import { jobScheduleMachine } from "./jobSchedule.ts";
import type { Machine } from "./machine.ts";
import { nodeMachine } from "./node.ts";
import { allocationMachine, poolMachine } from "./pool.ts";
import { taskMachine } from "./task.ts";

/** In the order of the documentation. */
export const machines: readonly Machine<string>[] = [
  poolMachine,
  allocationMachine,
  nodeMachine,
  jobMachine,
  taskMachine,
  jobScheduleMachine,
  certificateMachine,
] as unknown as readonly Machine<string>[];

/** The page of state machines as Markdown: a drawing and a table each. Generated; a test compares it with the file. */
export function stateMachinesPage(): string {
  const parts = machines.map((machine) =>
    [
      `## ${machine.name[0].toUpperCase()}${machine.name.slice(1)}`,
      "",
      "```mermaid",
      machine.mermaid(),
      "```",
      "",
      machine.markdown(),
      "",
      "```",
      machine.ascii(),
      "```",
      "",
    ].join("\n"),
  );
  return [
    "# State machines",
    "",
    "Generated from the transition tables of the scheduler's core; a change without a row here is refused. The last column names the rule.",
    "",
    ...parts,
  ].join("\n");
}

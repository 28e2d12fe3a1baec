/** Exit code and failure of runs that the core keeps no cause of: start, preparation and release tasks, and the instances of a group. */
import type { RunEnding } from "../../agent/protocol.ts";
import type { SubtaskEnding } from "../../core/subtasks.ts";
import { TIME_LIMIT_EXIT_CODE } from "../../core/taskOutcome.ts";

/** What is said of a run that was ended by force, if the agent has not said it; `ending` undefined: nobody tells of it. */
export function endingOf(ending: RunEnding | undefined): SubtaskEnding {
  if (ending === undefined) return { exitCode: undefined, failure: KILLED };
  const { exitCode, failure, cause } = ending;
  switch (cause) {
    case "exit":
      return { exitCode, failure };
    case "timeLimit":
      return { exitCode: TIME_LIMIT_EXIT_CODE, failure: failure ?? TIME_LIMIT };
    case "lost":
      return { exitCode: undefined, failure: failure ?? LOST };
    default:
      // What a process returned that was killed says nothing.
      return { exitCode: cause === "killed" ? undefined : exitCode, failure: failure ?? KILLED };
  }
}

const KILLED = Object.freeze({ category: "UserError", code: "TaskEnded", message: "the task was ended by request" } as const);
const TIME_LIMIT = Object.freeze({
  category: "ServerError",
  code: "TaskEnded",
  message: "the task reached its time limit",
} as const);
const LOST = Object.freeze({ category: "ServerError", code: "Unknown", message: "its end was not seen" } as const);

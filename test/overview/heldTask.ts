/**
 * A real task that runs until a test lets it go, and what becomes of it when its node is taken: the four answers of section 5 of the pool rules, each shown
 * by the process itself and by what the wire tells. Used for every action that takes an option: scaling, removal, reboot, reimage, scheduling off.
 */
import { expect } from "vitest";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { type AtWork, type Gate, newGate, shell, type Task } from "./poolAtWork.ts";

/** Every option, as the service spells them. */
export const OPTIONS = ["terminate", "requeue", "taskcompletion", "retaineddata"] as const;

/** What an option of an action can be. */
export type Option = (typeof OPTIONS)[number];

/** A task that runs, in a job of the same name. */
export interface HeldTask {
  readonly job: string;
  /** Of the task's shell. */
  readonly pid: number;
  readonly nodeId: string;
  readonly gate: Gate;
}

/** Adds a job of one task, `t1`, to a pool and waits until its process runs. */
export async function hold(weir: AtWork, job: string, pool: string, more: object = {}): Promise<HeldTask> {
  const gate = newGate();
  await weir.server.post("/jobs", { id: job, poolInfo: { poolId: pool } });
  await weir.addTasks(job, [shell(`echo $$; ${gate.wait}; echo finished`)], more);
  return { job, gate, ...(await running(weir, job)) };
}

/** The process of a job's task that runs now. */
export async function running(weir: AtWork, job: string): Promise<{ readonly pid: number; readonly nodeId: string }> {
  const { nodeInfo } = await weir.turns(job, "t1", "running");
  // On a node where it has run before, what the process of that time said is there until the next one begins.
  const pid = await eventually(`the process of job ${job} to run and say its number`, async () => {
    const said = await weir.output(job, "t1").catch(() => "");
    return said.endsWith("\n") && isRunning(Number(said)) ? Number(said) : undefined;
  });
  return { pid, nodeId: nodeInfo!.nodeId };
}

/** The process goes; the wire may tell of the task before it has. */
async function expectGone({ pid, job }: HeldTask): Promise<void> {
  await eventually(`the process of job ${job} to go`, () => (isRunning(pid) ? undefined : true));
}

/** Stopped at once and for good. */
export async function expectTerminated(weir: AtWork, task: HeldTask): Promise<void> {
  const { executionInfo } = await weir.turns(task.job, "t1", "completed");
  expect(executionInfo).toMatchObject({
    result: "failure",
    requeueCount: 0,
    retryCount: 0,
    failureInfo: { code: "TaskEnded" },
  });
  await expectGone(task);
}

/** Stopped at once, and back in its queue or running anew by now. */
export async function expectRequeued(weir: AtWork, held: HeldTask): Promise<Task> {
  const { job } = held;
  const task = await eventually(`the task of job ${job} to be requeued`, async () => {
    const found = await weir.task(job, "t1");
    return found.executionInfo.requeueCount > 0 ? found : undefined;
  });
  expect(["active", "running"]).toContain(task.state);
  expect(task.executionInfo).toMatchObject({ requeueCount: 1, retryCount: 0 });
  await expectGone(held);
  return task;
}

/** Runs on as if nothing had been asked for. */
export async function expectUntouched(weir: AtWork, { job, pid }: HeldTask): Promise<void> {
  expect(isRunning(pid)).toBe(true);
  expect(await weir.task(job, "t1")).toMatchObject({ state: "running", executionInfo: { requeueCount: 0 } });
}

/** Lets it go and sees it finish what it did. */
export async function expectFinished(weir: AtWork, { job, gate }: HeldTask): Promise<void> {
  gate.open();
  const { executionInfo } = await weir.turns(job, "t1", "completed");
  expect(executionInfo).toMatchObject({ result: "success", exitCode: 0, requeueCount: 0 });
}

/** What an action does besides the tasks: it has been accepted and is not done (the node is there, as it was), or it is done. */
export interface Action {
  readonly isPending: () => Promise<boolean>;
  readonly isDone: () => Promise<boolean>;
}

/**
 * After an action with this option was asked for: the task's fate and the action's moment, both as the option says. A requeued task is left as it is, in
 * its queue or running on the node that has come back; let go of, it finishes.
 */
export async function expectFate(weir: AtWork, task: HeldTask, option: Option, { isPending, isDone }: Action): Promise<void> {
  const done = (what: string) =>
    eventually(`${what}, ${option}, job ${task.job}`, async () => ((await isDone()) ? true : undefined));
  switch (option) {
    case "terminate":
      await expectTerminated(weir, task);
      await done("the action after the task was terminated");
      return;
    case "requeue":
      await expectRequeued(weir, task);
      await done("the action after the task was requeued");
      return;
    case "taskcompletion":
      expect(await isPending()).toBe(true);
      await expectUntouched(weir, task);
      await expectFinished(weir, task);
      await done("the action after the task had finished");
      return;
    case "retaineddata":
      await expectUntouched(weir, task);
      await expectFinished(weir, task);
      // The task is over and its data are retained: the node waits for them, and they can be read.
      expect(await isPending()).toBe(true);
      expect(await weir.output(task.job, "t1")).toBe(`${task.pid}\nfinished\n`);
      await weir.server.ask("DELETE", `/jobs/${task.job}/tasks/t1`);
      await done("the action after the data were given up");
      return;
  }
}

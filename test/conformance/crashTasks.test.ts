/** The crash test's judge is proven by planted bugs: each thing that must never be is put before it and must be found. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { judge, type Moments, type NotedRun, type Plan, readNotes, type ShownTask, taskOf } from "./crashTasks.ts";

const notes = mkdtempSync(join(tmpdir(), "weir-notes-"));
afterAll(() => rmSync(notes, { recursive: true, force: true }));

const plan: Plan = { id: "t1", exitCode: 0, sleepMs: 10, fate: "exit" };
const good: ShownTask = {
  id: "t1",
  state: "completed",
  executionInfo: { exitCode: 0, result: "success", retryCount: 0, requeueCount: 0 },
};
const run = (startedAt: number, endedAt: number | undefined): NotedRun => ({ startedAt, endedAt, node: "n" });

const moments = (reasons: number[], endedAt?: number): Moments => ({
  reasons: reasons.map((at) => ({ from: at, to: at })),
  requeued: false,
  endedAt,
});

describe("the judge of the crash test", () => {
  it("finds nothing wrong with a task that ran once, or again after the agent was killed", () => {
    expect(judge(plan, good, [run(100, 120)], moments([]))).toEqual([]);
    expect(judge(plan, good, [run(100, undefined), run(200, 220)], moments([150]))).toEqual([]);
  });

  it("finds a task that is lost, not completed, with another exit code, another result, or counted as retried", () => {
    const once = [run(100, 120)];
    const wrong = (shown: ShownTask | undefined) => judge(plan, shown, once, moments([]));
    expect(wrong(undefined)[0]).toMatch(/is gone/);
    expect(wrong({ ...good, state: "active" })[0]).toMatch(/is active/);
    expect(wrong({ ...good, executionInfo: { exitCode: 3, result: "success" } })[0]).toMatch(/exit code 0/);
    expect(wrong({ ...good, executionInfo: { exitCode: 0, result: "failure" } })[0]).toMatch(/should be a success/);
    expect(wrong({ ...good, executionInfo: { ...good.executionInfo, retryCount: 1 } })[0]).toMatch(/1 retries/);
  });

  it("finds a task that never ran to its end, ran twice at once, or again for no reason", () => {
    expect(judge(plan, good, [], moments([]))[0]).toMatch(/never came to its end/);
    expect(judge(plan, good, [run(100, undefined)], moments([]))[0]).toMatch(/never came to its end/);
    expect(judge(plan, good, [run(100, 300), run(200, 220)], moments([150]))).toEqual(["t1 ran twice at once"]);
    expect(judge(plan, good, [run(5000, undefined), run(9000, 9020)], moments([50, 9250]))[0]).toMatch(/ran again/);
  });

  it("finds an ended task that says something else or started long after it was ended", () => {
    const endless: Plan = { ...plan, fate: "terminated" };
    const ended: ShownTask = { ...good, executionInfo: { failureInfo: { code: "TaskEnded" } } };
    expect(judge(endless, ended, [run(100, undefined)], moments([], 200))).toEqual([]);
    expect(judge(endless, good, [run(100, undefined)], moments([], 200))[0]).toMatch(/ended by request and says/);
    expect(judge(endless, ended, [run(5000, undefined)], moments([], 200))[0]).toMatch(/4800 ms after it was ended/);
  });

  it("finds a deleted task that is still there, and requeues that nobody asked for", () => {
    const deleted: Plan = { ...plan, fate: "deleted" };
    expect(judge(deleted, undefined, [run(100, undefined)], moments([], 200))).toEqual([]);
    expect(judge(deleted, good, [], moments([], 200))).toEqual(["t1 was deleted and is completed"]);
    const requeued = { ...good, executionInfo: { ...good.executionInfo, requeueCount: 1 } };
    expect(judge(plan, requeued, [run(100, 120)], moments([]))).toEqual(["t1 has 1 requeues"]);
    expect(judge(plan, requeued, [run(100, 120)], { ...moments([]), requeued: true })).toEqual([]);
  });

  it("reads what the tasks wrote, and no line that none of them wrote", () => {
    expect(taskOf(plan, notes).commandLine).toContain(`flock -n 9 || echo twice t1 >>${notes}/marks`);
    writeFileSync(join(notes, "marks"), "start t1 5000000 n1\ntwice t1\nend t1 6000000\nstart t2 7000000 n2\n");
    const read = readNotes(notes);
    expect(read.twice).toEqual(["t1"]);
    expect(Object.fromEntries(read.runs)).toEqual({
      t1: [{ startedAt: 5, node: "n1", endedAt: 6 }],
      t2: [{ startedAt: 7, node: "n2", endedAt: undefined }],
    });
    writeFileSync(join(notes, "marks"), "sta\n");
    expect(() => readNotes(notes)).toThrow(/no task wrote/);
  });
});

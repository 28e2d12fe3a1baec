/**
 * Readers of the three public trace formats: Standard Workload Format, the Azure VM requests of 2017, and the Azure LLM inference
 * requests of 2023. Text in, `Arrival`s out, in the order of their submit times. A reader invents nothing: where a trace leaves a value
 * open, the reader's doc comment says what it takes instead, and the history made from it repeats that in its heading.
 */
import { randomStream } from "../../src/base/random.ts";

/** Work that arrives at one moment and starts as one piece. All times in seconds on the trace's own clock. */
export interface Arrival {
  readonly submitAt: number;
  readonly durationSeconds: number;
  /** Slots it holds while it runs, all at once. */
  readonly slots: number;
  /** What it adds to the task metrics: a multi-instance task counts its instances (rule 4.10). */
  readonly tasks: number;
  readonly failed: boolean;
  readonly memoryMegabytes: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

const plain = { failed: false, memoryMegabytes: 0, inBytes: 0, outBytes: 0 };

/**
 * Standard Workload Format. A job of n processors is one multi-instance task of n instances, one slot each. A run time of 0 or -1
 * (shorter than a second, or unknown) is taken as one second. A job that ran as long as it had asked for is taken as failed: the machine
 * ended it, as a task's maxWallClockTime would.
 */
export function readSwf(text: string): Arrival[] {
  const arrivals: Arrival[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith(";") || line.trim() === "") continue;
    const [, submitAt, , runTime, processors, , , , timeAsked] = line.trim().split(/\s+/).map(Number);
    const failed = timeAsked > 0 && runTime >= timeAsked;
    const durationSeconds = Math.max(1, runTime);
    arrivals.push({ ...plain, submitAt, durationSeconds, slots: processors, tasks: processors, failed });
  }
  return bySubmit(arrivals);
}

/** The four texts of the Azure VM trace. */
export interface VmTrace {
  readonly flavors: string;
  readonly durations: string;
  readonly flavorMap: string;
  readonly intervalMap: string;
}

/**
 * Azure VM requests. A virtual machine of n cores is one task that holds n slots and the memory it asked for. Only every `everyBatch`-th
 * tenant batch is kept, and of it the machines that ended within a day: longer ones are services, not tasks. Life times are given in
 * bins; inside its bin one is drawn evenly from `seed`.
 */
export function readVmRequests(trace: VmTrace, everyBatch: number, seed: number): Arrival[] {
  const shape = new Map<string, { cores: number; gib: number }>();
  for (const line of trace.flavorMap.trim().split("\n")) {
    const [size, letter] = line.trim().split(/\s+/);
    const [cores, gib] = size.split(",").map(Number);
    shape.set(letter, { cores, gib });
  }
  const binStart: number[] = [];
  for (const line of trace.intervalMap.trim().split("\n")) {
    const [second, bin] = line.trim().split(/\s+/).map(Number);
    binStart[bin] ??= second;
  }
  const draw = randomStream(seed, "vm life time");
  const durationLines = trace.durations.trim().split("\n");
  const arrivals: Arrival[] = [];
  let batch = 0;
  for (const [row, line] of trace.flavors.trim().split("\n").entries()) {
    const [second, items] = line.trim().split(" ");
    const letters = items.split(",");
    const bins = durationLines[row].trim().split(" ")[1].split(",");
    for (const [i, letter] of letters.entries()) {
      if (letter === "|") batch++;
      if (letter === "|" || letter === "" || batch % everyBatch !== 0) continue;
      const bin = Number(bins[i].slice(1));
      const machine = shape.get(letter);
      if (bins[i][0] !== "U" || machine === undefined || binStart[bin + 1] > 86_400) continue;
      const lifeTime = binStart[bin] + draw() * (binStart[bin + 1] - binStart[bin]);
      const durationSeconds = Math.max(1, Math.round(lifeTime));
      const memoryMegabytes = machine.gib * 1024;
      arrivals.push({ ...plain, submitAt: Number(second), durationSeconds, slots: machine.cores, tasks: 1, memoryMegabytes });
    }
  }
  return bySubmit(arrivals);
}

/** What one token costs; assumed, since the trace records sizes only. */
export const llmCost = { secondsPerContextToken: 0.00025, secondsPerGeneratedToken: 0.03, bytesPerToken: 4 };

/**
 * Azure LLM inference requests. A request is one task of one slot; its duration is reckoned from its token counts with `llmCost`, and its
 * bytes are context tokens in and generated tokens out at 4 bytes each. Times count from the midnight (UTC) before the first request.
 */
export function readLlmRequests(text: string): Arrival[] {
  const arrivals: Arrival[] = [];
  for (const line of text.split(/\r?\n/).slice(1)) {
    if (line.trim() === "") continue;
    const [stamp, context, generated] = line.split(",");
    const [hour, minute, second] = stamp.split(" ")[1].split(":").map(Number);
    const { secondsPerContextToken, secondsPerGeneratedToken, bytesPerToken } = llmCost;
    arrivals.push({
      ...plain,
      submitAt: (hour * 60 + minute) * 60 + second,
      durationSeconds: Number(context) * secondsPerContextToken + Number(generated) * secondsPerGeneratedToken,
      slots: 1,
      tasks: 1,
      inBytes: Number(context) * bytesPerToken,
      outBytes: Number(generated) * bytesPerToken,
    });
  }
  return bySubmit(arrivals);
}

function bySubmit(arrivals: Arrival[]): Arrival[] {
  return arrivals.sort((a, b) => a.submitAt - b.submitAt);
}

/** Each multi-instance task as so many tasks of one slot that arrive together and run on their own. */
export function asSingleSlotTasks(arrivals: readonly Arrival[]): Arrival[] {
  return arrivals.flatMap((arrival) => Array.from({ length: arrival.tasks }, () => ({ ...arrival, slots: 1, tasks: 1 })));
}

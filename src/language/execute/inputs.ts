/**
 * What a run reads once before it begins: present values of metrics and targets, each into its register (they cannot fail and do not change
 * within a run). As functions that name each reader: a loop over an array of readers takes twice the time, because in the loop the engine does
 * not know whom it asks.
 */
import type { Environment, MetricReader } from "../environment.ts";
import type { CurrentInstruction, MetricInstruction, Register } from "../ir.ts";
import type { Frame } from "./frame.ts";

/** Makes the function that reads all inputs into the frame's doubles where they are now. */
export function inputsReader(inputs: readonly (MetricInstruction | CurrentInstruction)[], frame: Frame): () => void {
  const readers: MetricReader[] = [];
  const registers: Register[] = [];
  const targets: CurrentInstruction[] = [];
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input.op === "current") targets.push(input);
    else {
      readers.push(frame.reader(input.metric));
      registers.push(input.dst);
    }
  }
  const { doubles, environment } = frame;
  const read = metricsReader(readers, registers, doubles, 0);
  return targets.length === 0 ? read : withTargets(read, targets, doubles, environment);
}

/** Reads the metrics from the `first` on; the functions hold up to six of them and hand on the rest. */
function metricsReader(
  readers: readonly MetricReader[],
  registers: readonly Register[],
  f: Float64Array,
  first: number,
): () => void {
  const [a, b, c, d, e, g] = readers.slice(first, first + 6);
  const [ra, rb, rc, rd, re, rg] = registers.slice(first, first + 6);
  switch (readers.length - first) {
    case 0:
      return () => {};
    case 1:
      return () => {
        f[ra] = a.latest();
      };
    case 2:
      return () => {
        f[ra] = a.latest();
        f[rb] = b.latest();
      };
    case 3:
      return () => {
        f[ra] = a.latest();
        f[rb] = b.latest();
        f[rc] = c.latest();
      };
    case 4:
      return () => {
        f[ra] = a.latest();
        f[rb] = b.latest();
        f[rc] = c.latest();
        f[rd] = d.latest();
      };
    case 5:
      return () => {
        f[ra] = a.latest();
        f[rb] = b.latest();
        f[rc] = c.latest();
        f[rd] = d.latest();
        f[re] = e.latest();
      };
    default: {
      const rest = metricsReader(readers, registers, f, first + 6);
      return () => {
        f[ra] = a.latest();
        f[rb] = b.latest();
        f[rc] = c.latest();
        f[rd] = d.latest();
        f[re] = e.latest();
        f[rg] = g.latest();
        rest();
      };
    }
  }
}

function withTargets(
  read: () => void,
  targets: readonly CurrentInstruction[],
  doubles: Float64Array,
  environment: Environment,
): () => void {
  return () => {
    read();
    for (let i = 0; i < targets.length; i++) {
      const { name, dst } = targets[i];
      doubles[dst] = name === "$TargetDedicatedNodes" ? environment.targetDedicated : environment.targetLowPriority;
    }
  };
}

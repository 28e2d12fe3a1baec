/**
 * What a formula reads of the history, as columns: present values of metrics, windows, and the verdict on their percentages.
 */
import type { AimInstruction, CheckInstruction, MetricInstruction, Register } from "../../../language/ir.ts";
import { Timeinterval } from "../../../language/values/value.ts";
import type { Executor, Operation } from "./executor.ts";
import { AGAIN, INSUFFICIENT } from "./lanes.ts";

/** A property of a metric that needs no window. */
export function metricOperation(i: MetricInstruction, executor: Executor): Operation {
  const dst = executor.column(i.dst);
  const metric = executor.history.metric(i.metric);
  const { fates } = executor;
  switch (i.what) {
    case "latest": {
      const dependsOnTarget = i.metric === "$CurrentDedicatedNodes" || i.metric === "$CurrentLowPriorityNodes";
      const otherwise = i.metric === "$TaskSlotsPerNode" ? 1 : 0;
      return (mask) => {
        const latest = metric.latest();
        if (latest.isUniform) {
          dst.setUniform(Number.isNaN(latest.uniform) ? otherwise : latest.uniform);
          if (dependsOnTarget && Number.isNaN(latest.uniform)) return false;
          return true;
        }
        const from = latest.lanes(executor.count);
        const to = dst.write();
        for (let step = 0; step < executor.count; step++) {
          const isMissing = Number.isNaN(from[step]);
          to[step] = isMissing ? otherwise : from[step];
          if (isMissing && dependsOnTarget && (mask === undefined || mask[step] === 1)) fates.markStep(step, AGAIN);
        }
        return true;
      };
    }
    case "Count":
      return () => {
        dst.take(metric.visible());
        return true;
      };
    case "GetSamplePeriod":
      return () => {
        dst.setUniform(Number(metric.view.period()));
        return true;
      };
    case "HistoryBeginTime":
      return () => {
        metric.begin();
        const { series } = metric.view;
        const lanes = dst.write();
        for (let step = 0; step < executor.count; step++) {
          const first = metric.firstEdge.at(step);
          const offset = first < metric.endEdge.at(step) ? series.offsetAt(first) : executor.history.offsetOf(step);
          lanes[step] = executor.history.sinceStart(offset);
        }
        return true;
      };
  }
}

/** Finds a window's samples; its ends must be the same length of time before every step of the block. */
export function aimOperation(i: AimInstruction, executor: Executor): Operation {
  const metric = executor.history.metric(i.metric);
  const a = i.a < 0 ? undefined : endOf(i.a, executor);
  const b = i.b < 0 ? () => 0 : endOf(i.b, executor);
  if (i.form === "last") {
    const asked = executor.column(i.a);
    return () => {
      if (!asked.isUniform) return false;
      const whole = Math.trunc(asked.uniform);
      executor.setWindow(i.dst, metric.last(whole >= 1 ? Math.min(whole, 2 ** 31) : 0));
      return true;
    };
  }
  return () => {
    const from = a?.();
    const to = b();
    if (from === undefined || to === undefined) return false;
    executor.setWindow(i.dst, metric.between(Math.max(from, to), Math.min(from, to)));
    return true;
  };
}

/** An end of a window as ticks before now; undefined where it differs from step to step. */
function endOf(register: Register, executor: Executor): () => number | undefined {
  const constant = executor.program.constants[register];
  if (constant instanceof Timeinterval) {
    const ticks = Number(constant.ticks);
    return () => ticks;
  }
  const column = executor.column(register);
  if (executor.program.types[register] === "timeinterval")
    return () => (column.isUniform && !Number.isNaN(column.uniform) ? column.uniform : undefined);
  return () => {
    const { first, timeline } = executor.history;
    const lanes = column.lanes(executor.count);
    const age = first * timeline.interval - lanes[0];
    for (let step = 1; step < executor.count; step++) {
      if ((first + step) * timeline.interval - lanes[step] !== age) return undefined;
    }
    return Number.isNaN(age) ? undefined : age;
  };
}

/** Marks the steps whose window holds too few samples (rule 5.7). */
export function checkOperation(i: CheckInstruction, executor: Executor): Operation {
  const wanted = executor.column(i.wanted);
  const { fates } = executor;
  return (mask) => {
    const { percent } = executor.window(i.window);
    if (percent.isUniform && wanted.isUniform) {
      if (percent.uniform < wanted.uniform) fates.mark(mask, INSUFFICIENT);
      return true;
    }
    const received = percent.lanes(executor.count);
    const least = wanted.lanes(executor.count);
    for (let step = 0; step < executor.count; step++) {
      if (received[step] < least[step] && (mask === undefined || mask[step] === 1)) fates.markStep(step, INSUFFICIENT);
    }
    return true;
  };
}

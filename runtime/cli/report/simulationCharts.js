/** The charts of simulated runs. One run has its demand behind its nodes and bars for distributions; several have a line each. */
import uPlot from "uplot";
import { addChart, addTimeChart, axis, colorOf, demandArea, formulaColor, line, number, numbers, tooltip } from "./charts.js";

const DASH = [6, 5];

/** Draws all of them. */
export function drawSimulation({ times, runs, wait, slowdown }) {
  const one = runs.length === 1;
  const color = (i) => () => formulaColor(i);
  const name = (run, what) => (one ? what : runs.length > 1 && what === "" ? run.name : `${run.name}, ${what}`);
  const lines = (host, column, options = {}) =>
    addTimeChart(
      host,
      [times, ...runs.map((run) => run[column])],
      runs.map((run, i) => line(run.name, color(i))),
      options,
    );
  addTimeChart(
    "nodes",
    [times, ...(one ? [runs[0].demand] : []), ...runs.flatMap((run) => [run.target, run.nodes])],
    [
      ...(one ? [demandArea()] : []),
      ...runs.flatMap((run, i) => [
        line(name(run, "target"), one ? color(1) : color(i), { width: 1.5, dash: DASH }),
        line(name(run, one ? "nodes" : ""), color(i)),
      ]),
    ],
    { height: 320 },
  );
  lines("demand", "demand");
  if (one)
    addTimeChart(
      "queue",
      [times, runs[0].running, runs[0].waiting],
      [
        line("running", () => colorOf("--demand-line"), { fill: () => colorOf("--demand"), width: 1 }),
        line("waiting", color(1)),
      ],
    );
  else lines("queue", "waiting");
  lines("lowPriority", "lowPriority");
  lines("cost", "cost", { height: 220 });
  drawDistribution("wait", wait, runs, color);
  drawDistribution("slowdown", slowdown, runs, color);
}

/** Bars of one run, growing shares of several. */
function drawDistribution(host, { unit, at, columns, growing }, runs, color) {
  const end = unit === "" ? "" : ` ${unit}`;
  const title = (x, i) =>
    growing ? `up to ${number.format(x)}${end}` : `${number.format(x)} to ${number.format(at[i + 1] ?? x)}${end}`;
  const paths = growing ? uPlot.paths.linear() : uPlot.paths.stepped({ align: 1 });
  const fill = growing ? {} : { fill: () => `${formulaColor(0)}33` };
  const values = (_, ticksAt) => ticksAt.map((value) => `${number.format(value)}${end}`);
  addChart(
    host,
    [at, ...columns],
    columns.map((_, i) => line(growing ? runs[i].name : "tasks", color(i), { paths, ...fill })),
    {
      height: 220,
      cursor: { points: { size: 7 }, y: false },
      scales: {
        x: { time: false },
        y: growing ? { range: [0, 100] } : { range: (_, __, most) => [0, Math.max(1, most) * 1.05] },
      },
      axes: [axis({ values }), axis({ size: 60, values: growing ? (_, t) => t.map((v) => `${v} %`) : numbers })],
      plugins: [tooltip({ title, unit: growing ? " %" : "" })],
    },
  );
}

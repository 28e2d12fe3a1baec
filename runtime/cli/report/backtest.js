/** The charts of a back-test's report: a line for each formula, the recorded demand as an area behind them. */
import { addTimeChart, data, demandArea, formulaColor, line } from "./charts.js";

/** Failed evaluations as ticks at the foot of the chart, in the colour of the formula. */
function failureTicks() {
  return {
    hooks: {
      draw: ({ ctx, bbox, valToPos, data: [times] }) => {
        ctx.save();
        data.formulas.forEach((formula, i) => {
          ctx.fillStyle = formulaColor(i);
          const height = 5 * devicePixelRatio;
          const y = bbox.top + bbox.height - (i + 1) * (height + devicePixelRatio);
          for (const point of formula.failedPoints) {
            const x = valToPos(times[point], "x", true);
            if (x >= bbox.left && x <= bbox.left + bbox.width)
              ctx.fillRect(x - devicePixelRatio, y, 2 * devicePixelRatio, height);
          }
        });
        ctx.restore();
      },
    },
  };
}

/** A line for each formula that the chart shows. */
const linesOf = (values) => data.formulas.map((each, i) => ({ name: each.name, i, values: values(each) }));

/** Draws all of them. */
export function drawBacktest() {
  const failedPoints = data.formulas.map((formula) => new Set(formula.failedPoints));
  const failuresAt = (point) =>
    data.formulas.flatMap((formula, i) => {
      if (!failedPoints[i].has(point)) return [];
      const row = document.createElement("div");
      row.className = "failed";
      row.textContent = `${formula.name}: failed, targets kept`;
      return [row];
    });
  const add = (host, lines, { demand, ...options }) =>
    addTimeChart(
      host,
      [data.times, ...(demand ? [demand] : []), ...lines.map(({ values }) => values)],
      [...(demand ? [demandArea()] : []), ...lines.map(({ name, i }) => line(name, () => formulaColor(i)))],
      { more: failuresAt, ...options },
    );
  const targets = linesOf((each) => each.total);
  add("targets", targets, { demand: data.demand, height: 320, plugins: [failureTicks()] });
  if (data.demand !== null)
    add(
      "surplus",
      linesOf((each) => each.total.map((value, i) => value - data.demand[i])),
      {},
    );
  add(
    "lowPriority",
    linesOf((each) => each.lowPriority).filter(({ values }) => values.some((value) => value > 0)),
    {},
  );
  add(
    "hours",
    linesOf((each) => each.hours),
    { unit: " h", height: 220 },
  );
}

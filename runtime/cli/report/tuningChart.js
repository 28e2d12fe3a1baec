/** Wait over cost, a dot for each point that was tried; those that no other beats are filled and joined. */
import { addChart, axis, colorOf, formulaColor, number, numbers, placeTooltip, tooltipRow } from "./charts.js";

const WAIT = "p95 wait";
const RADIUS = 5;
const REACH = 30;

/** Draws it. */
export function drawTuning({ points, current, cost }) {
  const sorted = [...points, { ...current, isCurrent: true }].sort((a, b) => a.cost - b.cost || a.wait - b.wait);
  const costs = sorted.map((point) => point.cost);
  addChart(
    "front",
    [costs, sorted.map((point) => point.wait)],
    [{ label: WAIT, stroke: () => formulaColor(0), paths: () => null, points: { show: false } }],
    {
      height: 420,
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false, range: padded }, y: { range: (chart, least, most) => [0, padded(chart, least, most)[1]] } },
      axes: [
        axis({ values: numbers, label: cost, labelSize: 24, labelFont: "12px system-ui, sans-serif" }),
        axis({ size: 60, values: numbers, label: `${WAIT}, seconds`, labelSize: 24, labelFont: "12px system-ui, sans-serif" }),
      ],
      plugins: [dots(sorted), nearestPoint(sorted, cost)],
    },
  );
}

function padded(_, least, most) {
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  return [least - room, most + room];
}

function dots(points) {
  return {
    hooks: {
      draw: (chart) => {
        const { ctx } = chart;
        const place = ({ cost, wait }) => [chart.valToPos(cost, "x", true), chart.valToPos(wait, "y", true)];
        ctx.save();
        ctx.lineWidth = 1.5 * devicePixelRatio;
        ctx.strokeStyle = formulaColor(0);
        ctx.fillStyle = formulaColor(0);
        ctx.beginPath();
        const front = points.filter((point) => point.onFront);
        for (const point of front) ctx.lineTo(...place(point));
        ctx.stroke();
        for (const point of points) {
          if (point.isCurrent) {
            const [x, y] = place(point);
            const side = 2 * RADIUS * devicePixelRatio;
            ctx.strokeStyle = formulaColor(1);
            ctx.strokeRect(x - side / 2, y - side / 2, side, side);
            continue;
          }
          ctx.strokeStyle = point.onFront ? formulaColor(0) : colorOf("--demand-line");
          ctx.beginPath();
          ctx.arc(...place(point), RADIUS * devicePixelRatio, 0, 2 * Math.PI);
          if (point.onFront) ctx.fill();
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

/** The point near the cursor tells its constants. */
function nearestPoint(points, cost) {
  const box = document.createElement("div");
  box.className = "tooltip";
  box.hidden = true;
  return {
    hooks: {
      init: (chart) => {
        chart.over.append(box);
        chart.over.addEventListener("mouseleave", () => {
          box.hidden = true;
        });
      },
      setCursor: (chart) => {
        const { left, top } = chart.cursor;
        const far = (point) => Math.hypot(chart.valToPos(point.cost, "x") - left, chart.valToPos(point.wait, "y") - top);
        const near = points.reduce((best, point) => (far(point) < far(best) ? point : best), points[0]);
        box.hidden = near === undefined || left < 0 || far(near) > REACH;
        if (box.hidden) return;
        const head = document.createElement("time");
        head.textContent = near.isCurrent
          ? "the formula as it is"
          : near.onFront
            ? "no other is better in both"
            : "another is better in both";
        const rows = Object.entries(near.constants).map(([name, value]) =>
          tooltipRow("transparent", name, number.format(value)),
        );
        const figures = [
          tooltipRow(formulaColor(0), cost, near.cost.toLocaleString("en-US", { maximumFractionDigits: 2 })),
          tooltipRow(formulaColor(0), WAIT, `${number.format(near.wait)} s`),
        ];
        box.replaceChildren(head, ...rows, ...figures);
        placeTooltip(box, chart.over, left, top);
      },
    },
  };
}

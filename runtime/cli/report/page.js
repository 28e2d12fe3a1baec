/**
 * The charts of a back-test's report; runs in the page, without any network. In comes the JSON that `report.ts` has put into the page, out come
 * uPlot charts that share one cursor and one zoom. Colours are the page's CSS variables, read at each drawing, so that a change between light
 * and dark needs only a redraw.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./page.css";

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const colorOf = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const formulaColor = (i) => colorOf(`--formula-${i % 8}`);
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const steps = uPlot.paths.stepped({ align: 1 });
const charts = [];

/** A line for each formula that the chart shows, and before them the demand as an area where it has one. */
function seriesOf(lines, demand) {
  const drawn = { paths: steps, points: { show: false } };
  const area = {
    label: "demand",
    kind: "demand",
    stroke: () => colorOf("--demand-line"),
    fill: () => colorOf("--demand"),
    width: 1,
    ...drawn,
  };
  const formulas = lines.map(({ formula: i }) => ({
    label: data.formulas[i].name,
    kind: i,
    stroke: () => formulaColor(i),
    width: 2,
    ...drawn,
  }));
  return [{}, ...(demand ? [area] : []), ...formulas];
}

/** Values at the cursor, beside it. */
function tooltip(unit) {
  const box = document.createElement("div");
  box.className = "tooltip";
  return {
    hooks: {
      init: (chart) => {
        box.hidden = true;
        chart.over.append(box);
        chart.over.addEventListener("mouseleave", () => {
          box.hidden = true;
        });
      },
      setCursor: (chart) => {
        const { idx, left, top } = chart.cursor;
        // Synced charts have a cursor too, but only the one under the pointer tells.
        if (idx === null || idx === undefined || left < 0 || !chart.over.matches(":hover")) {
          box.hidden = true;
          return;
        }
        const rows = chart.series.slice(1).flatMap((series, i) => {
          const value = chart.data[i + 1][idx];
          if (!series.show || value === null || value === undefined) return [];
          const row = document.createElement("div");
          const swatch = document.createElement("i");
          swatch.style.background = series.kind === "demand" ? colorOf("--demand-line") : formulaColor(series.kind);
          const figure = document.createElement("b");
          figure.textContent = `${number.format(value)}${unit}`;
          row.append(swatch, series.label, figure);
          return [row];
        });
        const time = document.createElement("time");
        time.textContent = `${new Date(chart.data[0][idx] * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
        box.replaceChildren(time, ...rows, ...failuresAt(idx));
        box.hidden = false;
        const right = left > chart.over.clientWidth / 2;
        box.style.left = right ? "" : `${left + 14}px`;
        box.style.right = right ? `${chart.over.clientWidth - left + 14}px` : "";
        box.style.top = `${Math.max(0, Math.min(top - 20, chart.over.clientHeight - box.offsetHeight))}px`;
      },
    },
  };
}

const failedPoints = data.formulas.map((formula) => new Set(formula.failedPoints));

function failuresAt(point) {
  return data.formulas.flatMap((formula, i) => {
    if (!failedPoints[i].has(point)) return [];
    const row = document.createElement("div");
    row.className = "failed";
    row.textContent = `${formula.name}: failed, targets kept`;
    return [row];
  });
}

/** Times on the axis: 24 hours, the date below wherever it changes. A row: from which spacing on, text, then text where year, month, day change. */
const timeFormats = [
  [365 * 86400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86400, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86400, "{DD} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{DD} {MMM} {YYYY}", null, "\n{DD} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{DD} {MMM} {YYYY}", null, "\n{DD} {MMM}", null, null, null, 1],
];

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

function axis(more) {
  return {
    stroke: () => colorOf("--muted"),
    grid: { stroke: () => colorOf("--grid"), width: 1 },
    ticks: { stroke: () => colorOf("--grid"), width: 1 },
    font: "12px system-ui, sans-serif",
    ...more,
  };
}

function addChart(host, lines, { demand, unit = "", height = 260, ticks = false }) {
  const element = document.getElementById(host);
  if (element === null) return;
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height,
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "Etc/UTC"),
      cursor: { sync: { key: "backtest" }, points: { size: 7 }, y: false },
      legend: { live: false },
      scales: { x: { time: true } },
      axes: [
        axis({ values: timeFormats }),
        axis({ size: 60, values: (_, ticksAt) => ticksAt.map((value) => number.format(value)) }),
      ],
      series: seriesOf(lines, demand),
      plugins: [tooltip(unit), ...(ticks ? [failureTicks()] : [])],
    },
    [data.times, ...(demand ? [demand] : []), ...lines.map(({ values }) => values)],
    element,
  );
  charts.push(chart);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height })).observe(element);
}

/** A line of numbers for each formula. */
const linesOf = (numbers) => data.formulas.map((each, formula) => ({ formula, values: numbers(each) }));

addChart(
  "targets",
  linesOf((each) => each.total),
  { demand: data.demand, height: 320, ticks: true },
);
if (data.demand !== null)
  addChart(
    "surplus",
    linesOf((each) => each.total.map((value, i) => value - data.demand[i])),
    {},
  );
addChart(
  "lowPriority",
  linesOf((each) => each.lowPriority).filter(({ values }) => values.some((value) => value > 0)),
  {},
);
addChart(
  "hours",
  linesOf((each) => each.hours),
  { unit: " h", height: 220 },
);

function redraw() {
  for (const chart of charts) chart.redraw(false, true);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.getElementById("theme").addEventListener("click", () => {
  const isDark =
    root.dataset.theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : root.dataset.theme === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
  redraw();
});

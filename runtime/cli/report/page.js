/**
 * The script of a report; runs in the page, without any network. In comes the JSON that the page carries, out come charts; which, its `kind` says.
 */
import "uplot/dist/uPlot.min.css";
import "./page.css";
import { drawBacktest } from "./backtest.js";
import { data, followTheme } from "./charts.js";
import { drawSimulation } from "./simulationCharts.js";
import { drawTuning } from "./tuningChart.js";

({ backtest: drawBacktest, simulation: drawSimulation, tuning: drawTuning })[data.kind](data);
followTheme();

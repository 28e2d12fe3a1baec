/**
 * The formula of the expression benches in our tongue, in JavaScript by hand and in JavaScript made from text; the peers have it in theirs in
 * expressionPeers.ts. All of them answer the same target for the same five inputs.
 */

/** Eight assignments and a result, two conditionals, min, max and floor over five inputs. */
export const FORMULA = `
load = $ActiveTasks + $RunningTasks;
perNode = load / $TaskSlotsPerNode;
wanted = floor(perNode + 0.9);
grown = $CurrentDedicatedNodes * 1.25 + 1;
bounded = min(wanted, grown);
step = bounded > $CurrentDedicatedNodes ? bounded - $CurrentDedicatedNodes : 0;
shrunk = load < $CurrentDedicatedNodes * $TaskSlotsPerNode * 0.2 ? max($CurrentDedicatedNodes - 2, 1) : $CurrentDedicatedNodes;
total = max(shrunk, $CurrentDedicatedNodes + step) + $PendingTasks / 100;
$TargetDedicatedNodes = min(40, max(2, total));
`;

/** Inputs in the order of all functions here. */
export const INPUTS = [
  "$ActiveTasks",
  "$RunningTasks",
  "$TaskSlotsPerNode",
  "$CurrentDedicatedNodes",
  "$PendingTasks",
] as const;

/** By hand. */
export function handWritten(active: number, running: number, slots: number, current: number, pending: number): number {
  const load = active + running;
  const perNode = load / slots;
  const wanted = Math.floor(perNode + 0.9);
  const grown = current * 1.25 + 1;
  const bounded = Math.min(wanted, grown);
  const step = bounded > current ? bounded - current : 0;
  const shrunk = load < current * slots * 0.2 ? Math.max(current - 2, 1) : current;
  const total = Math.max(shrunk, current + step) + pending / 100;
  return Math.trunc(Math.min(40, Math.max(2, total)));
}

/** The text that `new Function` gets; a `salt` of its own makes V8's cache of compiled texts miss. */
export function javascriptText(salt: string): string {
  return `/*${salt}*/
const load = active + running;
const perNode = load / slots;
const wanted = Math.floor(perNode + 0.9);
const grown = current * 1.25 + 1;
const bounded = Math.min(wanted, grown);
const step = bounded > current ? bounded - current : 0;
const shrunk = load < current * slots * 0.2 ? Math.max(current - 2, 1) : current;
const total = Math.max(shrunk, current + step) + pending / 100;
return Math.trunc(Math.min(40, Math.max(2, total)));`;
}

/**
 * The agent has said Hello: what it has is compared with what there should be, and the difference is told. First its endings are heard, because they
 * decide what still should run; then what is too much is ended, and what is missing begun.
 */
import type { RunEnding, RunId } from "../../agent/protocol.ts";
import type { AgentHello } from "./agentLink.ts";
import type { HostLife } from "./hostLife.ts";
import type { Host } from "./hosts.ts";
import type { Run } from "./runBook.ts";
import { gone, type RunLife } from "./runLife.ts";
import type { LocalState } from "./state.ts";

/** Runs of the agent by what is before the stamp of their ids; a running one goes before an ended one. Task runs have no stamp and are found by id. */
export function findRuns({ running, ended }: AgentHello): Map<string, RunId> {
  const found = new Map<string, RunId>();
  for (const { run, cause } of ended) if (!run.startsWith("t") && cause !== "killed") found.set(withoutStamp(run), run);
  for (const run of running) if (!run.startsWith("t")) found.set(withoutStamp(run), run);
  return found;
}

const withoutStamp = (run: RunId) => run.slice(0, run.lastIndexOf("."));

/** Brings agent and wishes together; from then on both are told every change. */
export function catchUp(hello: AgentHello, state: LocalState, runs: RunLife, nodes: HostLife): void {
  // Nothing is sent yet: hearing an ending may begin other runs, which are then given out below with all the rest.
  state.synced = false;
  // Before the ends of what ran there: nothing is to be placed on a node that is about to boot.
  const booting = new Set<Host>();
  for (const { node, interrupted } of hello.nodes) {
    const host = interrupted === true ? state.hosts.get(node) : undefined;
    if (host !== undefined && nodes.interrupted(host)) booting.add(host);
  }
  const running = new Set(hello.running);
  const ended = new Map<RunId, RunEnding>();
  for (const ending of inOrder(hello.ended)) {
    ended.set(ending.run, ending);
    hearEnding(ending, state, runs);
  }
  state.synced = true;
  state.send({ kind: "Usage", everyMs: state.options.usageEveryMs });
  seeToHosts(hello, booting, state, nodes);
  for (const run of hello.running) if (state.book.get(run) === undefined) state.send({ kind: "Kill", run });
  for (const run of [...state.book]) {
    if (state.book.get(run.id) !== run) continue;
    seeToRun(run, running.has(run.id) || ended.has(run.id), state, runs);
  }
}

/** Coordination commands before application commands: the book has an application only when its group is coordinated. */
function inOrder(endings: readonly RunEnding[]): RunEnding[] {
  const isInstance = ({ run }: RunEnding) => run.startsWith("t") && run.includes(".");
  return [...endings.filter(isInstance), ...endings.filter((ending) => !isInstance(ending))];
}

function hearEnding(ending: RunEnding, state: LocalState, runs: RunLife): void {
  const run = state.book.get(ending.run);
  if (run === undefined) {
    // Either on its way to become durable, or nobody waits for it any more.
    if (!state.unacknowledged.has(ending.run)) runs.acknowledge([ending.run]);
    return;
  }
  const { subject } = run;
  // Its return was heard before; whether what it left running has ended is another matter.
  if (subject.kind === "instance" && subject.group.instances[subject.instance] === "coordinated") return;
  runs.ended(run, ending);
}

function seeToHosts(hello: AgentHello, booting: ReadonlySet<Host>, state: LocalState, nodes: HostLife): void {
  const there = new Map(hello.nodes.map((hosted) => [hosted.node, hosted]));
  for (const hosted of hello.nodes)
    if (state.hosts.get(hosted.node) === undefined) state.send({ kind: "RemoveNode", node: hosted.node });
  for (const host of [...state.hosts]) {
    const hosted = there.get(host.name);
    host.boot = hosted?.boot ?? 0;
    host.bootMin = 1;
    if (hosted !== undefined) nodes.size(host);
    nodes.seeTo(host);
    if (hosted !== undefined && host.restart === undefined && !booting.has(host)) nodes.up(host, hosted);
  }
}

function seeToRun(run: Run, known: boolean, state: LocalState, runs: RunLife): void {
  if (!state.book.holds(run)) return;
  if (run.killed) {
    run.given = known;
    if (known) state.send({ kind: "Kill", run: run.id });
    else runs.ended(run, gone(run, "killed"), []);
  } else if (known) {
    run.given = true;
    // An earlier server may have been told of a change and not have lived to tell it.
    runs.constrain(run);
  }
  // It never began, or the agent would have kept a record of it: begun now, it does not run twice.
  else runs.give(run);
}

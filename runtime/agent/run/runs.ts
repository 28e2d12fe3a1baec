/**
 * The runs of all nodes of an agent: takes the orders to run and to kill, and is to each run the agent around it (`RunHost`). A run that is ordered once more
 * is not started once more: what is known of it is told again.
 */
import type { Launch } from "../launch/launcher.ts";
import type { Launchers } from "../launch/launchers.ts";
import type { Records } from "../leftovers/records.ts";
import type { Retention } from "../leftovers/retention.ts";
import type { Strays } from "../leftovers/strays.ts";
import type { Confinement } from "../node/confinement.ts";
import type { AgentDirectories } from "../node/directories.ts";
import type { NodeLife } from "../node/nodeLife.ts";
import type { NodeNetworks } from "../node/nodeNetworks.ts";
import { giveDirectory } from "../node/ownership.ts";
import type { RunDescription, RunEnding, RunId, ToAgent } from "../protocol.ts";
import { uploadOutputs } from "../transfer/outputs.ts";
import { Understanding } from "./command.ts";
import { prepareRun } from "./preparation.ts";
import { Run, type RunHost } from "./run.ts";
import type { Turns } from "./turns.ts";

/** What is around the runs. */
interface RunsSurroundings {
  readonly directories: AgentDirectories;
  readonly records: Records;
  readonly nodes: NodeLife;
  readonly confinement: Confinement;
  readonly launchers: Launchers;
  readonly networks: NodeNetworks;
  readonly strays: Strays;
  readonly retention: Retention;
  readonly turns: Turns;
}

/** Every run that is not over. */
export class Runs implements RunHost {
  private readonly around: RunsSurroundings;
  private readonly runs = new Map<RunId, Run>();
  private readonly understanding: Understanding;

  constructor(around: RunsSurroundings) {
    this.around = around;
    this.understanding = new Understanding(around.confinement.users);
  }

  /** Directories in which something runs. */
  directories(): Set<string> {
    return new Set([...this.runs.values()].map(({ directory }) => directory));
  }

  // What the server orders.

  /** Begins a run, when its node is ready; answered by Started and Ended. */
  run(description: RunDescription): void {
    const { nodes, records, turns } = this.around;
    const { run: id, node: name } = description;
    const known = this.runs.get(id);
    if (known !== undefined) {
      if (known.pid !== undefined) turns.send({ kind: "Started", run: id, pid: known.pid, at: known.startedAt! });
      return;
    }
    const ending = records.remembered.runs.get(id)?.ending;
    if (ending !== undefined) {
      turns.send({ kind: "Ended", ...ending });
      return;
    }
    const node = nodes.get(name);
    if (node === undefined) {
      turns.send({ kind: "Ended", run: id, node: name, cause: "lost", endedAt: this.now() });
      return;
    }
    const { directory, command } = this.understanding.of(description, node);
    const run = new Run(description, directory, command, this);
    this.runs.set(id, run);
    node.runs.add(run);
    records.begin(id, name, run.directory, description.lingers === true);
    const waiting = nodes.waitingFor(name);
    if (waiting === undefined) run.begin();
    else void waiting.then(() => (nodes.get(name) === node ? run.begin() : run.giveUp()));
  }

  /** Gives a run other limits; one that is over keeps what it had. */
  constrain(order: Extract<ToAgent, { kind: "Constrain" }>): void {
    this.runs.get(order.run)?.constrain(order);
  }

  /** Ends a run; answered by Ended, also when there is none of this id. */
  kill(id: RunId): void {
    const run = this.runs.get(id);
    if (run !== undefined) {
      run.kill();
      return;
    }
    const { records, turns } = this.around;
    const record = records.remembered.runs.get(id);
    const ending = record?.ending ?? { run: id, node: record?.node ?? "", cause: "killed", endedAt: this.now() };
    turns.send({ kind: "Ended", ...ending });
  }

  // What runs ask for.

  launch(launch: Launch, run: Run): void {
    const { confinement, nodes, networks, launchers, turns } = this.around;
    const apart = confinement.of(run, nodes.get(run.description.node));
    const whole = apart === undefined ? launch : { ...launch, apart };
    if (!networks.launch(run.description.node, whole, run)) launchers.launch(whole, run);
    turns.wake();
  }

  async prepare(run: Run, signal: AbortSignal): Promise<void> {
    const { nodes, directories, turns } = this.around;
    const node = nodes.get(run.description.node)!;
    const preparation = {
      run: run.description,
      directory: run.directory,
      nodeRoot: node.root,
      directories,
      signal,
      installed: (directory: string, bytes: number) =>
        turns.send({ kind: "PackageInstalled", node: run.description.node, directory, bytes }),
    };
    await node.traffic.for(() => prepareRun(preparation));
    if (run.user !== undefined) await giveDirectory(run.directory, run.user);
  }

  upload(run: Run, succeeded: boolean, signal: AbortSignal): ReturnType<RunHost["upload"]> {
    const { outputFiles, node } = run.description;
    const upload = () => uploadOutputs({ outputFiles, directory: run.directory, succeeded, signal });
    return this.around.nodes.get(node)?.traffic.for(upload) ?? upload();
  }

  discard(directory: string): void {
    this.around.directories.discard(directory);
  }

  started(run: Run): void {
    this.around.records.started(run.id, run.pid!, run.startTicks);
    this.around.turns.send({ kind: "Started", run: run.id, pid: run.pid!, at: run.startedAt! });
  }

  emptied(run: Run, what: "group" | "session" | "marked", then: () => void): void {
    const { strays } = this.around;
    if (what === "marked" || run.pid === undefined) strays.endMarked(run.directory, then);
    else if (what === "session") strays.endSession(run.pid, then);
    else strays.whenGroupEmpty(run.pid, then);
  }

  ended(run: Run, ending: RunEnding): void {
    const { nodes, retention, strays, records, turns } = this.around;
    const over = run.phase === "over";
    const node = nodes.get(ending.node);
    if (node !== undefined) {
      node.endedTicks += Math.max(0, run.usedTicks - run.countedTicks);
      run.countedTicks = run.usedTicks;
    }
    if (over) {
      this.runs.delete(run.id);
      node?.runs.delete(run);
      const { lingers, leaves } = run.description;
      const { retentionMs } = run.limits;
      if (retentionMs !== undefined) retention.keep(run.directory, ending.endedAt, retentionMs);
      if (run.pid !== undefined && ending.cause !== "lost" && lingers !== true && leaves !== true)
        strays.ended(run.pid, run.directory);
    }
    // A run that was acknowledged while it lingered is not in the records any more; its second end is told all the same.
    records.ended(ending, over);
    turns.send({ kind: "Ended", ...ending });
  }

  now(): number {
    return Date.now();
  }
}

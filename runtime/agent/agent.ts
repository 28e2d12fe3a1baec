/**
 * The agent: hosts nodes, runs what it is told to, and keeps every ending until it is thanked for it. Messages come in by `receive` and go out to
 * whoever is connected; nothing in here knows of sockets, pools or schedulers. Whatever a turn of the event loop brings is written down first, then
 * started, then told:
 *
 *     receive, launcher lines ──→ records ──→ launchers ──→ connected server
 */
import { splitCommandLine } from "./commandLine.ts";
import { Confinement } from "./confinement.ts";
import { AgentDirectories, confine } from "./directories.ts";
import { completeEnvironment, inheritedEnvironment, LINUX_ONLY } from "./environment.ts";
import { systemCode } from "./failures.ts";
import { fence } from "./fence.ts";
import type { HostedNode } from "./hostedNode.ts";
import type { Launch } from "./launcher.ts";
import { Logins } from "./login/logins.ts";
import { NodeNetworks } from "./nodeNetworks.ts";
import { Launchers, type LaunchersOptions } from "./launchers.ts";
import { NodeLife } from "./nodeLife.ts";
import { uploadOutputs } from "./outputs.ts";
import { giveDirectory } from "./ownership.ts";
import { prepareRun } from "./preparation.ts";
import { statOf } from "./processes.ts";
import {
  AGENT_PROTOCOL,
  type FromAgent,
  type RemoteUser,
  type RunDescription,
  type RunEnding,
  type RunId,
  type ToAgent,
} from "./protocol.ts";
import { Records } from "./records.ts";
import { Retention } from "./retention.ts";
import { type Command, Run, type RunHost } from "./run.ts";
import { Strays } from "./strays.ts";
import { UsageSampler } from "./usage.ts";
import { windowsCommand } from "./windows/route.ts";

export interface AgentOptions {
  /** The data directory: nodes in `<root>/nodes`, the agent's own files in `<root>/agent`. */
  readonly root: string;
  readonly launchers?: LaunchersOptions;
  readonly log?: (event: string, fields: object) => void;
}

/** When the records could not be written, they are tried again after this long; nothing is started or told before. */
const RECORDS_AGAIN_MS = 500;

export class Agent implements RunHost {
  readonly directories: AgentDirectories;
  readonly launchers: Launchers;
  private readonly networks: NodeNetworks;
  private readonly log: (event: string, fields: object) => void;
  private readonly records: Records;
  private readonly strays = new Strays();
  private readonly retention: Retention;
  private readonly usage: UsageSampler;
  private readonly nodes: NodeLife;
  private readonly logins: Logins;
  private readonly confinement: Confinement;
  private readonly runs = new Map<RunId, Run>();
  private readonly inherited = inheritedEnvironment(process.env);
  private sink: ((messages: readonly FromAgent[]) => void) | undefined = undefined;
  private outgoing: FromAgent[] = [];
  private turn: NodeJS.Immediate | undefined = undefined;
  private again: NodeJS.Timeout | undefined = undefined;

  private constructor(options: AgentOptions, directories: AgentDirectories, records: Records) {
    this.log = options.log ?? (() => {});
    this.directories = directories;
    this.records = records;
    const onStart = (pid: number) => records.launcher(pid, statOf(pid)?.startTicks ?? 0);
    const launching = { log: this.log, directory: directories.own, onStart, ...options.launchers };
    this.launchers = new Launchers(launching);
    this.networks = new NodeNetworks(launching);
    const { strays } = this;
    const send = (message: FromAgent) => this.send(message);
    this.logins = new Logins(directories.logins, this.log);
    this.nodes = new NodeLife({
      directories,
      records,
      strays,
      logins: this.logins,
      send,
      onMade: (node) => this.confinement.sizes.show(node),
      onGone: (name) => {
        this.confinement.users.forget(name);
        this.networks.leave(name);
      },
    });
    this.confinement = new Confinement({ directories, nodes: this.nodes, log: this.log, send });
    this.retention = new Retention(directories, () => new Set([...this.runs.values()].map(({ directory }) => directory)));
    this.usage = new UsageSampler({ nodes: this.nodes, nodesRoot: directories.nodes, send });
  }

  /** Opens the root: ends what an earlier agent left running, then is ready. One agent a root is the caller's care (main.ts). */
  static async open(options: AgentOptions): Promise<Agent> {
    const log = options.log ?? (() => {});
    const directories = new AgentDirectories(options.root);
    const records = new Records(directories.records);
    const lost = await fence(records, directories.nodes, log);
    const agent = new Agent(options, directories, records);
    if (lost.length > 0) agent.log("fenced", { runs: lost.length });
    agent.nodes.restore();
    agent.retention.start();
    void agent.directories.emptyTrash();
    return agent;
  }

  /** From now on messages go to `sink`, the first one Hello; undefined: to nobody. A connection that was there is not told of it. */
  connect(sink: ((messages: readonly FromAgent[]) => void) | undefined): void {
    this.sink = sink;
    this.outgoing = [];
    if (sink === undefined) return;
    const running: RunId[] = [];
    const ended: RunEnding[] = [];
    for (const { run, ending } of this.records.remembered.runs.values()) {
      if (ending === undefined) running.push(run);
      else ended.push(ending);
    }
    const nodes = [...this.nodes].map(({ hosted }) => hosted);
    const root = this.directories.nodes;
    this.send({ kind: "Hello", protocol: AGENT_PROTOCOL, pid: process.pid, root, nodes, running, ended });
  }

  /** Takes one message; Hello, Ping and Shutdown are the connection's matter. */
  receive(message: Exclude<ToAgent, { kind: "Hello" | "Ping" | "Shutdown" }>): void {
    switch (message.kind) {
      case "CreateNode":
        this.nodes.create(message.node, message.address, message.cores);
        return;
      case "SizeNode":
        this.nodes.whenReady(message.node, (node) => this.confinement.sizes.set(node, message.size));
        return;
      case "JoinNetwork":
        this.nodes.whenReady(message.node, ({ name }) => this.networks.join(name, message.network));
        return;
      case "RebootNode":
        this.nodes.reboot(message.node, message.wipe);
        return;
      case "RemoveNode":
        this.nodes.remove(message.node);
        return;
      case "Run":
        this.run(message);
        return;
      case "Constrain":
        this.runs.get(message.run)?.constrain(message);
        return;
      case "Kill":
        this.kill(message.run);
        return;
      case "Ack":
        // Written with what comes next: an ending that is told once more does no harm.
        this.records.acknowledged(message.run);
        return;
      case "RemoveFiles":
        this.removeFiles(message.node, message.directory);
        return;
      case "OpenLogin":
        this.openLogin(message.node, message.number, message.users);
        return;
      case "Retain":
        this.retain(message.node, message.directory, message.retentionMs);
        return;
      case "Usage":
        this.usage.every(message.everyMs);
        return;
    }
  }

  /** Ends everything on all nodes, which stay, and writes down what is to be remembered. */
  async close(): Promise<void> {
    this.usage.every(Number.POSITIVE_INFINITY);
    await this.nodes.emptyAll();
    await Promise.all([this.launchers.close(), this.networks.close()]);
    this.flush();
    clearTimeout(this.again);
    this.strays.close();
    this.retention.close();
    this.confinement.sizes.close();
    this.records.close();
  }

  // What runs ask for.

  launch(launch: Launch, run: Run): void {
    const apart = this.confinement.of(run, this.nodes.get(run.description.node));
    const whole = apart === undefined ? launch : { ...launch, apart };
    if (!this.networks.launch(run.description.node, whole, run)) this.launchers.launch(whole, run);
    this.wake();
  }

  async prepare(run: Run, signal: AbortSignal): Promise<void> {
    const node = this.nodes.get(run.description.node)!;
    const preparation = {
      run: run.description,
      directory: run.directory,
      nodeRoot: node.root,
      directories: this.directories,
      signal,
      installed: (directory: string, bytes: number) =>
        this.send({ kind: "PackageInstalled", node: run.description.node, directory, bytes }),
    };
    await node.traffic.for(() => prepareRun(preparation));
    if (run.user !== undefined) await giveDirectory(run.directory, run.user);
  }

  upload(run: Run, succeeded: boolean, signal: AbortSignal): ReturnType<RunHost["upload"]> {
    const { outputFiles, node } = run.description;
    const upload = () => uploadOutputs({ outputFiles, directory: run.directory, succeeded, signal });
    return this.nodes.get(node)?.traffic.for(upload) ?? upload();
  }

  discard(directory: string): void {
    this.directories.discard(directory);
  }

  started(run: Run): void {
    this.records.started(run.id, run.pid!, run.startTicks);
    this.send({ kind: "Started", run: run.id, pid: run.pid!, at: run.startedAt! });
  }

  emptied(run: Run, what: "group" | "session" | "marked", then: () => void): void {
    if (what === "marked" || run.pid === undefined) this.strays.endMarked(run.directory, then);
    else if (what === "session") this.strays.endSession(run.pid, then);
    else this.strays.whenGroupEmpty(run.pid, then);
  }

  ended(run: Run, ending: RunEnding): void {
    const over = run.phase === "over";
    const node = this.nodes.get(ending.node);
    if (node !== undefined) {
      node.endedTicks += Math.max(0, run.usedTicks - run.countedTicks);
      run.countedTicks = run.usedTicks;
    }
    if (over) {
      this.runs.delete(run.id);
      node?.runs.delete(run);
      const { lingers, leaves } = run.description;
      const { retentionMs } = run.limits;
      if (retentionMs !== undefined) this.retention.keep(run.directory, ending.endedAt, retentionMs);
      if (run.pid !== undefined && ending.cause === "exit" && lingers !== true && leaves !== true)
        this.strays.ended(run.pid, run.directory);
    }
    // A run that was acknowledged while it lingered is not in the records any more; its second end is told all the same.
    this.records.ended(ending, over);
    this.send({ kind: "Ended", ...ending });
  }

  now(): number {
    return Date.now();
  }

  private run(description: RunDescription): void {
    const { run: id, node: name } = description;
    const known = this.runs.get(id);
    if (known !== undefined) {
      if (known.pid !== undefined) this.send({ kind: "Started", run: id, pid: known.pid, at: known.startedAt! });
      return;
    }
    const ending = this.records.remembered.runs.get(id)?.ending;
    if (ending !== undefined) {
      this.send({ kind: "Ended", ...ending });
      return;
    }
    const node = this.nodes.get(name);
    if (node === undefined) {
      this.send({ kind: "Ended", run: id, node: name, cause: "lost", endedAt: this.now() });
      return;
    }
    const run = this.describe(description, node);
    this.runs.set(id, run);
    node.runs.add(run);
    this.records.begin(id, name, run.directory, description.lingers === true);
    const waiting = this.nodes.waitingFor(name);
    if (waiting === undefined) run.begin();
    else void waiting.then(() => (this.nodes.get(name) === node ? run.begin() : run.giveUp()));
  }

  private describe(description: RunDescription, node: HostedNode): Run {
    const directory = confine(node.root, description.directory);
    const place = { nodeRoot: node.root, directory: directory ?? node.root };
    const command =
      directory === undefined ? { problem: "The directory leaves the node." } : this.understand(description, place);
    return new Run(description, place.directory, command, this);
  }

  private understand(description: RunDescription, place: { nodeRoot: string; directory: string }): Command {
    const user = description.refused === undefined ? this.confinement.users.of(description) : { problem: description.refused };
    if (user !== undefined && "problem" in user) return user;
    const routed = description.windows === true ? windowsCommand(description.commandLine) : undefined;
    const split = routed === undefined ? splitCommandLine(description.commandLine) : { arguments: routed };
    if ("problem" in split) return split;
    const environment = completeEnvironment(this.inherited, description.environment, place, description.user?.name);
    if ("problem" in environment) return environment;
    if (description.windows === true) for (const name of LINUX_ONLY) environment.delete(name);
    return { arguments: split.arguments, environment, ...(user === undefined ? {} : { user }) };
  }

  private kill(id: RunId): void {
    const run = this.runs.get(id);
    if (run !== undefined) {
      run.kill();
      return;
    }
    const record = this.records.remembered.runs.get(id);
    const ending = record?.ending ?? { run: id, node: record?.node ?? "", cause: "killed", endedAt: this.now() };
    this.send({ kind: "Ended", ...ending });
  }

  private openLogin(name: string, number: number, users: readonly RemoteUser[]): void {
    const opened = async () => {
      const node = this.nodes.get(name);
      if (node === undefined || this.nodes.waitingFor(name) !== undefined) throw new Error("the node is not up");
      const visiting = users.map(({ user, ...rest }) => {
        const identity = this.confinement.login(user, node);
        return identity === undefined ? rest : { ...rest, identity };
      });
      return await this.logins.open(node, visiting);
    };
    opened().then(
      ({ address, port }) => this.send({ kind: "LoginOpen", node: name, number, address, port }),
      (error: Error) => this.send({ kind: "LoginRefused", node: name, number, reason: error.message }),
    );
  }

  private removeFiles(name: string, path: string): void {
    const node = this.nodes.get(name);
    const directory = node === undefined ? undefined : confine(node.root, path);
    if (directory === undefined) return;
    try {
      this.directories.discard(directory);
    } catch (error) {
      this.log("removeFilesFailed", { node: name, directory: path, code: systemCode(error) });
    }
  }

  private retain(name: string, path: string, retentionMs: number): void {
    const node = this.nodes.get(name);
    const directory = node === undefined ? undefined : confine(node.root, path);
    if (directory === undefined) return;
    this.retention.keep(directory, this.now(), retentionMs);
    this.wake();
  }

  private send(message: FromAgent): void {
    // Whoever connects later learns from Hello what counts.
    if (this.sink !== undefined) this.outgoing.push(message);
    this.wake();
  }

  private wake(): void {
    this.turn ??= setImmediate(() => this.flush());
  }

  private flush(): void {
    clearImmediate(this.turn);
    this.turn = undefined;
    try {
      this.records.flush();
    } catch (error) {
      this.log("recordsFailed", { code: systemCode(error) });
      clearTimeout(this.again);
      this.again = setTimeout(() => this.flush(), RECORDS_AGAIN_MS);
      return;
    }
    this.launchers.flush();
    this.networks.flush();
    this.retention.flush();
    const messages = this.outgoing;
    this.outgoing = [];
    if (messages.length > 0) this.sink?.(messages);
  }
}

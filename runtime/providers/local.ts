/**
 * The local provider: nodes are directories and loopback addresses of this machine, and tasks are processes that an agent of its own runs. Effects become
 * wishes (hosts, runs), wishes become messages, messages of the agent become reports. Whoever dies, this process or the agent, the wishes are
 * compared with what the agent tells in its Hello, and only the difference is told: nothing is lost, and nothing runs twice at the same time.
 *
 *     effect ─→ hosts, book of runs ─→ messages ─→ agent          effects of a restored world ─┐
 *     report ←─ report queue ←──────── messages ←─ agent          Hello ──────────────────────→ catchUp
 */
import { unreachable } from "../../src/base/assert.ts";
import type { FromAgent } from "../agent/protocol.ts";
import type { Traffic } from "../agent/transfer/traffic.ts";
import type { ComputeNode } from "../core/node.ts";
import type { Effect, Report } from "../core/protocol.ts";
import type { Task } from "../core/task.ts";
import type { World } from "../core/world.ts";
import { type AgentHello, AgentLink } from "./local/agentLink.ts";
import { HostLife } from "./local/hostLife.ts";
import { LoginLife } from "./local/loginLife.ts";
import { hostName } from "./local/hosts.ts";
import { catchUp, findRuns } from "./local/catchUp.ts";
import { sweep } from "./local/sweep.ts";
import { RunLife } from "./local/runLife.ts";
import { type LocalOptions, LocalState } from "./local/state.ts";
import { taskEnvironment } from "./local/taskEnvironment.ts";
import type { NodeLogins } from "./nodeLogins.ts";
import type { FrontEnd } from "./network/frontEnds.ts";
import type { Provider } from "./provider.ts";

export type { LocalOptions } from "./local/state.ts";

/** The provider of a real service: takes effects, gives reports, keeps in touch with the agent. Nothing of it lasts; a restart makes it anew from the world. */
export class LocalProvider implements Provider {
  private readonly state: LocalState;
  private readonly runs: RunLife;
  private readonly nodes: HostLife;
  private readonly ways: LoginLife;
  private readonly link: AgentLink;
  /** Effects wait for the first Hello: only then is it known what there is already. */
  private early: Effect[] | undefined = [];
  private world: World | undefined = undefined;
  private isSought = false;
  /** Hears how long it took from telling the agent to run something to its having begun, milliseconds. */
  onStarted: (ms: number) => void = () => {};
  /** Hears of a package that was unpacked on a node; `directory` is its name under `applications`, `bytes` those of its zip file. */
  onPackage: (poolId: string, directory: string, bytes: number) => void = () => {};

  constructor(options: LocalOptions) {
    this.state = new LocalState(options);
    this.runs = new RunLife(this.state);
    this.nodes = new HostLife(this.state, this.runs);
    this.ways = new LoginLife(this.state);
    this.link = new AgentLink({
      socket: options.socket,
      startAgent: options.startAgent,
      ...(options.machines?.heartbeatMs === undefined ? {} : { heartbeatMs: options.machines.heartbeatMs }),
      onHello: (hello) => this.greet(hello),
      onMessage: (message) => this.hear(message),
      onLost: () => this.lose(),
      log: options.log,
    });
    this.state.send = (message) => this.link.send(message);
  }

  /** Begins: the agent is sought, or started; with `startsLate` not before it has something to do. */
  restored(world: World): void {
    this.world = world;
    const hasNodes = [...world.pools.values()].some(({ nodes }) => nodes.size > 0);
    if (hasNodes || this.state.options.startsLate?.() !== true) this.seek();
  }

  private seek(): void {
    if (this.isSought) return;
    this.isSought = true;
    this.link.open();
  }

  /** There is no agent, and nothing that would want one. */
  get isAsleep(): boolean {
    return !this.isSought;
  }

  /** The agent is connected and up to date. */
  get connected(): boolean {
    return this.state.synced;
  }

  /** The ways to log in to its nodes. */
  get logins(): NodeLogins {
    return this.ways;
  }

  /** Processes that are wanted now. */
  get runCount(): number {
    return this.state.book.size;
  }

  /** The address that the node is said to have: in its subnet, or its own; undefined while it has no host. */
  addressOf(node: ComputeNode): string | undefined {
    return this.state.hosts.of(node.pool, node.id)?.shownAddress;
  }

  /** Name of the cluster that the node is in; undefined while it has no host, or there is only one cluster. */
  clusterOf(node: ComputeNode): string | undefined {
    return this.state.hosts.of(node.pool, node.id)?.place.cluster;
  }

  /** Ways in to the node from outside. */
  frontEndsOf(node: ComputeNode): readonly FrontEnd[] {
    return this.state.options.network?.frontEnds(node) ?? [];
  }

  /** Counts what goes to the node and comes from it through this process; undefined while it has no host. */
  trafficOf(node: ComputeNode): Traffic | undefined {
    return this.state.hosts.of(node.pool, node.id)?.traffic;
  }

  /** Rules of networks have changed. */
  networkChanged(): void {
    this.nodes.networkChanged();
  }

  /** Every variable of a task's process, secrets apart; undefined when there is none to tell of (T-81). */
  environmentOf(task: Task): [name: string, value: string][] | undefined {
    return taskEnvironment(task, this.state);
  }

  nextDueAt(): number {
    return this.state.queue.nextDueAt();
  }

  take(): Report | undefined {
    return this.state.queue.take();
  }

  onReport(wake: () => void): void {
    this.state.queue.wake = wake;
  }

  /** The reports taken so far are durable: the agent may forget what they told. */
  committed(): void {
    const durable = this.state.queue.takeDurable();
    for (const run of durable) this.state.unacknowledged.delete(run);
    this.runs.acknowledge(durable);
    this.nodes.committed();
  }

  perform(effect: Effect): void {
    if (this.early === undefined) this.carryOut(effect);
    else {
      this.early.push(effect);
      // Before `restored` nobody may look for an agent.
      if (this.world !== undefined) this.seek();
    }
  }

  /** Takes a low-priority node away (P-81); whether there was one to take. */
  preempt(node: ComputeNode): boolean {
    return this.nodes.preempt(node);
  }

  /** Leaves the agent and everything it runs to the next server. */
  close(): Promise<void> {
    this.state.options.network?.close();
    return this.link.close();
  }

  /** Ends all nodes' processes and the agent. */
  shutDown(): Promise<void> {
    this.state.options.network?.close();
    return this.link.shutDown();
  }

  private carryOut(effect: Effect): void {
    const { nodes, runs } = this;
    switch (effect.kind) {
      case "RunTask":
        runs.runTask(effect.attempt);
        break;
      case "ConstrainTask":
        runs.constrainTask(effect.attempt);
        break;
      case "KillTask":
        runs.killTask(effect.attempt);
        break;
      case "AllocateNodes":
        nodes.allocate(effect.pool, effect.dedicated, effect.nodeIds);
        break;
      case "CancelAllocation":
        nodes.cancel(effect.pool, effect.nodeIds);
        break;
      case "ReplaceNode":
        nodes.replace(effect.node);
        break;
      case "ReleaseNode":
        nodes.releaseHost(effect.pool, effect.nodeId);
        break;
      case "RebootNode":
        nodes.restart(effect.node, "reboot");
        break;
      case "ReimageNode":
        nodes.restart(effect.node, "wipe");
        break;
      case "RunStartTask":
        runs.runStartTask(effect.node);
        break;
      case "RunPreparation":
      case "RunRelease":
        runs.runSpecial(effect.run);
        break;
      case "KillSpecial":
        runs.killSpecial(effect.run);
        break;
      case "RemoveJobFiles":
        runs.removeJobFiles(effect.job, effect.node);
        break;
      case "RetainPreparationFiles":
        runs.retainPreparation(effect.run);
        break;
      case "RemoveTaskFiles":
        runs.removeTaskFiles(effect.task, effect.node);
        break;
      default:
        unreachable(effect);
    }
  }

  private greet(hello: AgentHello): void {
    const { state } = this;
    state.root = hello.root;
    const { early } = this;
    if (early !== undefined) {
      this.early = undefined;
      this.adoptHosts(hello);
      this.runs.found = findRuns(hello);
      for (const effect of early) this.carryOut(effect);
      this.runs.found.clear();
    }
    catchUp(hello, state, this.runs, this.nodes);
    for (const host of state.hosts) this.ways.up(host);
    if (early !== undefined && this.world !== undefined) void sweep(this.world, state);
    const { nodes, running, ended } = hello;
    state.options.log("info", "agent connected", {
      agent: hello.pid,
      nodes: nodes.length,
      running: running.length,
      ended: ended.length,
    });
    state.queue.wake();
  }

  /** Hosts of the nodes that the world has, as far as the world knows them to be. */
  private adoptHosts(hello: AgentHello): void {
    const { hosts } = this.state;
    const addresses = new Map(hello.nodes.map(({ node, address }) => [node, address]));
    for (const pool of this.world?.pools.values() ?? [])
      for (const node of pool.nodes.values()) {
        const state = node.state === "unknown" ? node.stateBeforeUnknown : node.state;
        if (state === "preempted") continue;
        const host = hosts.add(pool, node.id, node.isDedicated, addresses.get(hostName(pool, node.id)));
        host.place = this.state.options.network?.adopt(pool, node.id) ?? {};
        host.silent = node.state === "unknown";
        if (state === "starting") host.phase = "booting";
        else if (state === "rebooting") host.restart = "reboot";
        else if (state === "reimaging") host.restart = "wipe";
        else if (state !== "creating") host.phase = "up";
        if (host.phase === "up") this.state.options.network?.open(host);
      }
  }

  private hear(message: Exclude<FromAgent, { kind: "Hello" | "Pong" }>): void {
    const { state } = this;
    switch (message.kind) {
      case "Ended": {
        const run = state.book.get(message.run);
        if (run !== undefined) this.runs.ended(run, message);
        else if (!state.unacknowledged.has(message.run)) this.runs.acknowledge([message.run]);
        return;
      }
      case "Started": {
        const run = state.book.get(message.run);
        if (run?.givenAt !== undefined) this.onStarted(performance.now() - run.givenAt);
        return;
      }
      case "LoginOpen":
      case "LoginRefused":
        this.ways.heard(message);
        return;
      case "UsageSampled": {
        const host = state.hosts.get(message.node);
        if (host?.phase !== "up") return;
        const { receivedBytes, sentBytes } = host.traffic.take();
        // Without autoscale nobody reads it, and a step for nothing costs the same as any.
        if (host.pool.autoScale === undefined) return;
        // The core adds them to what the agent has moved.
        const values = [...message.values, ["$NetworkInBytes", receivedBytes], ["$NetworkOutBytes", sentBytes]] as const;
        state.report({ kind: "UsageSampled", poolId: host.pool.id, nodeId: host.nodeId, values });
        return;
      }
      default: {
        const host = state.hosts.get(message.node);
        if (host === undefined) return;
        if (message.kind === "NodeUp") {
          this.nodes.up(host, message);
          this.ways.up(host);
        } else if (message.kind === "PackageInstalled") this.onPackage(host.pool.id, message.directory, message.bytes);
        else if (message.kind === "NodeGone") {
          this.nodes.gone(host);
          this.ways.gone(host);
        } else if (message.kind === "NodeFailed") this.nodes.failed(host, message.message);
        else this.nodes.diskFull(host, message.message);
      }
    }
  }

  private lose(): void {
    this.state.synced = false;
    this.state.options.log("warn", "agent lost", { nodes: this.state.hosts.size, runs: this.state.book.size });
    this.ways.lost();
    this.nodes.silence();
  }
}

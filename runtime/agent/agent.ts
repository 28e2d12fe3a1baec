/**
 * The agent: hosts nodes, runs what it is told to, and keeps every ending until it is thanked for it. Messages come in by `receive` and go out to
 * whoever is connected; nothing in here knows of sockets, pools or schedulers. Here is what it is made of and who gets which message; the work is done
 * in the parts. Whatever a turn of the event loop brings is written down first, then started, then told (turns.ts):
 *
 *     receive, launcher lines ──→ records ──→ launchers ──→ connected server
 */
import { Launchers, type LaunchersOptions } from "./launch/launchers.ts";
import { Cleaning } from "./leftovers/cleaning.ts";
import { fence } from "./leftovers/fence.ts";
import { statOf } from "./leftovers/processes.ts";
import { Records } from "./leftovers/records.ts";
import { Retention } from "./leftovers/retention.ts";
import { Strays } from "./leftovers/strays.ts";
import type { AgentLog } from "./log.ts";
import { Logins } from "./login/logins.ts";
import { openLogin } from "./login/openLogin.ts";
import { Confinement } from "./node/confinement.ts";
import { AgentDirectories } from "./node/directories.ts";
import { NodeLife } from "./node/nodeLife.ts";
import { NodeNetworks } from "./node/nodeNetworks.ts";
import { UsageSampler } from "./node/usage.ts";
import { AGENT_PROTOCOL, type FromAgent, type RunEnding, type RunId, type ToAgent } from "./protocol.ts";
import { Runs } from "./run/runs.ts";
import { type MessageSink, Turns } from "./run/turns.ts";

export interface AgentOptions {
  /** The data directory: nodes in `<root>/nodes`, the agent's own files in `<root>/agent`. */
  readonly root: string;
  readonly launchers?: LaunchersOptions;
  readonly log?: AgentLog;
}

export class Agent {
  readonly launchers: Launchers;
  private readonly directories: AgentDirectories;
  private readonly networks: NodeNetworks;
  private readonly log: AgentLog;
  private readonly records: Records;
  private readonly strays = new Strays();
  private readonly retention: Retention;
  private readonly cleaning: Cleaning;
  private readonly usage: UsageSampler;
  private readonly nodes: NodeLife;
  private readonly logins: Logins;
  private readonly confinement: Confinement;
  private readonly runs: Runs;
  private readonly turns: Turns;

  private constructor(options: AgentOptions, directories: AgentDirectories, records: Records) {
    const log = options.log ?? (() => {});
    this.log = log;
    this.directories = directories;
    this.records = records;
    const onStart = (pid: number) => records.launcher(pid, statOf(pid)?.startTicks ?? 0);
    const launching = { log, directory: directories.own, onStart, ...options.launchers };
    this.launchers = new Launchers(launching);
    this.networks = new NodeNetworks(launching);
    this.retention = new Retention(directories, () => this.runs.directories());
    const { launchers, networks, retention, strays } = this;
    this.turns = new Turns({ records, actors: [launchers, networks, retention], log });
    const { turns } = this;
    const send = (message: FromAgent) => turns.send(message);
    this.logins = new Logins(directories.logins, log);
    this.nodes = new NodeLife({
      directories,
      records,
      strays,
      logins: this.logins,
      send,
      onMade: (node) => this.confinement.sizes.show(node),
      onGone: (name) => {
        this.confinement.users.forget(name);
        networks.leave(name);
      },
    });
    const { nodes } = this;
    this.confinement = new Confinement({ directories, nodes, log, send });
    const { confinement } = this;
    this.runs = new Runs({ directories, records, nodes, confinement, launchers, networks, strays, retention, turns });
    this.cleaning = new Cleaning({ directories, retention, nodes, log });
    this.usage = new UsageSampler({ nodes, nodesRoot: directories.nodes, send });
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
  connect(sink: MessageSink | undefined): void {
    this.turns.connect(sink);
    if (sink === undefined) return;
    const running: RunId[] = [];
    const ended: RunEnding[] = [];
    for (const { run, ending } of this.records.remembered.runs.values()) {
      if (ending === undefined) running.push(run);
      else ended.push(ending);
    }
    const nodes = [...this.nodes].map(({ hosted }) => hosted);
    const root = this.directories.nodes;
    this.turns.send({ kind: "Hello", protocol: AGENT_PROTOCOL, pid: process.pid, root, nodes, running, ended });
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
        this.runs.run(message);
        return;
      case "Constrain":
        this.runs.constrain(message);
        return;
      case "Kill":
        this.runs.kill(message.run);
        return;
      case "Ack":
        // Written with what comes next: an ending that is told once more does no harm.
        this.records.acknowledged(message.run);
        return;
      case "RemoveFiles":
        this.cleaning.remove(message);
        return;
      case "OpenLogin":
        void openLogin(message, { nodes: this.nodes, confinement: this.confinement, logins: this.logins }).then((answer) =>
          this.turns.send(answer),
        );
        return;
      case "Retain":
        if (this.cleaning.retain(message)) this.turns.wake();
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
    this.turns.close();
    this.strays.close();
    this.retention.close();
    this.confinement.sizes.close();
    this.records.close();
  }
}

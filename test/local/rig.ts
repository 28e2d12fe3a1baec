/** A service over a scripted agent: memory store, real loop, real time. */
import { type TaskSpec, World } from "../../runtime/core/index.ts";
import type { Command } from "../../runtime/core/protocol.ts";
import { RealClock } from "../../runtime/host/realClock.ts";
import { Service } from "../../runtime/host/service.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { LocalProvider, type LocalOptions } from "../../runtime/providers/local.ts";
import { until } from "../support/waiting.ts";
import type { ScriptedAgent } from "./scriptedAgent.ts";

/** One server with what is around it. */
export interface Rig {
  readonly agent: ScriptedAgent;
  readonly persistence: MemoryPersistence;
  readonly provider: LocalProvider;
  readonly service: Service;
  /** How often an agent was started. */
  readonly starts: () => number;
  submit(command: Command): Promise<void>;
  /** The server is gone, without a word to the agent or the store. */
  crash(): Promise<void>;
}

const WORLD_OPTIONS = {
  quotas: { dedicatedCores: 100, lowPriorityCores: 100 },
  settings: { samplePeriodMs: 1_000, sampleDelayMs: 0 },
  trackChanges: true,
  events: "keep",
} as const;

/** `persistence`: of an earlier rig, whose server is taken to have been killed. */
function makeRig(agent: ScriptedAgent, persistence = new MemoryPersistence(), options: Partial<LocalOptions> = {}): Rig {
  const stored = persistence.load();
  const world = stored.world === undefined ? new World(WORLD_OPTIONS) : restoreWorld(stored.world, WORLD_OPTIONS);
  let starts = 0;
  const clock = new RealClock({ notBefore: world.now });
  const provider: LocalProvider = new LocalProvider({
    socket: agent.socket,
    startAgent: () => {
      starts++;
    },
    account: () => ({ name: "weir", url: "http://127.0.0.1:1" }),
    shelf: { directory: "/packages", find: () => undefined },
    taskToken: (task) => `token of ${task.id}`,
    now: () => clock.now(),
    timeScale: 1,
    retentionMs: 1_000,
    nodesMax: 4,
    bootMs: 0,
    usageEveryMs: 1_000,
    log: () => {},
    ...options,
  });
  const failures: Error[] = [];
  const service = new Service({ world, provider, persistence, stored, clock, onFailure: (error) => failures.push(error) });
  service.start();
  return {
    agent,
    persistence,
    provider,
    service,
    starts: () => starts,
    submit: async (command) => {
      const { refusal } = await service.submit(command);
      if (refusal !== undefined) throw new Error(`${command.kind}: ${refusal.code}`);
    },
    crash: async () => {
      await service.stop();
      await provider.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** The servers of one test. */
export class Rigs {
  private readonly agent: ScriptedAgent;
  private readonly all: Rig[] = [];

  constructor(agent: ScriptedAgent) {
    this.agent = agent;
  }

  make(persistence = new MemoryPersistence(), options: Partial<LocalOptions> = {}): Rig {
    const rig = makeRig(this.agent, persistence, options);
    this.all.push(rig);
    return rig;
  }

  async stop(): Promise<void> {
    for (const rig of this.all) await rig.crash();
  }
}

/** A node of pool `p`. */
export const nodeOf = (rig: Rig, id = "tvm-1") => rig.service.world.pool("p")?.nodes.get(id);
/** A task of job `j`. */
export const taskOf = (rig: Rig, id: string) => rig.service.world.job("j")?.tasks.get(id);

/** A task that succeeds at once, unless `more` says otherwise. */
export const spec = (more: Partial<TaskSpec> = {}): TaskSpec => ({
  commandLine: "/bin/true",
  requiredSlots: 1,
  maxTaskRetryCount: 0,
  maxWallClockMs: undefined,
  retentionMs: undefined,
  ...more,
});

/** Pool `p` with nodes that are up, and job `j`. */
export async function poolUp(rig: Rig, nodes = 1, more: object = {}): Promise<void> {
  const { agent } = rig;
  const add = { id: "p", vmSize: "small", coresPerNode: 2, targetDedicatedNodes: nodes, ...more };
  await rig.submit({ kind: "AddPool", spec: add });
  await until(
    () => agent.of("CreateNode").length >= nodes,
    () => agent.heard,
  );
  for (let i = 1; i <= nodes; i++) agent.tell({ kind: "NodeUp", node: `p.tvm-${i}`, address: "127.1.1.1", boot: 1 });
  const states = () => rig.service.world.pool("p")?.dedicated.byState;
  await until(() => states()?.idle === nodes, states);
  await rig.submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
}

/** Adds a task to job `j` and waits until the agent was told to run it; the run's id. */
export async function taskRunning(rig: Rig, id: string, more: Partial<TaskSpec> = {}): Promise<string> {
  const { agent } = rig;
  const before = agent.of("Run").length;
  await rig.submit({ kind: "AddTask", jobId: "j", id, spec: spec(more) });
  await until(
    () => agent.of("Run").length > before,
    () => agent.heard,
  );
  return agent.of("Run")[before].run;
}

/** A service over a scripted agent: memory store, real loop, real time. `until` waits for what a test expects, and fails with what there is instead. */
import { World } from "../../runtime/core/index.ts";
import type { Command } from "../../runtime/core/protocol.ts";
import { RealClock } from "../../runtime/host/realClock.ts";
import { Service } from "../../runtime/host/service.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { LocalProvider, type LocalOptions } from "../../runtime/providers/local.ts";
import { ScriptedAgent } from "./scriptedAgent.ts";

export interface Rig {
  readonly agent: ScriptedAgent;
  readonly persistence: MemoryPersistence;
  readonly provider: LocalProvider;
  readonly service: Service;
  /** How often an agent was started. */
  readonly starts: () => number;
  submit(command: Command): Promise<void>;
  stop(): Promise<void>;
}

const WORLD_OPTIONS = {
  quotas: { dedicatedCores: 100, lowPriorityCores: 100 },
  settings: { samplePeriodMs: 1_000, sampleDelayMs: 0 },
  trackChanges: true,
  events: "keep",
} as const;

/** `persistence`: of an earlier rig, whose server is taken to have been killed. */
export function makeRig(
  agent: ScriptedAgent,
  persistence = new MemoryPersistence(),
  options: Partial<LocalOptions> = {},
): Rig {
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
    shelf: { directory: "/packages", defaultVersion: () => undefined },
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
    stop: async () => {
      await service.stop();
      await provider.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Polls until the condition holds. */
export async function until(condition: () => boolean, what: () => unknown): Promise<void> {
  const end = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not so in time; there is ${JSON.stringify(what())}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

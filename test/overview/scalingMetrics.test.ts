/**
 * What formulas can read, taken from real processes, nodes and tasks: task states, processor and memory, the numbers of nodes, and their history; and pools
 * that follow each of them.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { AtWork, newGate, removeGates, shell } from "./poolAtWork.ts";

// A machine with much else to do takes longer than any of this does.

let weir: AtWork;
let hours: AtWork;

beforeAll(async () => {
  buildOnce();
  const [fast, quick] = await Promise.all([
    served("--fast", "--time-scale", "300", "--sample-period", "PT75S", "--log-level", "warn"),
    served("--fast", "--time-scale", "3600", "--sample-period", "PT5M", "--log-level", "warn"),
  ]);
  weir = new AtWork(fast);
  hours = new AtWork(quick);
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** Adds a pool with a formula, which is evaluated every five minutes of the service's time: every second. */
const addAutoPool = (id: string, autoScaleFormula: string) =>
  weir.addPool(id, { enableAutoScale: true, autoScaleFormula, autoScaleEvaluationInterval: "PT5M", vmSize: "standard_d1_v2" });

/** The largest sample of the last five minutes; 0 while there is none. */
const latest = (metric: string) =>
  `(${metric}.GetSamplePercent(TimeInterval_Minute * 5) < 10 ? 0 : max(${metric}.GetSample(TimeInterval_Minute * 5, 10)))`;

/** The user variables of a formula on a pool now. */
async function valuesOf(on: AtWork, pool: string, autoScaleFormula: string): Promise<Record<string, string>> {
  const { body } = await on.server.post(`/pools/${pool}/evaluateautoscale`, { autoScaleFormula });
  const { results, error } = body as { results: string; error?: unknown };
  expect(error).toBeUndefined();
  return Object.fromEntries(results.split(";").map((each) => each.split("=") as [string, string]));
}

const nodesOf = (pool: string, count: number) =>
  weir.until(pool, `${count} nodes`, ({ currentDedicatedNodes }) => currentDedicatedNodes === count);

describe.concurrent("the number of nodes follows", () => {
  test("row 84: a pool follows the processor time of real processes: a task that spins makes the pool grow, and its end makes it shrink", async () => {
    // Two per cent over the nodes: what a machine that has much else to do leaves to one process.
    await addAutoPool(
      "cpu",
      `busy = ${latest("$CPUPercent")}; $TargetDedicatedNodes = busy > 2 ? 2 : 1; $NodeDeallocationOption = taskcompletion;`,
    );
    await nodesOf("cpu", 1);
    const gate = newGate();
    const spin = `while [ ! -e ${gate.path} ]; do i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; done`;
    await weir.addJob("cpu", "cpu", [shell(spin)]);
    await nodesOf("cpu", 2);
    gate.open();
    await weir.completed("cpu");
    await nodesOf("cpu", 1);
  });

  test("rows 84 and 255: a pool follows the memory of real processes: one that holds 300 MB makes the pool grow, and giving it back makes it shrink", async () => {
    await addAutoPool(
      "memory",
      `$TargetDedicatedNodes = ${latest("$MemoryBytes")} > 100 ? 2 : 1; $NodeDeallocationOption = taskcompletion;`,
    );
    await nodesOf("memory", 1);
    const gate = newGate();
    const program = `b = Buffer.alloc(300e6, 1); setInterval(() => require("fs").existsSync("${gate.path}") && process.exit(), 50)`;
    await weir.addJob("memory", "memory", [`${process.execPath} -e '${program}'`]);
    await nodesOf("memory", 2);
    gate.open();
    await weir.completed("memory");
    await nodesOf("memory", 1);
  });

  test("rows 84, 251, 252 and 253: a pool follows the queue and the rate at which it is worked off: many tasks add nodes, and with nothing queued or running all go", async () => {
    const formula =
      `queued = ${latest("$ActiveTasks")}; pending = ${latest("$PendingTasks")};` +
      "span = TimeInterval_Minute * 10; known = $SucceededTasks.GetSamplePercent(span) >= 10;" +
      "rate = known ? max($SucceededTasks.GetSample(span, 10)) - min($SucceededTasks.GetSample(span, 10)) : 0;" +
      "wanted = rate > 0 ? queued / rate + 1 : queued;" +
      "$TargetDedicatedNodes = pending > 0 ? min(4, max(1, wanted)) : 0; $NodeDeallocationOption = taskcompletion;";
    await addAutoPool("queue", formula);
    await nodesOf("queue", 0);
    const gate = newGate();
    await weir.addJob("queue", "queue", Array(16).fill(shell(`${gate.wait}; sleep 0.3`)));
    await nodesOf("queue", 4);
    gate.open();
    const rates: number[] = [];
    await weir.until("queue", "no nodes", ({ autoScaleRun, currentDedicatedNodes }) => {
      rates.push(Number(/;rate=([^;]*)/.exec(autoScaleRun!.results)?.[1] ?? 0));
      return currentDedicatedNodes === 0;
    });
    expect(Math.max(...rates)).toBeGreaterThan(0);
    await weir.completed("queue");
    await nodesOf("queue", 0);
    const ended = await weir.tasks("queue");
    expect(ended.every(({ executionInfo }) => executionInfo.exitCode === 0 && executionInfo.requeueCount === 0)).toBe(true);
  });

  test("row 84: a pool follows the time: it has two nodes from an instant on, and none before", async () => {
    const { creationTime } = await hours
      .addPool("none", { targetDedicatedNodes: 0 })
      .then(() => hours.server.get<{ creationTime: string }>("/pools/none"));
    const later = new Date(Date.parse(creationTime) + 8 * 3_600_000).toISOString();
    await hours.addPool("time", {
      enableAutoScale: true,
      autoScaleFormula: `$TargetDedicatedNodes = time() > time("${later}") ? 2 : 0;`,
      autoScaleEvaluationInterval: "PT5M",
    });
    expect((await hours.pool("time")).targetDedicatedNodes).toBe(0);
    await hours.until("time", "two nodes", ({ autoScaleRun, targetDedicatedNodes, currentDedicatedNodes }) => {
      expect(targetDedicatedNodes).toBe(Date.parse(autoScaleRun!.timestamp) > Date.parse(later) ? 2 : 0);
      return currentDedicatedNodes === 2;
    });
  });
});

describe.concurrent("a formula reads", () => {
  test("rows 255 and 256: a formula reads how many nodes and tasks there are: the samples are the numbers that the lists of nodes and tasks have", async () => {
    const gate = newGate();
    await addAutoPool("counts", "$TargetDedicatedNodes = 2;");
    await weir.idle("counts", 2);
    await weir.addJob("counts", "counts", [
      "/bin/true",
      "/bin/true",
      "/bin/true",
      "/bin/false",
      ...Array(5).fill(shell(gate.wait)),
    ]);
    const lists = async () => {
      const states = (await weir.tasks("counts")).map(({ state, executionInfo }) => executionInfo.result ?? state);
      const count = (state: string) => String(states.filter((each) => each === state).length);
      const nodes = await weir.nodes("counts");
      return {
        active: count("active"),
        running: count("running"),
        succeeded: count("success"),
        failed: count("failure"),
        nodes: String(nodes.length),
        usable: String(nodes.filter(({ state }) => state === "idle" || state === "running").length),
      };
    };
    const settled = { active: "3", running: "2", succeeded: "3", failed: "1", nodes: "2", usable: "2" };
    await eventually("two tasks to run and four to be done", async () =>
      JSON.stringify(await lists()) === JSON.stringify(settled) ? true : undefined,
    );
    const formula =
      "active = $ActiveTasks; running = $RunningTasks; succeeded = $SucceededTasks; failed = $FailedTasks; pending = $PendingTasks;" +
      "nodes = $CurrentDedicatedNodes; usable = $UsableNodeCount;";
    let read: Record<string, string> = {};
    await eventually(
      "the samples to be those of now",
      async () => {
        read = await valuesOf(weir, "counts", formula);
        return Object.entries(settled).every(([name, value]) => read[name] === value) ? true : undefined;
      },
      { describe: () => read },
    );
    expect(read.pending).toBe("5");
    expect(await lists()).toEqual(settled);
    gate.open();
    await weir.completed("counts");
    await eventually("all to be completed in the samples", async () => {
      const { active, running, succeeded } = await valuesOf(weir, "counts", formula);
      return active === "0" && running === "0" && succeeded === "8" ? true : undefined;
    });
  });

  test("row 255: a formula reads what processes use: the processor time of one that spins, the megabytes that one holds, and nothing of a node without any", async () => {
    const gate = newGate();
    await addAutoPool("used", "$TargetDedicatedNodes = 1;");
    await weir.idle("used", 1);
    const formula = "cpu = $CPUPercent; memory = $MemoryBytes; disk = $DiskBytes; written = $DiskWriteOps;";
    await eventually("samples of an idle node", async () => {
      const { cpu, memory, disk } = await valuesOf(weir, "used", formula);
      return Number(cpu) === 0 && Number(memory) === 0 && Number(disk) > 0 ? true : undefined;
    });
    const program = `b = Buffer.alloc(200e6, 1); while (!require("fs").existsSync("${gate.path}")) for (i = 0; i < 1e6; i++);`;
    await weir.addJob("used", "used", [`${process.execPath} -e '${program}'`]);
    let read: Record<string, string> = {};
    await eventually(
      "samples of a node that works",
      async () => {
        read = await valuesOf(weir, "used", formula);
        return Number(read.cpu) > 5 && Number(read.memory) > 190 ? true : undefined;
      },
      { describe: () => read },
    );
    expect(Number(read.cpu)).toBeLessThanOrEqual(100);
    expect(Number(read.memory)).toBeLessThan(400);
    gate.open();
    await weir.completed("used");
  });

  test("rows 84 and 255: a formula reads the bandwidth: bytes of resource files in, of output files and of files that clients read out, counted on their way, and a pool that grows with them", async () => {
    const sent = Buffer.alloc(3_000_000, "a");
    const received: number[] = [];
    const storage = createServer((request, response) => {
      let bytes = 0;
      request.on("data", (piece: Buffer) => (bytes += piece.length));
      request.on("end", () => {
        if (request.method === "PUT") received.push(bytes);
        response.writeHead(request.method === "PUT" ? 201 : 200).end(request.method === "PUT" ? undefined : sent);
      });
    });
    await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
    try {
      // All samples there are, however long the test has taken: what was counted once must not drop out of a window again.
      const formula =
        "known = $NetworkInBytes.Count() > 0; in = known ? sum($NetworkInBytes.GetSample(10000)) : 0; out = known ? sum($NetworkOutBytes.GetSample(10000)) : 0;" +
        "$TargetDedicatedNodes = in > 2000000 ? 2 : 1;";
      await addAutoPool("network", formula);
      await weir.idle("network", 1);
      await weir.addJob("network", "network", []);
      await weir.server.post("/jobs/network/tasks", {
        id: "t1",
        commandLine: shell("head -c 1000000 input > output"),
        resourceFiles: [{ httpUrl: `${url}/input`, filePath: "input" }],
        outputFiles: [
          {
            filePattern: "output",
            destination: { container: { containerUrl: `${url}/container?sig=none`, path: "output" } },
            uploadOptions: { uploadCondition: "taskCompletion" },
          },
        ],
      });
      expect((await weir.completed("network"))[0].executionInfo.result).toBe("success");
      expect(received).toEqual([1_000_000]);
      let read: Record<string, string> = {};
      await eventually(
        "both transfers to be in the samples",
        async () => {
          read = await valuesOf(weir, "network", formula);
          return Number(read.in) > 0 && Number(read.out) > 1_000_000 ? true : undefined;
        },
        { describe: () => read },
      );
      // Each file once, with no more around it than requests and heads.
      expect(Number(read.in)).toBeGreaterThanOrEqual(3_000_000);
      expect(Number(read.in)).toBeLessThan(3_010_000);
      expect(Number(read.out)).toBeLessThan(1_010_000);
      expect((await weir.output("network", "t1", "wd/output")).length).toBe(1_000_000);
      await eventually("what a client has read to be in the samples", async () =>
        Number((await valuesOf(weir, "network", formula)).out) > 2_000_000 ? true : undefined,
      );
      await nodesOf("network", 2);
    } finally {
      storage.closeAllConnections();
      storage.close();
    }
  });

  test("row 254: a formula reads the statistics of hours, taken every five minutes: GetSample gives them, and a mean over the hours can be a target", async () => {
    await hours.addPool("history", {
      enableAutoScale: true,
      autoScaleFormula: "$TargetDedicatedNodes = 2;",
      autoScaleEvaluationInterval: "PT5M",
    });
    await hours.idle("history", 2);
    const formula =
      'period = $CurrentDedicatedNodes.HistoryBeginTime() > time("2000-01-01") ? $CurrentDedicatedNodes.GetSamplePeriod() : TimeInterval_Zero;' +
      "all = $CurrentDedicatedNodes.GetSample(TimeInterval_Hour * 3); percent = $CurrentDedicatedNodes.GetSamplePercent(TimeInterval_Hour * 3);" +
      "mean = avg(all); $TargetDedicatedNodes = mean;";
    let read: Record<string, string> = {};
    await eventually(
      "three hours of samples",
      async () => {
        const { body } = await hours.server.post("/pools/history/evaluateautoscale", { autoScaleFormula: formula });
        const { results, error } = body as { results: string; error?: { code: string } };
        if (error !== undefined) expect(error.code).toBe("InsufficientSampleData");
        read = Object.fromEntries(results.split(";").map((each) => each.split("=") as [string, string]));
        const isFull = error === undefined && Number(read.percent) >= 60;
        return isFull && read.mean === "2" ? true : undefined;
      },
      { describe: () => read },
    );
    const samples = read.all.slice(1, -1).split(",").map(Number);
    // 36 of five minutes each; a host that was late has missed some.
    expect(samples.length).toBeGreaterThanOrEqual(21);
    expect(samples.length).toBeLessThanOrEqual(36);
    expect(new Set(samples)).toEqual(new Set([2]));
    expect(read.period).toBe("00:05:00");
    expect(read.$TargetDedicatedNodes).toBe("2");
  });
});

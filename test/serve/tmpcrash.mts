import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentPid, dataDirectory, endAll, poolBody, served, until, isRunning } from "./servedProcess.ts";
const data = dataDirectory(); const locks = dataDirectory(); mkdirSync(join(locks, "l"));
const start = () => served("--data", data, "--fast", "--log-level", "warn");
let server = await start();
await server.post("/pools", poolBody("p", { targetDedicatedNodes: 2, taskSlotsPerNode: 4 }));
await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
const rounds = Number(process.argv[2] ?? 10); const codes = new Map<string, number>();
let unknown = 0;
for (let r = 0; r < rounds; r++) {
  const value = Array.from({ length: 80 }, (_, i) => ({ id: `r${r}-${i}`, commandLine: `/bin/sh -c 'exec 9>${locks}/l/r${r}-${i}; flock -n 9 || echo double r${r}-${i} >> ${locks}/bad; sleep 0.0${i % 9}; exit ${i % 4}'` }));
  const delay = Math.random() * 500;
  const kill = new Promise<void>((resolve) => setTimeout(() => { const a = agentPid(data); const k = r % 3; if (k !== 0 && isRunning(a)) process.kill(a, "SIGKILL"); if (k !== 1) server.process.kill("SIGKILL"); resolve(); }, delay));
  try {
    const { body } = await server.post("/jobs/j/addtaskcollection", { value });
    for (const { status, taskId } of (body as any).value) if (/^success$/i.test(status)) codes.set(taskId, Number(taskId.split("-")[1]) % 4);
  } catch { unknown++; }
  await kill;
  if (r % 3 !== 1) { await server.ended; server = await start(); }
}
const counts = async () => (await server.get<any>("/jobs/j/taskcounts")).taskCounts;
try { await until(async () => { const c = await counts(); return c.active + c.running === 0; }, "end"); } catch (e) { console.log(String(e), await counts()); const d: any = (await server.ask("GET", "/admin/doctor?pool=p")).body; console.log(d.sentence); console.log((await server.ask("GET", "/pools/p/nodes?$select=id,state")).text); const { value } = await server.get<any>("/jobs/j/tasks?$filter=state ne 'completed'"); console.log(JSON.stringify(value.slice(0, 3))); }
const wrong: any[] = []; let seen = 0;
for (let r = 0; r < rounds; r++) { const { value } = await server.get<any>(`/jobs/j/tasks?$filter=startswith(id,'r${r}-')&$select=id,executionInfo`); for (const t of value) { seen++; if (t.executionInfo.exitCode !== Number(t.id.split("-")[1]) % 4) wrong.push(t); } }
console.log({ acknowledged: codes.size, seen, unknown, wrong: wrong.slice(0, 3), wrongs: wrong.length, bad: existsSync(join(locks, "bad")) ? readFileSync(join(locks, "bad"), "utf8") : "none", counts: await counts() });
await server.kill("SIGTERM"); await endAll();

/** What the processes of tasks find in their environment: what the page promises, what was asked for, and what a client can read of it. */
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { ZipFile } from "yazl";
import { environmentPage } from "../../runtime/agent/run/environmentPage.ts";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { JobsAtWork } from "./jobAtWork.ts";
import { newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;
const POOL = "workers";
const PAGE = join(import.meta.dirname, "../../docs/environment.md");
/** Prints the environment with an end of its own for each variable, since values may have several lines. */
const PRINT = "env -0";

beforeAll(async () => {
  buildOnce();
  const data = dataDirectory();
  await addPackage(data, "tool", "1.0");
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn", "--data", data));
  await weir.addIdlePool(POOL, 1, { taskSlotsPerNode: 4 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** Lays a package on the shelf of a service that is not started yet. */
async function addPackage(data: string, id: string, version: string): Promise<void> {
  mkdirSync(join(data, "packages", id), { recursive: true });
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("content"), "file");
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(data, "packages", id, `${version}.zip`)));
}

type Environment = Readonly<Record<string, string>>;

function read(printed: string): Environment {
  const pairs = printed
    .split("\0")
    .filter(Boolean)
    .map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]);
  return Object.fromEntries(pairs);
}

const outputOf = async (job: string, task: string) => read(await weir.output(job, task));
const ofService = (environment: Environment) =>
  Object.keys(environment)
    .filter((name) => /^AZ_BATCH_|^CCP_/.test(name))
    .sort();

/** Name and visibility of each variable that the page tells of. */
function promised(): { readonly name: string; readonly visibleIn: string }[] {
  const rows = [...readFileSync(PAGE, "utf8").matchAll(/^\| `(\S+)` \| .* \| (.*) \|$/gm)];
  return rows.map(([, name, visibleIn]) => ({ name, visibleIn }));
}

/** The names that the page promises to processes of these kinds. */
const promisedTo = (...kinds: readonly string[]) =>
  promised()
    .filter(({ visibleIn }) => kinds.includes(visibleIn))
    .map(({ name }) => name)
    .sort();

const JOBS = "all but the start task";
const PREPARED = "all but start and preparation task; only if the job has one";

describe.concurrent("the environment of tasks", () => {
  test("docs/environment.md lists every service-defined variable, made of the table that the processes' variables are made of; WEIR_REWRITE=1 writes it anew", () => {
    if (process.env.WEIR_REWRITE === "1") writeFileSync(PAGE, environmentPage());
    expect(readFileSync(PAGE, "utf8")).toBe(environmentPage());
    expect(promised().length).toBeGreaterThanOrEqual(24);
    expect(new Set(promised().map(({ name }) => name)).size).toBe(promised().length);
    expect(promised().map(({ name }) => name)).toEqual(expect.arrayContaining(["AZ_BATCH_ACCOUNT_NAME", "CCP_NODES"]));
  });

  test("row 198: every variable of the service that any process of a job was really given is on the page, and each on the page was given to some process", async () => {
    await weir.addIdlePool("listed", 2, { enableInterNodeCommunication: true });
    await weir.addJob("listed", "listed", [], { jobPreparationTask: { commandLine: PRINT } });
    const more = {
      authenticationTokenSettings: { access: ["job"] },
      applicationPackageReferences: [{ applicationId: "tool", version: "1.0" }],
      multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: "/bin/true" },
    };
    await weir.addTask("listed", "t", PRINT, more);
    await weir.turns("listed", "t", "completed");
    const given = ofService(await outputOf("listed", "t")).map((name) => name.replace(/^(AZ_BATCH_APP_PACKAGE_).*/, "$1*"));
    expect(given).toEqual(
      promised()
        .map(({ name }) => name)
        .sort(),
    );
  });

  test("row 192: start, preparation, release, multi-instance and plain tasks find the service-defined variables that the page promises them, and no others", async () => {
    await weir.addIdlePool("pair", 2, {
      enableInterNodeCommunication: true,
      startTask: { commandLine: PRINT, waitForSuccess: true },
    });
    await weir.addJob("kinds", "pair", [], {
      jobPreparationTask: { commandLine: PRINT },
      jobReleaseTask: { commandLine: PRINT },
    });
    const multiInstanceSettings = { numberOfInstances: 2, coordinationCommandLine: "/bin/true" };
    await weir.addTask("kinds", "group", PRINT, { multiInstanceSettings });
    await weir.turns("kinds", "group", "completed");
    await weir.addTask("kinds", "token", PRINT, { authenticationTokenSettings: { access: ["job"] } });
    await weir.turns("kinds", "token", "completed");
    const applicationPackageReferences = [{ applicationId: "tool", version: "1.0" }];
    await weir.addTask("kinds", "package", PRINT, { applicationPackageReferences });
    await weir.turns("kinds", "package", "completed");
    const { nodeInfo } = await weir.task("kinds", "group");
    const files = (path: string) => weir.server.ask("GET", `/pools/pair/nodes/${nodeInfo!.nodeId}/files/${path}`);
    const printed = async (path: string) => read((await files(path)).text);

    const group = await outputOf("kinds", "group");
    expect(ofService(group)).toEqual(promisedTo("all", JOBS, PREPARED, "multi-instance tasks"));
    const token = await outputOf("kinds", "token");
    expect(ofService(token)).toEqual(promisedTo("all", JOBS, PREPARED, "tasks with token settings"));
    const ofPackage = await outputOf("kinds", "package");
    expect(promised().map(({ name }) => name)).toContain("AZ_BATCH_APP_PACKAGE_*");
    expect(ofService(ofPackage)).toEqual([...promisedTo("all", JOBS, PREPARED), "AZ_BATCH_APP_PACKAGE_tool_1_0"].sort());
    const start = await printed("startup/stdout.txt");
    expect(ofService(start)).toEqual(promisedTo("all"));
    const preparation = await printed("workitems/kinds/job-1/jobpreparation/stdout.txt");
    expect(ofService(preparation)).toEqual(promisedTo("all", JOBS));
    await weir.send("POST", "/jobs/kinds/terminate", {});
    await weir.jobTurns("kinds", "completed");
    const release = await printed("workitems/kinds/job-1/jobrelease/stdout.txt");
    expect(ofService(release)).toEqual(promisedTo("all", JOBS, PREPARED));

    const { account, endpoint } = weir.server.document;
    const root = group.AZ_BATCH_NODE_ROOT_DIR;
    const directory = `${root}/workitems/kinds/job-1/group`;
    const [first, second] = group.AZ_BATCH_HOST_LIST.split(",");
    expect(group).toMatchObject({
      AZ_BATCH_ACCOUNT_NAME: account,
      AZ_BATCH_ACCOUNT_URL: endpoint,
      AZ_BATCH_POOL_ID: "pair",
      AZ_BATCH_NODE_ID: nodeInfo!.nodeId,
      AZ_BATCH_NODE_IS_DEDICATED: "true",
      AZ_BATCH_JOB_ID: "kinds",
      AZ_BATCH_TASK_ID: "group",
      AZ_BATCH_NODE_SHARED_DIR: `${root}/shared`,
      AZ_BATCH_NODE_STARTUP_DIR: `${root}/startup`,
      AZ_BATCH_TASK_DIR: directory,
      AZ_BATCH_TASK_WORKING_DIR: `${directory}/wd`,
      AZ_BATCH_JOB_PREP_DIR: `${root}/workitems/kinds/job-1/jobpreparation`,
      AZ_BATCH_JOB_PREP_WORKING_DIR: `${root}/workitems/kinds/job-1/jobpreparation/wd`,
      AZ_BATCH_NODE_LIST: `${first};${second}`,
      AZ_BATCH_IS_CURRENT_NODE_MASTER: "true",
      CCP_NODES: `2 ${first} 2 ${second} 2`,
    });
    expect(group.AZ_BATCH_MASTER_NODE).toMatch(new RegExp(`^${first}:\\d+$`));
    expect(readFileSync(join(ofPackage.AZ_BATCH_APP_PACKAGE_tool_1_0, "file"), "utf8")).toBe("content");
    expect(preparation.AZ_BATCH_TASK_ID).toBe("jobpreparation");
  });

  test("rows 142, 193, 194 and 197: settings of the job and of the task are there for a shell by their names; of two with one name the task's counts, and none replaces a variable of the service", async () => {
    await weir.addJob("custom", POOL, [], {
      commonEnvironmentSettings: [
        { name: "SEASON", value: "winter" },
        { name: "COLOUR", value: "of the job" },
        { name: "EMPTY" },
      ],
    });
    const environmentSettings = [
      { name: "COLOUR", value: "green $SEASON" },
      { name: "OWN", value: "two\nlines" },
      { name: "AZ_BATCH_TASK_ID", value: "another" },
    ];
    await weir.addTask("custom", "t", shell('echo "$SEASON|$COLOUR|$OWN|$EMPTY|$AZ_BATCH_TASK_ID"'), { environmentSettings });
    await weir.addTask("custom", "plain", shell('echo "$SEASON|$COLOUR|$OWN"'));
    // Without a shell a name is just text.
    await weir.addTask("custom", "bare", "/bin/echo $SEASON %SEASON%");
    await weir.completed("custom");
    expect(await weir.output("custom", "t")).toBe("winter|green $SEASON|two\nlines||t\n");
    expect(await weir.output("custom", "plain")).toBe("winter|of the job|\n");
    expect(await weir.output("custom", "bare")).toBe("$SEASON %SEASON%\n");
    const { virtualMachineConfiguration: _none, ...pool } = poolBody("windows", {
      targetDedicatedNodes: 1,
      vmSize: "small",
    }) as {
      virtualMachineConfiguration: object;
    };
    await weir.server.post("/pools", { ...pool, cloudServiceConfiguration: { osFamily: "5" } });
    await weir.addJob("windows", "windows", [], { commonEnvironmentSettings: [{ name: "SEASON", value: "winter" }] });
    await weir.addTask("windows", "t", 'cmd /c "echo %SEASON% of %AZ_BATCH_TASK_ID%"');
    await weir.completed("windows");
    expect((await weir.output("windows", "t")).trim()).toBe("winter of t");
    type Listed = { value: { name: string }[] };
    const { value } = await weir.server.get<Listed>("/jobs/windows/tasks/t/environment");
    expect(value.map(({ name }) => name)).not.toContain("AZ_BATCH_CERTIFICATES_DIR");
  });

  test("row 195: programs see the variables while they run, their children's children too", async () => {
    const gate = newGate();
    const environmentSettings = [{ name: "SEASON", value: "autumn" }];
    const grandchild = `sh -c "sh -c \\"echo \\\\\\$SEASON \\\\\\$AZ_BATCH_TASK_ID; ${gate.wait}\\""`;
    await weir.addJob("deep", POOL);
    await weir.addTask("deep", "t", shell(`${grandchild}; true`), { environmentSettings });
    const said = await eventually("its grandchild to speak", async () => {
      const { status, text } = await weir.server.ask("GET", "/jobs/deep/tasks/t/files/stdout.txt");
      return status === 200 && text !== "" ? text : undefined;
    });
    expect(said).toBe("autumn t\n");
    expect((await weir.task("deep", "t")).state).toBe("running");
    gate.open();
    await weir.completed("deep");
  });

  it("row 196: Task_ListEnvironment lists what the process was given, service-defined and custom, with the token hidden; Task_Get shows the settings that were asked for", async () => {
    const environmentSettings = [
      { name: "OWN", value: "two\nlines" },
      { name: "EMPTY", value: "" },
    ];
    await weir.addJob("read", POOL, [], { commonEnvironmentSettings: [{ name: "SEASON", value: "spring" }] });
    await weir.addTask("read", "waits", PRINT, { requiredSlots: 5 });
    await weir.refuses(409, "OperationInvalidForCurrentState", "GET", "/jobs/read/tasks/waits/environment");
    await weir.refuses(404, "TaskNotFound", "GET", "/jobs/read/tasks/none/environment");
    const authenticationTokenSettings = { access: ["job"] };
    await weir.addTask("read", "t", PRINT, { environmentSettings, authenticationTokenSettings });
    await weir.turns("read", "t", "completed");
    expect(await weir.server.get("/jobs/read/tasks/t")).toMatchObject({ environmentSettings });
    type Listed = { value: { name: string; value: string }[] };
    const { value } = await weir.server.get<Listed>("/jobs/read/tasks/t/environment");
    const listed = Object.fromEntries(value.map((each) => [each.name, each.value]));
    const own = await outputOf("read", "t");
    expect(own.AZ_BATCH_AUTHENTICATION_TOKEN.length).toBeGreaterThan(20);
    expect(listed).toEqual({ ...own, AZ_BATCH_AUTHENTICATION_TOKEN: "(not shown)" });
    expect(listed).toMatchObject({ OWN: "two\nlines", SEASON: "spring", AZ_BATCH_TASK_ID: "t" });
  });
});

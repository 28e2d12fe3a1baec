/** Nodes that are Windows machines by name, on a machine that is none: what their tasks may say, and what they are told. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesOn } from "./machinesAtWork.ts";
import { shell } from "./poolAtWork.ts";

/** A zip file without anything in it is its end alone. */
const EMPTY_ZIP = Buffer.from(`PK\x05\x06${"\0".repeat(18)}`, "latin1");

let weir: MachinesAtWork;

beforeAll(async () => {
  buildOnce();
  const data = dataDirectory();
  mkdirSync(join(data, "packages", "tool-kit"), { recursive: true });
  writeFileSync(join(data, "packages", "tool-kit", "1.0.zip"), EMPTY_ZIP);
  weir = await machinesOn(data, "--fast");
  await weir.addIdlePool("linux", 1, { taskSlotsPerNode: 4, applicationPackageReferences: packages });
  await weir.server.post("/pools", windowsPool("win", { targetDedicatedNodes: 1, vmSize: "large", maxTasksPerNode: 4 }));
  await weir.idle("win", 1);
  await weir.addJob("l", "linux");
  await weir.addJob("w", "win");
}, 120_000);
afterAll(endAll, 30_000);

const packages = [{ applicationId: "tool-kit", version: "1.0" }];

/** A pool of cloud services: all of them are Windows. */
function windowsPool(id: string, more: object): object {
  const { virtualMachineConfiguration: _, ...body } = poolBody(id, { ...more, applicationPackageReferences: packages }) as {
    virtualMachineConfiguration: object;
  };
  return { ...body, cloudServiceConfiguration: { osFamily: "5" } };
}

describe.concurrent("a task", () => {
  test("row 140: runs the shell of its node: `/bin/sh -c` on Linux, `cmd /c` on Windows, each with its variables", async () => {
    expect(await weir.say("l", "sh", `/bin/sh -c "echo task $AZ_BATCH_TASK_ID | tr a-z A-Z"`)).toBe("TASK SH\n");
    const prints = `cmd /c "set AZ_BATCH_TASK & timeout /t 1 > NUL"`;
    const root = `${weir.tree("win", "tvm-1")}/workitems/w/job-1/prints`;
    expect(await weir.say("w", "prints", prints)).toBe(
      `AZ_BATCH_TASK_DIR=${root}\nAZ_BATCH_TASK_ID=prints\nAZ_BATCH_TASK_WORKING_DIR=${root}/wd\n`,
    );
    const files = `cmd.exe /c "md out & echo %AZ_BATCH_NODE_ID%> out\\id.txt& type %AZ_BATCH_TASK_WORKING_DIR%\\out\\id.txt && if exist out\\id.txt (echo found) else echo lost"`;
    expect(await weir.say("w", "files", files)).toBe("tvm-1\nfound\n");
    expect(await weir.output("w", "files", "wd\\out\\id.txt")).toBe("tvm-1\n");
    const codes = [
      weir.run("w", "exits", "cmd /c exit 42"),
      weir.run("w", "unknown", `C:\\Windows\\System32\\cmd.exe /c "nosuch.exe || exit /b 5"`),
      weir.run("w", "elsewhere", "notepad.exe"),
      weir.run("l", "cmd", "cmd /c echo hello"),
    ];
    const [exits, unknown, ...others] = await Promise.all(codes);
    expect([exits, unknown].map(({ executionInfo }) => executionInfo.exitCode)).toEqual([42, 5]);
    expect(unknown.err).toContain("'nosuch.exe' is not recognized as an internal or external command");
    for (const { executionInfo } of others) expect(executionInfo.failureInfo).toMatchObject({ code: "CommandProgramNotFound" });
  });

  test("row 38: of a Windows node has variables, paths and options of Windows, of a Linux node those of Linux; what cannot run here says so", async () => {
    const [windows, linux] = await Promise.all([
      weir.run("w", "env", `cmd /c "set AZ_BATCH_ & echo %az_batch_task_id% > %AZ_BATCH_TASK_DIR%\\wd\\id & type id"`),
      weir.run("l", "env", shell("env")),
    ]);
    const names = (text: string) =>
      text
        .split("\n")
        .map((line) => /^(AZ_BATCH_[^=]*)=/.exec(line)?.[1])
        .filter((name) => /PACKAGE|CERTIFICATES/.test(name ?? ""))
        .sort();
    expect(names(windows.out)).toEqual(["AZ_BATCH_APP_PACKAGE_TOOL-KIT#1.0"]);
    expect(windows.out.trimEnd()).toMatch(/\nenv$/);
    expect(names(linux.out)).toEqual(["AZ_BATCH_APP_PACKAGE_tool_kit_1_0", "AZ_BATCH_CERTIFICATES_DIR"]);
    expect([windows, linux].map(({ nodeInfo }) => nodeInfo?.taskRootDirectory)).toEqual([
      "workitems\\w\\job-1\\env",
      "workitems/l/job-1/env",
    ]);
    const key = { name: "alice", sshPublicKey: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7" };
    await weir.refuses(400, "InvalidPropertyValue", "POST", "/pools/win/nodes/tvm-1/users", key);
    await weir.refuses(400, "MissingRequiredProperty", "POST", "/pools/win/nodes/tvm-1/users", { name: "bob" });
    await weir.send("POST", "/pools/linux/nodes/tvm-1/users", { name: "bob", password: "Secret-12345" });
    const settings = (pool: string) => weir.server.ask("GET", `/pools/${pool}/nodes/tvm-1/remoteloginsettings`);
    expect((await settings("win")).status).toBe(409);
    const { executionInfo } = await weir.run("w", "powershell", "powershell.exe -Command Get-Date");
    expect(executionInfo).toMatchObject({ failureInfo: { code: "CommandProgramNotFound", category: "UserError" } });
  });

  test("T-22, T-30: a line of cmd can be read while it runs, and is ended with all it has started", async () => {
    await weir.addTask("w", "long", "cmd /c echo first & sleep 1000 & echo last");
    const read = () => weir.server.ask("GET", "/jobs/w/tasks/long/files/stdout.txt");
    await eventually("its first line", async () => ((await read()).text === "first \n" ? true : undefined));
    await weir.send("POST", "/jobs/w/tasks/long/terminate");
    await weir.turns("w", "long", "completed");
    expect((await read()).text).toBe("first \n");
  });
});

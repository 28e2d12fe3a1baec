/**
 * The other groups of the unmodified `@azure/batch`: applications, certificates and job schedules; and the count: every method of the client is called
 * by one of the three files.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BatchServiceClient } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { eventually } from "../support/waiting.ts";
import { gone, poolParameter, refused, shell } from "./sdkClient.ts";
import { Serving } from "./serving.ts";
import { testCertificate } from "../support/certificates.ts";

const serving = new Serving(["--fast"]);
let client: BatchServiceClient;

beforeAll(async () => {
  buildOnce();
  await serving.start();
  client = serving.client();
}, 180_000);
afterAll(() => serving.clear(), 60_000);

describe("applications and certificates", () => {
  it("Application_List, Application_Get: none were put in, and one that is not there is 404", async () => {
    expect([...(await client.application.list())]).toEqual([]);
    await refused(client.application.get("nothing"), 404, "ApplicationNotFound");
  });

  it("Certificate_Add, Certificate_Get, Certificate_List, Certificate_Delete, Certificate_CancelDeletion: from added to gone (P-160, P-161)", async () => {
    const { thumbprint, pfx } = testCertificate();
    const certificate = {
      thumbprint,
      thumbprintAlgorithm: "sha1",
      data: pfx("secret"),
      certificateFormat: "pfx" as const,
      password: "secret",
    };
    await refused(client.certificate.add({ ...certificate, password: "wrong" }), 400, "InvalidPropertyValue");
    await client.certificate.add(certificate);
    await refused(client.certificate.add(certificate), 409, "CertificateExists");
    const got = await client.certificate.get("sha1", thumbprint);
    expect(got).toMatchObject({ thumbprint, thumbprintAlgorithm: "sha1", state: "active" });
    expect(JSON.stringify(got)).not.toContain(certificate.data);
    expect((await client.certificate.list()).map((one) => one.thumbprint)).toEqual([thumbprint]);
    await refused(client.certificate.cancelDeletion("sha1", thumbprint), 409, "CertificateStateActive");
    await client.certificate.deleteMethod("sha1", thumbprint);
    await gone(() => client.certificate.get("sha1", thumbprint), "CertificateNotFound");
  });
});

describe("job schedules", () => {
  const jobSpecification = {
    poolInfo: { poolId: "operations" },
    jobManagerTask: { id: "manager", commandLine: shell("echo managed"), killJobOnCompletion: true },
  };

  it("JobSchedule_Add, JobSchedule_Get, JobSchedule_List, JobSchedule_Exists, Job_ListFromJobSchedule: a schedule makes its first job, whose manager runs", async () => {
    await client.pool.add(poolParameter("operations", { targetDedicatedNodes: 1 }));
    await client.jobSchedule.add({
      id: "daily",
      schedule: { recurrenceInterval: "P1D" },
      jobSpecification,
      metadata: [{ name: "a", value: "b" }],
    });
    await refused(client.jobSchedule.add({ id: "DAILY", schedule: {}, jobSpecification }), 409, "JobScheduleExists");
    expect(await client.jobSchedule.exists("daily")).toMatchObject({ body: true });
    expect(await client.jobSchedule.exists("weekly")).toMatchObject({ body: false });
    const job = await eventually("the first job has come to its end", async () => {
      const [first] = await client.job.listFromJobSchedule("daily");
      return first?.state === "completed" ? first : undefined;
    });
    expect(job).toMatchObject({ id: "daily:job-1", executionInfo: { terminateReason: "JMComplete" } });
    const schedule = await client.jobSchedule.get("daily");
    expect(schedule).toMatchObject({ state: "active", executionInfo: { recentJob: { id: "daily:job-1" } } });
    const dueInMs = schedule.executionInfo!.nextRunTime!.getTime() - schedule.creationTime!.getTime();
    expect(Math.abs(dueInMs - 86_400_000)).toBeLessThan(1000);
    expect((await client.jobSchedule.list({ jobScheduleListOptions: { select: "id" } })).map(({ id }) => id)).toEqual([
      "daily",
    ]);
    await refused(client.jobSchedule.get("weekly"), 404, "JobScheduleNotFound");
  });

  it("JobSchedule_Patch, JobSchedule_Update: a patch keeps what it does not name, an update clears it (S-07)", async () => {
    await client.jobSchedule.patch("daily", { schedule: { recurrenceInterval: "P2D" } });
    expect(await client.jobSchedule.get("daily")).toMatchObject({
      metadata: [{ name: "a", value: "b" }],
      schedule: { recurrenceInterval: "P2D" },
    });
    await client.jobSchedule.update("daily", { schedule: { recurrenceInterval: "P3D" }, jobSpecification });
    const updated = await client.jobSchedule.get("daily");
    expect(updated.metadata ?? []).toEqual([]);
    expect(updated.schedule?.recurrenceInterval).toBe("P3D");
    await refused(
      client.jobSchedule.patch("daily", { schedule: { recurrenceInterval: "PT30S" } }),
      400,
      "InvalidPropertyValue",
    );
  });

  it("JobSchedule_Disable, JobSchedule_Enable, JobSchedule_Terminate, JobSchedule_Delete: through its states to its end (S-08)", async () => {
    await client.jobSchedule.disable("daily");
    expect((await client.jobSchedule.get("daily")).state).toBe("disabled");
    await client.jobSchedule.enable("daily");
    expect((await client.jobSchedule.get("daily")).state).toBe("active");
    await client.jobSchedule.terminate("daily");
    await eventually("completed", async () =>
      (await client.jobSchedule.get("daily")).state === "completed" ? true : undefined,
    );
    await refused(client.jobSchedule.enable("daily"), 409, "JobScheduleCompleted");
    await client.jobSchedule.deleteMethod("daily");
    await gone(() => client.jobSchedule.get("daily"), "JobScheduleNotFound");
    await gone(() => client.job.get("daily:job-1"), "JobNotFound");
  });
});

describe("the count", () => {
  it("every method of every group of the client is called by one of these tests", () => {
    const sources = readdirSync(import.meta.dirname)
      .filter((name) => /^sdk.*\.ts$/.test(name))
      .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
    const groups = [
      "application",
      "pool",
      "account",
      "job",
      "certificate",
      "file",
      "jobSchedule",
      "task",
      "computeNode",
      "computeNodeExtension",
    ] as const;
    const methods = groups.flatMap((group) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(client[group]))
        // A `…Next` follows the link of its list.
        .filter((method) => method !== "constructor" && !method.endsWith("Next"))
        .map((method) => `${group}.${method}`),
    );
    expect(methods.length).toBe(78);
    expect(methods.filter((method) => !sources.some((source) => source.includes(`client.${method}(`)))).toEqual([]);
  });
});

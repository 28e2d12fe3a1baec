/**
 * What the tests with the unmodified `@azure/batch` share: the pool that they all want, what its errors look like, waiting for a state, and reading the
 * stream of a file. Nothing here changes how the client works: same policies, same retries, same signature.
 */
import type { BatchServiceClient, BatchServiceModels as Models } from "@azure/batch";
import { expect } from "vitest";
import { eventually } from "../support/waiting.ts";

/** An Ubuntu image of the catalogue with four cores a node. */
export function poolParameter(id: string, more: Partial<Models.PoolAddParameter> = {}): Models.PoolAddParameter {
  return {
    id,
    vmSize: "standard_d4_v3",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
    ...more,
  };
}

/** A command line for the nodes' shell; no single quote in it. */
export function shell(script: string): string {
  return `/bin/sh -c '${script}'`;
}

/** Expects the client to throw for the service's `status` and `code`, with a sentence for a person. */
export async function refused(request: Promise<unknown>, status: number, code: string | readonly string[]): Promise<void> {
  const outcome = await request.then(
    () => undefined,
    (error: unknown) => error as { statusCode?: number; code?: string; body?: { message?: { value?: string } } },
  );
  expect(outcome, `the request should have been refused with ${status} ${code}`).toBeDefined();
  const codes = [code].flat();
  expect(`${outcome?.statusCode} ${outcome?.code}`).toBe(`${status} ${codes.find((one) => one === outcome?.code) ?? codes[0]}`);
  expect(outcome?.body?.message?.value).toMatch(/\w+ \w+[\s\S]*\nRequestId:[0-9a-f-]{36}\nTime:\d{4}-/);
}

/** As `refused`, for operations that answer with a stream: the client then throws the error's body away unread, and the code with it. */
export async function refusedStream(request: Promise<unknown>, status: number): Promise<void> {
  const outcome = await request.then(
    () => undefined,
    (error: unknown) => error as { statusCode?: number },
  );
  expect(outcome?.statusCode).toBe(status);
}

/** Waits until the pool is steady with as many nodes as `targets`, all idle or running, and returns them. */
export async function usableNodes(client: BatchServiceClient, poolId: string, count: number): Promise<Models.ComputeNode[]> {
  let seen: unknown;
  return await eventually(
    `${count} usable nodes in ${poolId}`,
    async () => {
      const pool = await client.pool.get(poolId);
      const nodes = [...(await client.computeNode.list(poolId))];
      seen = { allocation: pool.allocationState, errors: pool.resizeErrors, nodes: nodes.map(({ state }) => state) };
      const usable = nodes.filter(({ state }) => state === "idle" || state === "running");
      return pool.allocationState === "steady" && nodes.length === count && usable.length === count ? nodes : undefined;
    },
    { describe: () => seen },
  );
}

/** Waits until the node is in this state. */
export async function nodeIn(
  client: BatchServiceClient,
  poolId: string,
  nodeId: string,
  state: Models.ComputeNodeState,
): Promise<void> {
  let seen: unknown;
  await eventually(
    `${nodeId} ${state}`,
    async () => ((seen = (await client.computeNode.get(poolId, nodeId)).state) === state ? true : undefined),
    { describe: () => seen },
  );
}

/** Waits until the task is in this state; the task then. */
export async function taskIn(
  client: BatchServiceClient,
  jobId: string,
  taskId: string,
  state: Models.TaskState,
): Promise<Models.CloudTask> {
  let seen: Models.CloudTask | undefined;
  return await eventually(
    `${taskId} ${state}`,
    async () => ((seen = await client.task.get(jobId, taskId)).state === state ? seen : undefined),
    { describe: () => ({ state: seen?.state, info: seen?.executionInfo }) },
  );
}

/** Waits until the job is in this state; the job then. */
export async function jobIn(client: BatchServiceClient, jobId: string, state: Models.JobState): Promise<Models.CloudJob> {
  return await eventually(`${jobId} ${state}`, async () => {
    const job = await client.job.get(jobId);
    return job.state === state ? job : undefined;
  });
}

/** Waits until a read fails with 404 and `code`. */
export async function gone(read: () => Promise<unknown>, code: string): Promise<void> {
  await eventually(`404 ${code}`, () =>
    read().then(
      () => undefined,
      (error: { statusCode?: number; code?: string }) => {
        if (error.statusCode !== 404) throw error;
        expect(error.code).toBe(code);
        return true;
      },
    ),
  );
}

/** The whole text of a file that the client has opened. */
export async function textOf(response: Promise<Models.FileGetFromTaskResponse>): Promise<string> {
  const { readableStreamBody } = await response;
  if (readableStreamBody === undefined) throw new Error("the answer has no stream");
  const pieces: Buffer[] = [];
  for await (const piece of readableStreamBody) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}

/** The answer, or undefined for a refusal in the service's own form; a server's failure is an error. */
export async function answersOr<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    expect(statusCode, String(error)).toBeGreaterThanOrEqual(400);
    expect(statusCode, String(error)).toBeLessThan(500);
    expect(code).toMatch(/^[A-Z]\w+$/);
    return undefined;
  }
}

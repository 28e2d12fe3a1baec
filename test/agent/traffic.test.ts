/** Bytes moved for nodes are counted for the node they are moved for, also where nodes share a connection one after the other. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../../runtime/agent/transfer/httpRequest.ts";
import { Traffic } from "../../runtime/agent/transfer/traffic.ts";

let server: Server;
let url: string;
const connections = new Set<number | undefined>();

beforeAll(async () => {
  server = createServer((request, response) => {
    connections.add(request.socket.remotePort);
    request.resume();
    request.once("end", () => response.end(Buffer.alloc(Number(request.url?.slice(1)))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends and receives as many bytes, and waits until the connection is free for the next. */
async function move({ received, sent }: { readonly received: number; readonly sent: number }): Promise<void> {
  const sending = { method: "PUT", body: "x".repeat(sent), headers: { "content-length": String(sent) } };
  const response = await send(`${url}/${received}`, sending, new AbortController().signal, () => {});
  for await (const _ of response);
  await new Promise((resolve) => setImmediate(resolve));
}

/** Heads of a request and its answer take no more than this. */
const HEADS = 1_000;

it("counts each node's own bytes, on connections that are used again and on several at once, and begins anew when they are taken", async () => {
  const [first, second] = [new Traffic(), new Traffic()];
  await first.for(() => move({ received: 100_000, sent: 10 }));
  await second.for(() => move({ received: 10, sent: 200_000 }));
  await Promise.all([
    first.for(() => move({ received: 50_000, sent: 10 })),
    second.for(() => move({ received: 10, sent: 70_000 })),
    move({ received: 1_000_000, sent: 1_000_000 }),
  ]);
  expect(connections.size).toBeLessThan(5);
  const [ofFirst, ofSecond] = [first.take(), second.take()];
  expect(ofFirst.receivedBytes).toBeGreaterThanOrEqual(150_000);
  expect(ofFirst.receivedBytes).toBeLessThan(150_000 + HEADS);
  expect(ofFirst.sentBytes).toBeLessThan(HEADS);
  expect(ofSecond.sentBytes).toBeGreaterThanOrEqual(270_000);
  expect(ofSecond.sentBytes).toBeLessThan(270_000 + HEADS);
  expect(ofSecond.receivedBytes).toBeLessThan(HEADS);
  expect(first.take()).toEqual({ receivedBytes: 0, sentBytes: 0 });
  first.add({ sentBytes: 3 });
  expect(first.take()).toEqual({ receivedBytes: 0, sentBytes: 3 });
});

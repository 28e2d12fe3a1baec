/**
 * What the service answers beside the Batch operations. Health and metrics are for this machine's own eyes and need no signature; administration is signed
 * like everything else.
 *
 *     GET /healthz   GET /metrics   GET /admin/doctor?pool=P   POST /admin/preempt?pool=P&node=N
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../rest/guard.ts";
import type { OtherPath } from "../rest/server.ts";
import type { OpenAccount } from "./accounts/openAccount.ts";
import type { AccountRegistry } from "./accounts/registry.ts";
import { diagnose } from "./doctor/diagnosis.ts";
import type { ServeMetrics } from "./metrics.ts";

/** What the paths tell of. */
interface PathOptions {
  /** The account that the service was started with: its health is the service's. */
  readonly first: OpenAccount;
  readonly accounts: AccountRegistry;
  readonly metrics: ServeMetrics;
  /** Start-up is through: what was to be there at the start is. */
  readonly isReady: () => boolean;
}

/** The paths above, for the door. */
export function otherPaths({ first, accounts, metrics, isReady }: PathOptions): OtherPath[] {
  const { service, provider } = first;
  /** Administration is of the account that asks. */
  const asked = (caller: Caller | undefined) => accounts.opened({ name: caller?.account.name ?? first.name });
  return [
    {
      path: "/healthz",
      isSigned: false,
      handle: (request, response) => {
        if (!fromHere(request, response)) return;
        const ready = isReady() && service.running && provider.connected;
        send(response, ready ? 200 : 503, {
          ready,
          service: service.failedBy === undefined ? (service.running ? "running" : "stopped") : "failed",
          agentConnected: provider.connected,
          loopLagMs: Math.round(metrics.loopLagMs() * 100) / 100,
          lastCommitAt: metrics.lastCommitAt === undefined ? null : new Date(metrics.lastCommitAt).toISOString(),
          commandsWaiting: service.waiting,
          runs: provider.runCount,
        });
      },
    },
    {
      path: "/metrics",
      isSigned: false,
      handle: async (request, response) => {
        if (!fromHere(request, response)) return;
        const text = await metrics.registry.metrics();
        response.writeHead(200, { "Content-Type": metrics.registry.contentType }).end(text);
      },
    },
    {
      path: "/admin/doctor",
      isSigned: true,
      handle: (request, response, caller) => {
        const { service, provider } = asked(caller);
        const pool = queryOf(request).get("pool") ?? "";
        const around = { now: service.now(), agentConnected: provider.isAsleep || provider.connected };
        const diagnosis = diagnose(service.world, pool, around);
        if (diagnosis === undefined) sendError(response, 404, "PoolNotFound", `there is no pool ${pool.slice(0, 64)}`);
        else send(response, 200, diagnosis);
      },
    },
    {
      path: "/admin/preempt",
      isSigned: true,
      handle: (request, response, caller) => {
        const { service, provider } = asked(caller);
        const query = queryOf(request);
        const pool = service.world.pool(query.get("pool") ?? "");
        const node = pool?.nodes.get((query.get("node") ?? "").toLowerCase());
        if (request.method !== "POST") sendError(response, 405, "UnsupportedHttpVerb", "preempting a node is a POST");
        else if (node === undefined) sendError(response, 404, "NodeNotFound", "there is no such node");
        else if (provider.preempt(node)) send(response, 202, { pool: node.pool.id, node: node.id });
        else sendError(response, 409, "OperationNotValidOnNode", "only a low-priority node that is there can be preempted");
      },
    },
  ];
}

/** Health and metrics tell a stranger too much. */
function fromHere(request: IncomingMessage, response: ServerResponse): boolean {
  const address = request.socket.remoteAddress ?? "";
  if (/^(127\.|::1$|::ffff:127\.)/.test(address)) return true;
  sendError(response, 403, "Forbidden", "answered on this machine only");
  return false;
}

const queryOf = (request: IncomingMessage) => new URL(request.url ?? "/", "http://localhost").searchParams;

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

function sendError(response: ServerResponse, status: number, code: string, value: string): void {
  send(response, status, { code, message: { lang: "en-us", value } });
}

/** What a pool says of its network: carried along unread, but checked as documented (P-175). */
import type { JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { object, objects, text, whole } from "../read.ts";

const NAT_POOLS_MAX = 5;
const RULES_MAX = 25;
const RANGE_PORTS_MIN = 40;
/** Ports of a node that the service keeps for itself. */
const RESERVED_BACKEND_PORTS: ReadonlySet<number> = new Set([22, 3389, 29876, 29877]);

/** Throws 400 for an endpoint configuration that breaks a documented rule. */
export function checkNetwork(network: JsonObject | undefined, place: string): void {
  const pools = objects(object(network, "endpointConfiguration"), "inboundNATPools");
  if (pools === undefined) return;
  const at = `${place}.endpointConfiguration.inboundNATPools`;
  if (pools.length > NAT_POOLS_MAX) throw badProperty(at, pools.length, `at most ${NAT_POOLS_MAX}`);
  const names = new Set<string>();
  const ports = new Set<number>();
  let rules = 0;
  for (const [i, pool] of pools.entries()) {
    const one = `${at}[${i}]`;
    const name = (text(pool, "name") ?? "").toLowerCase();
    if (names.has(name)) throw badProperty(`${one}.name`, name, "a name of its own is required");
    names.add(name);
    checkPorts(pool, one, ports);
    const own = objects(pool, "networkSecurityGroupRules") ?? [];
    rules += own.length;
    for (const [r, rule] of own.entries()) checkRule(rule, `${one}.networkSecurityGroupRules[${r}]`);
  }
  if (rules > RULES_MAX) throw badProperty(at, rules, `at most ${RULES_MAX} security rules`);
}

function checkPorts(pool: JsonObject, place: string, used: Set<number>): void {
  const backend = whole(pool, "backendPort") ?? 0;
  if (backend < 1 || backend > 65_535 || RESERVED_BACKEND_PORTS.has(backend))
    throw badProperty(`${place}.backendPort`, backend, "a port from 1 to 65535, none of 22, 3389, 29876, 29877");
  if (used.has(backend)) throw badProperty(`${place}.backendPort`, backend, "a port of its own is required");
  used.add(backend);
  const start = whole(pool, "frontendPortRangeStart") ?? 0;
  const end = whole(pool, "frontendPortRangeEnd") ?? 0;
  if (start < 1 || end > 65_534 || end - start + 1 < RANGE_PORTS_MIN)
    throw badProperty(`${place}.frontendPortRangeStart`, start, `a range of at least ${RANGE_PORTS_MIN} ports from 1 to 65534`);
  if (start <= 55_000 && end >= 50_000)
    throw badProperty(`${place}.frontendPortRangeStart`, start, "ports 50000 to 55000 belong to the service");
}

function checkRule(rule: JsonObject, place: string): void {
  const priority = whole(rule, "priority") ?? 0;
  if (priority < 150 || priority > 4096) throw badProperty(`${place}.priority`, priority, "a number from 150 to 4096");
}

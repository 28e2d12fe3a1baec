/**
 * The ways in from outside: a pool's inbound NAT pools give each of its nodes a front-end port that leads to a port of the node (P-175). Here is how they
 * read and who may use them; `local/endpointProxy.ts` opens them. Each pool has a public address of its own in 127.255.0.0/16, so that pools with the same
 * range of ports do not meet; a node's port is the start of the range and the node's place in the pool, the same again after a restart.
 */
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import { inOrder, isFrom, isInRange } from "./securityRules.ts";

/** A rule of a NAT pool, as the wire has it. */
interface EndpointRule {
  readonly priority: number;
  readonly access: string;
  /** `*`, an address, a prefix, or a service tag. */
  readonly sourceAddressPrefix: string;
  readonly sourcePortRanges?: readonly string[];
}

/** An inbound NAT pool, as the wire has it. */
interface InboundNATPool {
  readonly name: string;
  readonly protocol: string;
  readonly backendPort: number;
  readonly frontendPortRangeStart: number;
  readonly frontendPortRangeEnd: number;
  readonly networkSecurityGroupRules?: readonly EndpointRule[];
}

/** One way in to one node. */
export interface FrontEnd {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly publicIPAddress: string;
  readonly publicFQDN: string;
  readonly frontendPort: number;
  readonly backendPort: number;
  readonly rules: readonly EndpointRule[];
}

/** The NAT pools of a pool, by `opaque` of its spec. */
function natPoolsOf(opaque: unknown): readonly InboundNATPool[] {
  const { networkConfiguration } = (opaque ?? {}) as {
    networkConfiguration?: { endpointConfiguration?: { inboundNATPools?: readonly InboundNATPool[] } };
  };
  return networkConfiguration?.endpointConfiguration?.inboundNATPools ?? [];
}

/** The ways in to a node; a range that is too short for its place gives it none. `home`: what sets the account apart from all others on this machine. */
export function frontEndsOf(home: string, node: ComputeNode): FrontEnd[] {
  const { pool, place } = node;
  const publicIPAddress = publicAddress(home, pool);
  return natPoolsOf(pool.spec.opaque)
    .filter(({ frontendPortRangeStart: start, frontendPortRangeEnd: end }) => start + place <= end)
    .map((nat) => ({
      name: `${nat.name}.${place}`,
      protocol: nat.protocol.toLowerCase() === "udp" ? "udp" : "tcp",
      publicIPAddress,
      publicFQDN: publicIPAddress,
      frontendPort: nat.frontendPortRangeStart + place,
      backendPort: nat.backendPort,
      rules: nat.networkSecurityGroupRules ?? [],
    }));
}

/** 127.255.0.1 to 127.255.255.254, by the pool's name: the same for a pool of the same name. */
function publicAddress(home: string, pool: Pool): string {
  let hash = 2_166_136_261;
  for (const char of `${home}/${pool.key}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0;
  return `127.255.${(hash >>> 8) % 256}.${(hash % 254) + 1}`;
}

/**
 * Whether somebody may come in: the rule with the lowest number that matches decides. Without rules everybody may; with rules that do not match nobody
 * may, because behind the own rules of a security group stands one that denies.
 */
export function mayEnter(
  { rules }: Pick<FrontEnd, "rules">,
  source: { readonly address: string; readonly port: number },
): boolean {
  if (rules.length === 0) return true;
  const rule = inOrder(rules).find(
    ({ sourceAddressPrefix, sourcePortRanges = ["*"] }) =>
      isFrom(sourceAddressPrefix, source.address, ["Internet"]) &&
      (sourcePortRanges.length === 0 || sourcePortRanges.some((range) => isInRange(source.port, range))),
  );
  return rule?.access.toLowerCase() === "allow";
}

/** Whether the rules let nobody in at all: such a front end is not opened, so that whoever tries is refused by the system itself. */
export function isClosed({ rules }: Pick<FrontEnd, "rules">): boolean {
  if (rules.length === 0) return false;
  const ordered = inOrder(rules);
  const all = ordered.findIndex(
    ({ sourceAddressPrefix, sourcePortRanges = [] }) =>
      (sourceAddressPrefix === "*" || sourceAddressPrefix === "0.0.0.0/0") && sourcePortRanges.every((range) => range === "*"),
  );
  const deciding = all === -1 ? ordered : ordered.slice(0, all + 1);
  return deciding.every(({ access }) => access.toLowerCase() === "deny");
}

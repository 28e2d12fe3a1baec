/**
 * Security rules of a network security group, evaluated as the cloud does: the rules of one direction in order of their priority, the first that matches
 * decides, and behind the group's own rules stand the default ones, which let the network's own traffic in and nothing else (P-174, P-175).
 */
import { isWithin, parsePrefix } from "./addresses.ts";

/** One rule. Prefixes: `*`, an address, a prefix, or a service tag; ports: `*`, a port, or a range `a-b`. */
export interface SecurityRule {
  readonly name: string;
  /** 100 to 4096, unique in its direction; the smallest decides first. */
  readonly priority: number;
  readonly access: "Allow" | "Deny";
  readonly direction: "Inbound" | "Outbound";
  /** `Tcp`, `Udp` or `*`. */
  readonly protocol: string;
  readonly sourceAddressPrefixes: readonly string[];
  readonly destinationPortRanges: readonly string[];
}

/** What is to be let in. */
export interface Traffic {
  readonly port: number;
  readonly protocol: "Tcp" | "Udp";
  /** Address it comes from. */
  readonly source: string;
  /** Service tags that stand for that source: `BatchNodeManagement` is where the Batch service itself comes from. */
  readonly tags: readonly string[];
}

/** Which rule decided, and how. */
export interface Verdict {
  readonly access: "Allow" | "Deny";
  readonly rule: string;
  readonly priority: number;
}

const inbound = (name: string, priority: number, access: "Allow" | "Deny", source: string): SecurityRule => ({
  name,
  priority,
  access,
  direction: "Inbound",
  protocol: "*",
  sourceAddressPrefixes: [source],
  destinationPortRanges: ["*"],
});

/** Rules behind the own ones of every group. */
export const defaultRules: readonly SecurityRule[] = [
  inbound("AllowVnetInBound", 65_000, "Allow", "VirtualNetwork"),
  inbound("AllowAzureLoadBalancerInBound", 65_001, "Allow", "AzureLoadBalancer"),
  inbound("DenyAllInBound", 65_500, "Deny", "*"),
];

/** Rules in the order in which they are asked, whatever the order they came in. */
export function inOrder<R extends { readonly priority: number }>(rules: readonly R[]): R[] {
  return [...rules].sort((a, b) => a.priority - b.priority);
}

/** The rule that decides about traffic into a subnet or to an endpoint; rules in any order. */
export function decide(rules: readonly SecurityRule[], traffic: Traffic): Verdict {
  const ordered = [...inOrder(rules.filter(({ direction }) => direction === "Inbound")), ...defaultRules];
  const rule = ordered.find((each) => matches(each, traffic)) ?? defaultRules[defaultRules.length - 1];
  return { access: rule.access, rule: rule.name, priority: rule.priority };
}

function matches(rule: SecurityRule, { port, protocol, source, tags }: Traffic): boolean {
  return (
    (rule.protocol === "*" || rule.protocol.toLowerCase() === protocol.toLowerCase()) &&
    rule.destinationPortRanges.some((range) => isInRange(port, range)) &&
    rule.sourceAddressPrefixes.some((prefix) => isFrom(prefix, source, tags))
  );
}

/** Whether a port lies in `*`, `443` or `100-200`. */
export function isInRange(port: number, range: string): boolean {
  if (range === "*") return true;
  const [first, last = first] = range.split("-").map(Number);
  return port >= first && port <= last;
}

/** Whether `*`, a port from 0 to 65535 or a range of them. */
export function isPortRange(text: string): boolean {
  if (text === "*") return true;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return false;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last && last <= 65_535;
}

/** Whether a source is what the prefix says; names that are no prefix are service tags. */
export function isFrom(prefix: string, source: string, tags: readonly string[]): boolean {
  if (prefix === "*" || prefix === "0.0.0.0/0") return true;
  const parsed = parsePrefix(prefix);
  if (parsed !== undefined) return isWithin(source, parsed);
  const tag = prefix.toLowerCase().split(".")[0];
  return tags.some((each) => each.toLowerCase() === tag);
}

/**
 * Network security groups and their rules, as `Microsoft.Network` has them. A subnet names the group that guards it; a rule that keeps the Batch service
 * out makes the nodes there unusable, one that keeps people out closes remote login (P-174).
 */
import {
  SECURITY_GROUP,
  type SecurityGroupDocument,
  VIRTUAL_NETWORK,
  type VirtualNetworkDocument,
} from "../../providers/network/documents.ts";
import { defaultRules, isPortRange, type SecurityRule } from "../../providers/network/securityRules.ts";
import { normalLocation } from "./accountBody.ts";
import { keyOf, LandscapeDocuments } from "./landscape.ts";
import { checkName, texts } from "./network.ts";
import {
  badBody,
  countIn,
  GROUP,
  type Json,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  shown,
  textIn,
} from "./route.ts";

const GROUPS: string = `${GROUP}/providers/Microsoft.Network/networkSecurityGroups`;
const RULES_MAX = 1_000;
const PRIORITY = { min: 100, max: 4096 };

const groupDocuments = new LandscapeDocuments<SecurityGroupDocument>({
  kind: SECURITY_GROUP,
  segment: "networkSecurityGroups",
  parameter: "group",
  noun: "network security group",
});

/** Routes of groups and of single rules. */
export const securityGroupRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: `${GROUPS}/{group}`, handle: put },
  { method: "GET", path: `${GROUPS}/{group}`, handle: (call) => ({ status: 200, body: show(groupDocuments.found(call)) }) },
  { method: "DELETE", path: `${GROUPS}/{group}`, handle: remove },
  { method: "GET", path: GROUPS, handle: list },
  { method: "GET", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Network/networkSecurityGroups", handle: list },
  { method: "PUT", path: `${GROUPS}/{group}/securityRules/{rule}`, handle: putRule },
  { method: "GET", path: `${GROUPS}/{group}/securityRules/{rule}`, handle: getRule },
  { method: "DELETE", path: `${GROUPS}/{group}/securityRules/{rule}`, handle: removeRule },
];

async function put(call: ManagementCall): Promise<ManagementReply> {
  const { path, body, accounts } = call;
  const before = groupDocuments.find(call);
  const given = objectIn(body, "properties")?.securityRules;
  if (given !== undefined && (!Array.isArray(given) || given.length > RULES_MAX))
    throw badBody("properties.securityRules", `a list of at most ${RULES_MAX} rules is required`);
  const location = textIn(body, "location");
  const rules = given === undefined ? (before?.rules ?? []) : (given as unknown[]).map(readListed);
  checkPriorities(rules);
  const group: SecurityGroupDocument = {
    id: groupDocuments.idOf(call),
    name: checkName(path.group, "name"),
    subscriptionId: path.subscriptionId,
    resourceGroup: path.resourceGroup,
    location: location === undefined ? (before?.location ?? accounts.first.document.location) : normalLocation(location),
    rules,
  };
  await groupDocuments.keep(call, group);
  return { status: before === undefined ? 201 : 200, body: show(group) };
}

function readListed(each: unknown, i: number): SecurityRule {
  const place = `properties.securityRules[${i}]`;
  if (typeof each !== "object" || each === null) throw badBody(place, "an object is required");
  const name = textIn(each as Json, "name", `${place}.name`) ?? "";
  return readRule(name, objectIn(each as Json, "properties", `${place}.properties`), `${place}.properties`);
}

function readRule(name: string, properties: Json | undefined, place: string): SecurityRule {
  const one = (property: string, words: readonly string[]): string => {
    const text = textIn(properties, property, `${place}.${property}`) ?? "";
    const word = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (word === undefined) throw badBody(`${place}.${property}`, `${shown(text)} is none of ${words.join(", ")}`);
    return word;
  };
  const priority = countIn(properties, "priority", `${place}.priority`) ?? 0;
  if (priority < PRIORITY.min || priority > PRIORITY.max)
    throw badBody(
      `${place}.priority`,
      `a number from ${PRIORITY.min} to ${PRIORITY.max} is required`,
      "SecurityRuleInvalidPriority",
    );
  const ports = severalOf(properties, "destinationPortRange", place);
  const wrong = ports.find((range) => !isPortRange(range));
  if (wrong !== undefined)
    throw badBody(
      `${place}.destinationPortRange`,
      `${shown(wrong)} is no port and no range of ports`,
      "SecurityRuleInvalidPortRange",
    );
  return {
    name: checkName(name, `${place}.name`),
    priority,
    access: one("access", ["Allow", "Deny"]) as SecurityRule["access"],
    direction: one("direction", ["Inbound", "Outbound"]) as SecurityRule["direction"],
    protocol: one("protocol", ["Tcp", "Udp", "*"]),
    sourceAddressPrefixes: severalOf(properties, "sourceAddressPrefix", place, "sourceAddressPrefixes"),
    destinationPortRanges: ports,
  };
}

/** A property that can be given as one text or, under its plural, as several. Without either: everything. */
function severalOf(properties: Json | undefined, name: string, place: string, plural = `${name}s`): readonly string[] {
  const several = texts(properties, plural, `${place}.${plural}`, 4_000) ?? [];
  const single = textIn(properties, name, `${place}.${name}`, 200);
  const all = single === undefined || single === "" ? several : [single, ...several];
  return all.length === 0 ? ["*"] : all;
}

function checkPriorities(rules: readonly SecurityRule[]): void {
  const seen = new Map<string, string>();
  for (const { name, direction, priority } of rules) {
    const other = seen.get(`${direction} ${priority}`);
    if (other !== undefined)
      throw badBody(
        "priority",
        `rules ${shown(other)} and ${shown(name)} have the same priority ${priority}`,
        "SecurityRuleConflict",
      );
    seen.set(`${direction} ${priority}`, name);
  }
}

const isNamed = (name: string) => (rule: SecurityRule) => rule.name.toLowerCase() === name.toLowerCase();

async function putRule(call: ManagementCall): Promise<ManagementReply> {
  const group = groupDocuments.found(call);
  const rule = readRule(call.path.rule, objectIn(call.body, "properties"), "properties");
  const others = group.rules.filter((each) => !isNamed(rule.name)(each));
  checkPriorities([...others, rule]);
  await groupDocuments.keep(call, { ...group, rules: [...others, rule] });
  return { status: others.length === group.rules.length ? 201 : 200, body: showRule(group.id, rule, "securityRules") };
}

function ruleOf(call: ManagementCall): SecurityRule {
  const rule = groupDocuments.found(call).rules.find(isNamed(call.path.rule));
  if (rule === undefined) throw notFound("security rule", call.path.rule);
  return rule;
}

function getRule(call: ManagementCall): ManagementReply {
  return { status: 200, body: showRule(groupDocuments.found(call).id, ruleOf(call), "securityRules") };
}

async function removeRule(call: ManagementCall): Promise<ManagementReply> {
  const group = groupDocuments.found(call);
  const rule = ruleOf(call);
  await groupDocuments.keep(call, { ...group, rules: group.rules.filter((each) => each !== rule) });
  return { status: 200 };
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const group = groupDocuments.found(call);
  const { landscape } = call.accounts;
  for (const [, document] of landscape.list(VIRTUAL_NETWORK)) {
    const { name, subnets } = document as VirtualNetworkDocument;
    const guarded = subnets.find(({ networkSecurityGroup }) => networkSecurityGroup?.toLowerCase() === group.id.toLowerCase());
    if (guarded !== undefined)
      throw new ManagementError(409, "InUseNetworkSecurityGroupCannotBeDeleted", `it guards subnet ${guarded.name} of ${name}`);
  }
  await landscape.delete(SECURITY_GROUP, keyOf(group.id));
  return { status: 200 };
}

function list({ path, accounts }: ManagementCall): ManagementReply {
  const { subscriptionId, resourceGroup } = path;
  const value = accounts.landscape
    .list(SECURITY_GROUP)
    .map(([, document]) => document as SecurityGroupDocument)
    .filter(
      (each) =>
        each.subscriptionId.toLowerCase() === subscriptionId.toLowerCase() &&
        (resourceGroup === undefined || each.resourceGroup.toLowerCase() === resourceGroup.toLowerCase()),
    );
  return { status: 200, body: { value: value.map(show) } };
}

function show({ id, name, location, rules }: SecurityGroupDocument): object {
  return {
    id,
    name,
    type: "Microsoft.Network/networkSecurityGroups",
    location,
    properties: {
      provisioningState: "Succeeded",
      securityRules: rules.map((rule) => showRule(id, rule, "securityRules")),
      defaultSecurityRules: defaultRules.map((rule) => showRule(id, rule, "defaultSecurityRules")),
    },
  };
}

function showRule(group: string, rule: SecurityRule, kind: string): object {
  const { name, sourceAddressPrefixes, destinationPortRanges, ...rest } = rule;
  const one = (single: string, several: readonly string[], plural = `${single}s`) =>
    several.length === 1 ? { [single]: several[0] } : { [plural]: several };
  return {
    id: `${group}/${kind}/${name}`,
    name,
    type: `Microsoft.Network/networkSecurityGroups/${kind}`,
    properties: {
      provisioningState: "Succeeded",
      ...rest,
      sourcePortRange: "*",
      destinationAddressPrefix: "*",
      ...one("sourceAddressPrefix", sourceAddressPrefixes, "sourceAddressPrefixes"),
      ...one("destinationPortRange", destinationPortRanges),
    },
  };
}

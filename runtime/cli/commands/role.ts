/**
 * `weir role …`: who may do what with which resource. Pools in a classic virtual network need the Batch service's own principal, MicrosoftAzureBatch, to have
 * the role Classic Virtual Machine Contributor there: the network, its group, the role and the principal are the four things to say.
 */
import { randomUUID } from "node:crypto";
import { HOME } from "../../serve/accounts/document.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { Managed, type PlaceOptions, type Resource } from "../managing.ts";
import { type Output, visibleText } from "../output.ts";
import { textTable } from "../resources/textTable.ts";

const CLASSIC_NETWORK = "Microsoft.ClassicNetwork/virtualNetworks";
const ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments";

export interface RoleOptions extends PlaceOptions {
  /** Name of a classic virtual network. */
  readonly vnet?: string;
  /** Resource id, instead of a network. */
  readonly scope?: string;
  readonly role?: string;
  /** Name or id of the principal. */
  readonly assignee?: string;
}

/** `weir role assign`. Throws InputError for a network that is not there: a role on it would help nobody. */
export async function assignRole(options: RoleOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "role assign");
  const { role = "Classic Virtual Machine Contributor", assignee = "MicrosoftAzureBatch" } = options;
  const scope = scopeOf(managed, options, "role assign");
  if (options.scope === undefined) await checkNetwork(managed, scope, options.vnet ?? "");
  const roleDefinitionId = await definitionOf(managed, scope, role);
  const properties = { roleDefinitionId, principalId: assignee };
  const made = await managed.expect<Resource>("PUT", `${scope}/${ASSIGNMENTS}/${randomUUID()}`, { properties });
  if (output.json) output.document(made);
  else output.line(`${assignee} is ${String(made.properties.roleName)} of ${String(made.properties.scope)}`);
  return exitCodes.done;
}

async function checkNetwork(managed: Managed, scope: string, vnet: string): Promise<void> {
  if ((await managed.connection.ask("GET", scope)).status !== 404) return;
  const there = (await managed.list(CLASSIC_NETWORK)).map(({ name, id }) => `${name} in group ${id.split("/")[4]}`);
  const others = there.length === 0 ? "; there is none" : `; there are ${there.join(", ")}`;
  throw new InputError(visibleText(`there is no classic virtual network ${vnet}${others}`));
}

async function definitionOf(managed: Managed, scope: string, role: string): Promise<string> {
  const path = `${scope}/providers/Microsoft.Authorization/roleDefinitions`;
  const { value } = await managed.expect<{ value: Resource[] }>("GET", path);
  const found = value.find(({ name, properties }) =>
    [name, String(properties.roleName).toLowerCase()].includes(role.toLowerCase()),
  );
  if (found !== undefined) return found.id;
  const names = value.map(({ properties }) => String(properties.roleName)).join(", ");
  throw new InputError(`there is no role ${role}; there are ${names}`);
}

/** `weir role list`. */
export async function listRoles(options: RoleOptions, output: Output): Promise<ExitCode> {
  const found = await assignments(new Managed(options, "role list"), options);
  const text = ({ properties }: Resource, name: string) => String(properties[name]);
  const rows = found.map((each) => [text(each, "principalName"), text(each, "roleName"), text(each, "scope")]);
  if (output.json) output.document(found);
  else for (const line of textTable(["principal", "role", "scope"], rows, output)) output.line(line);
  return exitCodes.done;
}

/** `weir role remove`: takes the role away again. */
export async function removeRole(options: RoleOptions, output: Output): Promise<ExitCode> {
  const managed = new Managed(options, "role remove");
  const { role = "Classic Virtual Machine Contributor", assignee = "MicrosoftAzureBatch" } = options;
  const scope = scopeOf(managed, options, "role remove").toLowerCase();
  const found = (await assignments(managed, options)).find(
    ({ properties }) =>
      properties.scope === scope &&
      String(properties.roleName).toLowerCase() === role.toLowerCase() &&
      [properties.principalName, properties.principalId].includes(assignee),
  );
  if (found === undefined) throw new InputError(`${assignee} has not got the role ${role} of ${scope}`);
  await managed.expect("DELETE", found.id);
  output.note(`${assignee} is ${role} of ${scope} no more`);
  return exitCodes.done;
}

async function assignments(managed: Managed, options: RoleOptions): Promise<Resource[]> {
  const subscription = `/subscriptions/${options.subscription ?? HOME.subscriptionId}`;
  const scope =
    options.vnet === undefined && options.scope === undefined ? subscription : scopeOf(managed, options, "role list");
  return (await managed.expect<{ value: Resource[] }>("GET", `${scope}/${ASSIGNMENTS}`)).value;
}

function scopeOf(managed: Managed, { vnet, scope }: RoleOptions, command: string): string {
  if (scope !== undefined) return scope.replace(/\/+$/, "");
  if (vnet === undefined)
    throw new UsageError("say where: --vnet NAME of a classic virtual network, or --scope with a resource id", command);
  return managed.path(CLASSIC_NETWORK, vnet);
}

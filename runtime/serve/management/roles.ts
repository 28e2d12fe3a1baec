/**
 * Role assignments on the wire, as `Microsoft.Authorization` has them: a principal is given a role on a resource, which is the path in front of
 * `/providers/Microsoft.Authorization`, and on all below it. Rules of pools ask for them (`rest/handlers/roleRecords.ts`).
 */
import {
  BATCH_PRINCIPAL,
  CLASSIC_NETWORK_ROLE,
  ROLE_ASSIGNMENT,
  type RoleAssignment,
  roleAssignments,
} from "../../rest/handlers/roleRecords.ts";
import { objectId } from "../tokens/issuer.ts";
import {
  badBody,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  shown,
  textIn,
} from "./route.ts";

const AUTHORIZATION = "/subscriptions/{scope...}/providers/Microsoft.Authorization";
const ASSIGNMENT = `${AUTHORIZATION}/roleAssignments/{name}`;

/** Routes of roles; they stand behind all others, since any resource can be in front of them. */
export const roleRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: ASSIGNMENT, handle: put },
  { method: "GET", path: ASSIGNMENT, handle: (call) => ({ status: 200, body: show(found(call)) }) },
  { method: "DELETE", path: ASSIGNMENT, handle: remove },
  { method: "GET", path: `${AUTHORIZATION}/roleAssignments`, handle: list },
  { method: "GET", path: `${AUTHORIZATION}/roleDefinitions`, handle: definitions },
];

/** Roles that can be given, with the ids that they have everywhere. */
const ROLES: readonly (readonly [name: string, id: string])[] = [
  [CLASSIC_NETWORK_ROLE, "d73bb868-a0df-4d4d-bd69-98a00b01fccb"],
  ["Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"],
  ["Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"],
  ["Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"],
  ["Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"],
];

async function put(call: ManagementCall): Promise<ManagementReply> {
  const name = call.path.name.toLowerCase();
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)) throw badBody("name", "a UUID is required");
  const properties = objectIn(call.body, "properties");
  const given = textIn(properties, "roleDefinitionId", "properties.roleDefinitionId") ?? "";
  const last = given.slice(given.lastIndexOf("/") + 1).toLowerCase();
  const role = ROLES.find(([roleName, id]) => id === last || roleName.toLowerCase() === last);
  if (role === undefined)
    throw badBody(
      "properties.roleDefinitionId",
      `${shown(given)} is none of ${ROLES.map(([roleName]) => roleName).join(", ")}`,
      "RoleDefinitionDoesNotExist",
    );
  const principal = principalOf(call, textIn(properties, "principalId", "properties.principalId") ?? "");
  const scope = scopeOf(call);
  const { landscape } = call.accounts;
  const same = roleAssignments(landscape).find(
    (each) => each.scope === scope && each.roleName === role[0] && each.principalId === principal.id && each.name !== name,
  );
  if (same !== undefined) throw new ManagementError(409, "RoleAssignmentExists", "the role assignment already exists");
  const assignment: RoleAssignment = {
    name,
    scope,
    roleName: role[0],
    roleDefinitionId: `/subscriptions/${call.path.scope.split("/")[0]}/providers/Microsoft.Authorization/roleDefinitions/${role[1]}`,
    principalId: principal.id,
    principalName: principal.name,
    createdOn: new Date().toISOString(),
  };
  await landscape.put(ROLE_ASSIGNMENT, name, assignment);
  return { status: 201, body: show(assignment) };
}

/** The Batch service's principal by name or id, or that of an account. */
function principalOf({ accounts }: ManagementCall, given: string): { id: string; name: string } {
  const known = [BATCH_PRINCIPAL, ...accounts.list().map(({ document: { name } }) => ({ id: objectId(name), name }))];
  const found = known.find(({ id, name }) => [id, name.toLowerCase()].includes(given.toLowerCase()));
  if (found === undefined)
    throw badBody(
      "properties.principalId",
      `${shown(given)} is no principal of this directory; the Batch service's is ${BATCH_PRINCIPAL.name}`,
      "PrincipalNotFound",
    );
  return found;
}

const scopeOf = ({ path }: ManagementCall): string => `/subscriptions/${path.scope}`.toLowerCase();

function found(call: ManagementCall): RoleAssignment {
  const assignment = roleAssignments(call.accounts.landscape).find((each) => each.name === call.path.name.toLowerCase());
  if (assignment === undefined || assignment.scope !== scopeOf(call)) throw notFound("role assignment", call.path.name);
  return assignment;
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const assignment = found(call);
  await call.accounts.landscape.delete(ROLE_ASSIGNMENT, assignment.name);
  return { status: 200, body: show(assignment) };
}

/** Those on the resource, above it and below it. */
function list(call: ManagementCall): ManagementReply {
  const scope = `${scopeOf(call)}/`;
  const own = roleAssignments(call.accounts.landscape).filter(
    (each) => scope.startsWith(`${each.scope}/`) || `${each.scope}/`.startsWith(scope),
  );
  return { status: 200, body: { value: own.map(show) } };
}

function definitions({ path }: ManagementCall): ManagementReply {
  const subscription = path.scope.split("/")[0];
  const value = ROLES.map(([roleName, name]) => ({
    id: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${name}`,
    name,
    type: "Microsoft.Authorization/roleDefinitions",
    properties: { roleName, type: "BuiltInRole" },
  }));
  return { status: 200, body: { value } };
}

function show({ name, scope, roleName, roleDefinitionId, principalId, principalName, createdOn }: RoleAssignment): object {
  return {
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    name,
    type: "Microsoft.Authorization/roleAssignments",
    properties: { scope, roleDefinitionId, roleName, principalId, principalName, principalType: "ServicePrincipal", createdOn },
  };
}

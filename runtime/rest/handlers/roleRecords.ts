/**
 * Role assignments of the subscription as small durable documents: who (a principal) may do what (a role) where (a scope and all below it). They are put
 * there by the management routes; rules of pools ask for them (rows of networks: the Batch service's own principal needs a role on a classic network).
 */
import type { Records } from "../../host/records.ts";

/** Kind of the documents; the key is the assignment's name, a UUID in lower case. */
export const ROLE_ASSIGNMENT = "roleAssignment";

/** One assignment, as it is kept. */
export interface RoleAssignment {
  readonly name: string;
  /** Resource id in lower case, without a slash at its end: `/subscriptions/…`. It reaches whatever lies below it. */
  readonly scope: string;
  readonly roleName: string;
  readonly roleDefinitionId: string;
  readonly principalId: string;
  readonly principalName: string;
  /** ISO 8601. */
  readonly createdOn: string;
}

/** The principal as which the Batch service itself acts in a subscription; the service's own application id. */
export const BATCH_PRINCIPAL = Object.freeze({
  id: "ddbf3205-c6bd-46ae-8127-60eb93363864",
  name: "MicrosoftAzureBatch",
});

/** What the Batch service's principal needs for pools in a classic network. */
export const CLASSIC_NETWORK_ROLE = "Classic Virtual Machine Contributor";

/** All assignments in the order in which they were made. */
export function roleAssignments(landscape: Records): RoleAssignment[] {
  return landscape.list(ROLE_ASSIGNMENT).map(([, document]) => document as RoleAssignment);
}

/** Whether the principal has the role on the resource `scope` or on something around it. Names of roles are compared without case. */
function hasRole(
  landscape: Records,
  of: { readonly principalId: string; readonly roleName: string; readonly scope: string },
): boolean {
  const scope = `${of.scope.toLowerCase()}/`;
  return roleAssignments(landscape).some(
    (each) =>
      each.principalId.toLowerCase() === of.principalId.toLowerCase() &&
      each.roleName.toLowerCase() === of.roleName.toLowerCase() &&
      scope.startsWith(`${each.scope}/`),
  );
}

/** Whether the Batch service may put nodes into the classic network with this resource id (or a subnet of it). */
export function mayJoinClassicNetwork(landscape: Records, networkId: string): boolean {
  return hasRole(landscape, { principalId: BATCH_PRINCIPAL.id, roleName: CLASSIC_NETWORK_ROLE, scope: networkId });
}

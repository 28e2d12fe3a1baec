/**
 * Certificates of the account: the states one can be in, and what decides whether it can be deleted (P-160, P-161). Nothing of the scheduler hangs on them, so
 * they are no entities of the world: whoever keeps them asks here what may become of them.
 */
import { Machine } from "./machine.ts";

export type CertificateState = "active" | "deleting" | "deletefailed";

/** Deleting is over at once here: it is known at that moment who stands against it. */
export const certificateMachine = new Machine<CertificateState>(
  "certificate",
  [
    { name: "active", meaning: "pools may name it" },
    { name: "deleting", meaning: "its deletion was asked for and is under way" },
    { name: "deletefailed", meaning: "pools or nodes stood against its deletion" },
  ],
  [
    { from: "(none)", trigger: "added", to: "active", rule: "P-160" },
    { from: "active", trigger: "deletion asked for", to: "deleting", rule: "P-161" },
    { from: "deletefailed", trigger: "deletion asked for again", to: "deleting", rule: "P-161" },
    { from: "deleting", trigger: "no pool names it and no node has it", to: "(none)", rule: "P-161" },
    { from: "deleting", trigger: "a pool names it, or a node has it", to: "deletefailed", rule: "P-161" },
    { from: "deletefailed", trigger: "deletion taken back", to: "active", rule: "P-161" },
  ],
);

/** What stands against a deletion, each by its name; both empty: nothing. */
export interface CertificateUse {
  readonly pools: readonly string[];
  readonly nodes: readonly string[];
}

/** What a deletion that was asked for ends in. */
export function afterDeletion({ pools, nodes }: CertificateUse): "(none)" | "deletefailed" {
  return pools.length === 0 && nodes.length === 0 ? "(none)" : "deletefailed";
}

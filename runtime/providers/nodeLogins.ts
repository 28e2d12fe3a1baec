/**
 * Logging in to nodes, as whoever supplies nodes makes it possible (P-180 to P-184). Who the users are is told by the service; whether anybody can log in at all
 * hangs on the machine.
 */
import type { ComputeNode } from "../core/node.ts";

/** Where a node's SSH server answers. */
export interface LoginAddress {
  readonly address: string;
  readonly port: number;
}

/** Nobody can log in to the node, now or ever; the message says why, and what to do about it. */
export class NoLogin extends Error {
  override readonly name = "NoLogin";
}

/** A user of a node as a login needs it. */
export interface NodeUser {
  readonly name: string;
  readonly isAdmin: boolean;
  /** Milliseconds since 1970, of the service's clock: from then on it cannot log in any more. */
  readonly expiryAt: number;
  /** As crypt(3) reads it. */
  readonly passwordHash?: string;
  readonly sshPublicKey?: string;
}

/** Opens nodes to their users. */
export interface NodeLogins {
  /** Where one can log in, once that is so. Rejects with NoLogin. */
  open(node: ComputeNode): Promise<LoginAddress>;
  /** The users of the node are others now: resolves when the next login sees them. Where nobody can log in, nothing happens. */
  usersChanged(node: ComputeNode): Promise<void>;
}

/**
 * Certificates of local nodes (P-162 to P-164): what the pool names when a node boots is what the node has until it boots again, whatever the pool names then.
 * Which of a node's certificates a command sees is said by the visibility of each reference.
 */
import type { CertificateReference, PoolDetails } from "../../agent/run/details.ts";
import type { StoredCertificate } from "../../agent/protocol.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import type { Host } from "./hosts.ts";

/** What is installed of one certificate; nobody but nodes gets it. */
export interface CertificateFile {
  readonly format: "pfx" | "cer";
  /** Base64. */
  readonly data: string;
  /** Of a PFX. */
  readonly password: string;
}

/** Where certificates come from, and where it is remembered which ones a node has. */
export interface CertificateShelf {
  /** Undefined: the account has no such certificate any more. */
  readonly find: (reference: CertificateReference) => CertificateFile | undefined;
  /** Those of the node's last boot. */
  readonly installed: (node: ComputeNode) => readonly CertificateReference[];
  /** The node has these, and no others. */
  readonly keep: (node: ComputeNode, references: readonly CertificateReference[]) => void;
}

/** For whom a certificate can be visible. */
export type CertificateViewer = "starttask" | "task" | "remoteuser";

/** What a pool names now. */
export function certificateReferences({ spec }: Pool): readonly CertificateReference[] {
  return (spec.opaque as PoolDetails | undefined)?.certificateReferences ?? [];
}

/** Whether a boot of the node has anything to do with certificates: some to install, or some to take away. */
export function hasCertificateWork(host: Host, shelf: CertificateShelf | undefined): boolean {
  if (shelf === undefined) return false;
  return certificateReferences(host.pool).length > 0 || (host.node !== undefined && shelf.installed(host.node).length > 0);
}

/** The files of what the references name, as the agent installs them. One that the account does not have any more is left out. */
export function storedCertificates(references: readonly CertificateReference[], shelf: CertificateShelf): StoredCertificate[] {
  return references.flatMap((reference) => {
    const file = shelf.find(reference);
    if (file === undefined) return [];
    const { format, data, password } = file;
    const files =
      format === "cer"
        ? [{ suffix: ".cer", data }]
        : [
            { suffix: ".pfx", data },
            { suffix: ".pfx.pw", data: Buffer.from(password, "utf8").toString("base64") },
          ];
    return [{ name: nameOf(reference), files, isForUsers: isVisible(reference, "remoteuser") }];
  });
}

/** Names of the node's certificates that a command of this kind sees. */
export function visibleCertificates(host: Host, viewer: CertificateViewer, shelf: CertificateShelf | undefined): string[] {
  if (shelf === undefined || host.node === undefined) return [];
  const references = shelf.installed(host.node);
  return references.filter((reference) => isVisible(reference, viewer)).map(nameOf);
}

/** `sha1-` and the thumbprint: what the files of a certificate are called on Linux nodes. */
function nameOf({ thumbprintAlgorithm, thumbprint }: CertificateReference): string {
  return `${thumbprintAlgorithm}-${thumbprint.replaceAll(" ", "")}`.toLowerCase();
}

/** Visible for everybody unless it says for whom. */
function isVisible({ visibility }: CertificateReference, viewer: CertificateViewer): boolean {
  return visibility === undefined || visibility.length === 0 || visibility.some((word) => word.toLowerCase() === viewer);
}

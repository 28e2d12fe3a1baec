/**
 * Certificates as small durable documents: what may be shown of one and where it stands (P-160, P-161), apart from that what only nodes get (L-64), and
 * which ones a node has got (P-164).
 */
import type { CertificateState } from "../../core/certificate.ts";
import type { CertificateReference } from "../../agent/run/details.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { World } from "../../core/world.ts";
import type { Records } from "../../host/records.ts";

/** Kind of the documents; the key is algorithm and thumbprint in lower case. */
export const CERTIFICATE = "certificate";
/** The same of what is secret. */
export const CERTIFICATE_SECRET = "certificateSecret";
/** Kind of the documents of nodes; the key is pool and node in lower case. */
const NODE_CERTIFICATES = "nodeCertificates";

/** Instants in milliseconds since 1970. */
export interface CertificateRecord {
  /** In lower case. */
  readonly thumbprint: string;
  readonly thumbprintAlgorithm: string;
  readonly state: CertificateState;
  readonly stateTransitionAt: number;
  readonly previousState?: CertificateState;
  readonly previousStateAt?: number;
  /** Base64 of the certificate without a private key, DER. */
  readonly publicData?: string;
  /** Ids of the pools that named it, and of nodes (`pool/node`) that had it installed, when its deletion failed. */
  readonly usedBy?: readonly string[];
  readonly installedOn?: readonly string[];
}

/** What is installed on nodes and shown to nobody. */
export interface CertificateSecret {
  readonly format: "pfx" | "cer";
  /** Base64: the PFX as it was given, or DER. */
  readonly data: string;
  /** Of a PFX; "" when it needs none. */
  readonly password: string;
}

interface NodeCertificates {
  readonly allocationAt: number;
  readonly installedAt: number;
  readonly references: readonly CertificateReference[];
}

/** Key of the document; the thumbprint without blanks, case as given. */
export const certificateKey = (algorithm: string, thumbprint: string): string =>
  `${algorithm}-${thumbprint.replaceAll(" ", "")}`.toLowerCase();

/** The certificate, if there is one. */
export function certificateOf(records: Records, algorithm: string, thumbprint: string): CertificateRecord | undefined {
  return records.get(CERTIFICATE, certificateKey(algorithm, thumbprint)) as CertificateRecord | undefined;
}

/** What is secret of it. */
export function certificateSecretOf(
  records: Records,
  { thumbprintAlgorithm, thumbprint }: CertificateReference,
): CertificateSecret | undefined {
  return records.get(CERTIFICATE_SECRET, certificateKey(thumbprintAlgorithm, thumbprint)) as CertificateSecret | undefined;
}

const nodeKey = (node: ComputeNode): string => `${node.pool.key}/${node.id}`.toLowerCase();

/** What was installed when the node last booted; nothing before it has. */
export function certificatesOnNode(records: Records, node: ComputeNode): readonly CertificateReference[] {
  const found = records.get(NODE_CERTIFICATES, nodeKey(node)) as NodeCertificates | undefined;
  if (found === undefined || found.allocationAt !== node.allocationAt) return [];
  return node.wipedAt !== undefined && found.installedAt < node.wipedAt ? [] : found.references;
}

/** The node has these, and no others. Resolves when that is durable. */
export async function keepCertificatesOnNode(
  records: Records,
  node: ComputeNode,
  references: readonly CertificateReference[],
  installedAt: number,
): Promise<void> {
  const key = nodeKey(node);
  const document: NodeCertificates = { allocationAt: node.allocationAt, installedAt, references };
  if (references.length > 0) await records.put(NODE_CERTIFICATES, key, document);
  else if (records.get(NODE_CERTIFICATES, key) !== undefined) await records.delete(NODE_CERTIFICATES, key);
}

/** Nodes that have a certificate, as `pool/node`. */
export function nodesWith(records: Records, world: World, { thumbprintAlgorithm, thumbprint }: CertificateRecord): string[] {
  const key = certificateKey(thumbprintAlgorithm, thumbprint);
  const found: string[] = [];
  for (const [place] of records.list(NODE_CERTIFICATES)) {
    const [poolId, nodeId] = place.split("/");
    const node = world.pool(poolId)?.node(nodeId);
    if (node === undefined) continue;
    const references = certificatesOnNode(records, node);
    if (references.some((each) => certificateKey(each.thumbprintAlgorithm, each.thumbprint) === key))
      found.push(`${node.pool.id}/${node.id}`);
  }
  return found;
}

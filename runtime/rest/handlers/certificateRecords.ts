/** Certificates as small durable documents: what a client gave, and where the certificate stands (P-160, P-161). */
import type { Records } from "../../host/records.ts";

/** Kind of the documents; the key is algorithm and thumbprint in lower case. */
export const CERTIFICATE = "certificate";

/** The service's own words. */
export type CertificateState = "active" | "deleting" | "deletefailed";

/** Instants in milliseconds since 1970. */
export interface CertificateRecord {
  readonly thumbprint: string;
  readonly thumbprintAlgorithm: string;
  readonly state: CertificateState;
  readonly stateTransitionAt: number;
  readonly previousState?: CertificateState;
  readonly previousStateAt?: number;
  /** Base64 of a certificate without a private key; absent for a PFX, which is not taken apart here. */
  readonly publicData?: string;
  /** Ids of the pools that named it when its deletion failed. */
  readonly usedBy?: readonly string[];
}

/** Key of the document; the thumbprint without blanks, case as given. */
export const certificateKey = (algorithm: string, thumbprint: string): string => `${algorithm}-${thumbprint}`.toLowerCase();

/** The certificate, if there is one. */
export function certificateOf(records: Records, algorithm: string, thumbprint: string): CertificateRecord | undefined {
  return records.get(CERTIFICATE, certificateKey(algorithm, thumbprint.replaceAll(" ", ""))) as CertificateRecord | undefined;
}

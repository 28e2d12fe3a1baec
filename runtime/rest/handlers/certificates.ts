/**
 * Certificates of the account (P-160, P-161): kept, listed and deleted; not installed on nodes. A deletion that pools stand against ends in `deletefailed`
 * with their names, from which it can be asked for again or taken back.
 */
import type { PoolDetails } from "../../agent/details.ts";
import type { World } from "../../core/world.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badProperty, repeated } from "../errors.ts";
import { certificateUrl } from "../show/urls.ts";
import { viewOf, wire } from "../show/view.ts";
import { instant } from "../show/when.ts";
import { changed } from "./acting.ts";
import { CERTIFICATE, certificateKey, certificateOf, type CertificateRecord } from "./certificateRecords.ts";
import { given, text, word } from "./read.ts";

/** Base64 characters of a certificate's data (P-160). */
const DATA_LENGTH_MAX = 10_240;

/** Certificate_Add. */
export async function addCertificate(call: Call): Promise<Reply> {
  const { body } = call;
  const { records } = call.service;
  const thumbprint = (text(body, "thumbprint") ?? "").replaceAll(" ", "");
  const thumbprintAlgorithm = text(body, "thumbprintAlgorithm") ?? "";
  const data = text(body, "data") ?? "";
  if (!/^[0-9a-fA-F]{1,40}$/.test(thumbprint)) throw badProperty("thumbprint", thumbprint, "up to 40 hexadecimal digits");
  if (thumbprintAlgorithm.toLowerCase() !== "sha1") throw badProperty("thumbprintAlgorithm", thumbprintAlgorithm, "sha1");
  if (data.length > DATA_LENGTH_MAX || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data))
    throw badProperty("data", `(${data.length} characters)`, `base64 of at most ${DATA_LENGTH_MAX} characters`);
  const plain = word(body, "certificateFormat") === "cer";
  if (plain && text(body, "password") !== undefined) throw badProperty("password", "(a password)", "only for the format pfx");
  if (certificateOf(records, thumbprintAlgorithm, thumbprint) !== undefined)
    throw new BatchError("CertificateExists", `The account has a certificate ${thumbprint}.`);
  const certificate: CertificateRecord = {
    thumbprint: thumbprint.toLowerCase(),
    thumbprintAlgorithm: "sha1",
    state: "active",
    stateTransitionAt: call.service.now(),
    ...given("publicData", plain ? data : undefined),
  };
  await keep(call, certificate);
  return changed(call, undefined, certificateUrl(call.account.url, "sha1", certificate.thumbprint));
}

const keep = (call: Call, certificate: CertificateRecord): Promise<void> =>
  call.service.records.put(CERTIFICATE, certificateKey(certificate.thumbprintAlgorithm, certificate.thumbprint), certificate);

/** Certificate_List. */
export function listCertificates(call: Call): Reply {
  const { base } = viewOf(call);
  const items = call.service.records.list(CERTIFICATE).map(([, document]) => document as CertificateRecord);
  const key = ({ thumbprintAlgorithm, thumbprint }: CertificateRecord) => certificateKey(thumbprintAlgorithm, thumbprint);
  return { status: 200, items, key, show: (certificate: CertificateRecord) => showCertificate(certificate, base) };
}

/** Certificate_Get. */
export function getCertificate(call: Call): Reply {
  return { status: 200, body: showCertificate(namedCertificate(call), call.account.url) };
}

function namedCertificate(call: Call): CertificateRecord {
  const { thumbprintAlgorithm, thumbprint } = call.path;
  const certificate = certificateOf(call.service.records, thumbprintAlgorithm, thumbprint);
  if (certificate === undefined)
    throw new BatchError("CertificateNotFound", `There is no certificate ${repeated(thumbprint)}.`);
  return certificate;
}

/** Certificate without anything private. */
function showCertificate(certificate: CertificateRecord, base: string): JsonObject {
  const { thumbprint, thumbprintAlgorithm, usedBy, previousState } = certificate;
  return wire({
    thumbprint,
    thumbprintAlgorithm,
    url: certificateUrl(base, thumbprintAlgorithm, thumbprint),
    state: certificate.state,
    stateTransitionTime: instant(certificate.stateTransitionAt),
    previousState,
    previousStateTransitionTime: instant(certificate.previousStateAt),
    publicData: certificate.publicData,
    deleteCertificateError:
      usedBy === undefined
        ? undefined
        : {
            code: "CertificateDeleteFailed",
            message: "The certificate is in use; remove it from the pools that name it.",
            values: usedBy.map((poolId) => ({ name: "Pool", value: poolId })),
          },
  });
}

/** Certificate_Delete: gone at once if no pool names it. */
export async function deleteCertificate(call: Call): Promise<Reply> {
  const certificate = namedCertificate(call);
  const usedBy = poolsWith(call.service.world, certificate);
  if (usedBy.length > 0) await moved(call, certificate, "deletefailed", usedBy);
  else await call.service.records.delete(CERTIFICATE, certificateKey(certificate.thumbprintAlgorithm, certificate.thumbprint));
  return { status: call.operation.status };
}

/** Certificate_CancelDeletion: only a deletion that failed can be taken back. */
export async function cancelDeletion(call: Call): Promise<Reply> {
  const certificate = namedCertificate(call);
  if (certificate.state === "active")
    throw new BatchError("CertificateStateActive", `Certificate ${certificate.thumbprint} is not being deleted.`);
  await moved(call, certificate, "active");
  return changed(call, undefined);
}

function moved(
  call: Call,
  certificate: CertificateRecord,
  to: CertificateRecord["state"],
  usedBy?: readonly string[],
): Promise<void> {
  const { usedBy: _before, ...kept } = certificate;
  return keep(call, {
    ...kept,
    state: to,
    stateTransitionAt: call.service.now(),
    previousState: certificate.state,
    previousStateAt: certificate.stateTransitionAt,
    ...given("usedBy", usedBy),
  });
}

function poolsWith({ pools }: World, { thumbprint }: CertificateRecord): string[] {
  return [...pools.values()]
    .filter(({ spec }) => {
      const references = (spec.opaque as PoolDetails | undefined)?.certificateReferences as
        | readonly { readonly thumbprint?: string }[]
        | undefined;
      return references?.some((reference) => reference.thumbprint?.replaceAll(" ", "").toLowerCase() === thumbprint) === true;
    })
    .map(({ id }) => id);
}

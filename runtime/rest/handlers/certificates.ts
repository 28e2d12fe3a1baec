/**
 * Certificates of the account (P-160, P-161): added when data, password and thumbprint agree, listed without what is secret, deleted. A deletion that pools or
 * nodes stand against ends in `deletefailed` with their names, from which it can be asked for again or taken back.
 */
import type { CertificateReference, PoolDetails } from "../../agent/run/details.ts";
import { afterDeletion, certificateMachine } from "../../core/certificate.ts";
import type { World } from "../../core/world.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { type CertificateContent, readCer, readPfx, WrongCertificate } from "../certificateData.ts";
import { BatchError, badProperty, repeated } from "../errors.ts";
import { certificateUrl } from "../show/urls.ts";
import { viewOf, wire } from "../show/view.ts";
import { instant } from "../show/when.ts";
import { changed } from "./acting.ts";
import {
  CERTIFICATE,
  CERTIFICATE_SECRET,
  certificateKey,
  certificateOf,
  type CertificateRecord,
  type CertificateSecret,
  nodesWith,
} from "./certificateRecords.ts";
import { text, word } from "./read.ts";

/** Base64 characters of a certificate's data (P-160). */
const DATA_LENGTH_MAX = 10_240;
/** Characters of a password. */
const PASSWORD_LENGTH_MAX = 1_024;

/** Certificate_Add. */
export async function addCertificate(call: Call): Promise<Reply> {
  const { body } = call;
  const { records } = call.service;
  const thumbprint = (text(body, "thumbprint") ?? "").replaceAll(" ", "").toLowerCase();
  const thumbprintAlgorithm = text(body, "thumbprintAlgorithm") ?? "";
  if (!/^[0-9a-f]{1,40}$/.test(thumbprint)) throw badProperty("thumbprint", thumbprint, "up to 40 hexadecimal digits");
  if (thumbprintAlgorithm.toLowerCase() !== "sha1") throw badProperty("thumbprintAlgorithm", thumbprintAlgorithm, "sha1");
  const { content, secret } = await contentOf(body);
  if (!content.thumbprints.includes(thumbprint))
    throw badProperty("thumbprint", thumbprint, `not that of the data, which is ${content.thumbprints[0]}`);
  if (certificateOf(records, thumbprintAlgorithm, thumbprint) !== undefined)
    throw new BatchError("CertificateExists", `The account has a certificate ${thumbprint}.`);
  const certificate: CertificateRecord = {
    thumbprint,
    thumbprintAlgorithm: "sha1",
    state: "active",
    stateTransitionAt: call.service.now(),
    publicData: content.publicData,
  };
  await Promise.all([keep(call, certificate), records.put(CERTIFICATE_SECRET, keyOf(certificate), secret)]);
  return changed(call, undefined, certificateUrl(call.account.url, "sha1", thumbprint));
}

/** The data, read. Throws 400 that names what is wrong with them. */
async function contentOf(
  body: JsonObject | undefined,
): Promise<{ readonly content: CertificateContent; readonly secret: CertificateSecret }> {
  const data = text(body, "data") ?? "";
  const password = text(body, "password");
  const format = word<"pfx" | "cer">(body, "certificateFormat") ?? "pfx";
  if (data.length > DATA_LENGTH_MAX || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data))
    throw badProperty("data", `(${data.length} characters)`, `base64 of at most ${DATA_LENGTH_MAX} characters`);
  if (format === "cer" && password !== undefined) throw badProperty("password", "(a password)", "only for the format pfx");
  if (password !== undefined && (password.length > PASSWORD_LENGTH_MAX || /[\x00\r\n]/.test(password)))
    throw badProperty("password", "(a password)", `one line of at most ${PASSWORD_LENGTH_MAX} characters`);
  const bytes = Buffer.from(data, "base64");
  try {
    const content = format === "cer" ? readCer(bytes) : await readPfx(bytes, password);
    const kept = format === "cer" ? content.publicData : bytes.toString("base64");
    return { content, secret: { format, data: kept, password: password ?? "" } };
  } catch (error) {
    if (!(error instanceof WrongCertificate)) throw error;
    throw badProperty(error.property, `(${error.property})`, error.message);
  }
}

const keyOf = ({ thumbprintAlgorithm, thumbprint }: CertificateRecord) => certificateKey(thumbprintAlgorithm, thumbprint);

const keep = (call: Call, certificate: CertificateRecord): Promise<void> =>
  call.service.records.put(CERTIFICATE, keyOf(certificate), certificate);

/** Certificate_List. */
export function listCertificates(call: Call): Reply {
  const { base } = viewOf(call);
  const items = call.service.records.list(CERTIFICATE).map(([, document]) => document as CertificateRecord);
  return { status: 200, items, key: keyOf, show: (certificate: CertificateRecord) => showCertificate(certificate, base) };
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
  const { thumbprint, thumbprintAlgorithm, usedBy = [], installedOn = [] } = certificate;
  return wire({
    thumbprint,
    thumbprintAlgorithm,
    url: certificateUrl(base, thumbprintAlgorithm, thumbprint),
    state: certificate.state,
    stateTransitionTime: instant(certificate.stateTransitionAt),
    previousState: certificate.previousState,
    previousStateTransitionTime: instant(certificate.previousStateAt),
    publicData: certificate.publicData,
    deleteCertificateError:
      certificate.state !== "deletefailed"
        ? undefined
        : {
            code: "CertificateDeleteFailed",
            message:
              "The certificate is in use; remove it from the pools that name it, and reboot or remove the nodes that have it.",
            values: [
              ...usedBy.map((poolId) => ({ name: "Pool", value: poolId })),
              ...installedOn.map((node) => ({ name: "Node", value: node })),
            ],
          },
  });
}

/** Certificate_Delete: gone at once if no pool names it and no node has it. */
export async function deleteCertificate(call: Call): Promise<Reply> {
  const certificate = namedCertificate(call);
  const { records, world } = call.service;
  const use = { pools: poolsWith(world, certificate), nodes: nodesWith(records, world, certificate) };
  certificateMachine.check(certificate.state, "deleting");
  const after = afterDeletion(use);
  certificateMachine.check("deleting", after);
  if (after !== "(none)") await moved(call, certificate, after, { usedBy: use.pools, installedOn: use.nodes });
  else await Promise.all([CERTIFICATE, CERTIFICATE_SECRET].map((kind) => records.delete(kind, keyOf(certificate))));
  return { status: call.operation.status };
}

/** Certificate_CancelDeletion: only a deletion that failed can be taken back. */
export async function cancelDeletion(call: Call): Promise<Reply> {
  const certificate = namedCertificate(call);
  if (!certificateMachine.allows(certificate.state, "active"))
    throw new BatchError("CertificateStateActive", `Certificate ${certificate.thumbprint} is not being deleted.`);
  await moved(call, certificate, "active", {});
  return changed(call, undefined);
}

function moved(
  call: Call,
  certificate: CertificateRecord,
  to: CertificateRecord["state"],
  use: Pick<CertificateRecord, "usedBy" | "installedOn">,
): Promise<void> {
  const { usedBy: _pools, installedOn: _nodes, ...kept } = certificate;
  return keep(call, {
    ...kept,
    ...use,
    state: to,
    stateTransitionAt: call.service.now(),
    previousState: certificate.state,
    previousStateAt: certificate.stateTransitionAt,
  });
}

function poolsWith({ pools }: World, certificate: CertificateRecord): string[] {
  const key = keyOf(certificate);
  const names = ({ thumbprintAlgorithm, thumbprint }: CertificateReference) =>
    certificateKey(thumbprintAlgorithm, thumbprint) === key;
  return [...pools.values()]
    .filter(({ spec }) => (spec.opaque as PoolDetails | undefined)?.certificateReferences?.some(names) === true)
    .map(({ id }) => id);
}

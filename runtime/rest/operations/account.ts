/** Operations of what belongs to the account as a whole: applications, certificates, images. */
import { list, one, operation } from "./row.ts";

const CERTIFICATE = "/certificates(thumbprintAlgorithm={thumbprintAlgorithm},thumbprint={thumbprint})";
const CERTIFICATES_UNTIL = "2024-07-01";

/** Their rows. */
export const accountOperations = [
  operation("Application_List", "GET /applications", 200, {
    ...list("ApplicationSummary", "listapplicationsummariesresponses", []),
    does: "Lists the applications whose packages tasks and nodes can have.",
  }),
  operation("Application_Get", "GET /applications/{applicationId}", 200, {
    answerModel: "ApplicationSummary",
    metadata: "getapplicationsummaryresponse/@Element",
    does: "Reads an application and its versions.",
  }),
  operation("Certificate_List", "GET /certificates", 200, {
    ...list("Certificate", "certificates", ["$filter", "$select"]),
    until: CERTIFICATES_UNTIL,
    does: "Lists the account's certificates.",
  }),
  operation("Certificate_Add", "POST /certificates", 201, {
    requestModel: "CertificateAddParameter",
    until: CERTIFICATES_UNTIL,
    does: "Adds a certificate whose data, password and thumbprint agree; nodes of pools that name it get it when they boot.",
  }),
  operation("Certificate_Get", `GET ${CERTIFICATE}`, 200, {
    ...one("Certificate", "certificates"),
    until: CERTIFICATES_UNTIL,
    does: "Reads a certificate, without its private part.",
  }),
  operation("Certificate_Delete", `DELETE ${CERTIFICATE}`, 202, {
    until: CERTIFICATES_UNTIL,
    does: "Deletes a certificate that no pool names and no node has; otherwise the deletion fails and says by whom.",
  }),
  operation("Certificate_CancelDeletion", `POST ${CERTIFICATE}/canceldelete`, 204, {
    until: CERTIFICATES_UNTIL,
    does: "Takes back a deletion that failed.",
  }),
  operation("Account_ListSupportedImages", "GET /supportedimages", 200, {
    ...list("ImageInformation", "supportedimages", ["$filter"]),
    does: "Lists the images a pool may name; all of them stand for this machine.",
  }),
] as const;

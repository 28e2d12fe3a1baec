/** What belongs to the account as a whole: images and applications. */
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, repeated } from "../errors.ts";
import { type ApplicationRecord, applicationOf, applications } from "./applicationRecords.ts";
import { supportedImages } from "./images.ts";

/** Account_ListSupportedImages. */
export function listSupportedImages(): Reply {
  return { status: 200, items: supportedImages, key: ({ nodeAgentSKUId }: JsonObject) => String(nodeAgentSKUId) };
}

/** Application_List. */
export function listApplications(call: Call): Reply {
  return {
    status: 200,
    items: applications(call.service.records),
    key: ({ id }: ApplicationRecord) => id.toLowerCase(),
    show: showApplication,
  };
}

/** Application_Get. */
export function getApplication(call: Call): Reply {
  const { applicationId } = call.path;
  const application = applicationOf(call.service.records, applicationId);
  if (application === undefined)
    throw new BatchError("ApplicationNotFound", `There is no application ${repeated(applicationId)}.`);
  return { status: 200, body: showApplication(application) };
}

/** ApplicationSummary. */
function showApplication({ id, displayName, versions }: ApplicationRecord): JsonObject {
  return { id, ...(displayName === undefined ? {} : { displayName }), versions };
}

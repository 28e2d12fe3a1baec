/**
 * Every operation of the REST interface as its documentation lists it (2022-10-01.16.0): verb and path, by what the service has to answer while there is
 * nothing at all, to a body of `{}` where the verb has one. Written down by hand; nothing of it comes from the product.
 */

const CERTIFICATE = "/certificates(thumbprintAlgorithm=sha1,thumbprint=0123456789abcdef0123456789abcdef01234567)";
const TASK = "/jobs/none/tasks/none";
const NODE = "/pools/none/nodes/none";
const FILE = "files/stdout.txt";

/** Status and code by verb and path. HEAD and what succeeds have no code. */
export const WIRE_OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  "200": [
    "GET /applications",
    "GET /certificates",
    "GET /jobs",
    "GET /jobschedules",
    "GET /nodecounts",
    "GET /pools",
    "GET /poolusagemetrics",
    "GET /supportedimages",
  ],
  "400 MissingRequiredProperty": [
    "POST /certificates",
    "POST /jobs",
    "PUT /jobs/none",
    "POST /jobs/none/addtaskcollection",
    "POST /jobs/none/disable",
    "POST /jobs/none/tasks",
    "POST /jobschedules",
    "PUT /jobschedules/none",
    "POST /pools",
    "POST /pools/none/evaluateautoscale",
    "POST /pools/none/removenodes",
    "POST /pools/none/updateproperties",
    `POST ${NODE}/uploadbatchservicelogs`,
    `POST ${NODE}/users`,
  ],
  // The service keeps no statistics of lifetimes since 2017; it says so.
  "400 InvalidRestAPIForAccountSetting": ["GET /lifetimejobstats", "GET /lifetimepoolstats"],
  "404 ApplicationNotFound": ["GET /applications/none"],
  "404 CertificateNotFound": [`DELETE ${CERTIFICATE}`, `GET ${CERTIFICATE}`, `POST ${CERTIFICATE}/canceldelete`],
  "404 JobNotFound": [
    "DELETE /jobs/none",
    "GET /jobs/none",
    "PATCH /jobs/none",
    "POST /jobs/none/enable",
    "GET /jobs/none/jobpreparationandreleasetaskstatus",
    "GET /jobs/none/taskcounts",
    "GET /jobs/none/tasks",
    `DELETE ${TASK}`,
    `GET ${TASK}`,
    `PUT ${TASK}`,
    `GET ${TASK}/files`,
    `DELETE ${TASK}/${FILE}`,
    `GET ${TASK}/${FILE}`,
    `POST ${TASK}/reactivate`,
    `GET ${TASK}/subtasksinfo`,
    `POST ${TASK}/terminate`,
    "POST /jobs/none/terminate",
  ],
  "404 JobScheduleNotFound": [
    "DELETE /jobschedules/none",
    "GET /jobschedules/none",
    "PATCH /jobschedules/none",
    "POST /jobschedules/none/disable",
    "POST /jobschedules/none/enable",
    "GET /jobschedules/none/jobs",
    "POST /jobschedules/none/terminate",
  ],
  "404 PoolNotFound": [
    "DELETE /pools/none",
    "GET /pools/none",
    "PATCH /pools/none",
    "POST /pools/none/disableautoscale",
    "POST /pools/none/enableautoscale",
    "POST /pools/none/resize",
    "POST /pools/none/stopresize",
    "GET /pools/none/nodes",
    `GET ${NODE}`,
    `POST ${NODE}/disablescheduling`,
    `POST ${NODE}/enablescheduling`,
    `GET ${NODE}/extensions`,
    `GET ${NODE}/extensions/none`,
    `GET ${NODE}/files`,
    `DELETE ${NODE}/${FILE}`,
    `GET ${NODE}/${FILE}`,
    `GET ${NODE}/rdp`,
    `POST ${NODE}/reboot`,
    `POST ${NODE}/reimage`,
    `GET ${NODE}/remoteloginsettings`,
    `DELETE ${NODE}/users/none`,
    `PUT ${NODE}/users/none`,
  ],
  "404": [`HEAD ${TASK}/${FILE}`, "HEAD /jobschedules/none", "HEAD /pools/none", `HEAD ${NODE}/${FILE}`],
};

/** Operations of job schedules (S rules). */
import { list, one, operation } from "./row.ts";

const SCHEDULE = "/jobschedules/{jobScheduleId}";

/** Their rows. */
export const jobScheduleOperations = [
  operation("JobSchedule_Add", "POST /jobschedules", 201, {
    requestModel: "JobScheduleAddParameter",
    does: "Adds a schedule that makes jobs.",
  }),
  operation("JobSchedule_List", "GET /jobschedules", 200, {
    ...list("CloudJobSchedule", "jobschedules", ["$filter", "$select", "$expand"]),
    does: "Lists the account's job schedules.",
  }),
  operation("JobSchedule_Get", `GET ${SCHEDULE}`, 200, {
    ...one("CloudJobSchedule", "jobschedules", ["$select", "$expand"]),
    conditions: "all",
    does: "Reads a job schedule, its next run and its recent job.",
  }),
  operation("JobSchedule_Exists", `HEAD ${SCHEDULE}`, 200, {
    conditions: "all",
    does: "Says by its status, 200 or 404, whether there is such a job schedule.",
  }),
  operation("JobSchedule_Patch", `PATCH ${SCHEDULE}`, 200, {
    requestModel: "JobSchedulePatchParameter",
    conditions: "all",
    does: "Changes those properties of a schedule that the body names; jobs made already do not change.",
  }),
  operation("JobSchedule_Update", `PUT ${SCHEDULE}`, 200, {
    requestModel: "JobScheduleUpdateParameter",
    conditions: "all",
    does: "Replaces the changeable properties of a schedule.",
  }),
  operation("JobSchedule_Disable", `POST ${SCHEDULE}/disable`, 204, {
    conditions: "all",
    does: "Lets a schedule make no jobs.",
  }),
  operation("JobSchedule_Enable", `POST ${SCHEDULE}/enable`, 204, {
    conditions: "all",
    does: "Lets a disabled schedule make jobs again.",
  }),
  operation("JobSchedule_Terminate", `POST ${SCHEDULE}/terminate`, 202, {
    query: ["force"],
    conditions: "all",
    does: "Ends a schedule and its active job.",
  }),
  operation("JobSchedule_Delete", `DELETE ${SCHEDULE}`, 202, {
    query: ["force"],
    conditions: "all",
    does: "Deletes a schedule and all its jobs.",
  }),
] as const;

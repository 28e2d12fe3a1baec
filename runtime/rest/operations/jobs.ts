/** Operations of jobs (J rules). */
import { list, one, operation } from "./row.ts";

/** Their rows. */
export const jobOperations = [
  operation("Job_Add", "POST /jobs", 201, {
    requestModel: "JobAddParameter",
    does: "Adds a job for a pool, or with a pool of its own.",
  }),
  operation("Job_List", "GET /jobs", 200, {
    ...list("CloudJob", "jobs", ["$filter", "$select", "$expand"]),
    does: "Lists the account's jobs.",
  }),
  operation("Job_Get", "GET /jobs/{jobId}", 200, {
    ...one("CloudJob", "jobs", ["$select", "$expand"]),
    conditions: "all",
    does: "Reads a job.",
  }),
  operation("Job_Patch", "PATCH /jobs/{jobId}", 200, {
    requestModel: "JobPatchParameter",
    conditions: "all",
    does: "Changes those properties of a job that the body names.",
  }),
  operation("Job_Update", "PUT /jobs/{jobId}", 200, {
    requestModel: "JobUpdateParameter",
    conditions: "all",
    does: "Replaces the changeable properties of a job; what the body lacks goes back to its default.",
  }),
  operation("Job_Disable", "POST /jobs/{jobId}/disable", 202, {
    requestModel: "JobDisableParameter",
    conditions: "all",
    does: "Stops starting tasks of a job, with its running ones as the option says.",
  }),
  operation("Job_Enable", "POST /jobs/{jobId}/enable", 202, {
    conditions: "all",
    does: "Lets tasks of a disabled job start again.",
  }),
  operation("Job_Terminate", "POST /jobs/{jobId}/terminate", 202, {
    query: ["force"],
    requestModel: "JobTerminateParameter",
    conditions: "all",
    does: "Ends a job: its running tasks are ended, its release tasks run.",
  }),
  operation("Job_Delete", "DELETE /jobs/{jobId}", 202, {
    query: ["force"],
    conditions: "all",
    does: "Deletes a job with its tasks and their files.",
  }),
  operation("Job_ListFromJobSchedule", "GET /jobschedules/{jobScheduleId}/jobs", 200, {
    ...list("CloudJob", "jobs", ["$filter", "$select", "$expand"]),
    does: "Lists the jobs that a schedule has made.",
  }),
  operation("Job_ListPreparationAndReleaseTaskStatus", "GET /jobs/{jobId}/jobpreparationandreleasetaskstatus", 200, {
    ...list("JobPreparationAndReleaseTaskExecutionInformation", "jobpreparationandreleasetaskstatuslist", [
      "$filter",
      "$select",
    ]),
    does: "Tells, node by node, how a job's preparation and release tasks went.",
  }),
  operation("Job_GetTaskCounts", "GET /jobs/{jobId}/taskcounts", 200, {
    answerModel: "TaskCountsResult",
    metadata: "taskcountsresult/@Element",
    does: "Counts a job's tasks and their slots by state.",
  }),
  operation("Job_GetAllLifetimeStatistics", "GET /lifetimejobstats", 200, {
    answerModel: "JobStatistics",
    metadata: "jobstats/@Element",
    until: "2022-10-01",
    does: "Nobody counts from the account's first day here: answered with 400 InvalidRestAPIForAccountSetting.",
  }),
] as const;

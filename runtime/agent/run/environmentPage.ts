/**
 * The page for people about the environment of tasks, made of the table that the variables themselves are made of: what is added there is on the page when it is
 * written anew.
 */
import { ENVIRONMENT_VARIABLES, type VariableRow } from "./environment.ts";

const INTRODUCTION = `# The environment of tasks

<!-- Generated from the table in runtime/agent/run/environment.ts. Do not edit: change the row and regenerate. -->

What a task's process is given, and nothing else of the environment that the service itself runs in:

1. what a program needs to start at all: \`PATH\`, \`LANG\`, \`LC_ALL\`, \`TZ\`, \`USER\` and \`LOGNAME\` as the service has them (the last two
   of the task's own user, where it has one), and \`HOME\`, its working directory;
2. the job's \`commonEnvironmentSettings\`;
3. the task's own \`environmentSettings\`: of two settings with one name the task's counts;
4. the variables below, which the service defines and nobody can override.

A task's command line is not run by a shell, so \`$NAME\` or \`%NAME%\` in it is just text. Let a shell run it: \`/bin/sh -c 'echo $AZ_BATCH_TASK_ID'\`, on a node
of Windows \`cmd /c "echo %AZ_BATCH_TASK_ID%"\`. Whatever the process starts inherits its environment.

## Variables that the service defines

| name | meaning | which processes have it |
| --- | --- | --- |
`;

const READING = `
## Reading it from outside

\`GET /jobs/JOB/tasks/TASK\` shows the settings that were asked for. \`GET /jobs/JOB/tasks/TASK/environment\`, an addition of this service, lists every variable
of the process that the task runs or last ran, those of the service too:

\`\`\`json
{ "value": [{ "name": "AZ_BATCH_ACCOUNT_NAME", "value": "weir" }, { "name": "AZ_BATCH_ACCOUNT_URL", "value": "http://127.0.0.1:8123" }] }
\`\`\`

Of a multi-instance task they are those of its primary. The list is put together when it is asked for: after a change of the job's settings it is what the
task's next run would be given. Before the first run, and when the node has gone, it is 409 \`OperationInvalidForCurrentState\`. Values marked as secret in the
table are never shown, here or elsewhere.
`;

function line({ name, meaning, visibleIn, isSecret, linuxOnly }: VariableRow): string {
  const notes = [meaning, ...(isSecret === true ? ["secret"] : []), ...(linuxOnly === true ? ["on Linux nodes only"] : [])];
  return `| \`${name}\` | ${notes.join("; ")} | ${visibleIn} |\n`;
}

/** The whole page, Markdown. */
export function environmentPage(): string {
  return INTRODUCTION + ENVIRONMENT_VARIABLES.map(line).join("") + READING;
}

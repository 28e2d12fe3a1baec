/**
 * The token that a task with `authenticationTokenSettings.access = ["job"]` finds in AZ_BATCH_AUTHENTICATION_TOKEN (L-63): it opens the task's own job and
 * nothing else, and dies with the task. It carries who it is for and a signature; nothing is kept, so a restart of the service does not matter to it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Task } from "../core/task.ts";
import type { World } from "../core/world.ts";

const PREFIX = "weir-task.";

interface Claims {
  readonly job: string;
  readonly task: string;
  /** When the task was added: a later task of the same id is another one. */
  readonly at: number;
}

const mac = (secret: Buffer, text: string) => createHmac("sha256", secret).update(`task token\n${text}`).digest();

/** The token of a task. `secret` is the account's, of 32 bytes or more, and never leaves the service. */
export function taskToken(secret: Buffer, task: Task): string {
  const claims: Claims = { job: task.job.id, task: task.id, at: task.creationAt };
  const text = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${PREFIX}${text}.${mac(secret, text).toString("base64url")}`;
}

/** Whether a bearer token claims to be a task's. */
export const isTaskToken = (token: string): boolean => token.startsWith(PREFIX);

/** Id of the job that a token opens; undefined when the signature is wrong, or the task is over, gone or another one. */
export function jobOfToken(secret: Buffer, token: string, world: World): string | undefined {
  const [text, signature, more] = token.slice(PREFIX.length).split(".");
  if (text === undefined || signature === undefined || more !== undefined || text.length > 1000) return undefined;
  const expected = mac(secret, text);
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Claims;
  const job = world.job(claims.job);
  const task = job?.task(claims.task);
  if (task === undefined || task.state === "completed" || task.creationAt !== claims.at) return undefined;
  return task.job.id;
}

/** Why the service does not even try a command. None of them says anything about the command itself; that is a `Refusal`. */

/** Too many commands wait: the caller is to come again after a while (503 with Retry-After). */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  /** When to come again, seconds. */
  readonly retryAfterSeconds = 1;

  constructor(waiting: number) {
    super(`${waiting} commands wait already; try again later`);
  }
}

/** The service has not started or was stopped. */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor() {
    super("the service is not running");
  }
}

/** The service gave up: what it had in hand is not remembered, what it had acknowledged is. Only a new start helps. */
export class Failed extends Error {
  override readonly name = "Failed";

  constructor(cause: unknown) {
    super(`the service has failed and must be started anew: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

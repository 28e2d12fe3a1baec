/**
 * Waiting for what a real process or a real clock brings about: asked again until it is so, and a failure that says what was waited for and what there was
 * instead. The limits are far beyond what any of it takes; nothing depends on how soon it comes.
 */

/** Asks again every `everyMs` until the answer is not undefined; fails with `what` and the latest sign of life after `withinMs`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { readonly withinMs?: number; readonly everyMs?: number; readonly describe?: () => unknown } = {},
): Promise<T> {
  const { withinMs = 30_000, everyMs = 50, describe } = options;
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) {
      const seen = describe === undefined ? "" : `; last seen: ${JSON.stringify(describe())}`;
      throw new Error(`${what}: not within ${withinMs} ms${seen}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Waits until the condition holds. `what`: the name of it, or what there is instead. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => unknown),
  everyMs = 5,
): Promise<void> {
  const named = typeof what === "string";
  const options = { everyMs, ...(named ? {} : { describe: what }) };
  await eventually(named ? what : "what is waited for", async () => ((await condition()) ? true : undefined), options);
}

/** Starts nothing: where the only launcher that may be used does not work. A task that runs in the wrong network would be worse than one that fails. */
import type { Launch, Launcher, LaunchListener } from "./launcher.ts";

export class NoLauncher implements Launcher {
  readonly kind = "node";
  private readonly waiting: LaunchListener[] = [];

  get pending(): number {
    return this.waiting.length;
  }

  launch(_launch: Launch, listener: LaunchListener): void {
    this.waiting.push(listener);
  }

  flush(): void {
    for (const listener of this.waiting.splice(0)) queueMicrotask(() => listener.failed({ stage: "fork", code: "ENETDOWN" }));
  }

  abandon(): void {}

  close(): Promise<void> {
    for (const listener of this.waiting.splice(0)) listener.lost();
    return Promise.resolve();
  }
}

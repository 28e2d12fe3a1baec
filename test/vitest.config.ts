import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // What a machine with much else to do may take; nothing waits for as long when all is well. The hooks start services, and some build.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

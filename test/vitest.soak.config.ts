import { defineConfig } from "vitest/config";

/** Longer runs of the same properties; `npm run soak`. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.soak.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 1_200_000,
  },
});

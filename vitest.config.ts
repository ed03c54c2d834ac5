import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

// unit: in memory, no child processes, seconds. system: real PostgreSQL, real sandboxes, real servers.
// System files run one at a time in one worker each: they start servers and share two cores. browser: the same with
// Chromium; scripts/test.mjs runs both beside each other.
const BROWSER = ["test/e2e/console/**/*.test.ts", "test/e2e/app.test.ts"];

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "apps/*/src/**/*.test.ts",
            "apps/console/{web,files}/**/*.test.{ts,tsx}",
            "test/architecture/**/*.test.ts",
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "system",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "test/{conformance,surface,e2e,targets}/**/*.test.ts",
          ],
          exclude: [...BROWSER, "**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: BROWSER,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // One process for all files, and in it one Chromium (test/e2e/console/harness.ts).
          isolate: false,
        },
      },
    ],
  },
});

export default config;

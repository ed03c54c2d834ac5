import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

// unit: in memory, no child processes, seconds. system: real PostgreSQL, real sandboxes, real servers.
// System files run one at a time in one worker each: they start servers and share two cores.
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/architecture/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "system",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "test/{conformance,surface,e2e}/**/*.test.ts",
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

export default config;

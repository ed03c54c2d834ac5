import { runCli } from "../run-cli.ts";
import { createFakeIo } from "./fake-io.ts";
import type { FakeIo, FakeIoOptions } from "./fake-io.ts";
import { startFakePlatform } from "./fake-platform.ts";
import type { FakeRequest, FakeRoutes } from "./fake-platform.ts";

export interface FakeRun {
  readonly code: number;
  readonly io: FakeIo;
  readonly requests: readonly FakeRequest[];
}

/** One command line against a fake platform. */
export async function runAgainst(
  routes: FakeRoutes,
  argv: readonly string[],
  options: FakeIoOptions = {},
): Promise<FakeRun> {
  await using platform = await startFakePlatform(routes);
  const io = createFakeIo({ ...options, env: { BERTH_URL: platform.url, BERTH_TOKEN: "key", ...options.env } });
  const code = await runCli(argv, io);
  return { code, io, requests: [...platform.requests] };
}

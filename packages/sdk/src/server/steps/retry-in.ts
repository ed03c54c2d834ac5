import type { StepOptions } from "../../context.ts";

const DEFAULT_BACKOFF_SECONDS = 1;
const DEFAULT_MAX_BACKOFF_SECONDS = 300;

/** The seconds until a step that has failed `failures` times is tried again; undefined: it is not. */
export function retryIn({ retry }: Pick<StepOptions<never>, "retry">, failures: number): number | undefined {
  const {
    attempts = 1,
    backoffSeconds = DEFAULT_BACKOFF_SECONDS,
    maxBackoffSeconds = DEFAULT_MAX_BACKOFF_SECONDS,
  } = retry ?? {};
  if (failures >= attempts) return undefined;
  return Math.min(backoffSeconds * 2 ** (failures - 1), maxBackoffSeconds);
}

import type { ConformanceCheck } from "../platform/records.ts";
import type { DoorAnswer, InnerDoor } from "./inner-door.ts";
import type { Probe } from "./probes.ts";

const MAX_DETAIL = 500;

/** One after the other, as the caller; who may not come in at a door learns nothing about it. */
export async function runProbes(
  door: Pick<InnerDoor, "ask">,
  probes: readonly Probe[],
  { base, headers }: { readonly base: string; readonly headers: Readonly<Record<string, string>> },
): Promise<readonly ConformanceCheck[]> {
  const checks: ConformanceCheck[] = [];
  for (const { id, section, request, problem } of probes) {
    const path = `${base}${request.path}`;
    try {
      const answer = await door.ask({ ...request, path, headers: { ...headers, ...request.headers } });
      checks.push({ id, section, ...judged(answer, problem) });
    } catch (error) {
      checks.push({ id, section, outcome: "failed", detail: `no answer: ${String(error)}`.slice(0, MAX_DETAIL) });
    }
  }
  return checks;
}

function judged(answer: DoorAnswer, problem: Probe["problem"]): Pick<ConformanceCheck, "outcome" | "detail"> {
  if (answer.status === 401 || answer.status === 403 || answer.status === 429) {
    return { outcome: "skipped", detail: `the caller is not let in: HTTP ${answer.status}` };
  }
  const found = problem(answer);
  return found === undefined ? { outcome: "passed" } : { outcome: "failed", detail: found.slice(0, MAX_DETAIL) };
}

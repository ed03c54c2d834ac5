import type { Placement, TargetContext, TargetLogLine } from "../deploy-target.ts";
import { isObject, textAt } from "../json-parts.ts";
import { KubernetesApi } from "./kubernetes-api.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";

const POLL_MS = 2_000;
const PAGE_LINES = 1_000;
/** Pods of one release whose lines are read. */
const MAX_PODS = 20;

/**
 * The lines of all pods of a release, in the order of their times within one look. The API follows one pod at a time and
 * forgets it when it ends; so pods are looked up again and read from where they were.
 */
export async function* podLogs(
  context: TargetContext,
  placement: Placement,
  { namespace }: KubernetesSettings,
  { since, follow }: { readonly since: number; readonly follow: boolean },
): AsyncGenerator<TargetLogLine> {
  const release = releaseOf(placement);
  const api = new KubernetesApi(context);
  /** By pod: the time of its last line, and the lines of that very time, which come again. */
  const seen = new Map<string, { readonly at: string; readonly texts: readonly string[] }>();
  for (;;) {
    const pods = await api.list({ apiVersion: "v1", kind: "Pod", namespace }, `berth.dev/release=${release}`);
    const lines: TargetLogLine[] = [];
    for (const pod of pods.slice(0, MAX_PODS)) {
      const name = textAt(pod, "metadata", "name");
      const last = seen.get(name);
      const fresh = await readPod(context, { namespace, name, from: last?.at ?? new Date(since).toISOString() });
      const unseen = fresh.filter(({ at, text }) => last === undefined || at > last.at || !last.texts.includes(text));
      const end = fresh.at(-1)?.at;
      if (end !== undefined) {
        seen.set(name, { at: end, texts: fresh.filter(({ at }) => at === end).map(({ text }) => text) });
      }
      lines.push(...unseen);
    }
    yield* lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    if (!follow || context.signal.aborted) return;
    await context.sleep(POLL_MS);
  }
}

async function readPod(
  { http, signal }: TargetContext,
  { namespace, name, from }: { readonly namespace: string; readonly name: string; readonly from: string },
): Promise<readonly TargetLogLine[]> {
  const query = new URLSearchParams({
    container: "agent",
    timestamps: "true",
    sinceTime: from,
    tailLines: String(PAGE_LINES),
  });
  const url = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log?${query}`;
  const { status, body } = await http.send({ method: "GET", url, timeoutMs: 10_000, signal });
  // A pod that is not started yet, or gone, has none.
  if (status !== 200) return [];
  const text = Buffer.from(body).toString("utf8");
  return text.split("\n").flatMap((line) => {
    const space = line.indexOf(" ");
    return space < 0 ? [] : [{ at: line.slice(0, space), text: line.slice(space + 1), source: name }];
  });
}

function releaseOf({ resources }: Placement): string {
  const objects = Array.isArray(resources["objects"]) ? resources["objects"].filter(isObject) : [];
  const labels = objects.map((object) => textAt(object, "metadata", "labels", "berth.dev/release"));
  return labels.find((label) => label !== "") ?? "";
}

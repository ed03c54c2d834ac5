import type { TargetContext, TargetLogLine } from "../deploy-target.ts";
import { at, isObject, listAt, textAt } from "../json-parts.ts";
import { GoogleApi } from "./google-api.ts";

const ORIGIN = "https://logging.googleapis.com";
const POLL_MS = 2_000;
/** Entries come late: each look goes back so far. */
const OVERLAP_MS = 30_000;
const PAGE = 500;
const MAX_SEEN = 20_000;

/** Cloud Logging's entries by `entries:list`, again and again with an overlap; each is told once. */
export async function* cloudLogs(
  context: TargetContext,
  { since, follow }: { readonly since: number; readonly follow: boolean },
  { project, filter }: { readonly project: string; readonly filter: string },
): AsyncGenerator<TargetLogLine> {
  const api = new GoogleApi(context, ORIGIN);
  const seen = new Set<string>();
  let from = since;
  for (;;) {
    const startedAt = context.now();
    let pageToken = "";
    do {
      const answer = await api.call("POST", "/v2/entries:list", {
        body: {
          resourceNames: [`projects/${project}`],
          filter: `${filter} timestamp>="${new Date(from).toISOString()}"`,
          orderBy: "timestamp asc",
          pageSize: PAGE,
          ...(pageToken === "" ? {} : { pageToken }),
        },
      });
      for (const entry of listAt(answer, "entries")) {
        const id = `${textAt(entry, "insertId")} ${textAt(entry, "timestamp")}`;
        if (seen.has(id)) continue;
        seen.add(id);
        yield {
          at: textAt(entry, "timestamp"),
          text: textOf(entry),
          source: textAt(entry, "resource", "labels", "revision_name"),
        };
      }
      pageToken = textAt(answer, "nextPageToken");
    } while (pageToken !== "");
    if (!follow || context.signal.aborted) return;
    from = Math.max(since, startedAt - OVERLAP_MS);
    for (const id of seen) {
      if (seen.size <= MAX_SEEN) break;
      seen.delete(id);
    }
    await context.sleep(POLL_MS);
  }
}

function textOf(entry: Parameters<typeof textAt>[0]): string {
  const plain = textAt(entry, "textPayload");
  if (plain !== "") return plain;
  const json = at(entry, "jsonPayload");
  if (!isObject(json)) return "";
  return textAt(json, "message") || JSON.stringify(json);
}

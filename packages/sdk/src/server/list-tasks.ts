import { invalidParams } from "@berth/protocol";
import type { ListTasksRequest, ListTasksResponse, Task } from "@berth/protocol";
import { withHistoryLength } from "@berth/protocol";

const DEFAULT_PAGE_SIZE = 50;

/** A2A 1.0.1 §3.1.4: newest status first; the page token is the place after the last task shown. */
export function listTasks(tasks: readonly Task[], request: ListTasksRequest): ListTasksResponse {
  const { pageSize = DEFAULT_PAGE_SIZE, pageToken = "", historyLength, includeArtifacts = false } = request;
  const matching = tasks.filter((task) => matches(task, request)).sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const after = pageToken === "" ? undefined : parseToken(pageToken);
  const rest = after === undefined ? matching : matching.filter((task) => placeOf(task) < after);
  const page = rest.slice(0, pageSize);
  const last = page.at(-1);
  return {
    tasks: page.map((task) => withArtifacts(withHistoryLength(task, historyLength), includeArtifacts)),
    nextPageToken: last !== undefined && rest.length > pageSize ? toToken(last) : "",
    pageSize,
    totalSize: matching.length,
  };
}

function matches(task: Task, { contextId, status, statusTimestampAfter }: ListTasksRequest): boolean {
  if (contextId !== undefined && contextId !== "" && task.contextId !== contextId) return false;
  if (status !== undefined && task.status.state !== status) return false;
  if (statusTimestampAfter === undefined) return true;
  return Date.parse(task.status.timestamp ?? "") >= Date.parse(statusTimestampAfter);
}

/** Sorts by time, then id: timestamps here are all RFC 3339 with milliseconds, so text order is time order. */
function placeOf(task: Task): string {
  return `${task.status.timestamp ?? ""} ${task.id}`;
}

function toToken(task: Task): string {
  return Buffer.from(placeOf(task)).toString("base64url");
}

function parseToken(token: string): string {
  const place = Buffer.from(token, "base64url").toString();
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z \S+$/.test(place)) return place;
  throw invalidParams([{ field: "pageToken", description: "is not a token of this list" }]);
}

function withArtifacts(task: Task, include: boolean): Task {
  if (include) return task;
  const { artifacts: _, ...rest } = task;
  return rest;
}

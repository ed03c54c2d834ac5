import type { ListTaskPushNotificationConfigsRequest, ListTasksRequest } from "../a2a.ts";
import { parseWith } from "./place.ts";
import { protoObject, toProtoName } from "./proto-object.ts";
import { historyLength, listPushConfigsRequest, listTasksRequest } from "./requests.ts";

const LIST_TASKS_PARAMETERS = [
  "tenant",
  "contextId",
  "status",
  "pageSize",
  "pageToken",
  "historyLength",
  "statusTimestampAfter",
  "includeArtifacts",
] as const;

/**
 * The query string of `GET /tasks`. Parameters it does not know belong to somebody else (`A2A-Version`).
 * @throws PlatformError INVALID_PARAMS with every violation.
 */
export function parseListTasksQuery(params: URLSearchParams): ListTasksRequest {
  return parseWith(listTasksRequest, fieldsOf(params, LIST_TASKS_PARAMETERS));
}

/** The query string of `GET /tasks/{id}/pushNotificationConfigs`. @throws PlatformError INVALID_PARAMS */
export function parseListPushConfigsQuery(
  taskId: string,
  params: URLSearchParams,
): ListTaskPushNotificationConfigsRequest {
  return parseWith(listPushConfigsRequest, { ...fieldsOf(params, ["pageSize", "pageToken"]), taskId });
}

/** `?historyLength= of `GET /tasks/{id}`; the 0.3 kits write `history_length`. */
export function parseHistoryLength(params: URLSearchParams): number | undefined {
  const parser = protoObject((object) => ({ length: object.optional("historyLength", historyLength) }));
  return parseWith(parser, fieldsOf(params, ["historyLength"])).length;
}

/** An empty parameter is an absent one; a repeated one stays an array, which no parser takes. */
function fieldsOf(params: URLSearchParams, names: readonly string[]): object {
  const fields: [string, unknown][] = [];
  for (const name of names) {
    for (const spelling of new Set([name, toProtoName(name)])) {
      const values = params.getAll(spelling).filter((value) => value !== "");
      const value = values.length > 1 ? values : values[0];
      if (value !== undefined) fields.push([spelling, name === "includeArtifacts" ? toBoolean(value) : value]);
    }
  }
  return Object.fromEntries(fields);
}

function toBoolean(value: unknown): unknown {
  if (value === "true") return true;
  return value === "false" ? false : value;
}

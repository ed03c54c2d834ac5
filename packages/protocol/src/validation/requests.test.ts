import { describe, expect, it } from "vitest";
import {
  parseCancelTaskRequest,
  parseGetTaskRequest,
  parseHistoryLength,
  parseListTasksQuery,
  parseListTasksRequest,
  parseSubscribeToTaskRequest,
  parseTaskPushNotificationConfig,
} from "./index.ts";

describe("requests", () => {
  it("reads what names a task", () => {
    expect(parseGetTaskRequest({ id: "t1", historyLength: 2 })).toEqual({ id: "t1", historyLength: 2 });
    expect(parseGetTaskRequest({ id: "t1", history_length: "2" })).toEqual({ id: "t1", historyLength: 2 });
    expect(parseCancelTaskRequest({ id: "t1", metadata: { why: "late" } })).toEqual({
      id: "t1",
      metadata: { why: "late" },
    });
    expect(parseSubscribeToTaskRequest({ tenant: "a", id: "t1" })).toEqual({ tenant: "a", id: "t1" });
  });

  it.each([
    [{}, "id: is required"],
    [{ id: 1 }, "id: must be a string"],
    [{ id: "t", historyLength: -1 }, "historyLength: must be at least 0"],
    [{ id: "t", historyLength: 1.5 }, "historyLength: must be an integer"],
    [{ id: "t", historyLength: "many" }, "historyLength: must be an integer"],
    [{ id: "t", historyLength: 2 ** 31 }, "historyLength: must be at most 2147483647"],
    [{ id: "t", historyLength: true }, "historyLength: must be an integer"],
  ])("refuses %j", (value, message) => {
    expect(() => parseGetTaskRequest(value)).toThrow(message);
  });

  it("reads a push configuration", () => {
    const config = { id: "c", taskId: "t", url: "https://example.com", authentication: { scheme: "Bearer" } };
    expect(parseTaskPushNotificationConfig(config)).toEqual(config);
    expect(() => parseTaskPushNotificationConfig({ url: "https://a.b", authentication: {} })).toThrow(
      "authentication.scheme: is required",
    );
  });
});

describe("parseListTasksRequest", () => {
  it("bounds the page", () => {
    expect(parseListTasksRequest({ pageSize: 100 })).toEqual({ pageSize: 100 });
    expect(() => parseListTasksRequest({ pageSize: 0 })).toThrow("pageSize: must be at least 1");
    expect(() => parseListTasksRequest({ pageSize: 101 })).toThrow("pageSize: must be at most 100");
  });

  it("filters by a state's proto name only", () => {
    expect(parseListTasksRequest({ status: "TASK_STATE_WORKING" })).toEqual({ status: "TASK_STATE_WORKING" });
    expect(parseListTasksRequest({ status: "TASK_STATE_UNSPECIFIED" })).toEqual({});
    expect(() => parseListTasksRequest({ status: "working" })).toThrow("status: must be one of TASK_STATE_SUBMITTED");
  });
});

describe("parseListTasksQuery", () => {
  it("reads numbers, booleans and either spelling, and leaves other parameters alone", () => {
    const params = new URLSearchParams(
      "contextId=c&page_size=20&includeArtifacts=true&historyLength=0&pageToken=&A2A-Version=1.0" +
        "&statusTimestampAfter=2026-01-31T12:00:00Z",
    );
    expect(parseListTasksQuery(params)).toEqual({
      contextId: "c",
      pageSize: 20,
      includeArtifacts: true,
      historyLength: 0,
      statusTimestampAfter: "2026-01-31T12:00:00.000Z",
    });
  });

  it.each([
    ["pageSize=ten", "pageSize: must be an integer"],
    ["includeArtifacts=1", "includeArtifacts: must be true or false"],
    ["contextId=a&contextId=b", "contextId: must be a string"],
    ["pageSize=5&page_size=6", "pageSize: is given twice"],
    ["statusTimestampAfter=yesterday", "statusTimestampAfter: must be an RFC 3339 timestamp"],
  ])("refuses ?%s", (query, message) => {
    expect(() => parseListTasksQuery(new URLSearchParams(query))).toThrow(message);
  });
});

describe("parseHistoryLength", () => {
  it("reads the parameter, if it is there", () => {
    expect(parseHistoryLength(new URLSearchParams("historyLength=3"))).toBe(3);
    expect(parseHistoryLength(new URLSearchParams("history_length=3"))).toBe(3);
    expect(parseHistoryLength(new URLSearchParams(""))).toBeUndefined();
    expect(() => parseHistoryLength(new URLSearchParams("historyLength=-1"))).toThrow(
      "historyLength: must be at least 0",
    );
  });
});

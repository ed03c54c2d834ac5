import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";

test("BERTH_RATE_LIMIT is off, a number of calls per minute, or the platform's own", () => {
  const rateLimit = (text: string): unknown => readServerConfig({ BERTH_RATE_LIMIT: text }, "/").rateLimit;
  expect([rateLimit(""), rateLimit("off"), rateLimit("120")]).toEqual([undefined, "off", 120]);
  for (const text of ["0", "-1", "1.5", "many"]) {
    expect(() => rateLimit(text)).toThrow(`BERTH_RATE_LIMIT: "${text}" is neither off nor a number`);
  }
});

test("BERTH_WARM_JAILS is how many wait; none when it is 0, one when nothing is said", () => {
  const warmJails = (text: string): number => readServerConfig({ BERTH_WARM_JAILS: text }, "/").warmJails;
  expect([warmJails(""), warmJails("0"), warmJails("8")]).toEqual([1, 0, 8]);
  for (const text of ["-1", "65", "1.5", "x"]) {
    expect(() => warmJails(text)).toThrow(`BERTH_WARM_JAILS: "${text}" is not a number from 0 to 64`);
  }
});

test("BERTH_RUNTIME_MEMORY_MB is a number of MiB, or the runtime's own", () => {
  const memory = (text: string): unknown => readServerConfig({ BERTH_RUNTIME_MEMORY_MB: text }, "/").runtimeMemoryMb;
  expect([memory(""), memory("4096")]).toEqual([undefined, 4096]);
  for (const text of ["63", "4GiB", "1.5"]) expect(() => memory(text)).toThrow("is not a number of MiB from 64");
});

test("BERTH_EMBEDDINGS_URL is an endpoint, and comes with a model", () => {
  const embeddings = (env: Record<string, string>): unknown => readServerConfig(env, "/").embeddings;
  expect(embeddings({ BERTH_EMBEDDINGS_URL: "" })).toBeUndefined();
  const endpoint = { BERTH_EMBEDDINGS_URL: "http://127.0.0.1:11434/v1/", BERTH_EMBEDDINGS_MODEL: "nomic" };
  expect(embeddings(endpoint)).toEqual({ url: "http://127.0.0.1:11434/v1", model: "nomic" });
  expect(embeddings({ ...endpoint, BERTH_EMBEDDINGS_KEY: "k" })).toMatchObject({ key: "k" });
  expect(() => embeddings({ ...endpoint, BERTH_EMBEDDINGS_URL: "nowhere" })).toThrow("BERTH_EMBEDDINGS_URL: must");
  expect(() => embeddings({ BERTH_EMBEDDINGS_KEY: "k" })).toThrow("BERTH_EMBEDDINGS_MODEL: must be set too");
});

test("another log to anchor in is an address, its key and a token, all or none", () => {
  const read = (values: Readonly<Record<string, string>>): unknown => readServerConfig(values, "/srv").anchors;
  const log = {
    BERTH_ANCHOR_LOG: "https://other.example",
    BERTH_ANCHOR_LOG_KEY: "other.example/ledger/1+1b2c3d4e+AR==",
    BERTH_ANCHOR_LOG_TOKEN: "berth_x",
  };
  expect(read(log)).toEqual({
    log: { url: log.BERTH_ANCHOR_LOG, vkey: log.BERTH_ANCHOR_LOG_KEY, token: log.BERTH_ANCHOR_LOG_TOKEN },
  });
  expect(() => read({ ...log, BERTH_ANCHOR_LOG_TOKEN: "" })).toThrow("BERTH_ANCHOR_LOG_TOKEN: must be set too");
  expect(() => read({ ...log, BERTH_ANCHOR_LOG: "x" })).toThrow("BERTH_ANCHOR_LOG: must be an address");
  expect(() => read({ ...log, BERTH_ANCHOR_LOG_KEY: "x" })).toThrow("BERTH_ANCHOR_LOG_KEY: must be");
});

test("BERTH_ANCHOR_TSA is an address and BERTH_ANCHOR_FILE a path", () => {
  const anchors = (tsa: string, file = ""): unknown =>
    readServerConfig({ BERTH_ANCHOR_TSA: tsa, BERTH_ANCHOR_FILE: file }, "/srv").anchors;
  expect(anchors("")).toEqual({});
  const both = { timeStampUrl: "https://tsa.example/tsr", file: "/srv/anchors.jsonl" };
  expect(anchors("https://tsa.example/tsr", "anchors.jsonl")).toEqual(both);
  for (const text of ["tsa.example", "ftp://tsa.example", "x"]) {
    expect(() => anchors(text)).toThrow("BERTH_ANCHOR_TSA: must be an address");
  }
});

test("the container engine is a socket of this machine, or off, or where engines have theirs", () => {
  const sockets = (text: string): unknown => readServerConfig({ BERTH_CONTAINER_ENGINE: text }, "/").engineSockets;
  expect([sockets(""), sockets("off"), sockets("unix:///run/x.sock")]).toEqual([undefined, [], ["/run/x.sock"]]);
  for (const text of ["tcp://10.0.0.1:2375", "unix://relative", "/run/x.sock"]) {
    expect(() => sockets(text)).toThrow("BERTH_CONTAINER_ENGINE: must be off, or the socket");
  }
});

test("telemetry is kept as long as is said, or as the platform keeps it", () => {
  const retention = (days: string, bytes: string): unknown =>
    readServerConfig({ BERTH_TELEMETRY_DAYS: days, BERTH_TELEMETRY_BYTES: bytes }, "/").telemetry;
  expect(retention("", "")).toEqual({});
  expect(retention("30", "512MiB")).toEqual({ days: 30, maxBytes: 512 * 2 ** 20 });
  expect(() => retention("0", "")).toThrow('BERTH_TELEMETRY_DAYS: "0" is not a number from 1 to 3650');
});

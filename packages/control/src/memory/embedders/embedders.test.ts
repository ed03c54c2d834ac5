import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createOutboundHttp } from "@berth/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmbedders } from "./create-embedders.ts";
import { HASHED_EMBEDDER } from "./hashed-embedder.ts";
import { createRemoteEmbedder } from "./remote-embedder.ts";

const dot = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
  [...(a ?? [])].reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);

describe("the embedder that needs nothing", () => {
  it("gives vectors of length 1, the same each time, and zeros for nothing", async () => {
    const [one, again, nothing] = await HASHED_EMBEDDER.embed(["Grants expire.", "Grants expire.", " "]);
    expect(one).toEqual(again);
    expect(one).toHaveLength(384);
    expect(dot(one, one)).toBeCloseTo(1, 5);
    expect(dot(nothing, nothing)).toBe(0);
  });

  it("puts texts with common words, or parts of words, near each other", async () => {
    const [query, near, related, far] = await HASHED_EMBEDDER.embed([
      "how are receipts signed",
      "A receipt is signed by the platform.",
      "Signing and signatures",
      "Bananas grow in warm countries.",
    ]);
    expect(dot(query, near)).toBeGreaterThan(dot(query, related));
    expect(dot(query, related)).toBeGreaterThan(dot(query, far) + 0.05);
  });
});

describe("an endpoint that speaks as OpenAI's does", () => {
  let answer: (body: { model: string; input: string[] }, res: ServerResponse) => void;
  const seen: { readonly key: string | undefined; readonly url: string | undefined; readonly input: string[] }[] = [];
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      // The embedder under test sends it.
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { model: string; input: string[] };
      seen.push({ key: req.headers.authorization, url: req.url, input: body.input });
      answer(body, res);
    });
  });
  const outbound = createOutboundHttp({ allowHosts: ["127.0.0.1:*"] });
  let url = "";
  const reply = (res: ServerResponse, body: unknown): void => void res.end(JSON.stringify(body));
  const vectors = ({ input }: { readonly input: readonly string[] }): object => ({
    data: input.map((text, index) => ({ index, embedding: [text.length, 0, 3] })).toReversed(),
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`; // it listens on TCP
  });
  afterAll(async () => {
    await outbound.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen.length = 0;
    answer = (body, res) => reply(res, vectors(body));
  });

  it("is asked in batches, with its key, and its answers are put in order", async () => {
    const embedder = createRemoteEmbedder({ outbound, url, model: "m", key: "secret", batch: 2 });
    const found = await embedder.embed(["a", "bbbb", "cc"]);
    expect(seen.map(({ input }) => input)).toEqual([["a", "bbbb"], ["cc"]]);
    expect(seen[0]).toMatchObject({ key: "Bearer secret", url: "/v1/embeddings" });
    expect(found.map((vector) => Math.round((vector[0] ?? 0) * 100))).toEqual([32, 80, 55]);
    expect(embedder.model).toBe(`${url}#m`);
  });

  it("is asked again when it is busy or broken, and not when it refuses", async () => {
    let left = 2;
    answer = (body, res) => {
      if (left-- > 0) res.writeHead(left === 1 ? 429 : 503).end();
      else reply(res, vectors(body));
    };
    const embedder = createRemoteEmbedder({ outbound, url, model: "m", waitsMs: [1, 1] });
    expect(await embedder.embed(["a"])).toHaveLength(1);
    expect(seen).toHaveLength(3);
    answer = (_body, res) => void res.writeHead(401).end();
    await expect(embedder.embed(["a"])).rejects.toMatchObject({ reason: "MODEL_FAILED", retryable: false });
    expect(seen).toHaveLength(4);
  });

  it("is given up when it does not answer in time, or answers with no vectors", async () => {
    answer = () => undefined;
    const slow = createRemoteEmbedder({ outbound, url, model: "m", timeoutMs: 50, waitsMs: [] });
    await expect(slow.embed(["a"])).rejects.toMatchObject({ reason: "MODEL_FAILED" });
    const wrong = [
      {},
      { data: [] },
      { data: [{ index: 0, embedding: ["x"] }] },
      { data: [{ index: 5, embedding: [1] }] },
      { data: [{ index: 0, embedding: [] }] },
    ];
    const embedder = createRemoteEmbedder({ outbound, url, model: "m" });
    for (const body of wrong) {
      answer = (_body, res) => reply(res, body);
      await expect(embedder.embed(["a"]), JSON.stringify(body)).rejects.toMatchObject({ reason: "MODEL_FAILED" });
    }
  });

  it("at a private address is not asked at all unless that is allowed", async () => {
    await using strict = { ...createOutboundHttp(), [Symbol.asyncDispose]: async () => await strict.close() };
    const embedder = createRemoteEmbedder({ outbound: strict, url, model: "m", waitsMs: [1] });
    await expect(embedder.embed(["a"])).rejects.toMatchObject({ reason: "MODEL_FAILED", retryable: false });
    expect(seen).toEqual([]);
  });

  it("is also asked for the model that it was asked for before; others cannot be", () => {
    const { current, of } = createEmbedders({ outbound, url, model: "new" });
    expect(current.model).toBe(`${url}#new`);
    expect(of(current.model)).toBe(current);
    expect(of(`${url}#old`)?.model).toBe(`${url}#old`);
    expect(of("berth-hashed-v1")).toBe(HASHED_EMBEDDER);
    expect(of("http://elsewhere/v1#m")).toBeUndefined();
    expect(createEmbedders(undefined).of(`${url}#old`)).toBeUndefined();
  });
});

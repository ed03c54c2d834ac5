import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { createOutboundHttp } from "@berth/runtime";
import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTimeStampSink } from "../src/anchors/time-stamp-sink.ts";
import { encodeTimeStampRequest, readTimeStamp } from "../src/anchors/time-stamp.ts";

// A time-stamping authority made with `openssl ts`, behind HTTP.

const run = promisify(execFile);
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const CHECKPOINT = `log\n7\n${Buffer.alloc(32, 7).toString("base64")}\n\n— log sig\n`;
const CONFIG = `
[ req ]
distinguished_name = name
[ name ]
[ stamps ]
extendedKeyUsage = critical,timeStamping
[ tsa ]
default_tsa = authority
[ authority ]
serial = ${at("serial")}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
clock_precision_digits = 3
accuracy = secs:1
`;

let server: Server;
let url = "";
/** What becomes of the authority's answer on its way. */
let tamper: (answer: Buffer, request: Buffer) => Buffer | Promise<Buffer> = (answer) => answer;

async function stamp(request: Buffer): Promise<Buffer> {
  await writeFile(at("request"), request);
  const files = ["-queryfile", at("request"), "-signer", at("tsa.pem"), "-inkey", at("tsa.key")];
  const config = ["-config", at("tsa.cnf"), "-section", "authority"];
  const { stdout } = await run("openssl", ["ts", "-reply", ...files, ...config], { encoding: "buffer" });
  return stdout;
}

beforeAll(async () => {
  await writeFile(at("tsa.cnf"), CONFIG);
  await writeFile(at("serial"), "01\n");
  const key = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("tsa.key")];
  const certificate = ["-out", at("tsa.pem"), "-subj", "/CN=authority", "-days", "2", "-extensions", "stamps"];
  await run("openssl", ["req", ...key, ...certificate, "-config", at("tsa.cnf")]);
  server = createServer((request, response) => {
    void (async () => {
      const asked = await buffer(request);
      expect(request.headers["content-type"]).toBe("application/timestamp-query");
      response.end(await tamper(await stamp(asked), asked));
    })().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/tsr` : "";
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  folder[Symbol.dispose]();
});

async function anchored(): Promise<Awaited<ReturnType<ReturnType<typeof createTimeStampSink>["anchor"]>>> {
  const outbound = createOutboundHttp({ allowHosts: ["127.0.0.1:*"] });
  try {
    return await createTimeStampSink({ url, outbound, randomBytes }).anchor(CHECKPOINT);
  } finally {
    await outbound.close();
  }
}

describe("a time-stamp of a checkpoint", () => {
  it("is evidence that openssl accepts for this checkpoint and no other", async () => {
    tamper = (answer) => answer;
    const evidence = await anchored();
    if (evidence.type !== "rfc3161") throw new Error("not a time-stamp");
    expect(Math.abs(Date.parse(evidence.time) - Date.now())).toBeLessThan(60_000);
    await writeFile(at("answer.tsr"), Buffer.from(evidence.response, "base64"));
    const verify = async (content: string): Promise<string> => {
      await writeFile(at("checkpoint"), content);
      const files = ["-data", at("checkpoint"), "-in", at("answer.tsr"), "-CAfile", at("tsa.pem")];
      return await run("openssl", ["ts", "-verify", ...files]).then(
        ({ stdout, stderr }) => stdout + stderr,
        (error: unknown) => `refused: ${String(error)}`,
      );
    };
    expect(await verify(CHECKPOINT)).toContain("Verification: OK");
    expect(await verify(CHECKPOINT.replace("7", "8"))).toContain("refused");
  });

  it("is refused when it is for something else, answers another question, or was not granted", async () => {
    const digest = randomBytes(32);
    const nonce = Buffer.from([0x40, 1, 2, 3]);
    tamper = () => stamp(encodeTimeStampRequest({ digest, nonce }));
    await expect(anchored()).rejects.toThrow("for something else");
    const answer = await stamp(encodeTimeStampRequest({ digest, nonce }));
    expect(readTimeStamp(answer, { digest, nonce }).time).toMatch(/^\d{4}-.*Z$/);
    expect(() => readTimeStamp(answer, { digest, nonce: Buffer.from([0x41]) })).toThrow("another question");
    tamper = () => stamp(Buffer.from("no request"));
    await expect(anchored()).rejects.toThrow(/did not grant it|answered 500/);
    tamper = () => Buffer.alloc(70_000);
    await expect(anchored()).rejects.toThrow("too much");
  });

  it("is refused, never misread, when the answer is cut off or broken anywhere", async () => {
    const question = { digest: randomBytes(32), nonce: Buffer.from([0x40, 1, 2, 3]) };
    const answer = await stamp(encodeTimeStampRequest(question));
    for (let length = 0; length < answer.length; length++) {
      expect(() => readTimeStamp(answer.subarray(0, length), question), String(length)).toThrow(Error);
    }
    for (let n = 0; n < 2_000; n++) {
      const broken = Buffer.from(answer);
      const place = n % broken.length;
      broken[place] = (broken[place] ?? 0) ^ (1 << (n % 8));
      try {
        expect(readTimeStamp(broken, question).time).toMatch(/^\d{4}-\d\d-\d\dT/);
      } catch (error) {
        // Bits of the signature are not looked at here; whatever is read is refused with a reason.
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TypeError);
      }
    }
  });
});

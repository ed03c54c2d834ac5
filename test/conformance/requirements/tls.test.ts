import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

// A platform of its own that speaks TLS itself, as a server without a proxy in front of it is set up.

const folder = temporaryFolder();
const path = (name: string): string => `${folder.path}/${name}`;
let platform: PlatformProcess;
let grpcPort: number;

beforeAll(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path("key.pem")];
  execFileSync("openssl", ["req", "-x509", ...key, "-days", "2", ...subject, "-out", path("cert.pem")], {
    stdio: "pipe",
  });
  grpcPort = await freePort();
  platform = await PlatformProcess.start({
    home: path("home"),
    env: {
      BERTH_TLS_CERT: path("cert.pem"),
      BERTH_TLS_KEY: path("key.pem"),
      BERTH_TLS_CLIENT_CA: path("cert.pem"),
      BERTH_GRPC_PORT: String(grpcPort),
    },
  });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The protocol that was agreed upon. */
async function handshake(port: number, options: ConnectionOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const ca = readFileSync(path("cert.pem"));
    const socket = connect({ host: "127.0.0.1", port, ca, timeout: 10_000, ...options }, () => {
      resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("[AUTH-TLS-001][AUTH-TLS-002] the platform encrypts, in a modern version and no older one", async () => {
  expect(platform.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const port = Number(new URL(platform.url).port);
  expect(await handshake(port, { ALPNProtocols: ["http/1.1"] })).toBe("TLSv1.3 http/1.1");
  expect(await handshake(port, { maxVersion: "TLSv1.2" })).toMatch(/^TLSv1\.2 /);
  await expect(handshake(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
  await expect(fetch(platform.url.replace("https:", "http:"))).rejects.toThrow();
});

test("[AUTH-SERVER-001] clients can verify its certificate, and those that do not trust it go no further", async () => {
  const port = Number(new URL(platform.url).port);
  await expect(handshake(port, { ca: [] })).rejects.toThrow(/self-signed/);
  await expect(fetch(`${platform.url}/healthz`)).rejects.toThrow();
});

test("[GRPC-SVC-003] gRPC runs over TLS beside it", async () => {
  expect(await handshake(grpcPort, { ALPNProtocols: ["h2"] })).toBe("TLSv1.3 h2");
});

import { isIP } from "node:net";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { EgressRefusal, connectTo } from "./egress-network.ts";
import type { EgressNetwork } from "./egress-network.ts";
import type { HostAndPort } from "./host-allowlist.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** TLS to a checked address, with the name in SNI and in the certificate. @throws EgressRefusal */
export async function connectTls(target: HostAndPort, network: EgressNetwork): Promise<TLSSocket> {
  const raw = await connectTo(target, network);
  return await new Promise((resolve, reject) => {
    const socket = connect({
      socket: raw,
      host: target.host,
      ALPNProtocols: ["http/1.1"],
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(network.authority === undefined ? {} : { ca: network.authority }),
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      raw.destroy();
      reject(new EgressRefusal(`TLS failed: ${error.message}`));
    };
    const timer = setTimeout(() => fail(new Error("no handshake in time")), HANDSHAKE_TIMEOUT_MS);
    raw.on("error", () => {});
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}

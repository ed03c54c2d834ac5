import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { ReleaseProgram } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import type { Project } from "../../source/read-project.ts";
import type { SourceFile } from "../../unpack/source-tree.ts";
import type { BuiltFiles } from "../built-files.ts";
import { APP, basesOf } from "../image/image-bases.ts";
import type { ImageBases } from "../image/image-bases.ts";
import { hostsOf } from "../jail/registry-gate.ts";
import { runInJail } from "../jail/run-in-jail.ts";
import type { JailOptions } from "../jail/run-in-jail.ts";
import { treeOf } from "../jail/tree-of.ts";
import { runProcess } from "../run-process.ts";
import { readRequirements } from "./requirements.ts";
import { installedPackages } from "./wheel-facts.ts";

/** The one that runs it: bases are made of it. */
const PYTHON = "/usr/bin/python3";
/** Where what is installed lies in the release. */
const PACKAGES = "site-packages";
const WHEEL = /^(?:wheels|vendor)\/[^/]+\.whl$/;
const NO_DATA =
  /(^|\/)(__pycache__|\.venv|\.pytest_cache|\.mypy_cache|\.ruff_cache)\/|\.py[co]$|(^|\/)\.gitignore$|^\.berthignore$/;
const SCRIPT = `mkdir -p wheels ${PACKAGES}
find /source/wheels /source/vendor -maxdepth 1 -name '*.whl' -exec cp {} wheels ';' 2>/dev/null || true
printf '%s\\n' "$REQUIREMENTS" > requirements.txt
${PYTHON} -m pip install --quiet --no-input --no-cache-dir --disable-pip-version-check --no-compile --only-binary=:all: \\
  --no-warn-script-location --find-links wheels $PIP_FLAGS --target ${PACKAGES} -r requirements.txt
rm -rf ${PACKAGES}/bin
find ${PACKAGES} -name '__pycache__' -prune -exec rm -rf {} ';'
find ${PACKAGES} -path '*.dist-info/direct_url.json' -exec rm {} ';'
tar -czf /out ${PACKAGES}`;

/**
 * The source as it is, with what it requires beside it. Packages are wheels: from the folder's own, or from the operator's
 * PIP_INDEX_URL. Nothing of the source is run; pip runs confined.
 * @throws CONFIG_INVALID, BUILD_FAILED, TIMED_OUT, CANCELED
 */
export async function buildPython(project: Project, options: JailOptions, bases?: ImageBases): Promise<BuiltFiles> {
  const { files, entry } = project;
  const rootfs = await basesOf(bases, "Python").python();
  const version = await pythonVersion();
  const requirements = await readRequirements(files);
  const wheels = files.filter(({ path }) => WHEEL.test(path));
  const installed = requirements.length === 0 ? [] : await install(requirements, project, options);
  const isVirtual = new Set(files.flatMap(({ path }) => /^(.+)\/pyvenv\.cfg$/.exec(path)?.[1] ?? []));
  const kept = files.filter(
    ({ path }) =>
      !NO_DATA.test(path) && !WHEEL.test(path) && ![...isVirtual].some((folder) => path.startsWith(`${folder}/`)),
  );
  const own = await Promise.all(kept.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
  const taken = new Set(own.map(({ path }) => path));
  return {
    files: [...own, ...installed.filter(({ path }) => !taken.has(path))],
    entry: entry.includes(":") ? "pyproject.toml" : entry,
    what: `Python ${version} with ${requirements.length} requirements`,
    program: programOf(entry, files, rootfs),
    facts: {
      buildpack: "python",
      tools: { python: version },
      packages: await installedPackages(
        installed.map(({ path, bytes }) => ({ path: path.slice(PACKAGES.length + 1), bytes })),
        wheels,
      ),
    },
  };
}

function programOf(entry: string, files: readonly SourceEntry[], rootfs: string): ReleaseProgram {
  const [module = "", name] = entry.split(":");
  const call = name?.split(".")[0] ?? "";
  const start = `import sys; from ${module} import ${call}; sys.exit(${name ?? ""}())`;
  const hasSrc = files.some(({ path }) => /^src\/.*\.py$/.test(path));
  const path = [APP, ...(hasSrc ? [`${APP}/src`] : []), `${APP}/${PACKAGES}`].join(":");
  return {
    command: name === undefined ? [PYTHON, join(APP, entry)] : [PYTHON, "-c", start],
    env: { PATH: "/usr/bin:/bin", PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" },
    workdir: APP,
    rootfs,
    mountsApp: true,
  };
}

async function install(
  requirements: readonly string[],
  { files }: Project,
  options: JailOptions,
): Promise<readonly SourceFile[]> {
  const hosts = hostsOf([options.environment["PIP_INDEX_URL"]]);
  const isOnline = hosts.length > 0 && options.registries !== undefined;
  const wheels = files.filter(({ path }) => WHEEL.test(path));
  options.log(
    `pip install of ${requirements.length} ${requirements.length === 1 ? "requirement" : "requirements"} from ${wheels.length} wheels${isOnline ? ` and ${hosts.join(", ")}` : ""}`,
  );
  const { code, said, output } = await runInJail({
    ...options,
    files: wheels,
    script: SCRIPT,
    hosts,
    env: {
      REQUIREMENTS: requirements.join("\n"),
      PYTHONDONTWRITEBYTECODE: "1",
      SOURCE_DATE_EPOCH: "315532800",
      PIP_FLAGS: isOnline ? "" : "--no-index",
      ...(isOnline ? indexOf(options.environment["PIP_INDEX_URL"] ?? "") : {}),
    },
  });
  if (code === 0) return await treeOf(output, options.signal);
  throw failed(said, isOnline);
}

/** pip takes nothing from an address without TLS unless told so; the operator's word for it is the address. */
function indexOf(address: string): { readonly [name: string]: string } {
  const { protocol, hostname } = new URL(address);
  return { PIP_INDEX_URL: address, ...(protocol === "http:" ? { PIP_TRUSTED_HOST: hostname } : {}) };
}

async function pythonVersion(): Promise<string> {
  const command = [PYTHON, "-I", "-S", "--version"] as const;
  const run = await runProcess({ command, cwd: "/", env: {}, timeoutMs: 20_000, log: () => {} }).catch(() => undefined);
  const version = /^Python (\S+)/m.exec(run?.output ?? "")?.[1];
  if (version !== undefined) return version;
  throw new PlatformError("BUILD_FAILED", `There is no ${PYTHON} here: an agent in Python cannot be built.`, {
    hint: "On the platform's machine, Debian: apt-get install python3 python3-pip.",
  });
}

function failed(said: string, isOnline: boolean): PlatformError {
  const why = /^ERROR: (.+)$/m.exec(said)?.[1] ?? said.trim().split("\n").at(-1) ?? "pip said nothing";
  const hints = said.includes("No module named pip")
    ? "On the platform's machine, Debian: apt-get install python3-pip."
    : isOnline
      ? "The log shows what pip said. Only wheels are installed."
      : "A build has no network: put wheels into wheels/ (pip download -d wheels --only-binary=:all: -r requirements.txt). An operator can set PIP_INDEX_URL instead.";
  return new PlatformError("BUILD_FAILED", `The requirements could not be installed: ${why.slice(0, 500)}`, {
    internal: said.slice(-4_000),
    hint: hints,
  });
}

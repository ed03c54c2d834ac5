import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The rows of the house, top first: a package may import from rows below its own, never from its own or above. */
const ROWS: readonly (readonly string[])[] = [
  ["@berth/cli"],
  ["@berth/server"],
  ["@berth/console", "@berth/gateway"],
  ["@berth/control"],
  ["@berth/runtime", "@berth/store", "@berth/deploy", "@berth/sdk"],
  ["@berth/ledger", "@berth/telemetry", "@berth/wasm"],
  ["@berth/protocol"],
];

export interface SourceFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Package {
  readonly name: string;
  /** Relative to the repository. */
  readonly folder: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  /** Aliases, each for what they stand for. */
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
}

/** What a file imports, static and dynamic, types included: a type one may not know is still something one knows. */
export function importsOf(text: string): readonly string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = code.matchAll(/(?:^(?:import|export|\})[^"'`;]*?from\s+|^import\s+|\bimport\(\s*)["']([^"']+)["']/gm);
  return [...found].flatMap(([, specifier]) => (specifier === undefined ? [] : [specifier]));
}

/** One line per import that goes up, sideways, past a package's exports, or is not declared. */
export function violations(packages: readonly Package[], files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const owner = packages.find(({ folder }) => file.path.startsWith(`${folder}/`));
    if (owner === undefined) return [];
    return importsOf(file.text).flatMap((specifier) => {
      const problem = problemWith(specifier, { file, owner, packages });
      return problem === undefined ? [] : [`${file.path}: imports ${specifier}: ${problem}`];
    });
  });
}

function problemWith(
  specifier: string,
  { file, owner, packages }: { file: SourceFile; owner: Package; packages: readonly Package[] },
): string | undefined {
  if (specifier.startsWith(".")) {
    const target = relative(ROOT, resolve(ROOT, dirname(file.path), specifier));
    return target.startsWith(`${owner.folder}/`) ? undefined : "reaches into another package by its path";
  }
  if (specifier.startsWith("node:")) return undefined;
  // An alias of its own manifest stands for what it maps to.
  if (specifier.startsWith("#")) {
    const target = owner.imports[specifier];
    return target === undefined
      ? "not one of its package.json's imports"
      : problemWith(target, { file, owner, packages });
  }
  const name = packageNameOf(specifier);
  if (name !== owner.name && !owner.dependencies.includes(name)) return "not declared in package.json";
  const target = packages.find((candidate) => candidate.name === name);
  if (target === undefined) return undefined;
  const subpath = `.${specifier.slice(name.length)}`;
  if (!(subpath in target.exports)) return "not one of its exports";
  const from = rowOf(owner.name);
  const to = rowOf(name);
  if (from === undefined || to === undefined) return undefined;
  return to > from ? undefined : "goes up or sideways";
}

function packageNameOf(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

function rowOf(name: string): number | undefined {
  const row = ROWS.findIndex((names) => names.includes(name));
  return row === -1 ? undefined : row;
}

export function readPackages(): readonly Package[] {
  return ["apps", "packages"].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => {
      const folder = `${parent}/${name}`;
      const manifest: {
        name: string;
        version: string;
        exports?: Record<string, string>;
        imports?: Record<string, string>;
        dependencies?: object;
        devDependencies?: object;
        optionalDependencies?: object;
        peerDependencies?: object;
      } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
      return {
        name: manifest.name,
        folder,
        version: manifest.version,
        exports: manifest.exports ?? {},
        imports: manifest.imports ?? {},
        dependencies: [
          ...Object.keys(manifest.dependencies ?? {}),
          ...Object.keys(manifest.devDependencies ?? {}),
          ...Object.keys(manifest.optionalDependencies ?? {}),
          ...Object.keys(manifest.peerDependencies ?? {}),
        ],
      };
    }),
  );
}

/** Where a package keeps its sources; the console has its browser code and its Node code apart. */
const SOURCE_FOLDERS = ["src", "web", "files"];

/** Sources that ship: no tests, no fixtures, no contracts. */
export function readSources(): readonly SourceFile[] {
  const folders = readPackages().flatMap(({ folder }) => SOURCE_FOLDERS.map((name) => `${folder}/${name}`));
  return folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => /\.(tsx?|cjs|mjs)$/.test(path) && !/\.(test|contract|fixture)\.tsx?$|^testing\//.test(path))
        // Text that becomes other people's code, not our own imports.
        .filter((path) => !path.startsWith("templates/"))
        .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(ROOT, folder, path), "utf8") })),
    );
}

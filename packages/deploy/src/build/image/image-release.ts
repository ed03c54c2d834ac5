import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { ReleaseProgram } from "@berth/protocol";
import type { ImagePlace } from "../../oci/blobs.ts";
import type { ImageConfig } from "../../oci/descriptors.ts";
import { readImage } from "../../oci/read-image.ts";
import type { SourceEntry } from "../../source/list-source-files.ts";
import type { BuildFacts, BuiltFiles } from "../built-files.ts";

/** Where the release says which image it is: its digest then covers the image's. */
const IMAGE_FILE = "image.json";

export interface ImageRelease {
  readonly place: ImagePlace;
  /** Of its manifest. */
  readonly digest: string;
  /** As it was named, where it was built elsewhere. */
  readonly origin?: string;
  /** Beside it, such as berth.json. The program does not see them. */
  readonly files: readonly SourceEntry[];
  readonly facts: BuildFacts;
}

/** @throws IMAGE_NOT_FOUND; BUILD_FAILED for an image that does not run here. */
export async function imageRelease(release: ImageRelease): Promise<BuiltFiles> {
  const { place, digest, origin, files, facts } = release;
  const { config } = await readImage(place, digest);
  if (config === undefined) throw refused(`${digest} is an artifact, not an image of a program.`);
  const program = programOf(config, digest);
  const image = { digest, ...(origin === undefined ? {} : { origin }) };
  const kept = await Promise.all(files.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
  return {
    files: [
      ...kept.filter(({ path }) => path !== IMAGE_FILE),
      { path: IMAGE_FILE, bytes: new TextEncoder().encode(`${JSON.stringify(image, null, 2)}\n`) },
    ],
    entry: IMAGE_FILE,
    what: `the image ${digest}`,
    program,
    facts,
  };
}

/** What runs, as the image says. */
function programOf({ config = {} }: ImageConfig, digest: string): ReleaseProgram {
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (command.length === 0) throw refused("The image names no program: it has neither ENTRYPOINT nor CMD.");
  const env = (config.Env ?? []).flatMap((variable): [string, string][] => {
    const at = variable.indexOf("=");
    return at < 1 ? [] : [[variable.slice(0, at), variable.slice(at + 1)]];
  });
  const workdir = config.WorkingDir ?? "";
  return {
    command,
    env: Object.fromEntries(env),
    workdir: workdir.startsWith("/") ? workdir : `/${workdir}`,
    rootfs: digest,
    mountsApp: false,
  };
}

function refused(problem: string): PlatformError {
  return new PlatformError("BUILD_FAILED", problem, { hint: "An agent's image starts an A2A server on $PORT." });
}

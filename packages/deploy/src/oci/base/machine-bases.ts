import { PlatformError } from "@berth/protocol";
import type { ImagePlace } from "../blobs.ts";
import { IMAGE_NODE } from "../release-config.ts";
import { MachineFiles } from "./machine-files.ts";
import { pythonFiles } from "./python-files.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { writeBase } from "./write-base.ts";
import type { BaseOptions, MachineBase } from "./write-base.ts";

const CERTIFICATES = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";
const PATH = "PATH=/usr/local/bin:/usr/bin:/bin";

/** Node, what it is linked with, certificate authorities. No shell and no other program. */
export async function nodeBase(
  place: ImagePlace,
  options: BaseOptions & { readonly nodePath: string },
): Promise<MachineBase> {
  const files = await commonFiles();
  await files.addFile(options.nodePath, IMAGE_NODE);
  await addLibraries(files, [options.nodePath]);
  const env = [`PATH=${IMAGE_NODE.slice(0, IMAGE_NODE.lastIndexOf("/"))}:/usr/local/bin:/usr/bin:/bin`, CERTIFICATES];
  return await writeBase(place, { kind: "node", entries: files.entries, env }, options);
}

/**
 * Debian's Python with its standard library, without its tests and what needs a screen.
 * @throws ISOLATION_UNAVAILABLE when there is none here
 */
export async function pythonBase(place: ImagePlace, options: BaseOptions = {}): Promise<MachineBase> {
  const python = await pythonFiles();
  if (python === undefined) {
    throw new PlatformError("ISOLATION_UNAVAILABLE", "There is no /usr/bin/python3 on this machine.", {
      hint: "Install Python 3 (apt-get install python3), or deploy the agent with a Dockerfile.",
    });
  }
  const files = await commonFiles();
  await files.addFile(python.interpreter, "/usr/bin/python3");
  files.add({ kind: "link", path: `usr/bin/${python.name}`, target: "python3" }, ...python.entries);
  await addLibraries(files, [python.interpreter, ...python.modules]);
  // Nothing may be written beside the modules, so nothing is tried.
  const env = [PATH, CERTIFICATES, "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"];
  return await writeBase(place, { kind: "python", entries: files.entries, env }, options);
}

/** For programs that bring everything along: certificate authorities, accounts, a place for passing files. */
export async function staticBase(place: ImagePlace, options: BaseOptions = {}): Promise<MachineBase> {
  const files = await commonFiles();
  return await writeBase(place, { kind: "static", entries: files.entries, env: [PATH, CERTIFICATES] }, options);
}

async function commonFiles(): Promise<MachineFiles> {
  const files = new MachineFiles();
  files.addAccounts();
  await files.addAuthorities();
  return files;
}

async function addLibraries(files: MachineFiles, programs: readonly string[]): Promise<void> {
  await files.addTopLinks();
  for (const path of await sharedLibraries(programs)) await files.addFile(path);
}

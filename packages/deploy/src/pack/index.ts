/** Packing without the rest of the builder: what the CLI and other clients import. */
export { packFolder } from "./pack-folder.ts";
export type { PackOptions, PackedFolder } from "./pack-folder.ts";
export { listSourceFiles } from "../source/list-source-files.ts";
export { readProject } from "../source/read-project.ts";

import type { AgentConfig } from "@berth/protocol";
import type { ImagePlace } from "../oci/blobs.ts";
import type { Project } from "../source/read-project.ts";
import type { BuiltFiles } from "./built-files.ts";
import { buildDockerfile } from "./dockerfile/build-dockerfile.ts";
import type { EngineBuilds } from "./dockerfile/engine-builds.ts";
import { packFrontend } from "./frontend/pack-frontend.ts";
import { buildGo } from "./go/build-go.ts";
import type { ImageBases } from "./image/image-bases.ts";
import { buildImage } from "./image/build-image.ts";
import { buildJavaScript } from "./javascript/build-javascript.ts";
import { openJavaScript } from "./javascript/javascript-workspace.ts";
import type { JavaScriptOptions } from "./javascript/javascript-workspace.ts";
import type { RegistryGate } from "./jail/registry-gate.ts";
import type { JailOptions } from "./jail/run-in-jail.ts";
import { moduleRelease } from "./module-release.ts";
import { buildPython } from "./python/build-python.ts";
import { buildRust } from "./rust/build-rust.ts";
import { openStaticProject } from "./static/static-project.ts";

/** What some buildpacks need of the platform. What is not there makes them fail, and no others. */
export interface BuildPorts {
  /** What programs of Python and Go run on. */
  readonly bases?: ImageBases;
  /** Where images are put and read, of the organization that deploys. */
  readonly images?: ImagePlace;
  /** Brings an image of elsewhere to `images`; gives its manifest's digest. */
  readonly pullImage?: (reference: string, signal?: AbortSignal) => Promise<string>;
  /** Builds Dockerfiles. Default: buildah, where it is. */
  readonly engine?: EngineBuilds;
  /** Opens a secret of the organization; asked for those that berth.json names (build.secrets). */
  readonly secretOf?: (name: string) => Promise<string | undefined>;
  /** What builds leave for later ones; of this organization and agent alone. */
  readonly cacheFolder?: string;
  /** How builds reach the package registries of `environment`: PIP_INDEX_URL and GOPROXY. */
  readonly registries?: RegistryGate;
}

export type BuildJob = BuildPorts & JailOptions & JavaScriptOptions;

type Built = BuiltFiles & { readonly config: AgentConfig };

/** The agent, and its web app where berth.json names one. @throws as `buildRelease` */
export async function buildWith(project: Project, job: BuildJob): Promise<Built> {
  if (project.buildpack === "static") {
    await using site = await openStaticProject(project);
    const built = await buildScripted(site.project, job);
    return { ...built, facts: { ...built.facts, buildpack: "static" } };
  }
  const { frontend } = project.config;
  if (project.buildpack === "node") return await buildScripted(project, job);
  if (frontend === undefined) return { ...(await buildAgent(project, job)), config: project.config };
  return await withFrontend(project, job, frontend);
}

/** The app is for browsers: the agent itself is given no second copy of it. */
function withoutFolder(project: Project, folder: string): Project {
  return { ...project, files: project.files.filter(({ path }) => !path.startsWith(`${folder}/`)) };
}

async function buildScripted(project: Project, job: BuildJob): Promise<Built> {
  const { frontend } = project.config;
  await using workspace = await openJavaScript(project, job);
  const app =
    frontend === undefined
      ? undefined
      : await packFrontend({ ...workspace.request, folder: frontend, files: project.files });
  const built = await buildJavaScript(frontend === undefined ? project : withoutFolder(project, frontend), workspace);
  return app === undefined ? { ...built, config: project.config } : await joined(project, built, app, workspace);
}

async function withFrontend(project: Project, job: BuildJob, folder: string): Promise<Built> {
  await using workspace = await openJavaScript(project, job);
  const app = await packFrontend({ ...workspace.request, folder, files: project.files });
  return await joined(project, await buildAgent(withoutFolder(project, folder), job), app, workspace);
}

async function joined(
  { config }: Project,
  built: BuiltFiles,
  app: Awaited<ReturnType<typeof packFrontend>>,
  workspace: Awaited<ReturnType<typeof openJavaScript>>,
): Promise<Built> {
  const own = new Set(built.facts.packages.map(({ purl }) => purl));
  const more = (await workspace.packages(app.used)).filter(({ purl }) => !own.has(purl));
  const facts = { ...built.facts, packages: [...built.facts.packages, ...more] };
  return { ...built, files: [...built.files, ...app.files], facts, config };
}

async function buildAgent(project: Project, job: BuildJob): Promise<BuiltFiles> {
  switch (project.buildpack) {
    case "python":
      return await buildPython(project, job, job.bases);
    case "go":
      return await buildGo(project, job, job.bases);
    case "rust":
      return await buildRust({ ...job, files: project.files });
    case "dockerfile":
      return await buildDockerfile(project, job);
    case "image":
      return await buildImage(project, job);
    default:
      return await moduleRelease(project);
  }
}

import type { LayerStore } from "@berth/store";
import { createImages } from "./create-images.ts";
import type { ImagesOptions } from "./create-images.ts";
import { createImageRepositories } from "./create-repositories.ts";
import type { RepositoriesOptions } from "./create-repositories.ts";
import { ImageCollector } from "./image-collector.ts";
import { DEFAULT_IMAGE_LIMITS } from "./image-limits.ts";
import type { ImageLimits } from "./image-limits.ts";
import { ImageShelf } from "./image-shelf.ts";
import { createImageTransfers } from "./image-transfers.ts";
import type { ImageTransfers } from "./image-transfers.ts";
import type { Images } from "./images.ts";
import type { ImageRepositories } from "./repositories.ts";

export interface OpenImagesOptions extends Omit<ImagesOptions & RepositoriesOptions, "shelf" | "limits"> {
  readonly layers: LayerStore;
  /** What is absent: DEFAULT_IMAGE_LIMITS. */
  readonly limits: Partial<ImageLimits>;
  readonly log?: (line: string) => void;
}

/** Must be closed. */
export interface RunningImages {
  /** For the platform itself. */
  readonly images: Images;
  /** For callers. */
  readonly repositories: ImageRepositories;
  readonly transfers: ImageTransfers;
  close(): Promise<void>;
}

export function openImages(options: OpenImagesOptions): RunningImages {
  const limits: ImageLimits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits };
  const { log = () => undefined } = options;
  const shelf = new ImageShelf({ ...options, limits });
  const images = createImages({ ...options, shelf, limits });
  const collector = new ImageCollector({ ...options, limits, log });
  collector.start();
  return {
    images,
    repositories: createImageRepositories({ ...options, shelf, limits }),
    transfers: createImageTransfers({ ...options, images }),
    close: async () => await collector.close(),
  };
}

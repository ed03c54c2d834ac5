import { Suspense, lazy } from "react";
import type { ComponentType } from "react";
import { Loading } from "./status.tsx";

/** A part of a screen that is loaded when it is first shown: what most visits do not open costs them nothing. */
export function lazyView<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const View = lazy(async () => ({ default: await load() }));
  // React's own types take the properties apart and do not put them together again.
  const Loaded = View as unknown as ComponentType<P>;
  return function LazyView(properties: P) {
    return (
      <Suspense fallback={<Loading what="this part" />}>
        <Loaded {...properties} />
      </Suspense>
    );
  };
}

/**
 * The same for what every visit shows: it is fetched as soon as the screen's own script is there, beside the screen's data, and not when
 * both are.
 */
export function earlyView<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const loading = load();
  // Asked for again when it is shown.
  loading.catch(() => undefined);
  return lazyView(async () => await loading.catch(load));
}

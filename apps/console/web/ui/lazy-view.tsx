import { useEffect, useState } from "react";
import type { ComponentType } from "react";
import { Loading } from "./status.tsx";

/**
 * A part of a screen that is loaded when it is first shown: what most visits do not open costs them nothing. Without React's Suspense, which
 * holds back for 300 ms what comes after a fallback was seen.
 */
export function lazyView<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function LazyView(properties: P) {
    const [View, setView] = useState(() => loaded);
    const [failure, setFailure] = useState<{ readonly error: unknown }>();
    useEffect(() => {
      if (View !== undefined) return undefined;
      let isShown = true;
      load().then(
        (view) => {
          loaded = view;
          if (isShown) setView(() => view);
        },
        (error: unknown) => {
          if (isShown) setFailure({ error });
        },
      );
      return () => {
        isShown = false;
      };
    }, [View]);
    if (failure !== undefined) throw failure.error;
    return View === undefined ? <Loading what="this part" /> : <View {...properties} />;
  };
}

/**
 * The same for what every visit shows: it is fetched as soon as the screen's own script is there, beside the screen's data, and not when
 * both are.
 */
export function earlyView<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  load().then(
    (view) => (loaded = view),
    // Asked for again when it is shown.
    () => undefined,
  );
  const Later = lazyView(load);
  return function EarlyView(properties: P) {
    const [View] = useState(() => loaded ?? Later);
    return <View {...properties} />;
  };
}

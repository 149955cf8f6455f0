/**
 * A part of the page that is a chunk of its own. Not React's `lazy`: that shows what it has waited for 300 ms
 * after the grey at the earliest, however soon it came, and waits even for what is here already.
 */
import { type ComponentType, useEffect, useState } from 'react';
import { Failure, Loading } from './parts.tsx';

type Later<P> = {
  Part: ComponentType<P>;
  /** Brings it, so that it is here when it is needed. */
  bring: () => Promise<void>;
};

export function later<P extends object>(load: () => Promise<ComponentType<P>>, lines?: number): Later<P> {
  let Found: ComponentType<P> | undefined;
  const bring = async () => {
    Found ??= await load();
  };
  function Part(props: P) {
    const [, setHere] = useState(Found !== undefined);
    const [error, setError] = useState<unknown>();
    useEffect(() => {
      // Also where it is here by now: it may have come after this was drawn.
      bring().then(() => setHere(true), setError);
    }, []);
    if (Found) return <Found {...props} />;
    // Another release may have taken its place.
    if (error !== undefined) return <Failure error={error} retry={() => location.reload()} />;
    return <Loading {...(lines === undefined ? {} : { lines })} />;
  }
  return { Part, bring };
}

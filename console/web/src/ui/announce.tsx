/** Says a text to who listens instead of looking, when it changes, and at most every five seconds. */
import { useEffect, useRef, useState } from 'react';

const EVERY_MS = 5000;

/**
 * @param known what needs not be said: by default what is there when this comes, which who listens reads with
 * all the rest. Once other words have been said, it is said again
 */
export function Announce({ text, known = text }: { text: string; known?: string }) {
  const [said, setSaid] = useState('');
  const heard = useRef(known);
  const last = useRef(0);
  useEffect(() => {
    if (text === heard.current) return;
    const timer = setTimeout(
      () => {
        heard.current = text;
        last.current = Date.now();
        setSaid(text);
      },
      Math.max(0, last.current + EVERY_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p role="status" className="hidden">
      {said}
    </p>
  );
}

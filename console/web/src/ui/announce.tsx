/** Says a text to who listens instead of looking, when it changes, and at most every five seconds. */
import { useEffect, useRef, useState } from 'react';

const EVERY_MS = 5000;

export function Announce({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  const first = useRef(text);
  const last = useRef(0);
  useEffect(() => {
    if (text === first.current) return;
    const timer = setTimeout(
      () => {
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

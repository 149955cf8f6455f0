/**
 * Asks the order service to cancel, once it was asked back in place; and shows the answer, if it is a no, as
 * it was given.
 */
import type { Story } from '@order-saga/console/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, type RefObject, useId, useLayoutEffect, useRef, useState } from 'react';
import { post } from '../data/client.ts';
import { useSession } from '../data/session.ts';
import { whatIsUndone } from '../view/cancelling.ts';
import { whyNotCancel } from '../view/may.ts';
import styles from './cancel-order.module.css';
import { button, danger, Failure, held, WhyNot } from './parts.tsx';

/** `brief`: who may not is not shown it here; the story says why. */
type CancelOf = { story: Story; brief?: boolean };

export function CancelOrder({ story, brief = false }: CancelOf) {
  const { data: who } = useSession();
  const { cancel, canBe, isAsked, error } = useCancelling(story);
  const why = whyNotCancel(who, story.customerId);
  const isShown = (canBe || isAsked) && !(brief && why !== undefined);
  if (!isShown && !error) return null;
  return (
    <div className={styles.cancel}>
      {isShown && <Asking story={story} why={why} canBe={canBe} isAsked={isAsked} cancel={cancel} />}
      {error && (
        <div className={styles.below}>
          <Failure error={error} />
        </div>
      )}
    </div>
  );
}

function useCancelling({ orderId, status, correlationId, sagas }: Story) {
  const client = useQueryClient();
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => post(`/api/shop/orders/${orderId}/cancel`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ['story', correlationId], exact: true }),
  });
  const canBe = orderId !== undefined && (status === 'PENDING' || status === 'CONFIRMED');
  const toldSo = sagas.some(({ name, why }) => name === 'cancel-order' || why?.kind === 'cancelled');
  return { cancel: () => mutate(), canBe, isAsked: isPending || isSuccess || (canBe && toldSo), error };
}

type AskingOf = {
  story: Story;
  why: string | undefined;
  canBe: boolean;
  isAsked: boolean;
  cancel: () => void;
};

/** The button stays while the order is being cancelled, so whoever pressed it is not thrown elsewhere. */
function Asking({ story, why, canBe, isAsked, cancel }: AskingOf) {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const all = useRef<HTMLDivElement>(null);
  const id = useId();
  useFocusAfter(all);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const confirm = () => {
    close();
    cancel();
  };
  const isHeld = isAsked || why !== undefined;
  return (
    <div ref={all} className={styles.asking}>
      <button
        ref={opener}
        type="button"
        className={button}
        {...(isAsked ? { 'aria-disabled': true } : held(why, id))}
        {...(isHeld ? {} : { 'aria-expanded': isOpen })}
        onClick={() => !isHeld && setOpen(!isOpen)}
      >
        {!isAsked ? 'Cancel order' : canBe ? 'Cancelling…' : `Order ${story.status?.toLowerCase()}`}
      </button>
      {!isAsked && why !== undefined && (
        <div className={styles.below}>
          <WhyNot why={why} id={id} />
        </div>
      )}
      {isOpen && !isHeld && (
        <div className={styles.below}>
          <Question story={story} close={close} confirm={confirm} />
        </div>
      )}
    </div>
  );
}

/** Whoever is in a part that goes away is put to the page's heading: a browser would put them to its top. */
function useFocusAfter(part: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const { current } = part;
    return () => {
      if (!current?.contains(document.activeElement)) return;
      document.querySelector('h1')?.focus({ preventScroll: true });
    };
  }, [part]);
}

type QuestionOf = { story: Story; close: () => void; confirm: () => void };

/** Begins at the harmless answer. */
function Question({ story, close, confirm }: QuestionOf) {
  const id = useId();
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  };
  return (
    <div
      role="group"
      aria-labelledby={`${id}-ask`}
      aria-describedby={`${id}-what`}
      className={styles.question}
      onKeyDown={leave}
    >
      <p id={`${id}-ask`} className={styles.ask}>
        Cancel this order?
      </p>
      <p id={`${id}-what`}>{whatIsUndone(story)} A cancellation cannot be taken back.</p>
      <div className={styles.answers}>
        <button type="button" className={button} ref={focused} onClick={close}>
          Keep the order
        </button>
        <button type="button" className={danger} onClick={confirm}>
          Cancel it for good
        </button>
      </div>
    </div>
  );
}

const focused = (element: HTMLButtonElement | null) => element?.focus();

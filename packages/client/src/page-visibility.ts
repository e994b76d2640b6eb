import type { Clock, TimerHandle } from '@corral/core';

/** A page must be hidden this long before its stream is let go; switching tabs back and forth costs nothing. */
const hiddenGraceMs = 5000;

/**
 * Tells when the page is hidden for good and when it is seen again. Where there is no page it says nothing.
 * @returns ends it
 */
export function watchVisibility(clock: Clock, onChange: (visible: boolean) => void): () => void {
  if (typeof document !== 'object') return () => {};
  let timer: TimerHandle | undefined;
  let visible = true;
  const look = (): void => {
    clock.clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = clock.setTimeout(() => {
        visible = false;
        onChange(false);
      }, hiddenGraceMs);
    } else if (!visible) {
      visible = true;
      onChange(true);
    }
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    clock.clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
